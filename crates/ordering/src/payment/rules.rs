//! Decisions of payment, without a database.

use connectors::gateway;
use kernel::{Currency, Duration, Money, Timestamp};

pub use super::kept_rules::*;
use super::model::{Attempt, AttemptId, AttemptState, Payment, PaymentId, PaymentState, Purpose, Status};
use crate::order::OrderState;

/// The limits of one top-up.
pub const TOP_UP_LEAST: Money = Money::cny(100);
pub const TOP_UP_MOST: Money = Money::cny(5_000_000);

/// How long a top-up can be paid, and an order that says nothing itself.
pub const PAY_WITHIN: Duration = Duration::from_mins(30);

/// How long a request to a gateway can at most be under way. Before that, "not known" may only mean "not yet".
pub const UNDER_WAY: Duration = Duration::from_mins(2);

/// How long after its time to pay a gateway that does not know an attempt is believed that it never will. Longer than clocks differ and requests
/// take.
pub const FORGOTTEN_AFTER: Duration = Duration::from_mins(15);

/// When an expired payment whose attempts have no known end is looked at again.
pub const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// How often a refund is asked for that has no end after all of [`next_poll`].
pub const DAILY: Duration = Duration::from_hours(24);

/// P6: the pauses between questions about an attempt or refund that does not move. They add up to 24 hours.
const PAUSES_SECS: [i64; 10] = [15, 30, 180, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 29_775];

/// Which of these pauses comes before the first question about an attempt that ended without money: an hour. Some gateways let a page that was
/// open when it was closed be paid all the same, and the callback may be lost (P8).
pub const LATE_LOOK: i64 = 5;

/// When the next question is due after `polls` of them; `None` when a day has passed and a person has to look.
pub fn next_poll(polls: i64, now: Timestamp) -> Option<Timestamp> {
    let pause = usize::try_from(polls).ok().and_then(|polls| PAUSES_SECS.get(polls))?;
    Some(now.plus(Duration::from_secs(*pause)))
}

/// Whether the day of [`next_poll`] ends with these many questions: then a person is called, once.
pub fn is_last_poll(polls: i64) -> bool {
    usize::try_from(polls) == Ok(PAUSES_SECS.len())
}

/// Whether an amount can be topped up.
pub fn is_top_up(amount: Money) -> bool {
    amount.currency == Currency::CNY && (TOP_UP_LEAST.minor..=TOP_UP_MOST.minor).contains(&amount.minor)
}

/// Under which key a top-up is taken out of the limits of its customer.
pub(crate) fn allowance_key(payment: PaymentId) -> String {
    format!("topup:{payment}")
}

/// What a gateway's report means for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Known already, or older than what is known: nothing changes.
    Stale,
    /// Not what was asked for (P3).
    Mismatch,
    Move(AttemptState),
    /// The gateway keeps the money for us.
    Authorise,
    /// The gateway does not keep it any more.
    Lapse,
    /// The money is there.
    Capture,
}

/// Judges a report. A booked attempt is never moved; a lying report does not count as the last one heard, so the truth still gets in.
pub fn judge(attempt: &Attempt, report: &gateway::Payment) -> Verdict {
    let sequence = sequence(report);
    if attempt.state.is_booked() || sequence < attempt.sequence {
        return Verdict::Stale;
    }
    if !agrees(attempt, report) {
        return if attempt.state == AttemptState::Mismatch { Verdict::Stale } else { Verdict::Mismatch };
    }
    if sequence == attempt.sequence && !attempt.state.is_doubtful() {
        return Verdict::Stale;
    }
    let to = match report.state {
        gateway::PaymentState::Captured { .. } => return Verdict::Capture,
        _ if attempt.state.is_kept() => return judge_kept(report),
        gateway::PaymentState::Authorised { .. } => return Verdict::Authorise,
        // Until the page of a declined card is closed another may pay there: it is asked about, and closed before anything else is
        // opened (P2).
        gateway::PaymentState::Open | gateway::PaymentState::Declined { again: true, .. } => {
            AttemptState::Open
        }
        gateway::PaymentState::Processing => AttemptState::Processing,
        gateway::PaymentState::Declined { again: false, .. } => AttemptState::Declined,
        gateway::PaymentState::Closed => AttemptState::Closed,
    };
    // What ended without money can only be overtaken by money.
    if attempt.state.is_asked() { Verdict::Move(to) } else { Verdict::Stale }
}

