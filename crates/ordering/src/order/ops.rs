//! Verbs on orders. Functions that take `tx` join the caller's transaction, which writes its audit entry last.

use catalogue::service::PaymentMethod;
use db::Tx;
use durable::{Cx, emit};
use kernel::{Actor, Money, Permission};
use ledger::HoldId;
use serde_json::json;

use super::model::{
    Cancelled, Kept, LIVE, Line, LineId, LineState, MoneyState, NewEvent, Order, OrderFact, OrderId,
    OrderState, topic,
};
use super::rules::{self, OrderEvent};
use super::{settle, store};
use crate::Error;
use crate::idempotency::{self, Key};

/// The public reason of a cancellation by a member of staff.
const BY_STAFF: &str = "by_staff";

/// The order, without asking whose it is; for other rooms.
pub async fn find(tx: &mut Tx, cx: &Cx, id: OrderId) -> db::Result<Option<Order>> {
    store::find(tx, cx, id).await
}

/// The order, locked until the transaction ends.
pub async fn lock(tx: &mut Tx, cx: &Cx, id: OrderId) -> db::Result<Option<Order>> {
    store::lock(tx, cx, id).await
}

/// How many orders a customer ever placed, counted up to a thousand.
pub async fn count_of(tx: &mut Tx, customer: kernel::AccountId) -> db::Result<i64> {
    store::count_of_customer(tx, customer).await
}

/// How many orders of a customer are not over, in the caller's transaction.
pub async fn count_open_of(tx: &mut Tx, customer: kernel::AccountId) -> db::Result<i64> {
    store::count_open_of_customer(tx, customer).await
}

/// The lines of an order in their order.
pub async fn lines(tx: &mut Tx, cx: &Cx, order: OrderId) -> db::Result<Vec<Line>> {
    store::lines(tx, cx, order).await
}

/// One line.
pub async fn line(tx: &mut Tx, cx: &Cx, id: LineId) -> db::Result<Option<Line>> {
    store::line(tx, cx, id).await
}

/// Keeps what a provider or a member of staff reported about a line.
pub async fn set_result(tx: &mut Tx, cx: &Cx, line: LineId, result: &serde_json::Value) -> db::Result<()> {
    store::set_result(tx, cx, line, result).await
}

/// Keeps what a cancellation of this line costs; taken when the line ends as cancelled.
pub async fn set_fee(tx: &mut Tx, line: LineId, fee: Money) -> db::Result<()> {
    store::set_fee(tx, line, fee.minor).await
}

/// Adds an entry to the history and wakes the pages that show the order.
pub async fn note(tx: &mut Tx, cx: &Cx, actor: &Actor, order: &Order, event: NewEvent) -> db::Result<()> {
    store::insert_events(tx, vec![store::event_row(cx, actor, order.id, event)?]).await?;
    wake(tx, order);
    Ok(())
}

/// The money for an order is set aside, `by` another way perhaps than was chosen first: work can begin. Called before the ledger moves,
/// because stock is locked before money everywhere.
///
/// Stock whose reservation lapsed meanwhile is taken again; when it is gone the answer is [`Error::StockShort`] and nothing of the order
/// has changed, so the caller may go on in the same transaction and give the money back (P8).
pub async fn pay(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
    by: PaymentMethod,
    hold: HoldId,
) -> Result<Order, Error> {
    settle::secure(tx, cx, actor, order, (by, Some(hold))).await
}

/// Changes only the money state, for example while a payment is being confirmed.
pub async fn set_money(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
    money: MoneyState,
) -> Result<Order, Error> {
    if order.money == money {
        return Ok(order.clone());
    }
    let mut next = Order { money, ..order.clone() };
    let event = NewEvent::public("money").from_to(order.money.name(), money.name());
    save(tx, cx, actor, order, &mut next, event).await?;
    Ok(next)
}

/// Nobody paid in time: the order ends and what was reserved is free again. The gateway was asked before (P9).
pub async fn expire(tx: &mut Tx, cx: &Cx, actor: &Actor, order: &Order) -> Result<Order, Error> {
    end_unpaid(tx, cx, actor, order, OrderEvent::PaymentExpired, "expired").await
}

