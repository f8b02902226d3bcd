//! What nobody has to ask for: questions to gateways that said nothing (P6), and the end of payments nobody paid (P9).

use futures_util::future::join_all;
use kernel::Actor;
use serde_json::json;

use super::attempt::{Heard, ask, attempts, close, find};
use super::authorised::pursue;
use super::complete::{self, entry, review_of, ring};
use super::facts::topic;
use super::model::{Attempt, AttemptState, PaymentId, PaymentState, Payments, Purpose};
use super::{Error, rules, store};
use crate::order;

/// Attempts or payments looked at in one run of a schedule.
const BATCH: i64 = 100;
/// Of these at the same time: a gateway that hangs holds up few others.
const AT_ONCE: usize = 8;

/// P6: asks about every attempt whose question is due; after a day without an end a person has to look. What ended without money is asked
/// about until its gateway has answered once more. How many were asked about.
pub async fn poll_due(svc: &Payments) -> Result<usize, Error> {
    let actor = Actor::system("poller");
    let due = store::list_to_poll(&mut svc.cx.read().await?, &svc.cx, svc.cx.now(), BATCH).await?;
    for some in due.chunks(AT_ONCE) {
        let calls: Vec<_> = some.iter().map(|attempt| poll(svc, &actor, attempt)).collect();
        for (attempt, result) in some.iter().zip(join_all(calls).await) {
            // One that fails does not keep the others from being asked about.
            if let Err(error) = result {
                tracing::error!(attempt = %attempt.id, error = ?error, "poll");
            }
        }
    }
    Ok(due.len())
}

async fn poll(svc: &Payments, actor: &Actor, attempt: &Attempt) -> Result<(), Error> {
    let cx = &svc.cx;
    let next = rules::next_question(attempt, cx.now());
    // The last question is asked again should this process end before the answer.
    let lease = next.unwrap_or_else(|| cx.now().plus(rules::LOOK_AGAIN));
    let mut tx = cx.begin().await?;
    let mine = store::claim_poll(&mut tx, attempt, lease).await?;
    tx.commit().await?;
    if !mine {
        return Ok(());
    }
    let heard = pursue(svc, actor, attempt).await?;
    let confirmed = heard == Heard::Answer && !attempt.state.is_asked();
    if next.is_some() && !confirmed {
        return Ok(());
    }
    let mut tx = cx.begin().await?;
    let locked = complete::lock(&mut tx, cx, attempt.id).await?;
    if locked.attempt.state != attempt.state {
        return Ok(());
    }
    store::end_polls(&mut tx, attempt.id).await?;
    if attempt.state.is_asked() {
        ring(&mut tx, cx, actor, topic::REVIEW, review_of(&locked, "no_answer")).await?;
        let detail =
            json!({"attempt": attempt.id, "polls": locked.attempt.polls, "state": attempt.state.name()});
        audit::record(&mut tx, cx, actor, entry("payment.review", &locked.payment, detail)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// P9: closes payments whose time is over, each after its gateways were asked: what was paid in the last moment is booked, what the
/// bank still decides is waited for. How many were looked at.
pub async fn expire_due(svc: &Payments) -> Result<usize, Error> {
    let actor = Actor::system("expiry");
    let due = store::list_expired(&mut svc.cx.read().await?, svc.cx.now(), BATCH).await?;
    for some in due.chunks(AT_ONCE) {
        let calls: Vec<_> = some.iter().map(|payment| withdraw(svc, &actor, payment.id)).collect();
        for (payment, result) in some.iter().zip(join_all(calls).await) {
            if let Err(error) = result {
                tracing::error!(payment = %payment.id, error = ?error, "expiry");
            }
        }
    }
    Ok(due.len())
}

/// Closes the attempts of a payment that is paid, or that nobody is to pay any more, at their gateways; then the payment, and the order
/// that waits for it. `false` while an attempt has no known end.
pub async fn withdraw(svc: &Payments, actor: &Actor, id: PaymentId) -> Result<bool, Error> {
    for attempt in attempts(svc, id).await?.into_iter().filter(|a| a.state.is_asked()) {
        ask(svc, actor, &attempt).await?;
        let attempt = find(svc, attempt.id).await?;
        if matches!(attempt.state, AttemptState::Open | AttemptState::Voiding) {
            close(svc, actor, &attempt).await?;
        }
    }
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    let (order, payment) = complete::lock_payment(&mut tx, cx, id).await?;
    let live =
        store::list_attempts(&mut tx, &svc.cx, id).await?.iter().any(|attempt| attempt.state.is_live());
    let waits = order.filter(|order| order.state == order::OrderState::AwaitingPayment);
    let is_over = payment.expires_at <= cx.now() || (waits.is_none() && payment.purpose.order().is_some());
    if live {
        store::check_later(&mut tx, id, cx.now().plus(rules::LOOK_AGAIN)).await?;
    } else if payment.state == PaymentState::Open && is_over {
        store::update_payment(&mut tx, &payment, PaymentState::Closed, cx.now()).await?;
        if payment.purpose == Purpose::TopUp {
            ledger::allowance::give_back(&mut tx, cx, &rules::allowance_key(payment.id)).await?;
        }
        if let Some(order) = waits {
            order::ops::expire(&mut tx, cx, actor, &order).await?;
        }
        tx.notify(super::LIVE, format!("{}|{}", payment.customer.raw(), id.raw()));
        audit::record(&mut tx, cx, actor, entry("payment.close", &payment, json!({}))).await?;
    }
    tx.commit().await?;
    Ok(!live)
}
