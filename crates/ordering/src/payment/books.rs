//! What a payment moves in the ledger: what a gateway took, the part from the balance that joins it, and what is set aside of it.

use db::Tx;
use durable::Cx;
use kernel::Money;
use ledger::{AccountName, HoldId, NewHold, NewTransfer, TransferKind};

use super::Error;
use super::model::{Attempt, AttemptId};
use crate::order::{self, Order, OrderId};

/// The account for money that nobody wanted.
pub(crate) const OVERPAID: AccountName<'static> = AccountName::Suspense("overpaid");

/// The part from the balance that was set aside when the order was placed joins what came from outside. How much it is.
pub(super) async fn join_part(tx: &mut Tx, cx: &Cx, order: &Order) -> Result<Money, Error> {
    let Some(held) = order.hold else { return Ok(Money::zero(order.total.currency)) };
    let part = ledger::find_hold(tx, held).await?.ok_or(Error::NotFound)?;
    let lane = crate::lane(tx);
    ledger::void(tx, cx, lane, held).await?;
    let escrow =
        ledger::ensure_account(tx, cx, AccountName::Escrow(order.customer), part.amount.currency).await?;
    let transfer = NewTransfer {
        debit: part.debit,
        credit: escrow.id,
        amount: part.amount,
        kind: TransferKind::Purchase,
        business_key: format!("order:{}:part", order.id),
        order: Some(order.id.raw()),
        customer: Some(order.customer),
        memo: "order.balance_part".into(),
    };
    ledger::post_transfer(tx, cx, lane, transfer).await?;
    Ok(part.amount)
}

/// What of an unpaid order is to come from outside: its total less the part of the balance that is set aside for it.
pub(crate) async fn still_due(tx: &mut Tx, order: &Order) -> db::Result<Money> {
    let part = match order.hold {
        Some(hold) => ledger::find_hold(tx, hold).await?.map_or(0, |hold| hold.amount.minor),
        None => 0,
    };
    Ok(Money::new(order.total.minor.saturating_sub(part), order.total.currency))
}

pub(super) fn business_key(attempt: AttemptId) -> String {
    format!("attempt:{attempt}")
}

/// Books what the gateway took: gateway → `to`.
pub(super) async fn receive(
    tx: &mut Tx,
    cx: &Cx,
    attempt: &Attempt,
    to: AccountName<'_>,
    kind: TransferKind,
    order: Option<OrderId>,
    amount: Money,
) -> Result<(), Error> {
    let from =
        ledger::ensure_account(tx, cx, AccountName::Gateway(&attempt.gateway), amount.currency).await?;
    let to = ledger::ensure_account(tx, cx, to, amount.currency).await?;
    let transfer = NewTransfer {
        debit: from.id,
        credit: to.id,
        amount,
        kind,
        business_key: business_key(attempt.id),
        order: order.map(OrderId::raw),
        customer: Some(attempt.customer),
        memo: "payment.captured".into(),
    };
    let lane = crate::lane(tx);
    ledger::post_transfer(tx, cx, lane, transfer).await?;
    Ok(())
}

/// Sets money of `from` aside for whoever does the work, exactly as the desk does for an order paid from the balance.
pub(crate) async fn set_aside(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    from: AccountName<'_>,
    id: HoldId,
    amount: Money,
) -> Result<(), Error> {
    let lines = order::ops::lines(tx, cx, order.id).await?;
    let from = ledger::ensure_account(tx, cx, from, amount.currency).await?;
    let to = crate::money::destination_account(tx, cx, &lines, amount.currency).await?;
    let hold = NewHold {
        id,
        debit: from.id,
        credit: to.id,
        amount,
        kind: TransferKind::Purchase,
        business_key: format!("order:{}", order.id),
        order: Some(order.id.raw()),
        customer: Some(order.customer),
        expires_at: None,
        memo: "order.paid".into(),
    };
    let lane = crate::lane(tx);
    ledger::place(tx, cx, lane, hold).await?;
    Ok(())
}
