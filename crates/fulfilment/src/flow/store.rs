//! Rows of flows and of the step log.

use db::{Result, Row, Tx, Value, params};
use durable::Cx;
use kernel::{Position, Text, Timestamp};
use ordering::order::{LineId, OrderId};

use super::model::{Flow, FlowId, FlowState, Goal, LoggedStep, Purpose, StepId, StepState};
use crate::Error;
use crate::services::{open, sealed_or_null};

/// What requests and answers are sealed for.
const REQUEST: &str = "flow_step.request";
const ANSWER: &str = "flow_step.answer";
const MESSAGE: &str = "flow.message";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("flow_step", "request", REQUEST),
    vault::SealedColumn::new("flow_step", "answer", ANSWER),
    vault::SealedColumn::new("flow", "message_sealed", MESSAGE).once_clear(&["message_zh", "message_en"]),
];

db::statements! {
    INSERT_FLOW = "INSERT INTO flow (id, line_id, order_id, customer_id, service, service_version, state, version, position,
                                     started_at, updated_at)
                   VALUES ($1, $2, $3, $4, $5, $6, 'running', 1, 0, $7, $7) ON CONFLICT (line_id) DO NOTHING";
    FIND_FLOW = "SELECT id, line_id, order_id, customer_id, service, service_version, state, version, position, goal, cause,
                        message_sealed, started_at, updated_at, fallout_at, ended_at
                 FROM flow WHERE id = $1";
    LOCK_FLOW = "SELECT id, line_id, order_id, customer_id, service, service_version, state, version, position, goal, cause,
                        message_sealed, started_at, updated_at, fallout_at, ended_at
                 FROM flow WHERE id = $1 {for_update}";
    FLOWS_OF_ORDER = "SELECT id, line_id, order_id, customer_id, service, service_version, state, version, position, goal, cause,
                             message_sealed, started_at, updated_at, fallout_at, ended_at
                      FROM flow WHERE order_id = $1 ORDER BY id";
    FLOW_OF_LINE = "SELECT id, line_id, order_id, customer_id, service, service_version, state, version, position, goal, cause,
                           message_sealed, started_at, updated_at, fallout_at, ended_at
                    FROM flow WHERE line_id = $1";
    UPDATE_FLOW = "UPDATE flow SET state = $3, position = $4, goal = $5, cause = $6, message_sealed = $7,
                                   updated_at = $8, fallout_at = $9, ended_at = $10, version = version + 1
                   WHERE id = $1 AND version = $2";
    IN_FALLOUT = "SELECT id, line_id, order_id, customer_id, service, service_version, state, version, position, goal, cause,
                         message_sealed, started_at, updated_at, fallout_at, ended_at
                  FROM flow WHERE fallout_at IS NOT NULL AND (fallout_at > $1 OR (fallout_at = $1 AND id > $2))
                  ORDER BY fallout_at, id LIMIT $3";
    COUNT_FALLOUT = "SELECT CAST(COUNT(*) AS BIGINT) FROM flow WHERE fallout_at IS NOT NULL";
    INSERT_STEP = "INSERT INTO flow_step (id, flow_id, customer_id, position, step, kind, purpose, round, state, provider,
                                          operation, request, sequence, tries, wakes, due_at, started_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, $13, $14)";
    FIND_STEP = "SELECT id, flow_id, customer_id, position, step, kind, purpose, round, state, provider, operation, request,
                        sequence, answer, tries, wakes, trouble, due_at, alerted_at, started_at, ended_at
                 FROM flow_step WHERE id = $1";
    STEP_OF_OPERATION = "SELECT id, flow_id, customer_id, position, step, kind, purpose, round, state, provider, operation,
                                request, sequence, answer, tries, wakes, trouble, due_at, alerted_at, started_at, ended_at
                         FROM flow_step WHERE operation = $1";
    STEPS = "SELECT id, flow_id, customer_id, position, step, kind, purpose, round, state, provider, operation, request,
                    sequence, answer, tries, wakes, trouble, due_at, alerted_at, started_at, ended_at
             FROM flow_step WHERE flow_id = $1 ORDER BY id";
    UPDATE_STEP = "UPDATE flow_step SET state = $2, sequence = $3, answer = $4, tries = $5, wakes = $6, trouble = $7, due_at = $8,
                                        alerted_at = $9, ended_at = $10 WHERE id = $1";
    DROP_OPEN = "UPDATE flow_step SET state = 'dropped', ended_at = $2
                 WHERE flow_id = $1 AND state IN ('begun', 'waiting') RETURNING id, wakes";
}

