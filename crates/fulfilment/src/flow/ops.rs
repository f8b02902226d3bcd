//! The verbs of a flow: begin, enter a step, end a step, fall out. Each joins a transaction in which the order and the flow
//! are locked, so two nodes never move one flow at once.

use std::sync::Arc;

use catalogue::service::{Document, ServiceVersion, StepKind};
use db::Tx;
use durable::{Cx, Outcome};
use kernel::{Actor, Duration, Permission, Text};
use notify::Template;
use ordering::order::{self, Line, LineId, LineState, NewEvent, OrderId, OrderState};
use serde_json::{Map, Value, json};

use super::model::{
    ALARM, Alarm, Case, Flow, FlowId, FlowState, LoggedStep, Purpose, StepId, StepState, StepView,
};
use super::rules::{self, FlowEvent};
use super::store;
use super::tries::{self, new_step, wake};
use crate::services::{Fulfilment, Work, require, system, tell};
use crate::{Error, document, provider, task};

/// How long the work on an order that a person looks at first is put off before it looks again.
const HELD_FOR: Duration = Duration::from_secs(30);

/// What is known of a flow before a transaction begins. The workflow is read here: reading takes a connection of its own.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub flow: Flow,
    pub service: Arc<ServiceVersion>,
}

pub(crate) async fn know(cx: &Cx, services: &Fulfilment, id: FlowId) -> Result<Known, Error> {
    let flow = store::find_flow(&mut cx.read().await?, cx, id).await?.ok_or(Error::NotFound)?;
    let service = services.shelf.version(cx, &flow.service, flow.service_version).await?;
    Ok(Known { flow, service })
}

/// Locks the order and the flow, in this order everywhere.
pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, known: &Known) -> Result<Case, Error> {
    let order = order::ops::lock(tx, cx, known.flow.order).await?.ok_or(Error::NotFound)?;
    let flow = store::lock_flow(tx, cx, known.flow.id).await?.ok_or(Error::NotFound)?;
    let line = order::ops::line(tx, cx, flow.line).await?.ok_or(Error::NotFound)?;
    Ok(Case { order, line, flow, service: Arc::clone(&known.service), alert: None })
}

