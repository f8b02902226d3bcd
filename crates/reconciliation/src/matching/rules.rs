//! What agrees and what does not.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::model::{Ours, Reason, Theirs, Verdict, kind_code};
use crate::{Day, Terms};
use connectors::gateway::BillKind;

/// The most one line may move, in minor units: ten thousand million yuan. A day's lines of that size still add up in 64 bits.
pub(crate) const MOST_MINOR: i64 = 1_000_000_000_000;

/// Which side has to hand in more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Theirs,
    Ours,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// More of that side is needed; nothing more of it is told with [`Matcher::end`].
    Need(Side),
    /// Both have it.
    Pair(Theirs, Ours),
    /// The same payment stood on the line before.
    Duplicate(Theirs),
    Theirs(Theirs),
    Ours(Ours),
    End,
}

/// Reads two sides that are ordered by key and kind, each page by page, and brings them together.
#[derive(Debug, Default)]
pub struct Matcher {
    theirs: VecDeque<Theirs>,
    ours: VecDeque<Ours>,
    theirs_ended: bool,
    ours_ended: bool,
    last: Option<(i64, i64)>,
}

impl Matcher {
    pub fn give_theirs(&mut self, page: Vec<Theirs>) {
        self.theirs.extend(page);
    }

    pub fn give_ours(&mut self, page: Vec<Ours>) {
        self.ours.extend(page);
    }

    /// Nothing more comes from that side.
    pub const fn end(&mut self, side: Side) {
        match side {
            Side::Theirs => self.theirs_ended = true,
            Side::Ours => self.ours_ended = true,
        }
    }

    /// The next step. Lines without a number of ours come first and have no partner here.
    pub fn step(&mut self) -> Step {
        if self.theirs.is_empty() && !self.theirs_ended {
            return Step::Need(Side::Theirs);
        }
        let line = self.theirs.front().map(|line| (line.key, kind_code(line.kind)));
        if line.is_some_and(|key| key.0 != 0 && self.last == Some(key)) {
            return self.theirs.pop_front().map_or(Step::End, Step::Duplicate);
        }
        if self.ours.is_empty() && !self.ours_ended {
            return Step::Need(Side::Ours);
        }
        let booked = self.ours.front().map(|ours| (ours.key, kind_code(ours.kind)));
        let order = match (line, booked) {
            (None, None) => return Step::End,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(line), Some(booked)) => line.cmp(&booked),
        };
        if order != Ordering::Greater {
            self.last = line;
        }
        match order {
            Ordering::Less => self.theirs.pop_front().map_or(Step::End, Step::Theirs),
            Ordering::Greater => self.ours.pop_front().map_or(Step::End, Step::Ours),
            Ordering::Equal => match (self.theirs.pop_front(), self.ours.pop_front()) {
                (Some(theirs), Some(ours)) => Step::Pair(theirs, ours),
                _ => Step::End,
            },
        }
    }
}

/// A line and a booking of the same payment. `day` is the bill's.
pub(crate) fn judge(line: &Theirs, ours: &Ours, day: Day, terms: &Terms) -> Verdict {
    if is_impossible(line) {
        return Verdict::Differs(Reason::Broken);
    }
    let reason = if line.amount.currency != ours.amount.currency {
        Reason::CurrencyDiffers
    } else if line.amount.minor != ours.amount.minor {
        Reason::AmountDiffers
    } else if ours.ledger != Some(ours.amount.minor) {
        Reason::LedgerDiffers
    } else if Day::of(ours.at).apart(day) > 1 {
        Reason::OtherDay
    } else if !is_expected_fee(line, terms) {
        Reason::FeeUnexpected
    } else {
        return Verdict::Matched;
    };
    Verdict::Differs(reason)
}

/// A line that has no booking of ours, and for which nothing else was booked.
pub(crate) fn judge_alone(line: &Theirs) -> Reason {
    match line.kind {
        _ if is_impossible(line) => Reason::Broken,
        BillKind::Payout => Reason::PayoutOpen,
        BillKind::Fee => Reason::FeeUnexpected,
        BillKind::Payment | BillKind::Refund | BillKind::DisputeLost | BillKind::DisputeWon => {
            Reason::OnlyTheirs
        }
    }
}

/// Amounts no line can have: it was read, but not as it was meant.
pub(crate) fn is_impossible(line: &Theirs) -> bool {
    let amount = line.amount.minor;
    let fee = line.fee.minor.checked_abs();
    amount <= 0 || amount > MOST_MINOR || fee.is_none_or(|fee| fee > MOST_MINOR)
}

/// Within what was agreed, and in the currency of the payment. With a refund a gateway may give its fee back; it asks for none.
pub(crate) fn is_expected_fee(line: &Theirs, terms: &Terms) -> bool {
    if line.fee.minor == 0 {
        return true;
    }
    let part = i128::from(line.amount.minor).saturating_mul(i128::from(terms.fee_permyriad)) / 10_000;
    let most = part.saturating_add(i128::from(terms.fee_base));
    let fee = i128::from(line.fee.minor);
    let direction = if line.kind == BillKind::Refund { fee < 0 } else { fee > 0 };
    direction && fee.abs() <= most && line.fee.currency == line.amount.currency
}

