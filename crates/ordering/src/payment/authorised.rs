//! Money that a gateway keeps for us: authorised when the order is paid, taken for what was done when it ends, or let go.
//!
//! What becomes of it is decided by [`rules::fate`] and written down before the gateway is called, with the amount; from then on the
//! gateway is asked for the same until it has an end, so nothing is taken twice and nothing is forgotten. Nothing is in our books before
//! the gateway reports the capture, which comes through [`super::complete::report`] like every other.

use catalogue::service::PaymentMethod;
use connectors::gateway::{self, GatewayError};
use db::Tx;
use durable::{Cx, emit};
use kernel::{Actor, Money};
use ledger::{AccountName, HoldId, TransferKind};
use serde_json::json;

use super::attempt::{Heard, ask, at, close, find};
use super::books::{receive, set_aside};
use super::complete::{self, Locked, entry, heard, move_attempt, review_of, ring};
use super::facts::{LIVE, PaymentFact, topic};
use super::model::{Attempt, AttemptId, AttemptState, PaymentState, Payments};
use super::rules::{self, Booking, Fate};
use super::{Error, store};
use crate::order::{self, LineState, MoneyState, Order, OrderId, settle};

/// How often it is tried again when another transaction was in the way.
const TRIES: u32 = 8;

/// The gateway keeps the money. The first that does accepts the order; a second, or one that comes too late, is let go at once (P1, P8).
pub(super) async fn authorise(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    reported: &gateway::Payment,
) -> Result<&'static str, Error> {
    let gateway::PaymentState::Authorised { until, .. } = &reported.state else {
        return Err(Error::bug("only what is authorised is kept"));
    };
    let now = cx.now();
    let mut next = heard(&locked.attempt, reported);
    (next.polls, next.updated_at) = (0, now);
    if carries(locked) {
        // It was called in question, and is not any more.
        next.state = AttemptState::Authorised;
        next.next_poll_at = rules::next_poll(0, now);
        store::update_attempt(tx, cx, locked.attempt.state, &next).await?;
        return Ok(next.state.name());
    }
    let why = accept(tx, cx, actor, locked).await?;
    next.state = AttemptState::Voiding;
    next.next_poll_at = rules::next_poll(0, now);
    let mut to = locked.payment.state;
    if why.is_empty() {
        next.state = AttemptState::Authorised;
        next.authorised_until = Some(*until);
        next.take_by = Some(rules::take_by(*until, now));
        next.next_poll_at = Some(rules::next_look(&next, now));
        to = PaymentState::Authorised;
    } else if to == PaymentState::Open {
        to = PaymentState::Closed;
    }
    store::update_attempt(tx, cx, locked.attempt.state, &next).await?;
    if to != locked.payment.state {
        store::update_payment(tx, &locked.payment, to, now).await?;
    }
    tx.notify(LIVE, format!("{}|{}", locked.payment.customer.raw(), locked.payment.id.raw()));
    let fact = fact(locked, next.amount, why);
    if why.is_empty() {
        emit(tx, cx, topic::AUTHORISED, locked.payment.id.raw(), &fact).await?;
    }
    let others = store::list_attempts(tx, cx, next.payment).await?;
    if others
        .iter()
        .any(|one| one.state == AttemptState::Voiding || one.id != next.id && one.state.is_asked())
    {
        emit(tx, cx, topic::OTHERS_OPEN, locked.payment.id.raw(), &fact).await?;
    }
    Ok(next.state.name())
}

/// Accepts the order on what was authorised; or the reason why nobody wants it any more.
async fn accept(tx: &mut Tx, cx: &Cx, actor: &Actor, locked: &Locked) -> Result<&'static str, Error> {
    let order = match (rules::booking(&locked.payment, locked.order.as_ref().map(|o| o.state)), &locked.order)
    {
        (Booking::Win, Some(order)) => order,
        (Booking::Surplus(why), _) => return Ok(why),
        (Booking::Win, None) => return Err(Error::bug("only orders are paid by what is authorised")),
    };
    let by = PaymentMethod::from_name(&locked.attempt.gateway).ok_or(Error::GatewayUnknown)?;
    match settle::authorise(tx, cx, actor, order, by).await {
        Ok(_) => Ok(""),
        Err(crate::Error::StockShort { .. }) => {
            order::ops::expire(tx, cx, actor, order).await?;
            Ok("stock_gone")
        }
        Err(error) => Err(error.into()),
    }
}

fn fact(locked: &Locked, amount: Money, reason: &str) -> PaymentFact {
    PaymentFact {
        payment: locked.payment.id,
        attempt: locked.attempt.id,
        customer: locked.payment.customer,
        order: locked.payment.purpose.order(),
        amount,
        reason: reason.to_owned(),
    }
}

/// Whether the order stands on this attempt.
pub(super) fn carries(locked: &Locked) -> bool {
    locked.payment.state == PaymentState::Authorised && locked.attempt.take_by.is_some()
}