/// A gateway counts in `u64`, the database in `i64`; no gateway gets that far.
pub fn sequence(report: &gateway::Payment) -> i64 {
    i64::try_from(report.sequence).unwrap_or(i64::MAX)
}

/// What becomes of money that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booking {
    /// It pays what it was meant for.
    Win,
    /// It is booked and goes back; the code says why.
    Surplus(&'static str),
}

/// Whether captured money is still wanted. A top-up always can be, an order only while it waits for payment (P1, P8).
pub fn booking(payment: &Payment, order: Option<OrderState>) -> Booking {
    match (payment.state, payment.purpose, order) {
        (PaymentState::Paid | PaymentState::Authorised, _, _) => Booking::Surplus("paid_twice"),
        (_, Purpose::TopUp, _) | (_, Purpose::Order(_), Some(OrderState::AwaitingPayment)) => Booking::Win,
        (_, Purpose::Order(_), Some(OrderState::Cancelled)) => Booking::Surplus("expired"),
        (_, Purpose::Order(_), _) => Booking::Surplus("order_ended"),
    }
}

/// What a page says.
pub fn status(payment: &Payment, attempts: &[Attempt]) -> Status {
    let undecided =
        |attempt: &Attempt| attempt.state.is_undecided() || attempt.state == AttemptState::Opening;
    match payment.state {
        PaymentState::Authorised => Status::Authorised,
        PaymentState::Paid => Status::Paid,
        PaymentState::Closed => Status::Closed,
        PaymentState::Open if attempts.iter().any(undecided) => Status::Confirming,
        PaymentState::Open => match attempts.last() {
            Some(attempt) if attempt.is_declined() => Status::Declined,
            _ => Status::ToPay,
        },
    }
}

/// How a refund is shared over where the money came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    /// Back through gateways.
    pub outside: Vec<(AttemptId, Money)>,
    /// Back to the balance.
    pub to_balance: Money,
}

/// What is left to be given back: of what attempts captured, and `from_balance`, what is left of the part the balance paid.
pub fn left(attempts: &[Attempt], from_balance: Money) -> Money {
    let counts =
        |a: &&Attempt| a.state == AttemptState::Captured && a.captured.currency == from_balance.currency;
    let outside = attempts.iter().filter(counts).fold(0_i64, |sum, a| sum.saturating_add(a.left_minor()));
    Money { minor: outside.saturating_add(from_balance.minor.max(0)), ..from_balance }
}

/// Shares a refund over where the money came from: first what is left of the captured attempts, oldest first, then the balance. Nothing is
/// divided, so nothing is rounded: the parts add up to the amount to the fen. The error is what is left in all.
pub fn share(amount: Money, attempts: &[Attempt], from_balance: Money) -> Result<Shares, Money> {
    let all = left(attempts, Money { currency: amount.currency, ..from_balance });
    if !amount.is_positive() || amount.minor > all.minor {
        return Err(all);
    }
    let rest =
        Money { minor: all.minor.saturating_sub(from_balance.minor.max(0)).min(amount.minor), ..amount };
    let outside = if rest.is_zero() { Vec::new() } else { share_refund(rest, attempts)? };
    let to_balance = Money { minor: amount.minor.saturating_sub(rest.minor), ..amount };
    Ok(Shares { outside, to_balance })
}

/// Divides an amount in proportion to what each has: everybody gets the whole fen of the share, and what is left over goes one fen each to
/// those with the largest remainders, the earlier first. The parts add up to `amount` as long as that is not more than all have.
pub fn in_proportion(amount: i64, have: &[i64]) -> Vec<i64> {
    let (amount, have): (i128, Vec<i128>) =
        (i128::from(amount.max(0)), have.iter().map(|one| i128::from(*one.max(&0))).collect());
    let all: i128 = have.iter().fold(0, |sum, one| sum.saturating_add(*one));
    if all == 0 {
        return vec![0; have.len()];
    }
    let product = |one: &i128| amount.saturating_mul(*one);
    let mut parts: Vec<i128> = have.iter().map(|one| product(one).checked_div(all).unwrap_or(0)).collect();
    let mut order: Vec<usize> = (0..have.len()).collect();
    let remainder = |at: &usize| have.get(*at).and_then(|one| product(one).checked_rem(all)).unwrap_or(0);
    order.sort_by_key(|at| std::cmp::Reverse(remainder(at)));
    let mut over = amount.saturating_sub(parts.iter().fold(0, |sum, one| sum.saturating_add(*one)));
    for at in order {
        if over <= 0 {
            break;
        }
        if let Some(part) = parts.get_mut(at) {
            *part = part.saturating_add(1);
            over = over.saturating_sub(1);
        }
    }
    parts.into_iter().map(|part| i64::try_from(part).unwrap_or(i64::MAX)).collect()
}

