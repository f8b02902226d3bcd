//! Retry, skip, force complete, fail, refund.

use db::Tx;
use durable::Cx;
use kernel::{Actor, Page, PageRequest, Permission, Position};
use ordering::order::{self, LineState, NewEvent};
use serde_json::{Map, Value, json};

use super::model::FalloutItem;
use crate::Error;
use crate::flow::model::{Case, Flow, FlowId, FlowState, Goal, LoggedStep, Purpose, StepState};
use crate::flow::ops::{clear, end_step, keep_result, know, lock, move_line, save, shift};
use crate::flow::rules::{self, FlowEvent};
use crate::flow::store;
use crate::services::{Fulfilment, Work, reason, require};
use crate::{provider, refund as refunds, task, undo};

/// Flows in fallout, the longest waiting first.
pub async fn list(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    page: &PageRequest,
) -> Result<Page<FalloutItem>, Error> {
    require(actor, Permission::ReadOrders)?;
    let flows = store::list_fallout(&mut cx.read().await?, cx, page.after, page.fetch()).await?;
    let position = |flow: &Flow| Position {
        key: flow.fallout_at.map_or(0, |at| at.0.saturating_neg()),
        id: flow.id.raw().saturating_neg(),
    };
    let Page { items, next } = Page::cut(flows, page, position);
    let mut out = Vec::with_capacity(items.len());
    for flow in items {
        out.push(item(cx, services, flow).await?);
    }
    Ok(Page { items: out, next })
}

/// How many flows are in fallout.
pub async fn count(cx: &Cx, actor: &Actor) -> Result<i64, Error> {
    require(actor, Permission::ReadOrders)?;
    Ok(store::count_fallout(&mut cx.read().await?).await?)
}

/// One flow as the desk shows it, in fallout or not.
pub async fn get(cx: &Cx, services: &Fulfilment, actor: &Actor, id: FlowId) -> Result<FalloutItem, Error> {
    require(actor, Permission::ReadOrders)?;
    let flow = store::find_flow(&mut cx.read().await?, cx, id).await?.ok_or(Error::NotFound)?;
    item(cx, services, flow).await
}

async fn item(cx: &Cx, services: &Fulfilment, flow: Flow) -> Result<FalloutItem, Error> {
    let known = know(cx, services, flow.id).await?;
    let mut tx = cx.read().await?;
    let order = order::ops::find(&mut tx, cx, flow.order).await?.ok_or(Error::NotFound)?;
    let line = order::ops::line(&mut tx, cx, flow.line).await?.ok_or(Error::NotFound)?;
    let case = Case { order, line, flow, service: known.service, alert: None };
    let step = case.step().map(|step| step.title);
    let repairs = rules::repairs(&case.flow);
    Ok(FalloutItem { flow: case.flow, order: case.order, line: case.line, step, repairs })
}

/// Does the step again, or goes on taking back. What may already have happened is asked about, not ordered twice.
pub async fn retry(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: FlowId,
    why: &str,
) -> Result<Flow, Error> {
    let (mut tx, mut case) = open(cx, services, actor, id, Permission::WorkOrders, why).await?;
    let row = current(&mut tx, cx, &case).await?;
    let event = if case.flow.goal.is_some() { FlowEvent::Undo } else { FlowEvent::Resume };
    shift(&mut case.flow, event)?;
    case.flow.fallout_at = None;
    if event == FlowEvent::Resume {
        clear(&mut case.flow);
    }
    save(&mut tx, cx, &mut case).await?;
    move_line(&mut tx, cx, actor, &mut case, LineState::InProgress, NewEvent::internal("retried")).await?;
    provider::ops::retry(&mut tx, Work { cx, services, actor }, &mut case, row).await?;
    close(tx, cx, actor, case, "fallout.retry", why).await
}

/// Leaves the step out and goes on with the next; of a step that is to be taken back: leaves it as it is.
pub async fn skip(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: FlowId,
    why: &str,
) -> Result<Flow, Error> {
    let (mut tx, mut case) = open(cx, services, actor, id, Permission::WorkOrders, why).await?;
    pass(&mut tx, Work { cx, services, actor }, &mut case, StepState::Skipped).await?;
    close(tx, cx, actor, case, "fallout.skip", why).await
}

