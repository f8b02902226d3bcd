//! A refund that had failed and that the gateway made after all.
//!
//! When it failed, its claim and its hold were given up; since then the money may have gone back another way. So both are taken anew before
//! the success is booked (L7). Where they cannot be, the payer may have the money twice: nothing is booked, somebody is called, once.

use db::Tx;
use durable::Cx;
use kernel::Actor;
use ledger::{NewTransfer, TransferKind};
use serde_json::json;

use super::complete::{entry, ring};
use super::facts::{ReviewFact, topic};
use super::model::{Attempt, Payment, Refund, RefundSource};
use super::refund::{ledger_key, sides};
use super::{Error, give_back, refund_store, store};
use crate::order::{Order, OrderId};

/// Promises the money of a failed refund again and moves it to the gateway, under the lock of its payment. `false`: it is not there any
/// more, and nothing moved.
pub(super) async fn claim(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    (order, payment, refund): (Option<&Order>, &Payment, &Refund),
) -> Result<bool, Error> {
    let attempt = store::find_attempt(tx, cx, refund.attempt).await?.ok_or(Error::NotFound)?;
    let there = match order.filter(|_| refund.source == RefundSource::Escrow) {
        Some(order) => give_back::in_escrow(tx, cx, order, payment.id).await?.1 >= refund.amount.minor,
        None => true,
    };
    if there && store::claim_refund(tx, attempt.id, refund.amount).await? {
        if moved(tx, cx, &attempt, refund).await? {
            return Ok(true);
        }
        store::give_up_refund(tx, attempt.id, refund.amount).await?;
    }
    alarm_once(tx, cx, actor, (payment, refund), "refund_twice").await?;
    Ok(false)
}

/// `false` when the account has not that much any more.
async fn moved(tx: &mut Tx, cx: &Cx, attempt: &Attempt, refund: &Refund) -> Result<bool, Error> {
    let (debit, credit) = sides(tx, cx, attempt, refund).await?;
    let transfer = NewTransfer {
        debit,
        credit,
        amount: refund.amount,
        kind: TransferKind::GatewayRefund,
        business_key: ledger_key(refund.id),
        order: refund.order.map(OrderId::raw),
        customer: Some(refund.customer),
        memo: "payment.refund".into(),
    };
    let lane = crate::lane(tx);
    match ledger::post_transfer(tx, cx, lane, transfer).await {
        Ok(_) => Ok(true),
        Err(ledger::Error::InsufficientFunds { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Calls a person because of a refund that cannot be booked as it was reported: once, however often that is said. Why stands at the refund.
pub(super) async fn alarm_once(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    (payment, refund): (&Payment, &Refund),
    why: &'static str,
) -> Result<(), Error> {
    if refund.outcome.as_deref() == Some(why) {
        return Ok(());
    }
    let attempt = store::find_attempt(tx, cx, refund.attempt).await?.ok_or(Error::NotFound)?;
    let told = Refund { outcome: Some(why.to_owned()), ..refund.clone() };
    refund_store::update_refund(tx, cx, refund.state, &told).await?;
    ring(tx, cx, actor, topic::ALARM, ReviewFact::of_refund(refund, &attempt, why)).await?;
    let detail = json!({"refund": refund.id, "amount": refund.amount, "reason": why, "was": refund.outcome});
    audit::record(tx, cx, actor, entry("refund.review", payment, detail)).await?;
    Ok(())
}