/// Commits; an alarm raised meanwhile is audited as the last thing before.
pub(crate) async fn commit(mut tx: Tx, cx: &Cx, actor: &Actor, case: &Case) -> Result<(), Error> {
    if let Some(verb) = case.alert {
        let detail = json!({"flow": case.flow.id, "line": case.line.id, "step": case.step().map(|s| s.id), "cause": case.flow.cause});
        audit::record(&mut tx, cx, actor, order::ops::entry(verb, &case.order, detail, None)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Begins a flow for each line of an accepted order that has none. Doing it again does nothing.
pub(crate) async fn begin(cx: &Cx, services: &Fulfilment, id: OrderId) -> Result<Outcome, Error> {
    let lines = order::ops::lines(&mut cx.read().await?, cx, id).await?;
    let versions = versions(cx, services, &lines).await?;
    let mut tx = cx.begin().await?;
    let Some(order) = order::ops::lock(&mut tx, cx, id).await? else { return Ok(Outcome::Done) };
    match order.state {
        OrderState::Held => return Ok(Outcome::Again(cx.now().plus(HELD_FOR))),
        // Whoever looks at the cancellation begins the work if it is refused.
        OrderState::AwaitingPayment | OrderState::AssessingCancellation => return Ok(Outcome::Done),
        state if state.is_final() => return Ok(Outcome::Done),
        OrderState::InProgress
        | OrderState::InformationRequired
        | OrderState::Fallout
        | OrderState::Partial
        | OrderState::Completed
        | OrderState::Cancelled
        | OrderState::Failed => {}
    }
    begin_lines(&mut tx, Work { cx, services, actor: &system() }, order, versions).await?;
    services.boundary("begin")?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// The version each line began with.
pub(crate) async fn versions(
    cx: &Cx,
    services: &Fulfilment,
    lines: &[Line],
) -> Result<Vec<(LineId, Arc<ServiceVersion>)>, Error> {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        out.push((line.id, services.shelf.version(cx, &line.service, line.service_version).await?));
    }
    Ok(out)
}

/// Begins the flows of the lines that wait, in the caller's transaction; the order is locked.
pub(crate) async fn begin_lines(
    tx: &mut Tx,
    w: Work<'_>,
    mut order: order::Order,
    versions: Vec<(LineId, Arc<ServiceVersion>)>,
) -> Result<(), Error> {
    let cx = w.cx;
    for line in order::ops::lines(tx, cx, order.id).await? {
        let id = FlowId::new(&cx.ids, cx.now());
        let version = versions.iter().find(|(of, _)| *of == line.id).map(|(_, version)| Arc::clone(version));
        let Some(service) = version.filter(|_| line.state == LineState::Waiting) else { continue };
        if !store::insert_flow(tx, id, &line, cx.now()).await? {
            continue;
        }
        let flow = store::lock_flow(tx, cx, id).await?.ok_or(Error::NotFound)?;
        let mut case = Case { order, line, flow, service, alert: None };
        enter(tx, w, &mut case).await?;
        order = case.order;
    }
    Ok(())
}

/// Writes the step the flow has come to into the log and sees to it that it is done; behind the last step the line is
/// complete.
pub(crate) async fn enter(tx: &mut Tx, w: Work<'_>, case: &mut Case) -> Result<(), Error> {
    let Work { cx, services, actor } = w;
    let Some(step) = case.step() else { return finish(tx, cx, actor, case).await };
    if matches!(case.line.state, LineState::Waiting | LineState::Fallout) {
        move_line(tx, cx, actor, case, LineState::InProgress, NewEvent::public("started")).await?;
    }
    let log = store::list_steps(tx, cx, case.flow.id).await?;
    let round = rules::next_round(&log, case.flow.position, Purpose::Do);
    let mut row = new_step(cx, &case.flow, &step, Purpose::Do, round);
    match &step.kind {
        StepKind::Provider(call) | StepKind::Ship(call) => {
            provider::rules::prepare(&mut row, case, call, services, cx.now());
        }
        StepKind::StaffTask(wanted) => row.due_at = Some(cx.now().plus(wanted.within)),
        StepKind::Notify { .. } | StepKind::Issue { .. } | StepKind::WaitSlot | StepKind::Credit => {}
    }
    store::insert_step(tx, cx, &row).await?;
    match &step.kind {
        StepKind::StaffTask(wanted) => task::ops::open_step(tx, cx, case, &row, wanted).await,
        StepKind::WaitSlot => {
            let begins = case.line.sku.as_deref().and_then(rules::slot_begins);
            wake(tx, cx, &mut row, begins.unwrap_or_else(|| cx.now())).await
        }
        StepKind::Provider(_)
        | StepKind::Ship(_)
        | StepKind::Notify { .. }
        | StepKind::Issue { .. }
        | StepKind::Credit => wake(tx, cx, &mut row, cx.now()).await,
    }
}

/// The step ended well, was forced or left out: keeps what came out of it and goes to the next.
pub(crate) async fn end_step(
    tx: &mut Tx,
    w: Work<'_>,
    case: &mut Case,
    row: &mut LoggedStep,
    state: StepState,
) -> Result<(), Error> {
    let Work { cx, actor, .. } = w;
    row.state = state;
    row.ended_at = Some(cx.now());
    tries::write(tx, cx, row).await?;
    let title = case.step().map(|step| step.title).unwrap_or_default();
    let code = if state == StepState::Skipped { "step_skipped" } else { "step_done" };
    let event = NewEvent::public(code).of_line(case.line.id).text(title);
    order::ops::note(tx, cx, actor, &case.order, event).await?;
    if case.flow.state != FlowState::Running {
        shift(&mut case.flow, FlowEvent::Resume)?;
        clear(&mut case.flow);
    }
    case.flow.position = case.flow.position.saturating_add(1);
    if case.step().is_some() {
        shift(&mut case.flow, FlowEvent::Advance)?;
        save(tx, cx, case).await?;
    }
    enter(tx, w, case).await
}

/// Adds to what is known of the line; pages show it.
pub(crate) async fn keep_result(
    tx: &mut Tx,
    cx: &Cx,
    case: &mut Case,
    more: &Map<String, Value>,
) -> Result<(), Error> {
    let mut result = case.line.result.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    if more.iter().all(|(key, value)| result.get(key) == Some(value)) {
        return Ok(());
    }
    result.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    let result = Value::Object(result);
    order::ops::set_result(tx, cx, case.line.id, &result).await?;
    case.line.result = Some(result);
    Ok(())
}

/// A person has to decide: the line waits at the fallout desk, and somebody is alarmed.
pub(crate) async fn fall_out(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    case: &mut Case,
    cause: &'static str,
    message: Option<Text>,
) -> Result<(), Error> {
    shift(&mut case.flow, FlowEvent::FallOut)?;
    case.flow.cause = Some(cause.to_owned());
    case.flow.message = message.or_else(|| case.flow.message.take());
    case.flow.fallout_at = case.flow.fallout_at.or_else(|| Some(cx.now()));
    save(tx, cx, case).await?;
    if case.line.state != LineState::Fallout {
        let event = NewEvent::internal("fallout").because(cause);
        move_line(tx, cx, actor, case, LineState::Fallout, event).await?;
    }
    case.alert = Some("flow.fallout");
    let alarm = Alarm { flow: case.flow.id, order: case.order.id, cause: cause.to_owned() };
    durable::emit(tx, cx, ALARM, case.order.id.raw(), &alarm).await?;
    metrics::counter!("everlit_fallout_total", "cause" => cause).increment(1);
    tracing::warn!(flow = %case.flow.id, cause, "a flow needs a person");
    Ok(())
}

/// Moves the line; the order follows.
pub(crate) async fn move_line(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    case: &mut Case,
    to: LineState,
    event: NewEvent,
) -> Result<(), Error> {
    case.order = order::ops::change_line(tx, cx, actor, case.line.id, to, event).await?;
    case.line.state = to;
    Ok(())
}

/// Writes the flow; somebody else's change since it was locked is impossible, and would be noticed.
pub(crate) async fn save(tx: &mut Tx, cx: &Cx, case: &mut Case) -> Result<(), Error> {
    case.flow.updated_at = cx.now();
    if !store::update_flow(tx, cx, &case.flow).await? {
        return Err(Error::Stale);
    }
    case.flow.version = case.flow.version.saturating_add(1);
    Ok(())
}

/// The next state, or the refusal with what is possible (O1).
pub(crate) fn shift(flow: &mut Flow, event: FlowEvent) -> Result<(), Error> {
    match rules::on(flow.state, event) {
        Some(next) => {
            flow.state = next;
            Ok(())
        }
        None => Err(Error::IllegalTransition {
            state: flow.state.name().to_owned(),
            allowed: rules::repairs(flow).join(", "),
        }),
    }
}

/// Nothing is wrong any more.
pub(crate) fn clear(flow: &mut Flow) {
    (flow.goal, flow.cause, flow.message, flow.fallout_at) = (None, None, None, None);
}

async fn finish(tx: &mut Tx, cx: &Cx, actor: &Actor, case: &mut Case) -> Result<(), Error> {
    shift(&mut case.flow, FlowEvent::Finish)?;
    case.flow.ended_at = Some(cx.now());
    save(tx, cx, case).await?;
    let event = NewEvent::public("line_completed").text(case.line.title.clone());
    move_line(tx, cx, actor, case, LineState::Completed, event).await
}

/// Does what a try is waiting for, as far as it can be done now.
pub(crate) async fn drive(cx: &Cx, services: &Fulfilment, id: StepId) -> Result<Outcome, Error> {
    let Some(row) = store::find_step(&mut cx.read().await?, cx, id).await? else { return Ok(Outcome::Done) };
    let known = know(cx, services, row.flow).await?;
    if !rules::is_current(&known.flow, &row) {
        return Ok(Outcome::Done);
    }
    if row.provider.is_some() {
        return provider::ops::drive(cx, services, &known, row).await;
    }
    services.boundary("before_local")?;
    let actor = system();
    let mut tx = cx.begin().await?;
    let mut case = lock(&mut tx, cx, &known).await?;
    let Some(mut row) =
        store::find_step(&mut tx, cx, id).await?.filter(|row| rules::is_current(&case.flow, row))
    else {
        return Ok(Outcome::Done);
    };
    if case.order.state == OrderState::Held {
        return Ok(Outcome::Again(cx.now().plus(HELD_FOR)));
    }
    match case.step().map(|step| step.kind) {
        Some(StepKind::Notify { subject, body }) => {
            tell_step(&mut tx, cx, &case, &row, &subject, &body).await?;
        }
        Some(StepKind::Issue { document: Document::Receipt }) => {
            document::ops::issue(&mut tx, cx, &case).await?;
        }
        Some(StepKind::WaitSlot) => {}
        Some(StepKind::Credit) => {
            super::credit::deliver(&mut tx, Work { cx, services, actor: &actor }, &mut case, &mut row)
                .await?;
            services.boundary("before_commit")?;
            commit(tx, cx, &actor, &case).await?;
            return Ok(Outcome::Done);
        }
        // A person ends it.
        Some(StepKind::StaffTask(_) | StepKind::Provider(_) | StepKind::Ship(_)) | None => {
            return Ok(Outcome::Done);
        }
    }
    end_step(&mut tx, Work { cx, services, actor: &actor }, &mut case, &mut row, StepState::Done).await?;
    services.boundary("before_commit")?;
    commit(tx, cx, &actor, &case).await?;
    Ok(Outcome::Done)
}

async fn tell_step(
    tx: &mut Tx,
    cx: &Cx,
    case: &Case,
    row: &LoggedStep,
    subject: &Text,
    body: &Text,
) -> Result<(), Error> {
    let name = format!("{}.{}", case.flow.service, row.step);
    let template = || Template::Custom {
        name: name.clone(),
        title: subject.clone(),
        body: body.clone(),
        values: std::collections::BTreeMap::new(),
    };
    tell(tx, cx, &case.order, template).await
}

/// The flows of an order, for staff.
pub async fn of_order(cx: &Cx, actor: &Actor, order: OrderId) -> Result<Vec<Flow>, Error> {
    require(actor, Permission::ReadOrders)?;
    Ok(store::list_flows(&mut cx.read().await?, cx, order).await?)
}

/// The step log of a flow, for staff, in the order in which it was written.
pub async fn log(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    flow: FlowId,
) -> Result<Vec<StepView>, Error> {
    require(actor, Permission::ReadOrders)?;
    let known = know(cx, services, flow).await?;
    let steps = store::list_steps(&mut cx.read().await?, cx, flow).await?;
    let title = |id: &str| known.service.service.step(id).map(|step| step.title.clone()).unwrap_or_default();
    Ok(steps.into_iter().map(|step| StepView { title: title(&step.step), step }).collect())
}
