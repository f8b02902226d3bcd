//! Reading the queue, taking a difference in hand, and the second look after a remedy.

use connectors::gateway::BillKind;
use db::Tx;
use durable::Cx;
use kernel::{Actor, Money, Page, PageRequest, Permission, Position};
use ledger::{AccountName, NewTransfer, TransferKind};
use serde_json::json;

use super::model::{Difference, DifferenceId, Filter, Note, Resolution, State};
use super::{rules, store};
use crate::bill::model::BillId;
use crate::matching::model::{Reason, Theirs, Verdict, our_key};
use crate::matching::rules::{MOST_MINOR, effect, judge, judge_alone};
use crate::{Day, Error, Reconciliation, bill, matching, month};

/// Differences, oldest first.
pub async fn list(
    cx: &Cx,
    actor: &Actor,
    filter: &Filter,
    page: PageRequest,
) -> Result<Page<Difference>, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let found = store::list(&mut cx.read().await?, filter, &page).await?;
    Ok(Page::cut(found, &page, |d| Position {
        key: d.opened_at.0.saturating_neg(),
        id: d.id.raw().saturating_neg(),
    }))
}

pub async fn find(cx: &Cx, actor: &Actor, id: DifferenceId) -> Result<Difference, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    store::find(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)
}

/// What was written and done about one, oldest first.
pub async fn notes(cx: &Cx, actor: &Actor, id: DifferenceId) -> Result<Vec<Note>, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    Ok(store::list_notes(&mut cx.read().await?, cx, id).await?)
}

/// Takes one in hand; it may be a colleague's.
pub async fn assign(cx: &Cx, actor: &Actor, id: DifferenceId) -> Result<(), Error> {
    let (mut tx, mut difference) = open(cx, actor, id).await?;
    difference.assignee = actor.account();
    save(&mut tx, cx, actor, &difference, "assign", None).await?;
    Ok(tx.commit().await?)
}

/// Nobody works on it any more.
pub async fn release(cx: &Cx, actor: &Actor, id: DifferenceId) -> Result<(), Error> {
    let (mut tx, mut difference) = open(cx, actor, id).await?;
    difference.assignee = None;
    save(&mut tx, cx, actor, &difference, "release", None).await?;
    Ok(tx.commit().await?)
}

/// A note for colleagues.
pub async fn note(cx: &Cx, actor: &Actor, id: DifferenceId, text: &str) -> Result<(), Error> {
    let text = reason(text)?;
    let (mut tx, difference) = open(cx, actor, id).await?;
    store::insert_note(&mut tx, cx, id, "note", &actor.label(), Some(text)).await?;
    // The words stand in the note only.
    audit::record(&mut tx, cx, actor, audited(&difference, "note", None)).await?;
    Ok(tx.commit().await?)
}

/// An audit entry of this crate.
pub(crate) fn entry<'a>(
    verb: &'static str,
    object_kind: &'static str,
    object: i64,
    detail: serde_json::Value,
    reason: Option<&'a str>,
) -> audit::Entry<'a> {
    audit::Entry { verb, object_kind, object, customer: None, detail, reason }
}

fn audited<'a>(difference: &Difference, act: &str, reason: Option<&'a str>) -> audit::Entry<'a> {
    let detail = json!({
        "act": act, "gateway": difference.gateway, "day": difference.day.to_string(), "reason": difference.reason,
        "state": difference.state, "resolution": difference.resolution, "effect": difference.effect, "adjusted": difference.adjusted,
    });
    let entry = entry("reconciliation.difference", "difference", difference.id.raw(), detail, reason);
    audit::Entry { customer: difference.customer, ..entry }
}

/// Five to five hundred characters.
pub(crate) fn reason(text: &str) -> Result<&str, Error> {
    let text = text.trim();
    if (5..=500).contains(&text.chars().count()) { Ok(text) } else { Err(Error::ReasonNeeded) }
}

/// A difference that is not closed, locked, for somebody who may work on it.
pub(crate) async fn open(cx: &Cx, actor: &Actor, id: DifferenceId) -> Result<(Tx, Difference), Error> {
    crate::require(actor, Permission::Reconcile)?;
    let mut tx = cx.begin().await?;
    let difference = store::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if difference.state == State::Closed {
        return Err(Error::NotPossible { allowed: "-".to_owned() });
    }
    Ok((tx, difference))
}

