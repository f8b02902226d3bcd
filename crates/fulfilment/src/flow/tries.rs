//! A try of a step and the job that wakes it. There is at most one such job for a try, and none once the try has an end: whatever ends
//! it goes through [`write`] or [`drop_open`].

use catalogue::service::{Step, StepKind};
use db::Tx;
use durable::{Cx, NewJob};
use kernel::Timestamp;
use serde_json::json;

use super::jobs::STEP_JOB;
use super::model::{Flow, FlowId, LoggedStep, Purpose, StepId, StepState};
use super::store;
use crate::Error;

/// A try that is about to begin.
pub(crate) fn new_step(cx: &Cx, flow: &Flow, step: &Step, purpose: Purpose, round: i64) -> LoggedStep {
    let now = cx.now();
    let state = match &step.kind {
        StepKind::StaffTask(_) | StepKind::WaitSlot => StepState::Waiting,
        StepKind::Provider(_)
        | StepKind::Ship(_)
        | StepKind::Notify { .. }
        | StepKind::Issue { .. }
        | StepKind::Credit => StepState::Begun,
    };
    LoggedStep {
        id: StepId::new(&cx.ids, now),
        flow: flow.id,
        customer: flow.customer,
        position: flow.position,
        step: step.id.clone(),
        kind: step.kind.name().to_owned(),
        purpose,
        round,
        state,
        provider: None,
        operation: None,
        request: None,
        sequence: 0,
        answer: None,
        tries: 0,
        wakes: 0,
        trouble: None,
        due_at: None,
        alerted_at: None,
        started_at: now,
        ended_at: None,
    }
}

/// Has the job of this try run then. Each waking is a job of its own: one that is in hand now does not swallow it, and one that was to
/// come later is forgotten.
pub(crate) async fn wake(tx: &mut Tx, cx: &Cx, row: &mut LoggedStep, at: Timestamp) -> Result<(), Error> {
    forget(tx, &[(row.id, row.wakes)]).await?;
    row.wakes = row.wakes.saturating_add(1);
    store::update_step(tx, cx, row).await?;
    let job =
        NewJob { kind: STEP_JOB, key: key(row.id, row.wakes), payload: json!({"step": row.id}), run_at: at };
    Ok(durable::enqueue(tx, cx, job).await?)
}

/// Writes what became of a try. Its flow is locked.
pub(crate) async fn write(tx: &mut Tx, cx: &Cx, row: &LoggedStep) -> Result<(), Error> {
    store::update_step(tx, cx, row).await?;
    if row.state.is_open() { Ok(()) } else { forget(tx, &[(row.id, row.wakes)]).await }
}

/// Gives up every try of a flow that has no end.
pub(crate) async fn drop_open(tx: &mut Tx, flow: FlowId, now: Timestamp) -> Result<(), Error> {
    let dropped = store::drop_open(tx, flow, now).await?;
    forget(tx, &dropped).await
}

/// Nothing waits for the last waking of these tries any more.
async fn forget(tx: &mut Tx, tries: &[(StepId, i64)]) -> Result<(), Error> {
    let woken = tries.iter().filter(|(_, wakes)| *wakes > 0);
    let keys = woken.map(|(id, wakes)| key(*id, *wakes)).collect();
    Ok(durable::cancel_jobs(tx, STEP_JOB, keys).await?)
}

fn key(id: StepId, wakes: i64) -> String {
    format!("{id}:{wakes}")
}
