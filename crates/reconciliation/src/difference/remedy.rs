//! The steps that help. Each asks who may, what for, and looks at the line again afterwards. Doing one twice does it once: what is closed is
//! refused, and money moves under a business key.

use connectors::gateway::{BillKind, GatewayError};
use durable::Cx;
use kernel::{Actor, Money, Permission};
use ledger::{AccountName, TransferKind};
use ordering::payment::{self, AttemptId, RefundId};

use super::model::{Difference, DifferenceId, Remedy, Resolution, State};
use super::ops::{Booking, close, find_line, finish, look_again, open, post, reason, save};
use super::{rules, store};
use crate::matching::model::Reason;
use crate::{Error, Reconciliation, matching};

/// The account that differences are written off to.
const WRITTEN_OFF: AccountName<'static> = AccountName::Adjustment("reconciliation");
/// Our account at the bank.
const BANK: AccountName<'static> = AccountName::Bank("main");

fn allowed(d: &Difference, remedy: Remedy) -> Result<(), Error> {
    let possible = rules::remedies(d);
    if possible.contains(&remedy) {
        return Ok(());
    }
    let names: Vec<_> = possible.into_iter().map(Remedy::name).collect();
    Err(Error::NotPossible { allowed: if names.is_empty() { "-".to_owned() } else { names.join(" ") } })
}

/// Asks the gateway about the payment or refund on the line. The one path on which money is booked takes the answer in: a success we did not
/// know is booked there, and goes back when it is not wanted any more. Answers how the difference stands then.
pub async fn ask_gateway(
    svc: &Reconciliation,
    actor: &Actor,
    id: DifferenceId,
    why: &str,
) -> Result<Difference, Error> {
    let why = reason(why)?;
    crate::require(actor, Permission::Reconcile)?;
    let cx = svc.cx();
    let known = store::find(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)?;
    allowed(&known, Remedy::AskGateway)?;
    let gateway = svc.payments.gateways.get(&known.gateway).ok_or(Error::GatewayUnknown)?;
    // No transaction is open while a gateway is called.
    if let Ok(refund) = known.our_id.parse::<RefundId>() {
        payment::refund::execute(&svc.payments, actor, refund).await?;
    } else {
        let attempt: AttemptId = known.our_id.parse().map_err(|_| Error::NothingToAsk)?;
        let begun = payment::attempt::begun(&svc.payments, attempt).await?;
        let reported = gateway.query(&begun).await.map_err(unanswered)?;
        payment::complete::report(&svc.payments, actor, &known.gateway, &reported).await?;
    }
    let (mut tx, mut d) = open(cx, actor, id).await?;
    look_again(&mut tx, svc, actor, &mut d, Resolution::Matched).await?;
    finish(&mut tx, svc, actor, &d, Remedy::AskGateway.name(), Some(why)).await?;
    tx.commit().await?;
    Ok(d)
}

fn unanswered(error: GatewayError) -> Error {
    match error {
        GatewayError::NotKnown => Error::NothingToAsk,
        GatewayError::Unknown { .. } | GatewayError::Refused { .. } => Error::GatewayUnavailable,
    }
}

/// Accepts a fee beyond what was agreed, or a charge of the gateway's own, and books it.
pub async fn book_fee(svc: &Reconciliation, actor: &Actor, id: DifferenceId, why: &str) -> Result<(), Error> {
    let why = reason(why)?;
    let cx = svc.cx();
    let (mut tx, mut d) = open(cx, actor, id).await?;
    allowed(&d, Remedy::BookFee)?;
    let line = find_line(&mut tx, &d).await?.ok_or(Error::NotFound)?;
    if line.kind == BillKind::Fee {
        // Without the gateway's number nothing says that it is not booked yet.
        if line.gateway_id.is_empty() {
            return Err(Error::NotPossible { allowed: Remedy::Explain.name().to_owned() });
        }
        let less = line.amount;
        let key = matching::ops::alone_key(&d.gateway, &line);
        let (gateway, name) = (d.gateway.as_str(), AccountName::Fees(&d.gateway));
        post(&mut tx, cx, Booking { gateway, name, less, kind: TransferKind::Fee, key }).await?;
        look_again(&mut tx, svc, actor, &mut d, Resolution::FeeBooked).await?;
    } else {
        look_again(&mut tx, svc, actor, &mut d, Resolution::Matched).await?;
        // Everything else has to agree: only the fee is accepted here.
        if d.state != State::Closed && d.reason == Reason::FeeUnexpected {
            close(&mut d, Resolution::FeeBooked, cx, actor);
        }
    }
    finish(&mut tx, svc, actor, &d, Remedy::BookFee.name(), Some(why)).await?;
    Ok(tx.commit().await?)
}