/// Writes a difference with its history, and last the audit. Locks: the difference, the month, audit.
pub(crate) async fn save(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    difference: &Difference,
    act: &'static str,
    why: Option<&str>,
) -> Result<(), Error> {
    store::update(tx, difference, cx.now()).await?;
    store::insert_note(tx, cx, difference.id, act, &actor.label(), why).await?;
    if !matches!(act, "assign" | "release" | "sign_off") {
        month::ops::touch(tx, cx, actor, &difference.gateway, difference.day, "difference_changed").await?;
    }
    audit::record(tx, cx, actor, audited(difference, act, why)).await?;
    Ok(())
}

/// The second look: both sides are read again and compared as a run would. What agrees is closed as `agreed` says; what does not stays,
/// brought up to date. The caller saves it, and then settles the day's fees.
pub(crate) async fn look_again(
    tx: &mut Tx,
    svc: &Reconciliation,
    actor: &Actor,
    d: &mut Difference,
    agreed: Resolution,
) -> Result<(), Error> {
    let cx = svc.cx();
    let line = find_line(tx, d).await?;
    let id = d.linked.clone().unwrap_or_else(|| d.our_id.clone());
    let kind = d.kind.unwrap_or(BillKind::Payment);
    let ours = matching::ops::ours_of(tx, svc, &d.gateway, &[id]).await?.into_iter().find(|o| o.kind == kind);
    d.ours = ours.as_ref().map(|o| o.amount);
    d.our_at = ours.as_ref().map(|o| o.at);
    d.our_state = ours.as_ref().map(|o| o.state.clone());
    d.ledger = ours.as_ref().and_then(|o| o.ledger);
    let verdict = match (&line, &ours) {
        // One line of two stays one too many, whatever ours says.
        (Some(_), _) if d.reason == Reason::Duplicate => Verdict::Differs(Reason::Duplicate),
        (Some(line), Some(ours)) => match judge(line, ours, d.day, &svc.terms) {
            // Somebody said that it belongs to that day's payment.
            Verdict::Differs(Reason::OtherDay) if d.linked.is_some() => Verdict::Matched,
            other => other,
        },
        (Some(line), None) if matching::ops::booked_alone(tx, &d.gateway, line).await? => Verdict::Matched,
        (Some(line), None) => Verdict::Differs(judge_alone(line)),
        (None, Some(ours)) if matching::ops::other_bill(tx, d, ours).await? => Verdict::Matched,
        (None, Some(_)) => Verdict::Differs(Reason::OnlyOurs),
        // Ours is not booked any more, and no bill has it.
        (None, None) if d.reason == Reason::OnlyOurs => Verdict::Matched,
        (None, None) => Verdict::Differs(d.reason),
    };
    if d.reason != Reason::Broken && (line.is_some() || ours.is_some()) {
        let twice = d.reason == Reason::Duplicate;
        d.effect.minor = effect(line.as_ref(), ours.as_ref().filter(|_| !twice));
    }
    match verdict {
        Verdict::Matched => close(d, agreed, cx, actor),
        Verdict::Differs(_) if d.adjusted != 0 && d.open_effect() == 0 => {
            close(d, Resolution::WrittenOff, cx, actor);
        }
        Verdict::Differs(reason) => d.reason = reason,
    }
    Ok(())
}

pub(crate) fn close(d: &mut Difference, resolution: Resolution, cx: &Cx, actor: &Actor) {
    d.state = State::Closed;
    d.resolution = Some(resolution);
    d.closed_at = Some(cx.now());
    d.closed_by = Some(actor.label());
    d.proposed_by = None;
}

/// The line that a difference is about, if it is about one that reads.
pub(crate) async fn find_line(tx: &mut Tx, d: &Difference) -> Result<Option<Theirs>, Error> {
    // A line that does not read has a number and no sides.
    let Some((bill, number)) = d.bill.zip(d.line).filter(|_| d.theirs.is_some()) else { return Ok(None) };
    // With a keyless line our_id came from our side; it has none itself.
    for key in [our_key(&d.our_id), 0] {
        if let Some(line) = matching::store::find_line(tx, bill, key, number).await? {
            return Ok(Some(line));
        }
    }
    Ok(None)
}

