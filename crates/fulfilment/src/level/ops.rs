//! Looking for what takes too long.

use durable::Cx;
use kernel::{Actor, Permission};
use ordering::order::{self, NewEvent, Order};
use serde_json::json;

use super::model::Counts;
use super::store;
use crate::Error;
use crate::services::require;
use crate::{flow, task};

/// So many late orders are looked at; more of them are no longer a matter of single orders.
const MOST: u16 = 1000;

/// Orders that are not finished although their time is over, for staff.
pub async fn late_orders(cx: &Cx, actor: &Actor, limit: u16) -> Result<Vec<Order>, Error> {
    require(actor, Permission::ReadOrders)?;
    Ok(order::query::late(cx, limit.min(MOST)).await?)
}

/// What waits for a person.
pub async fn counts(cx: &Cx) -> Result<Counts, Error> {
    let late = order::query::late(cx, MOST).await?.len();
    let mut tx = cx.read().await?;
    let queues = task::store::counts(&mut tx, cx.now()).await?;
    let sum = |of: fn(&task::QueueCount) -> i64| queues.iter().map(of).fold(0_i64, i64::saturating_add);
    Ok(Counts {
        late_orders: i64::try_from(late).unwrap_or(i64::MAX),
        fallout: flow::store::count_fallout(&mut tx).await?,
        open_tasks: sum(|queue| queue.open),
        overdue_tasks: sum(|queue| queue.overdue),
    })
}

/// Notices late orders and overdue tasks, each once: history, audit, metric.
pub async fn watch(cx: &Cx) -> Result<(), Error> {
    let actor = Actor::system("watch");
    let late = order::query::late(cx, MOST).await?;
    let ids = late.iter().map(|order| order.id.raw()).collect();
    let known = store::list_known(&mut cx.read().await?, ids).await?;
    for order in late.iter().filter(|order| !known.contains(&order.id)) {
        notice(cx, &actor, order).await?;
    }
    overdue(cx, &actor).await
}

async fn notice(cx: &Cx, actor: &Actor, order: &Order) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let Some(order) = order::ops::lock(&mut tx, cx, order.id).await?.filter(|order| !order.state.is_final())
    else {
        return Ok(());
    };
    if !store::insert_late(&mut tx, order.id, cx.now()).await? {
        return Ok(());
    }
    order::ops::note(&mut tx, cx, actor, &order, NewEvent::internal("late")).await?;
    metrics::counter!("everlit_late_orders_total").increment(1);
    tracing::warn!(order = %order.id, state = order.state.name(), "an order is late");
    let detail = json!({"state": order.state.name(), "due_at": order.due_at});
    audit::record(&mut tx, cx, actor, order::ops::entry("order.late", &order, detail, None)).await?;
    tx.commit().await?;
    Ok(())
}

async fn overdue(cx: &Cx, actor: &Actor) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let overdue = task::store::mark_overdue(&mut tx, cx.now()).await?;
    let mut entries = Vec::with_capacity(overdue.len());
    for (id, order, customer, queue) in overdue {
        metrics::counter!("everlit_overdue_tasks_total", "queue" => queue.clone()).increment(1);
        let detail = json!({"task": id, "queue": queue});
        let (verb, object_kind) = ("task.overdue", "order");
        let entry = audit::Entry {
            verb,
            object_kind,
            object: order.raw(),
            customer: Some(customer),
            detail,
            reason: None,
        };
        entries.push((actor, entry));
    }
    audit::record_many(&mut tx, cx, entries).await?;
    tx.commit().await?;
    Ok(())
}
