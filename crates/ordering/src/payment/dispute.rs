//! Disputes: the payer asks the bank for the money back (chargeback).
//!
//! A report changes things once, and reports may come in any order: each brings what is missing before it, so that a dispute first heard
//! of when it is won was taken and given back. What contradicts what is booked books nothing and rings, once. While the gateway keeps the money, and
//! for good when the payer won, it cannot be refunded besides (P10). The fee is only noted here: like every fee it is booked with the line of the
//! daily bill that asks for it, so never twice.
//!
//! ```text
//! asked ─► dropped                        no money moved
//!   └────► open ─► won | lost             taken: Gateway → Disputed; won: Disputed → Gateway; lost: Disputed → Fees,
//!                                         less what `dispute_cover` takes out of what is still owed
//! mismatch                                not about what was paid: not booked, a person looks; the truth still gets in
//! ```

use connectors::gateway;
use db::Tx;
use durable::Cx;
use kernel::{Actor, Money, Timestamp};
use ledger::{AccountName, NewTransfer, TransferKind};
use serde_json::json;

use super::complete::{self, Locked, entry, review_of, ring};
use super::dispute_model::{Dispute, DisputeId, DisputeState};
use super::facts::topic;
use super::model::{Attempt, AttemptId, Payments};
use super::{Error, attempt, dispute_cover, dispute_store, give_back, rules, store};
use crate::order::{MoneyState, OrderId};

/// How often a report is tried again when another transaction was in the way.
const TRIES: u32 = 8;

/// What a report means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Known already, or older than what is known.
    Stale,
    Move(DisputeState),
    /// It cannot be, after what is known.
    Contradicts,
}

/// Judges a report by what is known; `None` when this is the first word of it.
const fn judge(known: Option<DisputeState>, said: DisputeState) -> Verdict {
    use DisputeState as S;
    match (known, said) {
        (None | Some(S::Mismatch), _) | (Some(S::Asked), S::Dropped | S::Open | S::Won | S::Lost) => {
            Verdict::Move(said)
        }
        (Some(S::Open), S::Won | S::Lost) => Verdict::Move(said),
        (Some(S::Won), S::Lost | S::Dropped)
        | (Some(S::Lost), S::Won | S::Dropped)
        | (Some(S::Dropped), S::Open | S::Won | S::Lost)
        | (Some(S::Open), S::Dropped) => Verdict::Contradicts,
        _ => Verdict::Stale,
    }
}

/// Takes in what a gateway reports about a dispute. Always a success for what was taken in before and for what is refused for what it says.
/// [`Error::NotFound`] when it is about no attempt of ours at that gateway.
pub async fn report(
    svc: &Payments,
    actor: &Actor,
    gateway: &str,
    reported: &gateway::Dispute,
) -> Result<(), Error> {
    let attempt = disputed_attempt(svc, gateway, reported).await?;
    // The capture may be on its way to us still: then the gateway tells of it now.
    if attempt.state.is_asked() {
        attempt::ask(svc, actor, &attempt).await?;
    }
    let mut tries = 1;
    loop {
        match take_in(&svc.cx, actor, attempt.id, reported).await {
            Err(error) if error.is_retryable() && tries < TRIES => tries = tries.saturating_add(1),
            other => return other,
        }
    }
}

/// By our number, else by the gateway's.
async fn disputed_attempt(
    svc: &Payments,
    gateway: &str,
    reported: &gateway::Dispute,
) -> Result<Attempt, Error> {
    let mut tx = svc.cx.read().await?;
    let id = match reported.attempt_id.parse() {
        Ok(id) => Some(id),
        Err(_) => store::attempt_at_gateway(&mut tx, gateway, &reported.attempt_id).await?,
    };
    let id = id.ok_or(Error::NotFound)?;
    let found = store::find_attempt(&mut tx, &svc.cx, id).await?;
    found.filter(|attempt| attempt.gateway == gateway).ok_or(Error::NotFound)
}