/// Shares a refund over what is left of the captured attempts, oldest first; the error is what is left in all.
pub fn share_refund(amount: Money, attempts: &[Attempt]) -> Result<Vec<(AttemptId, Money)>, Money> {
    let mut due = amount.minor;
    let mut parts = Vec::new();
    let mut all: i64 = 0;
    for attempt in attempts
        .iter()
        .filter(|a| a.state == AttemptState::Captured && a.captured.currency == amount.currency)
    {
        let left = attempt.left_minor();
        all = all.saturating_add(left);
        let part = left.min(due);
        if part > 0 {
            parts.push((attempt.id, Money { minor: part, ..amount }));
            due = due.saturating_sub(part);
        }
    }
    if due == 0 && amount.is_positive() { Ok(parts) } else { Err(Money { minor: all, ..amount }) }
}

/// The moment a gateway names, as far as it can be true: not before we asked, not after now.
pub fn moment(named: Timestamp, asked_at: Timestamp, now: Timestamp) -> Timestamp {
    named.max(asked_at).min(now.max(asked_at))
}

/// At most the last four digits, whatever a gateway sends: nothing longer is ever kept.
pub fn last_four(digits: &str) -> String {
    let mut tail: Vec<char> = digits.chars().rev().filter(char::is_ascii_digit).take(4).collect();
    tail.reverse();
    tail.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use connectors::gateway::CardHint;
    use kernel::AccountId;

    fn attempt(state: AttemptState, sequence: i64) -> Attempt {
        let amount = Money::cny(10_000);
        let booked = if state.is_booked() { amount } else { Money::cny(0) };
        Attempt {
            id: AttemptId(1),
            payment: super::super::PaymentId(1),
            customer: AccountId(1),
            gateway: "card".to_owned(),
            amount,
            state,
            captured: booked,
            refunded: Money::cny(0),
            disputed: Money::cny(0),
            outcome: None,
            words: None,
            place: None,
            checkout: None,
            captured_at: None,
            authorised_until: None,
            take_by: None,
            due: None,
            gateway_id: None,
            card: None,
            sequence,
            polls: 0,
            next_poll_at: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn report(state: gateway::PaymentState, sequence: u64) -> gateway::Payment {
        gateway::Payment {
            attempt_id: AttemptId(1).to_string(),
            gateway_id: "g".to_owned(),
            merchant_id: "m".to_owned(),
            amount: Money::cny(10_000),
            state,
            refunded: Money::cny(0),
            checkout: None,
            sequence,
            updated_at: Timestamp(0),
        }
    }

    fn captured(fen: i64) -> gateway::PaymentState {
        let card = Some(CardHint { brand: "visa".to_owned(), last4: "4242".to_owned() });
        gateway::PaymentState::Captured { captured: Money::cny(fen), card }
    }

    #[test]
    fn a_report_is_judged_by_state_amount_and_sequence() {
        use AttemptState as A;
        use gateway::PaymentState as G;
        for (state, known, reported, sequence, want) in [
            (A::Opening, 0, G::Open, 1, Verdict::Move(A::Open)),
            (A::Open, 1, G::Open, 1, Verdict::Stale),
            (A::Unknown, 1, G::Open, 1, Verdict::Move(A::Open)),
            (A::Open, 1, G::Processing, 2, Verdict::Move(A::Processing)),
            (A::Open, 1, captured(10_000), 2, Verdict::Capture),
            (A::Open, 1, captured(10_001), 2, Verdict::Mismatch),
            (A::Mismatch, 1, captured(10_001), 2, Verdict::Stale),
            (A::Mismatch, 1, captured(10_000), 2, Verdict::Capture),
            (A::Closed, 2, captured(10_000), 3, Verdict::Capture),
            (A::Declined, 2, captured(10_000), 3, Verdict::Capture),
            (A::Closed, 2, G::Open, 3, Verdict::Stale),
            (A::Declined, 3, captured(10_000), 2, Verdict::Stale),
            (A::Captured, 2, G::Closed, 9, Verdict::Stale),
            (A::Surplus, 2, captured(10_000), 9, Verdict::Stale),
        ] {
            let verdict = judge(&attempt(state, known), &report(reported.clone(), sequence));
            assert_eq!(verdict, want, "{state:?}@{known} told {reported:?}@{sequence}");
        }
    }

    #[test]
    fn p6_questions_are_asked_for_24_hours() {
        let mut now = Timestamp(0);
        let mut asked = 0;
        while let Some(next) = next_poll(asked, now) {
            now = next;
            asked += 1;
        }
        assert_eq!(now, Timestamp(0).plus(Duration::from_hours(24)));
        assert_eq!(next_poll(0, Timestamp(0)), Some(Timestamp::from_secs(15)));
        assert_eq!(next_poll(-1, now), None);
    }

    #[test]
    fn p10_a_refund_is_shared_over_what_is_left() {
        let mut first = attempt(AttemptState::Captured, 2);
        first.refunded = Money::cny(7_000);
        let second = Attempt { id: AttemptId(2), ..attempt(AttemptState::Captured, 2) };
        let surplus = Attempt { id: AttemptId(3), ..attempt(AttemptState::Surplus, 2) };
        let attempts = [first, second, surplus];
        let all = [(AttemptId(1), Money::cny(3_000)), (AttemptId(2), Money::cny(10_000))];
        assert_eq!(share_refund(Money::cny(13_000), &attempts), Ok(all.to_vec()));
        assert_eq!(share_refund(Money::cny(13_001), &attempts), Err(Money::cny(13_000)));
        assert_eq!(share_refund(Money::cny(1), &attempts), Ok(vec![(AttemptId(1), Money::cny(1))]));
        assert!(share_refund(Money::cny(0), &attempts).is_err());
        assert!(share_refund(Money::new(1, Currency::USD), &attempts).is_err());
    }

    #[test]
    fn a_refund_goes_to_its_gateway_first_and_then_to_the_balance() {
        let mut card = attempt(AttemptState::Captured, 2);
        card.refunded = Money::cny(9_000);
        let attempts = [card];
        for (amount, outside, to_balance) in
            [(1, 1, 0), (1_000, 1_000, 0), (1_001, 1_000, 1), (1_500, 1_000, 500)]
        {
            let shares = share(Money::cny(amount), &attempts, Money::cny(500)).unwrap();
            let through: i64 = shares.outside.iter().map(|(_, part)| part.minor).sum();
            assert_eq!((through, shares.to_balance.minor), (outside, to_balance), "{amount}");
        }
        assert_eq!(share(Money::cny(1_501), &attempts, Money::cny(500)), Err(Money::cny(1_500)));
        assert!(share(Money::cny(0), &attempts, Money::cny(500)).is_err());
        let only_balance = share(Money::cny(500), &[], Money::cny(500)).unwrap();
        assert!(only_balance.outside.is_empty() && only_balance.to_balance == Money::cny(500));
    }

    #[test]
    fn what_sellers_give_back_is_in_proportion_to_the_fen() {
        for (amount, have, want) in [
            (100, vec![50, 50], vec![50, 50]),
            (10, vec![1, 1, 1], vec![4, 3, 3]),
            (1, vec![1, 2], vec![0, 1]),
            (0, vec![7], vec![0]),
            (5, vec![0, 0], vec![0, 0]),
            (i64::MAX, vec![i64::MAX], vec![i64::MAX]),
        ] {
            assert_eq!(in_proportion(amount, &have), want, "{amount} of {have:?}");
        }
    }

    #[test]
    fn a_top_up_is_between_1_and_50_000_yuan() {
        for (fen, fits) in [(99, false), (100, true), (5_000_000, true), (5_000_001, false), (-100, false)] {
            assert_eq!(is_top_up(Money::cny(fen)), fits, "{fen}");
        }
        assert!(!is_top_up(Money::new(1_000, Currency::USD)));
    }

    #[test]
    fn no_more_than_four_digits_of_a_card_are_kept() {
        assert_eq!(last_four("4242424242424242"), "4242");
        assert_eq!(last_four("•••• 0002"), "0002");
    }
}