/// Counts the step as done, with what came out of it, and goes on with the next.
pub async fn force_complete(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: FlowId,
    result: &Map<String, Value>,
    why: &str,
) -> Result<Flow, Error> {
    let (mut tx, mut case) = open(cx, services, actor, id, Permission::WorkOrders, why).await?;
    keep_result(&mut tx, cx, &mut case, result).await?;
    pass(&mut tx, Work { cx, services, actor }, &mut case, StepState::Forced).await?;
    close(tx, cx, actor, case, "fallout.force_complete", why).await
}

/// Gives the line up: what was done is taken back, then its money goes back.
pub async fn fail(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: FlowId,
    why: &str,
) -> Result<Flow, Error> {
    let (mut tx, mut case) = open(cx, services, actor, id, Permission::WorkOrders, why).await?;
    let work = Work { cx, services, actor };
    undo::ops::begin(&mut tx, work, &mut case, Goal::Failed, "failed_by_staff", None).await?;
    close(tx, cx, actor, case, "fallout.fail", why).await
}

/// Ends the line now and gives its money back, whatever was done: nothing is taken back at the provider.
pub async fn refund(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: FlowId,
    why: &str,
) -> Result<Flow, Error> {
    let (mut tx, mut case) = open(cx, services, actor, id, Permission::RefundOrder, why).await?;
    give_back(&mut tx, cx, actor, &mut case, "refunded").await?;
    close(tx, cx, actor, case, "fallout.refund", why).await
}

/// Ends a flow as failed without taking anything back; its money goes back with the order's settlement. What was done and
/// booked is paid back. It counts against what the actor's roles let them refund at once and in a day.
pub(crate) async fn give_back(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    case: &mut Case,
    cause: &'static str,
) -> Result<(), Error> {
    if matches!(case.flow.state, FlowState::Failed | FlowState::Cancelled) {
        return Ok(());
    }
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    identity::role::spend(tx, cx, actor, Permission::RefundOrder, case.line.total).await?;
    match case.flow.state {
        FlowState::Done => return refunds::ops::pay_back(tx, cx, actor, case).await,
        FlowState::Failed | FlowState::Cancelled => return Ok(()),
        FlowState::Running | FlowState::Undoing | FlowState::Fallout => {}
    }
    shift(&mut case.flow, FlowEvent::Undo)?;
    (case.flow.goal, case.flow.cause) = (Some(Goal::Failed), Some(cause.to_owned()));
    undo::ops::end(tx, cx, actor, case).await
}

/// The flow in the actor's hands: permission, reason and state are checked.
async fn open(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: FlowId,
    permission: Permission,
    why: &str,
) -> Result<(Tx, Case), Error> {
    require(actor, permission)?;
    reason(why)?;
    let known = know(cx, services, id).await?;
    let mut tx = cx.begin().await?;
    let case = lock(&mut tx, cx, &known).await?;
    if case.flow.state == FlowState::Fallout {
        Ok((tx, case))
    } else {
        let allowed = rules::repairs(&case.flow).join(", ");
        Err(Error::IllegalTransition { state: case.flow.state.name().to_owned(), allowed })
    }
}

/// The try the flow is stuck at.
async fn current(tx: &mut Tx, cx: &Cx, case: &Case) -> Result<Option<LoggedStep>, Error> {
    let purpose = if case.flow.goal.is_some() { Purpose::Undo } else { Purpose::Do };
    let log = store::list_steps(tx, cx, case.flow.id).await?;
    Ok(log
        .into_iter()
        .filter(|row| {
            row.purpose == purpose && (purpose == Purpose::Undo || row.position == case.flow.position)
        })
        .max_by_key(|row| row.id))
}

async fn pass(tx: &mut Tx, w: Work<'_>, case: &mut Case, state: StepState) -> Result<(), Error> {
    let cx = w.cx;
    let mut row = current(tx, cx, case).await?.ok_or(Error::NotFound)?;
    task::ops::withdraw(tx, cx, case.flow.id).await?;
    match row.purpose {
        Purpose::Do => end_step(tx, w, case, &mut row, state).await,
        Purpose::Undo => undo::ops::taken_back(tx, w, case, &mut row, state).await,
    }
}

async fn close(
    mut tx: Tx,
    cx: &Cx,
    actor: &Actor,
    case: Case,
    verb: &'static str,
    why: &str,
) -> Result<Flow, Error> {
    let detail = json!({
        "flow": case.flow.id, "line": case.line.id, "state": case.flow.state.name(), "position": case.flow.position,
    });
    let entry = order::ops::entry(verb, &case.order, detail, Some(reason(why)?));
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(case.flow)
}
