//! Letting an order go on, ending it, and what happens when nobody does either.

use catalogue::stock;
use db::Tx;
use durable::{Cx, emit};
use kernel::{Actor, Page, PageRequest, Permission, Position};
use risk::{Point, decision};
use serde_json::json;

use super::model::{Held, HeldOrder, HoldCause, HoldFor, OnExpiry, Reviewed};
use super::store;
use crate::desk::{PAY_WITHIN, RESERVATION_GRACE};
use crate::order::rules::OrderEvent;
use crate::order::{MoneyState, NewEvent, Order, OrderId, OrderState, ops, topic};
use crate::{Error, payment};

/// Waits that end in one run; the schedule comes back soon.
const BATCH: u16 = 100;
/// What is written of a wait that went on.
const RELEASED: &str = "released";
/// Why an order ended that nobody decided about.
pub(super) const EXPIRED: &str = "hold_expired";
/// Why an order ended that was to go on: what it wanted is gone.
const STOCK_GONE: &str = "stock_short";

/// The same order goes on: to its work, or to its payment where the money is still to come from outside. Refused once the order waits
/// no more, and once its time to be decided is over. Where it waits for something else after this, it stays held for that. The caller writes the audit entry (`order.release`).
///
/// [`Error::StockShort`] leaves the transaction as it was, so the caller may [`reject`] in it.
pub async fn release(tx: &mut Tx, cx: &Cx, actor: &Actor, id: OrderId) -> Result<Order, Error> {
    let (order, held) = waiting(tx, cx, id).await?;
    if held.expires_at <= cx.now() {
        return Err(ops::illegal(&order));
    }
    go_on(tx, cx, actor, &order, &held).await
}

/// The order ends: its hold is voided and its stock free again, here and now. `reason` is a code that the customer reads in words. The
/// caller writes the audit entry (`order.reject`).
pub async fn reject(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    id: OrderId,
    reason: &'static str,
) -> Result<Order, Error> {
    let (order, _) = waiting(tx, cx, id).await?;
    ops::end_unpaid(tx, cx, actor, &order, OrderEvent::Reject, reason).await
}

/// The wait of an order, for rooms that decide about it.
pub async fn find(tx: &mut Tx, order: OrderId) -> Result<Option<Held>, Error> {
    Ok(store::find(tx, order).await?)
}

/// Orders that wait for this, for staff, the newest first.
pub async fn list(
    cx: &Cx,
    actor: &Actor,
    cause: HoldCause,
    page: &PageRequest,
) -> Result<Page<HeldOrder>, Error> {
    if !actor.may(Permission::ReadOrders) {
        return Err(Error::Forbidden);
    }
    let mut tx = cx.read().await?;
    let mut all = Vec::new();
    for held in store::list(&mut tx, cause, page).await? {
        let order = ops::find(&mut tx, cx, held.order).await?.ok_or(Error::NotFound)?;
        all.push(HeldOrder { order, held });
    }
    Ok(Page::cut(all, page, |one| Position { key: one.order.id.raw(), id: one.order.id.raw() }))
}