/// Books what was taken of what was authorised. While the work goes on it is set aside, as if it had been paid at the beginning; when the
/// work has ended, the sellers get what was done, and what came in besides goes back. The caller moves attempt and payment.
pub(super) async fn collect(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    captured: Money,
) -> Result<(), Error> {
    let order = locked.order.as_ref().ok_or(Error::NotFound)?;
    let hold = HoldId::new(&cx.ids, cx.now());
    let escrow = AccountName::Escrow(order.customer);
    if !order.state.is_final() {
        settle::taken_early(tx, cx, actor, order, hold).await?;
        receive(tx, cx, &locked.attempt, escrow, TransferKind::CardPayment, Some(order.id), captured).await?;
        return set_aside(tx, cx, order, AccountName::Escrow(order.customer), hold, captured).await;
    }
    let lines = order::ops::lines(tx, cx, order.id).await?;
    let charged = crate::money::charged(&lines);
    let left = captured.minor.saturating_sub(charged);
    if left < 0 {
        return Err(Error::bug("less was taken than was asked for"));
    }
    let money =
        if left > 0 { MoneyState::Refunding } else { order::rules::settled(order.total.minor, charged) };
    order::ops::set_money(tx, cx, actor, order, money).await?;
    receive(tx, cx, &locked.attempt, escrow, TransferKind::CardPayment, Some(order.id), captured).await?;
    set_aside(tx, cx, order, AccountName::Escrow(order.customer), hold, captured).await?;
    crate::money::take(tx, cx, order, hold, &lines, charged).await?;
    if left > 0 {
        settle::give_back(tx, cx, order, order.state, left).await?;
    }
    Ok(())
}

/// The gateway does not keep the money any more, and nobody here had let it go. Where nobody has begun the order ends; where work was
/// done or goes on, a person has to look.
pub(super) async fn lapse(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    reported: &gateway::Payment,
) -> Result<&'static str, Error> {
    let next = heard(&locked.attempt, reported);
    let fate = match (&locked.order, carries(locked)) {
        (Some(order), true) => fate_of(tx, cx, order, rules::OVERDUE).await?,
        _ => Fate::LetGo,
    };
    if fate == Fate::LetGo {
        let next = Attempt { state: AttemptState::Closed, ..next };
        let to = next.state;
        end_unwanted(tx, cx, actor, locked, next).await?;
        return Ok(to.name());
    }
    let known = locked.attempt.state == AttemptState::Uncollected;
    let outcome = Some("authorisation_lost".to_owned());
    let lost = Attempt { state: AttemptState::Uncollected, outcome, ..next };
    move_attempt(tx, cx, actor, locked, lost).await?;
    // Nothing is left that could be asked for.
    store::end_polls(tx, locked.attempt.id).await?;
    if !known {
        call_for_money(tx, cx, actor, locked, "authorisation_lost").await?;
    }
    Ok(AttemptState::Uncollected.name())
}

/// The order shows that its money is not to be had, and somebody is called.
async fn call_for_money(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    why: &str,
) -> Result<(), Error> {
    if let Some(order) = &locked.order {
        order::ops::set_money(tx, cx, actor, order, MoneyState::Uncollected).await?;
    }
    ring(tx, cx, actor, topic::ALARM, review_of(locked, why)).await
}

async fn fate_of(tx: &mut Tx, cx: &Cx, order: &Order, take_by: kernel::Timestamp) -> Result<Fate, Error> {
    let lines = order::ops::lines(tx, cx, order.id).await?;
    let begun = lines.iter().any(|line| line.state != LineState::Waiting);
    let charged = crate::money::charged(&lines);
    Ok(rules::fate(order.state.is_final(), (order.total, charged), begun, cx.now() < take_by))
}

/// Moves an attempt whose money nobody takes, with the payment; an order on which nobody has begun ends.
async fn end_unwanted(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    next: Attempt,
) -> Result<(), Error> {
    if carries(locked) {
        if let Some(order) = locked.order.as_ref().filter(|order| !order.state.is_final()) {
            settle::give_up_unbegun(tx, cx, actor, order).await?;
        }
        store::update_payment(tx, &locked.payment, PaymentState::Closed, cx.now()).await?;
    }
    move_attempt(tx, cx, actor, locked, next).await
}