/// A message as it is sealed.
#[derive(serde::Serialize, serde::Deserialize)]
struct Message {
    message_zh: String,
    message_en: Option<String>,
}

fn read_flow(cx: &Cx, row: &Row) -> Result<Flow> {
    let mut r = row.reader();
    let (id, line, order) = (FlowId(r.get()?), LineId(r.get()?), OrderId(r.get()?));
    let (customer, service, service_version) = (r.get()?, r.get()?, r.get()?);
    let (state, version, position): (String, i64, i64) = (r.get()?, r.get()?, r.get()?);
    let goal: Option<String> = r.get()?;
    let cause = r.get()?;
    let message: Option<Vec<u8>> = r.get()?;
    let message: Option<Message> = message
        .map(|sealed| open(cx, MESSAGE, &sealed))
        .transpose()
        .map_err(|error| db::Error::Other(error.into()))?;
    Ok(Flow {
        id,
        line,
        order,
        customer,
        service,
        service_version,
        state: FlowState::stored(&state)?,
        version,
        position,
        goal: goal.map(|name| Goal::stored(&name)).transpose()?,
        cause,
        message: message.map(|said| Text { zh: said.message_zh, en: said.message_en }),
        started_at: r.get()?,
        updated_at: r.get()?,
        fallout_at: r.get()?,
        ended_at: r.get()?,
    })
}

fn read_step(cx: &Cx, row: &Row) -> Result<LoggedStep, Error> {
    let mut r = row.reader();
    let (id, flow, customer) = (StepId(r.get()?), FlowId(r.get()?), r.get()?);
    let (position, step, kind): (i64, String, String) = (r.get()?, r.get()?, r.get()?);
    let (purpose, round, state): (String, i64, String) = (r.get()?, r.get()?, r.get()?);
    let (provider, operation, request): (_, _, Option<Vec<u8>>) = (r.get()?, r.get()?, r.get()?);
    let (sequence, answer): (i64, Option<Vec<u8>>) = (r.get()?, r.get()?);
    Ok(LoggedStep {
        id,
        flow,
        customer,
        position,
        step,
        kind,
        purpose: Purpose::stored(&purpose)?,
        round,
        state: StepState::stored(&state)?,
        provider,
        operation,
        request: request.map(|sealed| open(cx, REQUEST, &sealed)).transpose()?,
        sequence,
        answer: answer.map(|sealed| open(cx, ANSWER, &sealed)).transpose()?,
        tries: r.get()?,
        wakes: r.get()?,
        trouble: r.get()?,
        due_at: r.get()?,
        alerted_at: r.get()?,
        started_at: r.get()?,
        ended_at: r.get()?,
    })
}

/// Writes the flow of a line; `false` when it has one already.
pub(crate) async fn insert_flow(
    tx: &mut Tx,
    id: FlowId,
    line: &ordering::order::Line,
    now: Timestamp,
) -> Result<bool> {
    let row = params![
        id.raw(),
        line.id.raw(),
        line.order.raw(),
        line.customer,
        line.service.as_str(),
        line.service_version,
        now
    ];
    Ok(tx.execute(&INSERT_FLOW, row).await? == 1)
}

async fn one_flow(tx: &mut Tx, cx: &Cx, sql: &db::Sql, id: i64) -> Result<Option<Flow>> {
    tx.first(sql, params![id]).await?.map(|row| read_flow(cx, &row)).transpose()
}

pub(crate) async fn find_flow(tx: &mut Tx, cx: &Cx, id: FlowId) -> Result<Option<Flow>> {
    one_flow(tx, cx, &FIND_FLOW, id.raw()).await
}

pub(crate) async fn lock_flow(tx: &mut Tx, cx: &Cx, id: FlowId) -> Result<Option<Flow>> {
    one_flow(tx, cx, &LOCK_FLOW, id.raw()).await
}

pub(crate) async fn find_flow_of_line(tx: &mut Tx, cx: &Cx, line: LineId) -> Result<Option<Flow>> {
    one_flow(tx, cx, &FLOW_OF_LINE, line.raw()).await
}