/// The bank's statement shows what the gateway sent: `reference` is the bank's number, `arrived` what came.
pub async fn book_payout(
    svc: &Reconciliation,
    actor: &Actor,
    id: DifferenceId,
    arrived: Money,
    reference: &str,
) -> Result<(), Error> {
    let reference = reference.trim();
    if !(4..=64).contains(&reference.chars().count()) {
        return Err(Error::ReferenceNeeded);
    }
    let cx = svc.cx();
    let (mut tx, mut d) = open(cx, actor, id).await?;
    allowed(&d, Remedy::BookPayout)?;
    let line = find_line(&mut tx, &d).await?.ok_or(Error::NotFound)?;
    if line.gateway_id.is_empty() {
        return Err(Error::NotPossible { allowed: Remedy::SignOff.name().to_owned() });
    }
    if line.amount != arrived {
        return Err(Error::ArrivedOther { sent: line.amount });
    }
    let key = matching::ops::alone_key(&d.gateway, &line);
    let booking = Booking {
        gateway: &d.gateway,
        name: BANK,
        less: line.amount,
        kind: TransferKind::GatewayPayout,
        key,
    };
    post(&mut tx, cx, booking).await?;
    look_again(&mut tx, svc, actor, &mut d, Resolution::PayoutBooked).await?;
    finish(&mut tx, svc, actor, &d, Remedy::BookPayout.name(), Some(reference)).await?;
    Ok(tx.commit().await?)
}

/// Says that the bill of another day will have it. It closes by itself when that is so, and is open again when it is not.
pub async fn accept_timing(
    svc: &Reconciliation,
    actor: &Actor,
    id: DifferenceId,
    why: &str,
) -> Result<(), Error> {
    let why = reason(why)?;
    let cx = svc.cx();
    let (mut tx, mut d) = open(cx, actor, id).await?;
    allowed(&d, Remedy::AcceptTiming)?;
    d.state = State::Timing;
    save(&mut tx, cx, actor, &d, Remedy::AcceptTiming.name(), Some(why)).await?;
    Ok(tx.commit().await?)
}

/// Says which payment or refund of ours a line belongs to. It has to be one that no bill has, of the same kind, amount and currency; then both
/// sides leave the queue.
pub async fn link(
    svc: &Reconciliation,
    actor: &Actor,
    id: DifferenceId,
    our_id: &str,
    why: &str,
) -> Result<(), Error> {
    let (why, our_id) = (reason(why)?, our_id.trim());
    let cx = svc.cx();
    let (mut tx, mut d) = open(cx, actor, id).await?;
    allowed(&d, Remedy::Link)?;
    let others = store::list_by_ours(&mut tx, &d.gateway, our_id).await?;
    let other = others.into_iter().find(|o| o.reason == Reason::OnlyOurs && o.kind == d.kind && o.id != d.id);
    let other = other.ok_or(Error::CannotLink)?;
    // The line first, then the booking, always: only lines are linked, so nobody locks them the other way around.
    let mut other = store::lock(&mut tx, other.id).await?.ok_or(Error::Stale)?;
    if other.state == State::Closed || other.ours != d.theirs {
        return Err(Error::CannotLink);
    }
    d.linked = Some(our_id.to_owned());
    look_again(&mut tx, svc, actor, &mut d, Resolution::Matched).await?;
    if d.state != State::Closed {
        return Err(Error::CannotLink);
    }
    close(&mut other, Resolution::Matched, cx, actor);
    other.linked = Some(d.gateway_id.clone());
    save(&mut tx, cx, actor, &other, Remedy::Link.name(), Some(why)).await?;
    finish(&mut tx, svc, actor, &d, Remedy::Link.name(), Some(why)).await?;
    Ok(tx.commit().await?)
}

/// Asks a colleague to write a difference off to an adjustment account. Nothing is booked yet.
pub async fn propose_write_off(
    svc: &Reconciliation,
    actor: &Actor,
    id: DifferenceId,
    why: &str,
) -> Result<(), Error> {
    let why = reason(why)?;
    let cx = svc.cx();
    let (mut tx, mut d) = open(cx, actor, id).await?;
    allowed(&d, Remedy::WriteOff)?;
    if d.proposed_by.is_some() {
        return Err(Error::Stale);
    }
    within_limit(svc, &d)?;
    d.proposed_by = Some(actor.account().ok_or(Error::Forbidden)?);
    d.proposed_at = Some(cx.now());
    save(&mut tx, cx, actor, &d, "propose_write_off", Some(why)).await?;
    Ok(tx.commit().await?)
}

