//! Finding out whether work can be taken back, and taking it back.

use std::sync::Arc;

use catalogue::service::{AfterLimit, ServiceVersion};
use db::Tx;
use durable::{Cx, Outcome};
use kernel::{Actor, Money, Text};
use ordering::order::{self, Line, LineId, LineState, NewEvent, Order, OrderId, OrderState};
use serde_json::json;

use super::model::{CancelView, Possible};
use super::rules;
use crate::flow::model::{Case, Flow, FlowState, Goal};
use crate::flow::ops::{begin_lines, versions};
use crate::flow::store;
use crate::services::{Fulfilment, Work, system};
use crate::{Error, task, undo};

type Versions = Vec<(LineId, Arc<ServiceVersion>)>;

/// What a cancellation would lead to now, for the page with the button. A foreign order is not found.
pub async fn can_cancel(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: OrderId,
) -> Result<CancelView, Error> {
    let mut tx = cx.read().await?;
    let order = order::ops::find(&mut tx, cx, id).await?;
    let order = order.filter(|order| order::ops::may_see(actor, order)).ok_or(Error::NotFound)?;
    let lines = order::ops::lines(&mut tx, cx, id).await?;
    let flows = store::list_flows(&mut tx, cx, id).await?;
    drop(tx);
    let versions = versions(cx, services, &lines).await?;
    Ok(view(&order, &lines, &flows, &versions))
}

fn view(order: &Order, lines: &[Line], flows: &[Flow], versions: &Versions) -> CancelView {
    let mut texts: Vec<Text> = Vec::new();
    for (_, version) in versions {
        let text = &version.service.cancel.text;
        if !texts.contains(text) {
            texts.push(text.clone());
        }
    }
    let possible = match order.state {
        // Nothing was begun: ordering ends it by itself.
        OrderState::AwaitingPayment | OrderState::Held => Possible::Now,
        OrderState::InProgress | OrderState::InformationRequired | OrderState::Fallout => {
            decide(lines, flows, versions)
        }
        OrderState::AssessingCancellation
        | OrderState::Partial
        | OrderState::Completed
        | OrderState::Cancelled
        | OrderState::Failed => Possible::No,
    };
    let begun = order.state != OrderState::AwaitingPayment && possible == Possible::Now;
    let fees = lines
        .iter()
        .filter(|line| !line.state.is_final())
        .filter_map(|line| version_of(versions, line.id).and_then(|version| rules::fee(&version.service)));
    let fee = fees.fold(None::<Money>, |sum, fee| match sum {
        None => Some(fee),
        Some(sum) => sum.checked_add(fee).ok().or(Some(sum)),
    });
    CancelView { possible, fee: fee.filter(|_| begun), texts }
}

fn version_of(versions: &Versions, line: LineId) -> Option<&Arc<ServiceVersion>> {
    versions.iter().find(|(of, _)| *of == line).map(|(_, version)| version)
}

fn decide(lines: &[Line], flows: &[Flow], versions: &Versions) -> Possible {
    let each = lines.iter().filter_map(|line| {
        let flow = flows.iter().find(|flow| flow.line == line.id);
        let version = version_of(versions, line.id)?;
        rules::possible(&version.service, line.state, flow.map(|flow| flow.position))
    });
    each.max().unwrap_or(Possible::No)
}