/// Moves a line. The order follows what its lines add up to; when all have ended, the money is settled here and now.
pub async fn change_line(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    line: LineId,
    to: LineState,
    event: NewEvent,
) -> Result<Order, Error> {
    let order_id = store::line(tx, cx, line).await?.ok_or(Error::NotFound)?.order;
    // The order's row is the lock for all of its lines: two lines that end at once settle once.
    let order = store::lock(tx, cx, order_id).await?.ok_or(Error::NotFound)?;
    let mut lines = store::lines(tx, cx, order_id).await?;
    let changed = lines.iter_mut().find(|l| l.id == line).ok_or(Error::NotFound)?;
    let from = changed.state;
    if !rules::line_may(from, to) {
        return Err(illegal(&order));
    }
    let now = cx.now();
    if !store::update_line(tx, changed, to, now).await? {
        return Err(Error::Stale);
    }
    changed.state = to;
    let event = event.of_line(line).from_to(from.name(), to.name());
    let states: Vec<LineState> = lines.iter().map(|l| l.state).collect();
    let mut next = moved(&order, OrderEvent::Lines(rules::sum_up(&states)))?;
    if next.state.is_final() {
        settle::settle(tx, cx, &order, &mut next, &lines).await?;
    }
    let finished = next.state.is_final();
    save(tx, cx, actor, &order, &mut next, event).await?;
    if finished {
        emit(tx, cx, topic::FINISHED, next.id.raw(), &fact(&next)).await?;
    }
    Ok(next)
}

/// Asks for the end of an order: at once while nothing was begun, else fulfilment finds out whether the work can be taken back. A
/// request with a key is answered the same when it comes again.
pub async fn cancel(
    cx: &Cx,
    actor: &Actor,
    id: OrderId,
    reason: &str,
    key: Option<&Key>,
) -> Result<Cancelled, Error> {
    if let Some(known) = replay(cx, actor, key).await? {
        return Ok(known);
    }
    match cancel_now(cx, actor, id, reason, key).await {
        Ok(order) => Ok(Cancelled { order, replayed: false }),
        // Another request with this key was faster: its answer is the answer.
        Err(error) => replay(cx, actor, key).await?.ok_or(error),
    }
}

async fn replay(cx: &Cx, actor: &Actor, key: Option<&Key>) -> Result<Option<Cancelled>, Error> {
    let Some(key) = key else { return Ok(None) };
    let mut tx = cx.read().await?;
    let Some(kept) = idempotency::find(&mut tx, cx, key).await? else { return Ok(None) };
    let kept: Kept = serde_json::from_str(&kept).map_err(Error::bug)?;
    let now =
        store::find(&mut tx, cx, kept.order).await?.filter(|o| may_see(actor, o)).ok_or(Error::NotFound)?;
    Ok(Some(Cancelled { order: kept.restore(now), replayed: true }))
}

async fn cancel_now(
    cx: &Cx,
    actor: &Actor,
    id: OrderId,
    reason: &str,
    key: Option<&Key>,
) -> Result<Order, Error> {
    let mut tx = cx.begin().await?;
    let order = store::lock(&mut tx, cx, id).await?.filter(|o| may_see(actor, o)).ok_or(Error::NotFound)?;
    if !may_change(actor, &order) {
        return Err(Error::Forbidden);
    }
    // What staff write is for staff: the customer reads that it was staff, the record keeps the words.
    let by_staff = actor.customer().is_some_and(|account| account != order.customer);
    let told = if by_staff { BY_STAFF } else { reason };
    if by_staff {
        note(&mut tx, cx, actor, &order, NewEvent::internal("note").because(reason)).await?;
    }
    let next = match order.state {
        OrderState::AwaitingPayment | OrderState::Held => {
            let next = end_unpaid(&mut tx, cx, actor, &order, OrderEvent::Cancel, told).await?;
            if order.payment.is_outside() {
                emit(&mut tx, cx, topic::NOT_TO_BE_PAID, id.raw(), &fact(&next)).await?;
            }
            next
        }
        _ => {
            let mut next = moved(&order, OrderEvent::RequestCancel)?;
            if next.state != order.state {
                let event = NewEvent::public("cancel_requested").because(told);
                save(&mut tx, cx, actor, &order, &mut next, event).await?;
                emit(&mut tx, cx, topic::CANCEL_REQUESTED, id.raw(), &fact(&next)).await?;
            }
            next
        }
    };
    if let Some(key) = key {
        let kept = serde_json::to_string(&Kept::of(&next)).map_err(Error::bug)?;
        idempotency::insert(&mut tx, cx, key, &kept).await?;
    }
    let detail = json!({"from": order.state.name(), "to": next.state.name()});
    // A customer's own words lie sealed in the order's history; the record, which is never changed, keeps only what staff wrote.
    let why = by_staff.then_some(reason);
    audit::record(&mut tx, cx, actor, entry("order.cancel", &order, detail, why)).await?;
    tx.commit().await?;
    Ok(next)
}

