//! Reading orders: each list and each order obeys who asks (W2).

use db::params;
use durable::Cx;
use kernel::{AccountId, Actor, Page, PageRequest, Permission, Position, Timestamp};

use super::model::{Event, Line, Order, OrderId, OrderState};
use super::{ops, store};
use crate::Error;

/// An order with everything its page shows.
#[derive(Debug, Clone)]
pub struct OrderView {
    pub order: Order,
    /// Without results for a customer: what of them is for customers, the room `progress` of fulfilment says.
    pub lines: Vec<Line>,
    /// Oldest first. A customer does not get the internal ones.
    pub events: Vec<Event>,
}

/// Which orders a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    #[default]
    All,
    /// Not ended.
    Open,
    Ended,
}

/// One order; a foreign one is not found.
pub async fn get(cx: &Cx, actor: &Actor, id: OrderId) -> Result<Order, Error> {
    if actor.customer().is_none() && !actor.is_system() {
        return Err(Error::SignInNeeded);
    }
    let mut tx = cx.read().await?;
    store::find(&mut tx, cx, id).await?.filter(|order| ops::may_see(actor, order)).ok_or(Error::NotFound)
}

/// One order with its lines and history.
pub async fn view(cx: &Cx, actor: &Actor, id: OrderId) -> Result<OrderView, Error> {
    let order = get(cx, actor, id).await?;
    let mut tx = cx.read().await?;
    let mut lines = store::lines(&mut tx, cx, id).await?;
    let mut events = store::events(&mut tx, cx, id).await?;
    if !actor.may(Permission::ReadOrders) {
        events.retain(|event| !event.internal);
        for line in &mut lines {
            line.result = None;
        }
    }
    Ok(OrderView { order, lines, events })
}

/// One's own orders, newest first.
pub async fn list_own(
    cx: &Cx,
    actor: &Actor,
    which: Which,
    page: &PageRequest,
) -> Result<Page<Order>, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    of_customer(cx, customer, which, page).await
}

/// A customer's orders for staff.
pub async fn list_of(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    which: Which,
    page: &PageRequest,
) -> Result<Page<Order>, Error> {
    if !actor.may(Permission::ReadOrders) {
        return Err(Error::Forbidden);
    }
    of_customer(cx, customer, which, page).await
}

async fn of_customer(
    cx: &Cx,
    customer: AccountId,
    which: Which,
    page: &PageRequest,
) -> Result<Page<Order>, Error> {
    let sql = match which {
        Which::All => &store::OF_CUSTOMER,
        Which::Open => &store::OF_CUSTOMER_OPEN,
        Which::Ended => &store::OF_CUSTOMER_ENDED,
    };
    let mut tx = cx.read().await?;
    let orders = store::list(&mut tx, cx, sql, params![customer, page.after.id, page.fetch()]).await?;
    Ok(cut(orders, page))
}

/// The console's queue: all orders or those in one state, newest first.
pub async fn queue(
    cx: &Cx,
    actor: &Actor,
    state: Option<OrderState>,
    page: &PageRequest,
) -> Result<Page<Order>, Error> {
    staff(actor)?;
    let mut tx = cx.read().await?;
    let orders = match state {
        None => store::list(&mut tx, cx, &store::NEWEST, params![page.after.id, page.fetch()]).await?,
        Some(state) => {
            store::list(&mut tx, cx, &store::IN_STATE, params![page.after.id, page.fetch(), state.name()])
                .await?
        }
    };
    Ok(cut(orders, page))
}

/// Orders that are not finished although their service level is over (O9), the latest first to have been.
pub async fn late(cx: &Cx, limit: u16) -> Result<Vec<Order>, Error> {
    let mut tx = cx.read().await?;
    Ok(store::list(&mut tx, cx, &store::LATE, params![cx.now(), limit]).await?)
}

/// How many open orders are in each state.
pub async fn open_by_state(cx: &Cx, actor: &Actor) -> Result<Vec<(OrderState, i64)>, Error> {
    staff(actor)?;
    Ok(store::open_by_state(&mut cx.read().await?).await?)
}

/// Orders placed since a time, by state: how many, and their sum in minor units.
pub async fn since(cx: &Cx, actor: &Actor, from: Timestamp) -> Result<Vec<(OrderState, i64, i64)>, Error> {
    staff(actor)?;
    Ok(store::since(&mut cx.read().await?, kernel::first_id_at(from)).await?)
}

/// The customer's latest lines, to fill in what is already known (U2).
pub async fn latest_lines(cx: &Cx, customer: AccountId) -> Result<Vec<Line>, Error> {
    Ok(store::latest_lines(&mut cx.read().await?, cx, customer).await?)
}

fn staff(actor: &Actor) -> Result<(), Error> {
    if actor.may(Permission::ReadOrders) { Ok(()) } else { Err(Error::Forbidden) }
}

fn cut(orders: Vec<Order>, page: &PageRequest) -> Page<Order> {
    Page::cut(orders, page, |order| Position { key: order.id.raw(), id: order.id.raw() })
}