/// By how much the bill says more of what the gateway owes us than the ledger has, as long as nothing is done: without the fee of the line,
/// which is booked when it is matched.
pub(crate) fn effect(line: Option<&Theirs>, ours: Option<&Ours>) -> i64 {
    let sign = |kind, minor: i64| crate::bill::rules::sign(kind).saturating_mul(minor);
    let theirs = line.map_or(0, |line| sign(line.kind, line.amount.minor).saturating_sub(line.fee.minor));
    let ours = ours.map_or(0, |ours| sign(ours.kind, ours.ledger.unwrap_or(0)));
    theirs.saturating_sub(ours)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kernel::{AccountId, Money, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn line(key: i64, kind: BillKind, number: i64) -> Theirs {
        Theirs {
            number,
            kind,
            key,
            our_id: String::new(),
            gateway_id: String::new(),
            amount: Money::cny(10_000),
            fee: Money::cny(60),
            at: Timestamp(0),
        }
    }

    fn booked(key: i64, kind: BillKind) -> Ours {
        Ours {
            kind,
            key,
            our_id: String::new(),
            gateway_id: None,
            amount: Money::cny(10_000),
            ledger: Some(10_000),
            order: None,
            customer: AccountId(1),
            at: Timestamp(0),
            state: "captured".to_owned(),
        }
    }

    /// Every step, with pages of `page` rows.
    fn run(theirs: &[Theirs], ours: &[Ours], page: usize) -> Vec<Step> {
        let (mut theirs, mut ours) = (theirs.chunks(page), ours.chunks(page));
        let (mut matcher, mut steps) = (Matcher::default(), Vec::new());
        loop {
            match matcher.step() {
                Step::Need(Side::Theirs) => match theirs.next() {
                    Some(page) => matcher.give_theirs(page.to_vec()),
                    None => matcher.end(Side::Theirs),
                },
                Step::Need(Side::Ours) => match ours.next() {
                    Some(page) => matcher.give_ours(page.to_vec()),
                    None => matcher.end(Side::Ours),
                },
                Step::End => return steps,
                step => steps.push(step),
            }
        }
    }

    proptest! {
        #[test]
        fn l7_every_line_and_every_booking_comes_out_once_as_a_dictionary_would_say(
            mut theirs in prop::collection::vec((0_i64..12, 1_i64..3), 0..60),
            mut ours in prop::collection::btree_set((1_i64..12, 1_i64..3), 0..20),
            page in 1_usize..7,
        ) {
            let kind = |code| super::super::model::kind_of(code).unwrap();
            theirs.sort_unstable();
            let lines: Vec<_> = theirs.iter().zip(1..).map(|((k, c), n)| line(*k, kind(*c), n)).collect();
            let books: Vec<_> = ours.iter().map(|(k, c)| booked(*k, kind(*c))).collect();
            let mut seen: BTreeMap<(i64, i64), i64> = BTreeMap::new();
            let mut numbers = Vec::new();
            for step in run(&lines, &books, page) {
                let key = |line: &Theirs| (line.key, kind_code(line.kind));
                match step {
                    Step::Pair(t, o) => {
                        prop_assert_eq!(key(&t), (o.key, kind_code(o.kind)));
                        prop_assert!(ours.remove(&key(&t)), "a booking came twice");
                        prop_assert_eq!(seen.insert(key(&t), t.number), None);
                        numbers.push(t.number);
                    }
                    Step::Theirs(t) => {
                        prop_assert!(!ours.contains(&key(&t)));
                        if t.key != 0 { prop_assert_eq!(seen.insert(key(&t), t.number), None); }
                        numbers.push(t.number);
                    }
                    Step::Duplicate(t) => {
                        prop_assert!(seen.contains_key(&key(&t)));
                        numbers.push(t.number);
                    }
                    Step::Ours(o) => {
                        prop_assert!(!theirs.contains(&(o.key, kind_code(o.kind))));
                        prop_assert!(ours.remove(&(o.key, kind_code(o.kind))));
                    }
                    Step::Need(_) | Step::End => {}
                }
            }
            prop_assert!(ours.is_empty(), "bookings were left out: {:?}", ours);
            numbers.sort_unstable();
            prop_assert_eq!(numbers, (1..=i64::try_from(lines.len()).unwrap()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_thing_that_does_not_agree_is_the_reason() {
        use Reason as R;
        let terms = Terms::default();
        let day = Day::of(Timestamp(0));
        let check = |name: &str, change: &dyn Fn(&mut Theirs, &mut Ours), expected: Verdict| {
            let (mut t, mut o) = (line(1, BillKind::Payment, 1), booked(1, BillKind::Payment));
            change(&mut t, &mut o);
            assert_eq!(judge(&t, &o, day, &terms), expected, "{name}");
        };
        check("agrees", &|_, _| {}, Verdict::Matched);
        check("one day", &|_, o| o.at = day.next().begins_at(), Verdict::Matched);
        type Change<'a> = &'a dyn Fn(&mut Theirs, &mut Ours);
        let differs: [(&str, Change<'_>, R); 11] = [
            ("amount", &|t, _| t.amount.minor += 1, R::AmountDiffers),
            ("currency", &|t, _| t.amount.currency = kernel::Currency::USD, R::CurrencyDiffers),
            ("no entry", &|_, o| o.ledger = None, R::LedgerDiffers),
            ("other entry", &|_, o| o.ledger = Some(9), R::LedgerDiffers),
            ("two days", &|_, o| o.at = day.next().next().begins_at(), R::OtherDay),
            ("fee", &|t, _| t.fee.minor = 401, R::FeeUnexpected),
            ("fee given", &|t, _| t.fee.minor = -1, R::FeeUnexpected),
            ("fee's currency", &|t, _| t.fee.currency = kernel::Currency::USD, R::FeeUnexpected),
            ("negative", &|t, _| t.amount.minor = -10_000, R::Broken),
            ("nothing", &|t, _| t.amount.minor = 0, R::Broken),
            ("huge", &|t, _| t.amount.minor = i64::MAX, R::Broken),
        ];
        for (name, change, reason) in differs {
            check(name, change, Verdict::Differs(reason));
        }
    }
}