/// Fulfilment cannot take the work back: the order goes on. `why` is read by the customer.
pub async fn refuse_cancel(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    id: OrderId,
    why: NewEvent,
) -> Result<Order, Error> {
    let order = store::lock(tx, cx, id).await?.ok_or(Error::NotFound)?;
    let lines: Vec<LineState> = store::lines(tx, cx, id).await?.iter().map(|l| l.state).collect();
    let mut next = moved(&order, OrderEvent::RefuseCancel)?;
    // Back to where the lines are: they may have needed something meanwhile.
    next.state = rules::sum_up(&lines);
    save(tx, cx, actor, &order, &mut next, why).await?;
    Ok(next)
}

/// A refund to a card reached its end.
pub async fn refunded(tx: &mut Tx, cx: &Cx, actor: &Actor, id: OrderId) -> Result<Order, Error> {
    let order = store::lock(tx, cx, id).await?.ok_or(Error::NotFound)?;
    if order.money != MoneyState::Refunding {
        return Ok(order);
    }
    set_money(tx, cx, actor, &order, MoneyState::Refunded).await
}

/// Whether the actor may see this order: its customer, staff, the system. Others get 404.
pub fn may_see(actor: &Actor, order: &Order) -> bool {
    actor.customer() == Some(order.customer) || actor.may(Permission::ReadOrders)
}

/// Whether the actor, who sees this order, may do something about it. A member of an organisation who only looks may not.
pub fn may_change(actor: &Actor, order: &Order) -> bool {
    let own = actor.customer() == Some(order.customer) && actor.may(Permission::ActAsCustomer);
    own || actor.may(Permission::WorkOrders)
}

/// An audit entry about an order.
pub fn entry<'a>(
    verb: &'static str,
    order: &Order,
    detail: serde_json::Value,
    reason: Option<&'a str>,
) -> audit::Entry<'a> {
    audit::Entry {
        verb,
        object_kind: "order",
        object: order.id.raw(),
        customer: Some(order.customer),
        detail,
        reason,
    }
}

/// Ends an order on which no work was begun. Where it waited for a person, nobody is asked any more.
pub(crate) async fn end_unpaid(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
    event: OrderEvent,
    reason: &str,
) -> Result<Order, Error> {
    let mut next = moved(order, event)?;
    if order.state == OrderState::Held {
        crate::held::end(tx, cx, order, reason).await?;
    }
    let mut lines = store::lines(tx, cx, order.id).await?;
    for line in &mut lines {
        if !store::update_line(tx, line, LineState::Cancelled, cx.now()).await? {
            return Err(Error::Stale);
        }
        line.state = LineState::Cancelled;
    }
    settle::settle(tx, cx, order, &mut next, &lines).await?;
    next.pay_by = None;
    next.reason = Some(reason.to_owned());
    save(tx, cx, actor, order, &mut next, NewEvent::public("cancelled").because(reason)).await?;
    emit(tx, cx, topic::FINISHED, next.id.raw(), &fact(&next)).await?;
    Ok(next)
}

pub(crate) fn moved(order: &Order, event: OrderEvent) -> Result<Order, Error> {
    let state = rules::on(order.state, event).map_err(|_| illegal(order))?;
    Ok(Order { state, ..order.clone() })
}

/// Why this cannot be done to the order now (O1).
pub(crate) fn illegal(order: &Order) -> Error {
    let allowed: Vec<&str> = rules::allowed(order.state).into_iter().map(super::Action::name).collect();
    Error::IllegalTransition { state: order.state.name().to_owned(), allowed: allowed.join(", ") }
}

/// Writes the order and the entry of its history, and tells whoever shows it.
pub(crate) async fn save(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    before: &Order,
    next: &mut Order,
    event: NewEvent,
) -> Result<(), Error> {
    next.updated_at = cx.now();
    if !store::update(tx, cx, next).await? {
        return Err(Error::Stale);
    }
    next.version = next.version.saturating_add(1);
    let mut rows = vec![store::event_row(cx, actor, next.id, event)?];
    if before.state != next.state {
        let state = NewEvent::public("state").from_to(before.state.name(), next.state.name());
        rows.push(store::event_row(cx, actor, next.id, state)?);
    }
    store::insert_events(tx, rows).await?;
    emit(tx, cx, topic::CHANGED, next.id.raw(), &fact(next)).await?;
    wake(tx, next);
    Ok(())
}

fn wake(tx: &mut Tx, order: &Order) {
    tx.notify(LIVE, format!("{}|{}", order.customer.raw(), order.id.raw()));
}

pub(crate) fn fact(order: &Order) -> OrderFact {
    OrderFact { order: order.id, customer: order.customer, state: order.state }
}