async fn take_in(cx: &Cx, actor: &Actor, id: AttemptId, reported: &gateway::Dispute) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let locked = complete::lock(&mut tx, cx, id).await?;
    let gateway_id: String = reported.dispute_id.chars().take(100).collect();
    let known = dispute_store::find(&mut tx, &locked.attempt.gateway, &gateway_id).await?;
    if known.as_ref().is_some_and(|known| known.attempt != id) {
        return Err(Error::NotFound);
    }
    let said = DisputeState::of(reported.state);
    let fits = fits(&mut tx, &locked.attempt, known.as_ref(), reported).await?;
    let before = known.as_ref().map(|known| known.state);
    let current = match known {
        Some(known) => known,
        None => begin(&mut tx, cx, &locked, (gateway_id, reported)).await?,
    };
    let done = match (fits, judge(before, said)) {
        (true, Verdict::Stale) => return Ok(tx.commit().await?),
        (true, Verdict::Move(to)) => {
            let next = follow(&current, to, reported, (&locked.attempt, cx.now()));
            dispute_store::update(&mut tx, current.state, &next).await?;
            tell(&mut tx, cx, actor, &locked, (before, &next)).await?;
            book(&mut tx, cx, &locked, &current, &next).await?;
            if to == DisputeState::Lost {
                dispute_cover::on_lost(&mut tx, cx, actor, &locked, &next).await?;
            }
            to.name()
        }
        (true, Verdict::Contradicts) => {
            if !alarm(&mut tx, cx, actor, &locked, (&current, "dispute_contradicts")).await? {
                return Ok(tx.commit().await?);
            }
            "contradicts"
        }
        (false, _) => {
            if !alarm(&mut tx, cx, actor, &locked, (&current, "dispute_mismatch")).await? {
                return Ok(tx.commit().await?);
            }
            "mismatch"
        }
    };
    let detail = json!({
        "dispute": current.id, "attempt": id, "amount": reported.amount, "reported": said.name(),
        "from": before.map(DisputeState::name), "result": done,
    });
    audit::record(&mut tx, cx, actor, entry("payment.dispute", &locked.payment, detail)).await?;
    tx.commit().await?;
    metrics::counter!("everlit_payment_disputes_total", "gateway" => locked.attempt.gateway, "result" => done)
        .increment(1);
    Ok(())
}

/// It is about money we have booked, not more than that, the amount stays the same, and no other dispute has taken the money of this attempt: the
/// bill tells two of one payment apart by nothing.
async fn fits(
    tx: &mut Tx,
    attempt: &Attempt,
    known: Option<&Dispute>,
    reported: &gateway::Dispute,
) -> Result<bool, Error> {
    let is_same = known.is_none_or(|known| !known.state.is_taken() || known.amount == reported.amount);
    let has_other = dispute_store::list(tx, attempt.payment).await?.iter().any(|other| {
        other.attempt == attempt.id && other.state.is_taken() && other.gateway_id != reported.dispute_id
    });
    let amount = reported.amount;
    let is_booked = attempt.state.is_booked() && attempt.captured.currency == amount.currency;
    let is_within = amount.is_positive() && amount.minor <= attempt.captured.minor;
    let is_fee = reported.fee.currency == amount.currency || reported.fee.is_zero();
    Ok(is_booked && is_within && is_same && is_fee && !has_other)
}

/// The row, before anything is booked.
async fn begin(
    tx: &mut Tx,
    cx: &Cx,
    locked: &Locked,
    (gateway_id, reported): (String, &gateway::Dispute),
) -> Result<Dispute, Error> {
    let now = cx.now();
    let attempt = &locked.attempt;
    let dispute = Dispute {
        id: DisputeId::new(&cx.ids, now),
        gateway: attempt.gateway.clone(),
        gateway_id,
        attempt: attempt.id,
        payment: attempt.payment,
        order: locked.payment.purpose.order(),
        customer: attempt.customer,
        amount: reported.amount,
        fee_minor: reported.fee.minor,
        reason: reported.reason.chars().take(60).collect(),
        state: DisputeState::Mismatch,
        alarm: None,
        due_by: reported.due_by,
        taken_at: None,
        ended_at: None,
        created_at: now,
        updated_at: now,
    };
    dispute_store::insert(tx, &dispute).await?;
    Ok(dispute)
}

/// The dispute after a report.
fn follow(
    current: &Dispute,
    to: DisputeState,
    reported: &gateway::Dispute,
    (attempt, now): (&Attempt, Timestamp),
) -> Dispute {
    let after = attempt.captured_at.unwrap_or(attempt.created_at);
    let at = rules::moment(reported.updated_at, current.taken_at.unwrap_or(after), now);
    Dispute {
        amount: reported.amount,
        fee_minor: reported.fee.minor,
        reason: reported.reason.chars().take(60).collect(),
        state: to,
        due_by: reported.due_by.or(current.due_by),
        taken_at: current.taken_at.or_else(|| to.is_taken().then_some(at)),
        ended_at: to.is_final().then_some(at),
        updated_at: now,
        ..current.clone()
    }
}

/// Calls a person where one is needed: to answer the bank, to look at what is lost, where the payer may get the money twice, and
/// where what was kept can be given back at last.
async fn tell(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    (before, next): (Option<DisputeState>, &Dispute),
) -> Result<(), Error> {
    let was_taken = before.is_some_and(DisputeState::is_taken);
    if matches!(next.state, DisputeState::Asked | DisputeState::Open) {
        ring(tx, cx, actor, topic::REVIEW, review_of(locked, "dispute_opened")).await?;
    }
    if next.state == DisputeState::Lost {
        ring(tx, cx, actor, topic::REVIEW, review_of(locked, "dispute_lost")).await?;
    }
    if next.state.is_taken() && !was_taken && next.amount.minor > locked.attempt.left_minor() {
        ring(tx, cx, actor, topic::ALARM, review_of(locked, "dispute_and_refund")).await?;
    }
    if next.state == DisputeState::Won && was_taken && is_refund_stuck(tx, cx, locked).await? {
        ring(tx, cx, actor, topic::REVIEW, review_of(locked, "refund_waits")).await?;
    }
    tx.notify(super::LIVE, format!("{}|{}", locked.payment.customer.raw(), locked.payment.id.raw()));
    Ok(())
}

