//! Begin taking back, the next thing to take back, the end.

use catalogue::service::{Consequence, ProviderCall, StepKind};
use connectors::Outcome as Said;
use db::Tx;
use durable::Cx;
use kernel::{Actor, Text};
use notify::{OrderUpdate, Template};
use ordering::order::{self, LineState, NewEvent};

use crate::flow::model::{Case, Goal, LoggedStep, Purpose, StepState};
use crate::flow::ops::{clear, end_step, enter, fall_out, keep_result, move_line, save, shift};
use crate::flow::rules::{self, FlowEvent};
use crate::flow::store;
use crate::flow::tries::{self, new_step, wake};
use crate::services::{Work, tell};
use crate::{Error, cancel, provider, task};

/// Begins taking back; how it is to end is `goal`. What a person or a clock was waited for is given up.
pub(crate) async fn begin(
    tx: &mut Tx,
    w: Work<'_>,
    case: &mut Case,
    goal: Goal,
    cause: &str,
    message: Option<Text>,
) -> Result<(), Error> {
    let Work { cx, actor, .. } = w;
    shift(&mut case.flow, FlowEvent::Undo)?;
    case.flow.goal = Some(goal);
    case.flow.cause = Some(cause.to_owned());
    case.flow.message = message.or_else(|| case.flow.message.take());
    case.flow.fallout_at = None;
    task::ops::withdraw(tx, cx, case.flow.id).await?;
    if case.line.state == LineState::Fallout {
        move_line(tx, cx, actor, case, LineState::InProgress, NewEvent::internal("undo")).await?;
    }
    let log = store::list_steps(tx, cx, case.flow.id).await?;
    for mut row in log.into_iter().filter(|row| row.state.is_open() && row.provider.is_none()) {
        row.state = StepState::Dropped;
        row.ended_at = Some(cx.now());
        tries::write(tx, cx, &row).await?;
    }
    next(tx, w, case).await
}

/// Takes back the latest thing that is left, or ends the flow.
pub(crate) async fn next(tx: &mut Tx, w: Work<'_>, case: &mut Case) -> Result<(), Error> {
    let Work { cx, services, actor } = w;
    let log = store::list_steps(tx, cx, case.flow.id).await?;
    let Some(target) = rules::next_to_undo(case, &log) else { return end(tx, cx, actor, case).await };
    let (Some(step), Some(call)) = (case.step_at(target.position), call_at(case, target.position)) else {
        return Err(Error::bug("what is taken back is no provider's"));
    };
    save(tx, cx, case).await?;
    let round = rules::next_round(&log, target.position, Purpose::Undo);
    let mut row =
        LoggedStep { position: target.position, ..new_step(cx, &case.flow, &step, Purpose::Undo, round) };
    provider::rules::prepare_cancel(&mut row, target, &call, services, cx.now());
    store::insert_step(tx, cx, &row).await?;
    wake(tx, cx, &mut row, cx.now()).await
}

/// The provider took it back.
pub(crate) async fn taken_back(
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
    let log = store::list_steps(tx, cx, case.flow.id).await?;
    let ended = if state == StepState::Skipped { StepState::Dropped } else { StepState::Undone };
    let undone = |step: &&LoggedStep| {
        step.position == row.position
            && step.purpose == Purpose::Do
            && (step.state.is_open() || matches!(step.state, StepState::Done | StepState::Forced))
    };
    for target in log.iter().filter(undone) {
        let target = LoggedStep { state: ended, ended_at: Some(cx.now()), ..target.clone() };
        tries::write(tx, cx, &target).await?;
    }
    let title = case.step_at(row.position).map(|step| step.title).unwrap_or_default();
    let event = NewEvent::internal("step_undone").of_line(case.line.id).text(title);
    order::ops::note(tx, cx, actor, &case.order, event).await?;
    if case.flow.fallout_at.take().is_some() {
        shift(&mut case.flow, FlowEvent::Undo)?;
    }
    next(tx, w, case).await
}