fn within_limit(svc: &Reconciliation, d: &Difference) -> Result<(), Error> {
    let (limit, left) = (svc.terms.write_off, d.open_effect());
    let within = d.effect.currency == limit.currency && left != 0 && left.saturating_abs() <= limit.minor;
    if within { Ok(()) } else { Err(Error::OverWriteOff { limit }) }
}

/// The second person: what is left of the difference is booked against the adjustment account (W1).
pub async fn approve_write_off(
    svc: &Reconciliation,
    actor: &Actor,
    id: DifferenceId,
    why: &str,
) -> Result<(), Error> {
    let why = reason(why)?;
    let cx = svc.cx();
    let (mut tx, mut d) = proposed(cx, actor, id).await?;
    if d.proposed_by == actor.account() {
        return Err(Error::SamePerson);
    }
    // What stands there now, not what stood there when it was proposed.
    let before = d.open_effect();
    look_again(&mut tx, svc, actor, &mut d, Resolution::Matched).await?;
    if d.state == State::Closed || d.open_effect() != before {
        return Err(Error::Stale);
    }
    within_limit(svc, &d)?;
    let left = Money { minor: d.open_effect(), ..d.effect };
    let less = Money { minor: left.minor.saturating_neg(), ..left };
    let key = format!("write_off:{id}:{}", d.adjusted);
    post(
        &mut tx,
        cx,
        Booking { gateway: &d.gateway, name: WRITTEN_OFF, less, kind: TransferKind::Adjustment, key },
    )
    .await?;
    d.adjusted = d.adjusted.saturating_add(left.minor);
    d.proposed_by = None;
    look_again(&mut tx, svc, actor, &mut d, Resolution::Matched).await?;
    finish(&mut tx, svc, actor, &d, "approve_write_off", Some(why)).await?;
    Ok(tx.commit().await?)
}

/// The second person, or the first, says no.
pub async fn refuse_write_off(
    svc: &Reconciliation,
    actor: &Actor,
    id: DifferenceId,
    why: &str,
) -> Result<(), Error> {
    let why = reason(why)?;
    let cx = svc.cx();
    let (mut tx, mut d) = proposed(cx, actor, id).await?;
    d.proposed_by = None;
    d.proposed_at = None;
    save(&mut tx, cx, actor, &d, "refuse_write_off", Some(why)).await?;
    Ok(tx.commit().await?)
}

async fn proposed(cx: &Cx, actor: &Actor, id: DifferenceId) -> Result<(db::Tx, Difference), Error> {
    let (tx, d) = open(cx, actor, id).await?;
    if d.proposed_by.is_some() { Ok((tx, d)) } else { Err(Error::NotProposed) }
}

/// Closes a difference because it is right as it is. Nothing is booked, and it goes on explaining the balance.
pub async fn explain(svc: &Reconciliation, actor: &Actor, id: DifferenceId, why: &str) -> Result<(), Error> {
    let why = reason(why)?;
    let cx = svc.cx();
    let (mut tx, mut d) = open(cx, actor, id).await?;
    allowed(&d, Remedy::Explain)?;
    look_again(&mut tx, svc, actor, &mut d, Resolution::Matched).await?;
    if d.state != State::Closed {
        close(&mut d, Resolution::Explained, cx, actor);
    }
    finish(&mut tx, svc, actor, &d, Remedy::Explain.name(), Some(why)).await?;
    Ok(tx.commit().await?)
}

/// Signs for leaving it open over the close of its month. Whoever signs does not check that close.
pub async fn sign_off(svc: &Reconciliation, actor: &Actor, id: DifferenceId, why: &str) -> Result<(), Error> {
    let why = reason(why)?;
    let cx = svc.cx();
    let (mut tx, mut d) = open(cx, actor, id).await?;
    allowed(&d, Remedy::SignOff)?;
    d.signed_by = Some(actor.account().ok_or(Error::Forbidden)?);
    d.signed_at = Some(cx.now());
    save(&mut tx, cx, actor, &d, Remedy::SignOff.name(), Some(why)).await?;
    Ok(tx.commit().await?)
}