/// The review that an order waits for has ended (R4): it goes on, or ends and everything goes back. Where colleagues decide first it waits
/// for them alone from now on. What ended meanwhile stays as it is, so hearing it twice changes nothing.
pub async fn review_ended(cx: &Cx, id: OrderId, ended: Reviewed) -> Result<(), Error> {
    let actor = Actor::system("risk");
    let mut tx = cx.begin().await?;
    let (order, held) = match waiting(&mut tx, cx, id).await {
        Ok(found) => found,
        Err(Error::IllegalTransition { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let now = held.cause == HoldCause::RiskReview;
    if !now && held.next.is_none_or(|next| next.cause != HoldCause::RiskReview) {
        return Ok(());
    }
    let (verb, next) = match ended {
        Reviewed::Passed if now => match go_on(&mut tx, cx, &actor, &order, &held).await {
            Err(Error::StockShort { .. }) => {
                let event = OrderEvent::Reject;
                ("order.reject", ops::end_unpaid(&mut tx, cx, &actor, &order, event, STOCK_GONE).await?)
            }
            next => ("order.release", next?),
        },
        Reviewed::Passed => {
            store::go_on(&mut tx, &Held { next: None, ..held }).await?;
            ("order.review_passed", order.clone())
        }
        Reviewed::Failed(reason) => {
            let event = OrderEvent::Reject;
            ("order.reject", ops::end_unpaid(&mut tx, cx, &actor, &order, event, reason).await?)
        }
    };
    let detail = json!({"cause": HoldCause::RiskReview.name(), "to": next.state.name()});
    audit::record(&mut tx, cx, &actor, ops::entry(verb, &order, detail, None)).await?;
    tx.commit().await?;
    Ok(())
}

/// Does with every wait whose time is over what was configured; how many.
pub async fn expire_due(cx: &Cx) -> Result<usize, Error> {
    let due = store::list_due(&mut cx.read().await?, cx.now(), BATCH).await?;
    let mut ended: usize = 0;
    for held in due {
        match expire(cx, held.order).await {
            Ok(true) => ended = ended.saturating_add(1),
            Ok(false) => {}
            // One that cannot end keeps no other waiting.
            Err(error) => {
                tracing::error!(order = %held.order, error = ?error, "a wait that is over does not end");
            }
        }
    }
    Ok(ended)
}

/// `false` when somebody decided meanwhile.
async fn expire(cx: &Cx, id: OrderId) -> Result<bool, Error> {
    let actor = Actor::system("held");
    let mut tx = cx.begin().await?;
    let (order, held) = match waiting(&mut tx, cx, id).await {
        Ok(found) => found,
        Err(Error::IllegalTransition { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    if held.expires_at > cx.now() {
        return Ok(false);
    }
    let on = match held.on_expiry {
        OnExpiry::Release => go_on(&mut tx, cx, &actor, &order, &held).await,
        OnExpiry::Reject => ops::end_unpaid(&mut tx, cx, &actor, &order, OrderEvent::Reject, EXPIRED).await,
    };
    let next = match on {
        Err(Error::StockShort { .. }) => {
            ops::end_unpaid(&mut tx, cx, &actor, &order, OrderEvent::Reject, STOCK_GONE).await?
        }
        other => other?,
    };
    let detail = json!({"cause": held.cause.name(), "to": next.state.name()});
    audit::record(&mut tx, cx, &actor, ops::entry("order.hold_expired", &order, detail, None)).await?;
    tx.commit().await?;
    metrics::counter!("everlit_holds_expired_total", "cause" => held.cause.name()).increment(1);
    Ok(true)
}

/// The order waits no more because it ended otherwise; who was to decide is told by what the order is now, and a review of it that is
/// still open waits for nobody.
pub(crate) async fn end(tx: &mut Tx, cx: &Cx, order: &Order, outcome: &str) -> Result<(), Error> {
    // An order may have been held before it could wait here, so there need not be a row.
    store::end(tx, order.id, cx.now(), outcome).await?;
    for point in [Point::Payment, Point::Transfer, Point::Withdrawal] {
        let mark = order.id.raw();
        decision::withdraw(tx, cx, point, order.customer, mark).await.map_err(Error::bug)?;
    }
    crate::approval::close_of_order(tx, cx, order.id, outcome).await
}

/// The order, locked, and its wait. The order's row is the lock for both.
async fn waiting(tx: &mut Tx, cx: &Cx, id: OrderId) -> Result<(Order, Held), Error> {
    let order = ops::lock(tx, cx, id).await?.ok_or(Error::NotFound)?;
    if order.state != OrderState::Held {
        return Err(ops::illegal(&order));
    }
    match store::find(tx, id).await? {
        Some(held) => Ok((order, held)),
        None => Err(ops::illegal(&order)),
    }
}

async fn go_on(tx: &mut Tx, cx: &Cx, actor: &Actor, order: &Order, held: &Held) -> Result<Order, Error> {
    let event = NewEvent::public(RELEASED).because(held.cause.name());
    if let Some(next) = held.next {
        return wait_on(tx, cx, actor, order, next, event).await;
    }
    if order.money == MoneyState::Unpaid {
        let mut next = ops::moved(order, OrderEvent::ReleaseToPay)?;
        let pay_by = cx.now().plus(PAY_WITHIN);
        next.pay_by = Some(pay_by);
        stock::extend(tx, order.id.raw(), pay_by.plus(RESERVATION_GRACE)).await?;
        payment::ops::open_for_order(tx, cx, &next).await?;
        store::end(tx, order.id, cx.now(), RELEASED).await?;
        ops::save(tx, cx, actor, order, &mut next, event).await?;
        return Ok(next);
    }
    let mut next = ops::moved(order, OrderEvent::Release)?;
    if !stock::allocate(tx, cx, order.id.raw()).await? {
        return Err(Error::StockShort { sku: String::new(), left: 0, line: 0 });
    }
    store::end(tx, order.id, cx.now(), RELEASED).await?;
    ops::save(tx, cx, actor, order, &mut next, event).await?;
    emit(tx, cx, topic::ACCEPTED, order.id.raw(), &ops::fact(&next)).await?;
    Ok(next)
}

/// One wait is over and the next begins: the same order, with what is set aside for it.
async fn wait_on(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
    next: HoldFor,
    event: NewEvent,
) -> Result<Order, Error> {
    let now = cx.now();
    let expires_at = now.plus(next.lasts);
    stock::extend(tx, order.id.raw(), expires_at.plus(RESERVATION_GRACE)).await?;
    let held = Held {
        order: order.id,
        customer: order.customer,
        cause: next.cause,
        began_at: now,
        expires_at,
        on_expiry: next.on_expiry,
        next: None,
    };
    store::go_on(tx, &held).await?;
    let mut waits = ops::moved(order, OrderEvent::Hold)?;
    ops::save(tx, cx, actor, order, &mut waits, event).await?;
    ops::note(tx, cx, actor, &waits, NewEvent::public("held").because(next.cause.name())).await?;
    Ok(waits)
}
