//! Rows of tasks.

use db::{Result, Row, Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, Position, Text, Timestamp};
use ordering::order::{LineId, OrderId};

use super::model::{QueueCount, Task, TaskId, TaskKind, TaskState};
use crate::Error;
use crate::flow::{FlowId, StepId};
use crate::services::{open, sealed_or_null};

/// What recorded answers are sealed for.
const ANSWERS: &str = "task.answers";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[vault::SealedColumn::new("task", "answers", ANSWERS)];

db::statements! {
    INSERT = "INSERT INTO task (id, kind, queue, flow_id, flow_step_id, line_id, order_id, customer_id, title_zh, title_en, state,
                                version, due_at, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', 1, $11, $12)";
    FIND = "SELECT id, kind, queue, flow_id, flow_step_id, line_id, order_id, customer_id, title_zh, title_en, state, version,
                   assignee_id, answers, due_at, alerted_at, created_at, claimed_at, ended_at
            FROM task WHERE id = $1";
    OF_ORDER = "SELECT id, kind, queue, flow_id, flow_step_id, line_id, order_id, customer_id, title_zh, title_en, state, version,
                       assignee_id, answers, due_at, alerted_at, created_at, claimed_at, ended_at
                FROM task WHERE order_id = $1 ORDER BY id LIMIT 200";
    OPEN = "SELECT id, kind, queue, flow_id, flow_step_id, line_id, order_id, customer_id, title_zh, title_en, state, version,
                   assignee_id, answers, due_at, alerted_at, created_at, claimed_at, ended_at
            FROM task WHERE state = 'open' AND (due_at > $1 OR (due_at = $1 AND id > $2)) ORDER BY due_at, id LIMIT $3";
    OPEN_IN_QUEUE = "SELECT id, kind, queue, flow_id, flow_step_id, line_id, order_id, customer_id, title_zh, title_en, state,
                            version, assignee_id, answers, due_at, alerted_at, created_at, claimed_at, ended_at
                     FROM task WHERE state = 'open' AND queue = $4 AND (due_at > $1 OR (due_at = $1 AND id > $2))
                     ORDER BY due_at, id LIMIT $3";
    OPEN_OF = "SELECT id, kind, queue, flow_id, flow_step_id, line_id, order_id, customer_id, title_zh, title_en, state, version,
                      assignee_id, answers, due_at, alerted_at, created_at, claimed_at, ended_at
               FROM task WHERE state = 'open' AND assignee_id = $4 AND (due_at > $1 OR (due_at = $1 AND id > $2))
               ORDER BY due_at, id LIMIT $3";
    UPDATE = "UPDATE task SET state = $3, assignee_id = $4, answers = $5, claimed_at = $6, ended_at = $7, version = version + 1
              WHERE id = $1 AND version = $2";
    WITHDRAW = "UPDATE task SET state = 'withdrawn', ended_at = $2, version = version + 1
                WHERE flow_id = $1 AND state = 'open' AND kind = 'step'";
    OVERDUE = "UPDATE task SET alerted_at = $1 WHERE state = 'open' AND alerted_at IS NULL AND due_at <= $1
               RETURNING id, order_id, customer_id, queue";
    COUNTS = "SELECT queue, CAST(COUNT(*) AS BIGINT),
                     CAST(COALESCE(SUM(CASE WHEN assignee_id IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT),
                     CAST(COALESCE(SUM(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT)
              FROM task WHERE state = 'open' GROUP BY queue ORDER BY queue";
}

fn read(cx: &Cx, row: &Row) -> Result<Task, Error> {
    let mut r = row.reader();
    let (id, kind, queue): (i64, String, String) = (r.get()?, r.get()?, r.get()?);
    let (flow, step, line): (Option<i64>, Option<i64>, Option<i64>) = (r.get()?, r.get()?, r.get()?);
    let (order, customer) = (OrderId(r.get()?), r.get()?);
    let title = Text::new(r.get::<String>()?, r.get::<String>()?);
    let (state, version, assignee): (String, i64, Option<AccountId>) = (r.get()?, r.get()?, r.get()?);
    let answers: Option<Vec<u8>> = r.get()?;
    Ok(Task {
        id: TaskId(id),
        kind: TaskKind::stored(&kind)?,
        queue,
        flow: flow.map(FlowId),
        step: step.map(StepId),
        line: line.map(LineId),
        order,
        customer,
        title,
        state: TaskState::stored(&state)?,
        version,
        assignee,
        answers: answers.map(|sealed| open(cx, ANSWERS, &sealed)).transpose()?,
        due_at: r.get()?,
        alerted_at: r.get()?,
        created_at: r.get()?,
        claimed_at: r.get()?,
        ended_at: r.get()?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, task: &Task) -> Result<()> {
    let row = params![
        task.id.raw(),
        task.kind.name(),
        task.queue.as_str(),
        task.flow.map(FlowId::raw),
        task.step.map(StepId::raw),
        task.line.map(LineId::raw),
        task.order.raw(),
        task.customer,
        task.title.zh.as_str(),
        task.title.en.clone().unwrap_or_else(|| task.title.zh.clone()),
        task.due_at,
        task.created_at,
    ];
    tx.execute(&INSERT, row).await.map(|_| ())
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: TaskId) -> Result<Option<Task>, Error> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn list_of_order(tx: &mut Tx, cx: &Cx, order: OrderId) -> Result<Vec<Task>, Error> {
    tx.all(&OF_ORDER, params![order.raw()]).await?.iter().map(|row| read(cx, row)).collect()
}

/// Positions are negated, so that the most urgent comes first in a descending page.
fn after(position: Position, fetch: i64) -> Vec<Value> {
    params![position.key.saturating_neg(), position.id.saturating_neg(), fetch]
}

pub(crate) async fn list_open(tx: &mut Tx, cx: &Cx, page: Position, fetch: i64) -> Result<Vec<Task>, Error> {
    tx.all(&OPEN, after(page, fetch)).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn list_queue(
    tx: &mut Tx,
    cx: &Cx,
    queue: &str,
    page: Position,
    fetch: i64,
) -> Result<Vec<Task>, Error> {
    let mut values = after(page, fetch);
    values.push(queue.into());
    tx.all(&OPEN_IN_QUEUE, values).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn list_of(
    tx: &mut Tx,
    cx: &Cx,
    assignee: AccountId,
    page: Position,
    fetch: i64,
) -> Result<Vec<Task>, Error> {
    let mut values = after(page, fetch);
    values.push(assignee.into());
    tx.all(&OPEN_OF, values).await?.iter().map(|row| read(cx, row)).collect()
}

/// Writes what became of a task; `false` when somebody changed it since it was read.
pub(crate) async fn update(tx: &mut Tx, cx: &Cx, task: &Task) -> Result<bool, Error> {
    let answers = sealed_or_null(cx, ANSWERS, task.answers.as_ref())?;
    let row = params![
        task.id.raw(),
        task.version,
        task.state.name(),
        task.assignee,
        answers,
        task.claimed_at,
        task.ended_at
    ];
    Ok(tx.execute(&UPDATE, row).await? == 1)
}

/// The open tasks of a flow's steps are no longer needed.
pub(crate) async fn withdraw(tx: &mut Tx, flow: FlowId, now: Timestamp) -> Result<()> {
    tx.execute(&WITHDRAW, params![flow.raw(), now]).await.map(|_| ())
}

/// Marks tasks that have become overdue and says which.
pub(crate) async fn mark_overdue(
    tx: &mut Tx,
    now: Timestamp,
) -> Result<Vec<(TaskId, OrderId, AccountId, String)>> {
    tx.all(&OVERDUE, params![now])
        .await?
        .iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((TaskId(r.get()?), OrderId(r.get()?), r.get()?, r.get()?))
        })
        .collect()
}

pub(crate) async fn counts(tx: &mut Tx, now: Timestamp) -> Result<Vec<QueueCount>> {
    tx.all(&COUNTS, params![now])
        .await?
        .iter()
        .map(|row| {
            let mut r = row.reader();
            Ok(QueueCount { queue: r.get()?, open: r.get()?, unclaimed: r.get()?, overdue: r.get()? })
        })
        .collect()
}