/// The provider does not take it back. A customer's cancellation is then refused or becomes a request; after a failure a
/// person decides.
pub(crate) async fn refused(
    tx: &mut Tx,
    w: Work<'_>,
    case: &mut Case,
    row: &mut LoggedStep,
    message: Option<Text>,
) -> Result<(), Error> {
    let Work { cx, actor, .. } = w;
    row.state = StepState::Refused;
    row.ended_at = Some(cx.now());
    tries::write(tx, cx, row).await?;
    let log = store::list_steps(tx, cx, case.flow.id).await?;
    let half_undone = log.iter().any(|step| step.state == StepState::Undone);
    if case.flow.goal != Some(Goal::Cancelled) || half_undone {
        return fall_out(tx, cx, actor, case, "undo_refused", message).await;
    }
    resume(tx, w, case).await?;
    cancel::ops::too_late(tx, cx, actor, case).await
}

/// The work goes on where it was when the undoing began.
async fn resume(tx: &mut Tx, w: Work<'_>, case: &mut Case) -> Result<(), Error> {
    let cx = w.cx;
    shift(&mut case.flow, FlowEvent::Resume)?;
    clear(&mut case.flow);
    save(tx, cx, case).await?;
    let log = store::list_steps(tx, cx, case.flow.id).await?;
    let current = log
        .into_iter()
        .filter(|step| step.purpose == Purpose::Do && step.position == case.flow.position)
        .max_by_key(|step| step.round);
    match current {
        Some(mut row) if row.state.is_open() => wake(tx, cx, &mut row, cx.now()).await,
        // It was answered while the cancellation was on its way.
        Some(mut row) if row.state == StepState::Done => {
            if let Some(Said::Done { result, .. }) = row.answer.as_ref().map(|answer| &answer.outcome) {
                keep_result(tx, cx, case, result).await?;
            }
            end_step(tx, w, case, &mut row, StepState::Done).await
        }
        Some(_) | None => enter(tx, w, case).await,
    }
}

/// Nothing is left to take back: the line ends, and ordering gives back the money.
pub(crate) async fn end(tx: &mut Tx, cx: &Cx, actor: &Actor, case: &mut Case) -> Result<(), Error> {
    let goal = case.flow.goal.ok_or_else(|| Error::bug("a flow ends without a goal"))?;
    shift(&mut case.flow, FlowEvent::End(goal))?;
    case.flow.ended_at = Some(cx.now());
    case.flow.fallout_at = None;
    tries::drop_open(tx, case.flow.id, cx.now()).await?;
    task::ops::withdraw(tx, cx, case.flow.id).await?;
    save(tx, cx, case).await?;
    let cause = case.flow.cause.clone().unwrap_or_default();
    let (to, code, update) = match goal {
        Goal::Failed => (LineState::Failed, "line_failed", OrderUpdate::Failed),
        Goal::Cancelled => (LineState::Cancelled, "line_cancelled", OrderUpdate::Cancelled),
    };
    if let (Goal::Cancelled, Consequence::Fee { amount }) = (goal, &case.service.service.cancel.consequence) {
        order::ops::set_fee(tx, case.line.id, *amount).await?;
    }
    let mut event = NewEvent::public(code).because(cause);
    event.text = case.flow.message.clone();
    move_line(tx, cx, actor, case, to, event).await?;
    let template = || Template::Order {
        update: update.clone(),
        service: case.service.service.name.clone(),
        number: case.order.number(),
    };
    tell(tx, cx, &case.order, template).await
}

fn call_at(case: &Case, position: i64) -> Option<ProviderCall> {
    match case.step_at(position)?.kind {
        StepKind::Provider(call) | StepKind::Ship(call) => Some(call),
        StepKind::StaffTask(_)
        | StepKind::Notify { .. }
        | StepKind::Issue { .. }
        | StepKind::WaitSlot
        | StepKind::Credit => None,
    }
}
