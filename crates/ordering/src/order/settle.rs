//! How an order comes to its money and parts with it: set aside or promised when work begins, taken for what was done when it ends.

use catalogue::service::{CaptureAt, PaymentMethod};
use db::Tx;
use durable::{Cx, emit};
use kernel::{Actor, Money};
use ledger::HoldId;

use super::model::{Line, LineState, MoneyState, NewEvent, Order, OrderId, OrderState, RefundDue, topic};
use super::ops::{end_unpaid, fact, moved, save};
use super::rules::{self, OrderEvent};
use super::store;
use crate::Error;

/// The public reason of an order that ends because the bank was about to let its money go before anybody had begun.
pub(crate) const AUTHORISATION_ENDED: &str = "authorisation_ended";

/// The money for an order is set aside by a hold, or without one promised by a gateway: work can begin.
pub(super) async fn secure(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
    (by, hold): (PaymentMethod, Option<HoldId>),
) -> Result<Order, Error> {
    let mut next = Order { payment: by, ..moved(order, OrderEvent::Paid)? };
    if !catalogue::stock::allocate(tx, cx, order.id.raw()).await? {
        return Err(Error::StockShort { sku: String::new(), left: 0, line: 0 });
    }
    let (money, code) =
        if hold.is_some() { (MoneyState::Held, "paid") } else { (MoneyState::Authorised, "authorised") };
    next.money = money;
    next.hold = hold;
    next.pay_by = None;
    save(tx, cx, actor, order, &mut next, NewEvent::public(code)).await?;
    emit(tx, cx, topic::ACCEPTED, order.id.raw(), &fact(&next)).await?;
    Ok(next)
}

/// As [`super::ops::pay`] with money that a gateway keeps for us until the work is done.
pub(crate) async fn authorise(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
    by: PaymentMethod,
) -> Result<Order, Error> {
    secure(tx, cx, actor, order, (by, None)).await
}

/// What was authorised had to be taken while the work goes on: from now on the order is like one that was paid when it was placed.
pub(crate) async fn taken_early(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
    hold: HoldId,
) -> Result<Order, Error> {
    let mut next = Order { money: MoneyState::Held, hold: Some(hold), ..order.clone() };
    save(tx, cx, actor, order, &mut next, NewEvent::public("captured_early")).await?;
    Ok(next)
}

/// Ends an accepted order on which nobody has begun, because what was authorised for it is let go.
pub(crate) async fn give_up_unbegun(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
) -> Result<Order, Error> {
    let event = OrderEvent::Lines(OrderState::Cancelled);
    end_unpaid(tx, cx, actor, order, event, AUTHORISATION_ENDED).await
}

/// When the money of an order is taken, as its services said when it was placed.
pub(crate) async fn capture_of(tx: &mut Tx, order: OrderId) -> db::Result<CaptureAt> {
    store::capture_of(tx, order).await
}

/// All lines have ended: what was set aside is taken for the lines that were done, and the rest goes back. Stock before money, as at
/// the desk.
pub(super) async fn settle(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    next: &mut Order,
    lines: &[Line],
) -> Result<(), Error> {
    settle_stock(tx, cx, order, lines).await?;
    let taken = crate::money::charged(lines);
    if lines.iter().any(Line::is_transfer) {
        crate::payee::settle(tx, cx, order, taken).await?;
    }
    next.finished_at = Some(cx.now());
    next.money = rules::settled(order.total.minor, taken);
    if order.money.is_promised() {
        if taken > 0 {
            let lost = order.money == MoneyState::Uncollected;
            next.money = if lost { MoneyState::Uncollected } else { MoneyState::Capturing };
        }
        return Ok(emit(tx, cx, topic::CAPTURE_DUE, order.id.raw(), &fact(next)).await?);
    }
    let Some(hold) = order.hold else { return Ok(()) };
    crate::money::take(tx, cx, order, hold, lines, taken).await?;
    // Of what was never paid only the part from the balance was set aside, and the hold has given it back.
    if matches!(order.money, MoneyState::Unpaid | MoneyState::Confirming) {
        return Ok(());
    }
    let left = order.total.minor.saturating_sub(taken);
    if order.payment.is_outside() && left > 0 {
        next.money = MoneyState::Refunding;
        give_back(tx, cx, order, next.state, left).await?;
    }
    Ok(())
}

/// What came in and was not used goes back to where it came from.
pub(crate) async fn give_back(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    ended: OrderState,
    minor: i64,
) -> db::Result<()> {
    let due = RefundDue {
        order: order.id,
        amount: Money::new(minor, order.total.currency),
        reason: ended.name().to_owned(),
        business_key: format!("settle:{}", order.id),
    };
    emit(tx, cx, topic::REFUND_DUE, order.id.raw(), &due).await
}

/// What the completed lines were promised has left the house; the rest is free again.
async fn settle_stock(tx: &mut Tx, cx: &Cx, order: &Order, lines: &[Line]) -> Result<(), Error> {
    if lines.iter().all(|line| line.sku.is_none()) {
        return Ok(());
    }
    let done = lines.iter().filter(|line| line.state == LineState::Completed);
    let done: Vec<(String, i64)> = done.filter_map(|line| Some((line.sku.clone()?, line.quantity))).collect();
    Ok(catalogue::stock::settle(tx, cx, order.id.raw(), &done).await?)
}
