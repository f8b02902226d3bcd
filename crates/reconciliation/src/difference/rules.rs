//! What may be done about a difference, and what a run writes.

use kernel::{Currency, Duration, Money};

use super::model::{Difference, Draft, Remedy, State};
use crate::Day;
use crate::bill::model::BillId;
use crate::matching::model::{Ours, Reason, Theirs, kind_code};
use crate::matching::rules::effect;

/// A bill of another day that has not come by then does not come: the difference is open again.
pub(crate) const TIMING_LASTS: Duration = Duration::from_days(5);

/// The steps that help with what stands there now, the most likely first.
pub fn remedies(difference: &Difference) -> Vec<Remedy> {
    use Remedy as R;
    if difference.state == State::Closed {
        return Vec::new();
    }
    let own: &[Remedy] = match difference.reason {
        Reason::OnlyTheirs => &[R::AskGateway, R::Link, R::AcceptTiming, R::WriteOff],
        Reason::OnlyOurs => &[R::AcceptTiming, R::AskGateway, R::WriteOff],
        Reason::AmountDiffers | Reason::CurrencyDiffers => &[R::AskGateway, R::WriteOff],
        Reason::LedgerDiffers => &[R::AskGateway],
        Reason::FeeUnexpected => &[R::BookFee],
        Reason::PayoutOpen => &[R::BookPayout],
        Reason::Duplicate => &[R::WriteOff],
        Reason::OtherDay | Reason::Broken | Reason::TotalDiffers => &[],
    };
    // One that waits for its second person is not changed meanwhile.
    if difference.proposed_by.is_some() {
        return vec![R::WriteOff];
    }
    let mut all = own.to_vec();
    // A broken ledger is not explained away, and settled money not either.
    if !matches!(difference.reason, Reason::LedgerDiffers | Reason::PayoutOpen) {
        all.push(R::Explain);
    }
    all.push(R::SignOff);
    all
}

/// How a difference with a line is told apart from every other of its gateway.
fn line_key(day: Day, line: &Theirs, reason: Reason) -> String {
    let kind = kind_code(line.kind);
    match reason {
        _ if line.key == 0 => format!("{day}:{kind}:g:{}#{}", line.gateway_id, line.number),
        Reason::Duplicate => format!("{day}:{kind}:{}#{}", line.our_id, line.number),
        _ => format!("{day}:{kind}:{}", line.our_id),
    }
}

/// A line, with the booking it was compared with.
pub(crate) fn of_line(day: Day, bill: BillId, line: Theirs, ours: Option<Ours>, reason: Reason) -> Draft {
    // An amount that cannot be says nothing about what is owed.
    let minor = if reason == Reason::Broken { 0 } else { effect(Some(&line), ours.as_ref()) };
    Draft {
        day,
        reason,
        bill: Some(bill),
        effect: Money { minor, ..line.amount },
        key: line_key(day, &line, reason),
        theirs: Some(line),
        ours,
    }
}

/// A booking that no bill has.
pub(crate) fn of_ours(day: Day, ours: Ours) -> Draft {
    Draft {
        day,
        reason: Reason::OnlyOurs,
        bill: None,
        theirs: None,
        effect: Money { minor: effect(None, Some(&ours)), ..ours.amount },
        key: format!("{day}:{}:{}", kind_code(ours.kind), ours.our_id),
        ours: Some(ours),
    }
}

/// A line that does not read.
pub(crate) fn of_broken(day: Day, bill: BillId, number: i64) -> Draft {
    let effect = Money::zero(Currency::default());
    Draft { day, reason: Reason::Broken, bill: Some(bill), theirs: None, ours: None, effect, key: format!("{day}:broken#{number}") }
}

/// A total that its lines do not add up to.
pub(crate) fn of_total(day: Day, bill: BillId, total: Money) -> Draft {
    let effect = Money { minor: 0, ..total };
    Draft { day, reason: Reason::TotalDiffers, bill: Some(bill), theirs: None, ours: None, effect, key: format!("{day}:total") }
}