/// The order's money is to go back and nothing is on its way: while the gateway kept it, it could not be promised.
async fn is_refund_stuck(tx: &mut Tx, cx: &Cx, locked: &Locked) -> Result<bool, Error> {
    match locked.order.as_ref().filter(|order| order.money == MoneyState::Refunding) {
        Some(order) => Ok(give_back::stands(tx, cx, order, locked.payment.id).await?.is_some()),
        None => Ok(false),
    }
}

/// What the way from one state to the next moves in the ledger, each step once.
async fn book(tx: &mut Tx, cx: &Cx, locked: &Locked, from: &Dispute, to: &Dispute) -> Result<(), Error> {
    let gateway = AccountName::Gateway(&to.gateway);
    let kept = AccountName::Disputed(&to.gateway);
    let (was, is) = (from.state, to.state);
    if is.is_taken() && !was.is_taken() {
        store::dispute(tx, locked.attempt.id, to.amount.minor).await?;
        transfer(tx, cx, to, (kept, gateway), TransferKind::Dispute).await?;
    }
    match is {
        DisputeState::Won => {
            store::dispute(tx, locked.attempt.id, to.amount.minor.saturating_neg()).await?;
            transfer(tx, cx, to, (gateway, kept), TransferKind::DisputeWon).await
        }
        DisputeState::Lost => {
            transfer(tx, cx, to, (AccountName::Fees(&to.gateway), kept), TransferKind::DisputeLost).await
        }
        _ => Ok(()),
    }
}

/// Under what the ledger knows what a dispute moved: `dispute`, `dispute_won`, `dispute_lost`.
pub(super) fn business_key(id: DisputeId, kind: TransferKind) -> String {
    format!("{}:{id}", kind.code())
}

async fn transfer(
    tx: &mut Tx,
    cx: &Cx,
    dispute: &Dispute,
    accounts: (AccountName<'_>, AccountName<'_>),
    kind: TransferKind,
) -> Result<(), Error> {
    post(tx, cx, dispute, (accounts, dispute.amount), (kind, business_key(dispute.id, kind))).await
}

/// One transfer that a dispute makes.
pub(super) async fn post(
    tx: &mut Tx,
    cx: &Cx,
    dispute: &Dispute,
    ((debit, credit), amount): ((AccountName<'_>, AccountName<'_>), Money),
    (kind, business_key): (TransferKind, String),
) -> Result<(), Error> {
    let debit = ledger::ensure_account(tx, cx, debit, amount.currency).await?;
    let credit = ledger::ensure_account(tx, cx, credit, amount.currency).await?;
    let new = NewTransfer {
        debit: debit.id,
        credit: credit.id,
        amount,
        kind,
        business_key,
        order: dispute.order.map(OrderId::raw),
        customer: Some(dispute.customer),
        memo: "payment.dispute".into(),
    };
    let lane = crate::lane(tx);
    ledger::post_transfer(tx, cx, lane, new).await?;
    Ok(())
}

/// Nothing is booked, somebody is called; `false` when somebody was called for the same before.
async fn alarm(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    (current, why): (&Dispute, &'static str),
) -> Result<bool, Error> {
    if current.alarm.as_deref() == Some(why) {
        return Ok(false);
    }
    let next = Dispute { alarm: Some(why.to_owned()), updated_at: cx.now(), ..current.clone() };
    dispute_store::update(tx, current.state, &next).await?;
    ring(tx, cx, actor, topic::ALARM, review_of(locked, why)).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::DisputeState as S;
    use super::*;

    #[test]
    fn every_word_after_every_other_moves_on_is_old_or_contradicts() {
        let said = [S::Asked, S::Dropped, S::Open, S::Won, S::Lost];
        let row = |known: Option<S>| {
            said.map(|said| match judge(known, said) {
                Verdict::Stale => '.',
                Verdict::Move(to) => {
                    assert_eq!(to, said);
                    '>'
                }
                Verdict::Contradicts => '!',
            })
            .iter()
            .collect::<String>()
        };
        let table = [
            (None, ">>>>>"),
            (Some(S::Mismatch), ">>>>>"),
            (Some(S::Asked), ".>>>>"),
            (Some(S::Dropped), "..!!!"),
            (Some(S::Open), ".!.>>"),
            (Some(S::Won), ".!..!"),
            (Some(S::Lost), ".!.!."),
        ];
        for (known, expected) in table {
            assert_eq!(row(known), expected, "{known:?}");
        }
    }
}