/// Answers a cancellation that was asked for. Doing it again does nothing: the order is no longer being assessed, or its
/// flows are being undone already.
pub(crate) async fn assess(cx: &Cx, services: &Fulfilment, id: OrderId) -> Result<Outcome, Error> {
    let lines = order::ops::lines(&mut cx.read().await?, cx, id).await?;
    let versions = versions(cx, services, &lines).await?;
    let actor = system();
    let mut tx = cx.begin().await?;
    let Some(order) = order::ops::lock(&mut tx, cx, id).await? else { return Ok(Outcome::Done) };
    if order.state != OrderState::AssessingCancellation {
        return Ok(Outcome::Done);
    }
    let mut flows = Vec::new();
    for flow in store::list_flows(&mut tx, cx, id).await? {
        flows.extend(store::lock_flow(&mut tx, cx, flow.id).await?);
    }
    if flows.iter().any(|flow| flow.goal == Some(Goal::Cancelled) && !flow.state.is_final()) {
        return Ok(Outcome::Done);
    }
    let lines = order::ops::lines(&mut tx, cx, id).await?;
    let possible = decide(&lines, &flows, &versions);
    let w = Work { cx, services, actor: &actor };
    let order = match possible {
        Possible::Now => take_back(&mut tx, w, order, lines, flows, &versions).await?,
        Possible::Request | Possible::No => {
            refuse(&mut tx, w, order, lines, flows, versions, possible).await?
        }
    };
    services.boundary("cancel")?;
    let detail = json!({"possible": format!("{possible:?}").to_lowercase(), "to": order.state.name()});
    audit::record(&mut tx, cx, &actor, order::ops::entry("order.assess_cancel", &order, detail, None))
        .await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Every line ends: those that were not begun at once, the others when what was done is taken back.
async fn take_back(
    tx: &mut Tx,
    w: Work<'_>,
    mut order: Order,
    lines: Vec<Line>,
    mut flows: Vec<Flow>,
    versions: &Versions,
) -> Result<Order, Error> {
    for line in lines.into_iter().filter(|line| !line.state.is_final()) {
        let flow = flows.iter().position(|flow| flow.line == line.id).map(|place| flows.swap_remove(place));
        let service = version_of(versions, line.id).map(Arc::clone).ok_or(Error::NotFound)?;
        match flow {
            None => {
                let event = NewEvent::public("line_cancelled").because("cancelled");
                order =
                    order::ops::change_line(tx, w.cx, w.actor, line.id, LineState::Cancelled, event).await?;
            }
            Some(flow) if matches!(flow.state, FlowState::Running | FlowState::Fallout) => {
                let mut case = Case { order, line, flow, service, alert: None };
                undo::ops::begin(tx, w, &mut case, Goal::Cancelled, "cancelled", None).await?;
                order = case.order;
            }
            // It is being taken back already, because it failed.
            Some(_) => {}
        }
    }
    Ok(order)
}

/// The order goes on; where the rule wants it, a person decides about the money.
async fn refuse(
    tx: &mut Tx,
    w: Work<'_>,
    order: Order,
    lines: Vec<Line>,
    flows: Vec<Flow>,
    versions: Versions,
    possible: Possible,
) -> Result<Order, Error> {
    let position = |line: &Line| flows.iter().find(|flow| flow.line == line.id).map(|flow| flow.position);
    let late = lines.into_iter().find_map(|line| {
        let service = version_of(&versions, line.id).map(Arc::clone)?;
        let said = rules::possible(&service.service, line.state, position(&line))?;
        (said == possible).then_some((line, service))
    });
    let Some((line, service)) = late else { return Err(Error::bug("nobody refused the cancellation")) };
    let flow = flows.into_iter().find(|flow| flow.line == line.id);
    let text = service.service.cancel.text.clone();
    if let (Possible::Request, Some(flow)) = (possible, flow) {
        let case = Case { order: order.clone(), line, flow, service, alert: None };
        task::ops::open_refund_request(tx, w.cx, &case).await?;
    }
    let order = order::ops::refuse_cancel(tx, w.cx, w.actor, order.id, words(possible, text)).await?;
    begin_lines(tx, w, order.clone(), versions).await?;
    Ok(order::ops::find(tx, w.cx, order.id).await?.unwrap_or(order))
}

/// A provider said that it is too late: the rule for late cancellations holds.
pub(crate) async fn too_late(tx: &mut Tx, cx: &Cx, actor: &Actor, case: &mut Case) -> Result<(), Error> {
    let rule = case.service.service.cancel.clone();
    let possible = match rule.after {
        AfterLimit::Refuse => Possible::No,
        AfterLimit::RefundRequest => {
            task::ops::open_refund_request(tx, cx, case).await?;
            Possible::Request
        }
    };
    let event = words(possible, rule.text);
    if case.order.state == OrderState::AssessingCancellation {
        case.order = order::ops::refuse_cancel(tx, cx, actor, case.order.id, event).await?;
    } else {
        order::ops::note(tx, cx, actor, &case.order, event.of_line(case.line.id)).await?;
    }
    Ok(())
}

fn words(possible: Possible, text: Text) -> NewEvent {
    match possible {
        Possible::Request => NewEvent::public("refund_requested").text(text),
        Possible::Now | Possible::No => NewEvent::public("cancel_refused").text(text).because("too_late"),
    }
}