pub(crate) async fn list_flows(tx: &mut Tx, cx: &Cx, order: OrderId) -> Result<Vec<Flow>> {
    tx.all(&FLOWS_OF_ORDER, params![order.raw()]).await?.iter().map(|row| read_flow(cx, row)).collect()
}

/// The longest in fallout first.
pub(crate) async fn list_fallout(tx: &mut Tx, cx: &Cx, after: Position, fetch: i64) -> Result<Vec<Flow>> {
    let (since, id) = (after.key.saturating_neg(), after.id.saturating_neg());
    tx.all(&IN_FALLOUT, params![since, id, fetch]).await?.iter().map(|row| read_flow(cx, row)).collect()
}

pub(crate) async fn count_fallout(tx: &mut Tx) -> Result<i64> {
    tx.one(&COUNT_FALLOUT, params![]).await?.reader().get()
}

/// Writes the flow's new state; `false` when somebody changed it since it was read.
pub(crate) async fn update_flow(tx: &mut Tx, cx: &Cx, flow: &Flow) -> Result<bool> {
    let said = flow.message.clone().map(|text| Message { message_zh: text.zh, message_en: text.en });
    let message =
        sealed_or_null(cx, MESSAGE, said.as_ref()).map_err(|error| db::Error::Other(error.into()))?;
    let row = params![
        flow.id.raw(),
        flow.version,
        flow.state.name(),
        flow.position,
        flow.goal.map(Goal::name),
        flow.cause.clone(),
        message,
        flow.updated_at,
        flow.fallout_at,
        flow.ended_at,
    ];
    Ok(tx.execute(&UPDATE_FLOW, row).await? == 1)
}

/// Writes a new try into the log.
pub(crate) async fn insert_step(tx: &mut Tx, cx: &Cx, step: &LoggedStep) -> Result<(), Error> {
    let request = sealed_or_null(cx, REQUEST, step.request.as_ref())?;
    let row = params![
        step.id.raw(),
        step.flow.raw(),
        step.customer,
        step.position,
        step.step.as_str(),
        step.kind.as_str(),
        step.purpose.name(),
        step.round,
        step.state.name(),
        step.provider.clone(),
        step.operation.clone(),
        request,
        step.due_at,
        step.started_at,
    ];
    tx.execute(&INSERT_STEP, row).await?;
    Ok(())
}

pub(crate) async fn find_step(tx: &mut Tx, cx: &Cx, id: StepId) -> Result<Option<LoggedStep>, Error> {
    tx.first(&FIND_STEP, params![id.raw()]).await?.map(|row| read_step(cx, &row)).transpose()
}

pub(crate) async fn find_operation(
    tx: &mut Tx,
    cx: &Cx,
    operation: &str,
) -> Result<Option<LoggedStep>, Error> {
    tx.first(&STEP_OF_OPERATION, params![operation]).await?.map(|row| read_step(cx, &row)).transpose()
}

/// The whole log of a flow in the order in which it was written.
pub(crate) async fn list_steps(tx: &mut Tx, cx: &Cx, flow: FlowId) -> Result<Vec<LoggedStep>, Error> {
    tx.all(&STEPS, params![flow.raw()]).await?.iter().map(|row| read_step(cx, row)).collect()
}

/// Writes what became of a try. Its flow is locked.
pub(crate) async fn update_step(tx: &mut Tx, cx: &Cx, step: &LoggedStep) -> Result<(), Error> {
    let answer: Value = sealed_or_null(cx, ANSWER, step.answer.as_ref())?;
    let row = params![
        step.id.raw(),
        step.state.name(),
        step.sequence,
        answer,
        step.tries,
        step.wakes,
        step.trouble.clone(),
        step.due_at,
        step.alerted_at,
        step.ended_at,
    ];
    tx.execute(&UPDATE_STEP, row).await?;
    Ok(())
}

/// Gives up every try without an end; which, and how often each was woken.
pub(crate) async fn drop_open(tx: &mut Tx, flow: FlowId, now: Timestamp) -> Result<Vec<(StepId, i64)>> {
    let rows = tx.all(&DROP_OPEN, params![flow.raw(), now]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((StepId(r.get()?), r.get()?))
        })
        .collect()
}