/// Books the gateway's fees of all lines of a day that are matched: one transfer a day and currency, and where more is matched later, one
/// for what was added.
pub(crate) async fn settle_fees(
    tx: &mut Tx,
    cx: &Cx,
    gateway: &str,
    day: Day,
    bill: BillId,
) -> Result<(), Error> {
    let mut due = matching::store::fees(tx, bill).await?;
    for (currency, fee) in store::unbooked_fees(tx, gateway, day, bill, MOST_MINOR).await? {
        for (_, sum) in due.iter_mut().filter(|(of, _)| *of == currency) {
            *sum = sum.saturating_sub(fee);
        }
    }
    // A currency that the bill does not name any more is taken back.
    for currency in store::fee_currencies(tx, gateway, day).await? {
        if due.iter().all(|(of, _)| *of != currency) {
            due.push((currency, 0));
        }
    }
    for (currency, fee) in due {
        let (booked, round) = store::find_fee(tx, gateway, day, currency).await?;
        let more = fee.saturating_sub(booked);
        if more == 0 {
            continue;
        }
        let round = round.saturating_add(1);
        let key = format!("fees:{gateway}:{day}:{}#{round}", currency.code());
        post(
            tx,
            cx,
            Booking {
                gateway,
                name: AccountName::Fees(gateway),
                less: Money::new(more, currency),
                kind: TransferKind::Fee,
                key,
            },
        )
        .await?;
        store::save_fee(tx, cx, gateway, day, Money::new(fee, currency), round).await?;
    }
    Ok(())
}

/// A movement between a gateway's account and another.
pub(crate) struct Booking<'a> {
    pub gateway: &'a str,
    pub name: AccountName<'a>,
    /// By this much the gateway owes us less; negative: more.
    pub less: Money,
    pub kind: TransferKind,
    pub key: String,
}

/// Posts it once for its key.
pub(crate) async fn post(tx: &mut Tx, cx: &Cx, booking: Booking<'_>) -> Result<(), Error> {
    let currency = booking.less.currency;
    let gateway = ledger::ensure_account(tx, cx, AccountName::Gateway(booking.gateway), currency).await?;
    let other = ledger::ensure_account(tx, cx, booking.name, currency).await?;
    let (debit, credit) =
        if booking.less.is_positive() { (other.id, gateway.id) } else { (gateway.id, other.id) };
    let transfer = NewTransfer {
        debit,
        credit,
        amount: Money::new(booking.less.minor.saturating_abs(), currency),
        kind: booking.kind,
        business_key: booking.key,
        order: None,
        customer: None,
        memo: "reconciliation".into(),
    };
    let lane = crate::lane(tx);
    ledger::post_transfer(tx, cx, lane, transfer).await?;
    Ok(())
}

/// What somebody took for a matter of timing: closed when a bill has it, open again when none came.
pub(crate) async fn look_at_timing(svc: &Reconciliation, actor: &Actor, gateway: &str) -> Result<(), Error> {
    let cx = svc.cx();
    let waiting = store::list_timing(&mut cx.read().await?, gateway).await?;
    for id in waiting {
        let mut tx = cx.begin().await?;
        let Some(mut d) = store::lock(&mut tx, id).await?.filter(|d| d.state == State::Timing) else {
            continue;
        };
        look_again(&mut tx, svc, actor, &mut d, Resolution::Matched).await?;
        let over = d.day.ends_at().plus(rules::TIMING_LASTS) <= cx.now();
        if d.state == State::Timing && over {
            d.state = State::Open;
        }
        if d.state == State::Timing {
            continue;
        }
        let act = if d.state == State::Closed { "timing_came" } else { "timing_over" };
        finish(&mut tx, svc, actor, &d, act, None).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Fees first, then the difference, its history and the audit.
pub(crate) async fn finish(
    tx: &mut Tx,
    svc: &Reconciliation,
    actor: &Actor,
    d: &Difference,
    act: &'static str,
    why: Option<&str>,
) -> Result<(), Error> {
    let cx = svc.cx();
    // The fees are counted from what is written.
    store::update(tx, d, cx.now()).await?;
    let current = bill::store::find_day(tx, &d.gateway, d.day).await?.and_then(|day| day.bill);
    if let Some(bill) = current {
        settle_fees(tx, cx, &d.gateway, d.day, bill).await?;
    }
    store::insert_note(tx, cx, d.id, act, &actor.label(), why).await?;
    month::ops::touch(tx, cx, actor, &d.gateway, d.day, "difference_changed").await?;
    audit::record(tx, cx, actor, audited(d, act, why)).await?;
    Ok(())
}