/// Writes down what is to become of what was authorised, before the gateway is told. Nothing when there is nothing to decide yet.
async fn decide(cx: &Cx, actor: &Actor, id: AttemptId) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let locked = complete::lock(&mut tx, cx, id).await?;
    let current = &locked.attempt;
    let open = matches!(current.state, AttemptState::Authorised | AttemptState::Uncollected);
    let (Some(order), Some(take_by)) = (&locked.order, current.take_by.filter(|_| open && carries(&locked)))
    else {
        return Ok(tx.commit().await?);
    };
    let fate = fate_of(&mut tx, cx, order, take_by).await?;
    let (to, due) = match fate {
        Fate::Keep => return Ok(tx.commit().await?),
        // Asked for before, and refused: it is asked for again as it stands.
        Fate::Take(due) if current.state == AttemptState::Uncollected && current.due == Some(due) => {
            return Ok(tx.commit().await?);
        }
        Fate::Take(due) => (AttemptState::Capturing, Some(due)),
        Fate::LetGo => (AttemptState::Voiding, current.due),
    };
    let next = Attempt { state: to, due, ..current.clone() };
    if fate == Fate::LetGo {
        end_unwanted(&mut tx, cx, actor, &locked, next).await?;
    } else {
        move_attempt(&mut tx, cx, actor, &locked, next).await?;
    }
    let detail = json!({"attempt": id, "from": current.state.name(), "to": to.name(), "amount": due});
    audit::record(&mut tx, cx, actor, entry("payment.settle", &locked.payment, detail)).await?;
    Ok(tx.commit().await?)
}

/// Does about an attempt without an end what is to be done now: takes or lets go what is due, otherwise asks how it stands.
pub(super) async fn pursue(svc: &Payments, actor: &Actor, attempt: &Attempt) -> Result<Heard, Error> {
    if !attempt.state.is_kept() {
        return ask(svc, actor, attempt).await;
    }
    let mut tries = 1;
    loop {
        match decide(&svc.cx, actor, attempt.id).await {
            Err(error) if error.is_retryable() && tries < TRIES => tries = tries.saturating_add(1),
            other => break other?,
        }
    }
    let attempt = find(svc, attempt.id).await?;
    match (attempt.state, attempt.due) {
        (AttemptState::Capturing | AttemptState::Uncollected, Some(due)) => {
            take(svc, actor, &attempt, due).await
        }
        (AttemptState::Voiding, _) => {
            close(svc, actor, &attempt).await?;
            let still = find(svc, attempt.id).await?.state == AttemptState::Voiding;
            Ok(if still { Heard::Silence } else { Heard::Answer })
        }
        _ => ask(svc, actor, &attempt).await,
    }
}

/// Asks the gateway to hand over what is due. Asking again for the same is safe: the gateway takes once.
async fn take(svc: &Payments, actor: &Actor, attempt: &Attempt, due: Money) -> Result<Heard, Error> {
    let Some(gateway) = at(svc, attempt) else { return Ok(Heard::Silence) };
    match gateway.capture(&attempt.id.to_string(), due).await {
        Ok(reported) => {
            complete::report(svc, actor, &attempt.gateway, &reported).await?;
            Ok(Heard::Answer)
        }
        // It may have been taken (P7), or cannot be now: the same is asked for again.
        Err(GatewayError::Unknown { detail }) => {
            tracing::warn!(attempt = %attempt.id, detail, "the gateway does not say whether it took the money");
            Ok(Heard::Silence)
        }
        Err(GatewayError::Refused { retriable: true, .. }) => Ok(Heard::Silence),
        Err(GatewayError::Refused { code, .. }) => refused(svc, actor, attempt, &code).await,
        Err(GatewayError::NotKnown) => refused(svc, actor, attempt, "not_known").await,
    }
}

/// The gateway says no. How the payment stands is told by the payment itself; if it says nothing else, a person has to look.
async fn refused(svc: &Payments, actor: &Actor, attempt: &Attempt, code: &str) -> Result<Heard, Error> {
    let heard = ask(svc, actor, attempt).await?;
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    let locked = complete::lock(&mut tx, cx, attempt.id).await?;
    if locked.attempt.state != AttemptState::Capturing || locked.attempt.due != attempt.due {
        tx.commit().await?;
        return Ok(heard);
    }
    let outcome = Some(code.chars().take(60).collect());
    let next = Attempt { state: AttemptState::Uncollected, outcome, ..locked.attempt.clone() };
    move_attempt(&mut tx, cx, actor, &locked, next).await?;
    call_for_money(&mut tx, cx, actor, &locked, "capture_refused").await?;
    let detail = json!({"attempt": attempt.id, "amount": attempt.due, "code": code});
    audit::record(&mut tx, cx, actor, entry("payment.review", &locked.payment, detail)).await?;
    tx.commit().await?;
    Ok(heard)
}

/// An order that stands on what was authorised has ended: what was done is taken, the rest let go.
pub(super) async fn order_ended(svc: &Payments, actor: &Actor, order: OrderId) -> Result<(), Error> {
    let payment = store::payment_of_order(&mut svc.cx.read().await?, order).await?;
    let Some(payment) = payment else { return Ok(()) };
    for attempt in super::attempt::attempts(svc, payment.id).await? {
        if attempt.take_by.is_some() && attempt.state.is_kept() {
            // What has no answer now is asked about by the poller.
            pursue(svc, actor, &attempt).await?;
        }
    }
    Ok(())
}
