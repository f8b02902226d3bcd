//! Opening, claiming, doing, giving back.

use catalogue::service::{StaffTask, StepKind};
use db::Tx;
use durable::Cx;
use kernel::{Actor, Duration, Page, PageRequest, Permission, Position, Text, Timestamp};
use ordering::order::{self, LineId, NewEvent, OrderId};
use risk::{Point, decision};
use serde_json::{Value, json};

use super::model::{
    Decision, EXCEPTIONS, Filter, QueueCount, REFUNDS, Task, TaskId, TaskKind, TaskState, TaskView,
};
use super::store;
use crate::flow::model::{Case, LoggedStep, Purpose, StepState};
use crate::flow::ops::{end_step, fall_out, keep_result, know, lock};
use crate::flow::rules::is_current;
use crate::flow::{self, FlowId};
use crate::services::{Fulfilment, Work, reason, require, system};
use crate::{Error, fallout, refund};

/// A person decides about a refund within this time.
const REFUND_WITHIN: Duration = Duration::from_days(1);
/// Something was done that nobody pays for: not for tomorrow.
const LATE_SUCCESS_WITHIN: Duration = Duration::from_hours(4);

/// Opens the task of a step.
pub(crate) async fn open_step(
    tx: &mut Tx,
    cx: &Cx,
    case: &Case,
    row: &LoggedStep,
    wanted: &StaffTask,
) -> Result<(), Error> {
    let due_at = cx.now().plus(wanted.within);
    let mut task = new(cx, case, TaskKind::Step, &wanted.queue, wanted.title.clone(), due_at);
    task.step = Some(row.id);
    Ok(store::insert(tx, &task).await?)
}

/// A person decides whether the money of a line goes back. One that is open stays the only one.
pub(crate) async fn open_refund_request(tx: &mut Tx, cx: &Cx, case: &Case) -> Result<(), Error> {
    if open_refund(tx, cx, case.order.id, case.line.id).await?.is_some() {
        return Ok(());
    }
    let title = Text::new("客户要求退款，决定是否退款", "The customer wants a refund: grant it or not?");
    let task = new(cx, case, TaskKind::RefundRequest, REFUNDS, title, cx.now().plus(REFUND_WITHIN));
    Ok(store::insert(tx, &task).await?)
}

async fn open_refund(tx: &mut Tx, cx: &Cx, order: OrderId, line: LineId) -> Result<Option<Task>, Error> {
    let known = store::list_of_order(tx, cx, order).await?;
    let is_it = |task: &Task| {
        let of_line = task.kind == TaskKind::RefundRequest && task.line == Some(line);
        of_line && task.state == TaskState::Open
    };
    Ok(known.into_iter().find(is_it))
}

/// Whether a person is to decide about the money of this line already.
pub(crate) async fn is_refund_asked(cx: &Cx, order: OrderId, line: LineId) -> Result<bool, Error> {
    Ok(open_refund(&mut cx.read().await?, cx, order, line).await?.is_some())
}

/// The risk desk turned a wish for a refund down: nobody is to grant it any more, and the customer sees that it was denied. One that was
/// decided meanwhile stays as it is.
pub(crate) async fn turn_down_refund(cx: &Cx, services: &Fulfilment, line: LineId) -> Result<(), Error> {
    let found = flow::store::find_flow_of_line(&mut cx.read().await?, cx, line).await?;
    let known = know(cx, services, found.ok_or(Error::NotFound)?.id).await?;
    let actor = system();
    let mut tx = cx.begin().await?;
    let case = lock(&mut tx, cx, &known).await?;
    let Some(mut task) = open_refund(&mut tx, cx, case.order.id, line).await? else { return Ok(()) };
    deny(&mut tx, cx, &actor, &case, &mut task).await?;
    let detail = json!({"decision": Decision::Deny.name(), "flow": case.flow.id, "by": "risk"});
    audit::record(&mut tx, cx, &actor, entry("task.decide_refund", &task, detail, None)).await?;
    tx.commit().await?;
    Ok(())
}

/// The money stays, and the history says so; a review that is still open has nothing to decide any more.
async fn deny(tx: &mut Tx, cx: &Cx, actor: &Actor, case: &Case, task: &mut Task) -> Result<(), Error> {
    close_refund(tx, cx, task, Decision::Deny).await?;
    let (customer, mark) = (case.order.customer, case.line.id.raw());
    decision::withdraw(tx, cx, Point::Refund, customer, mark).await.map_err(Error::bug)?;
    let event = NewEvent::public("refund_denied").of_line(case.line.id);
    Ok(order::ops::note(tx, cx, actor, &case.order, event).await?)
}

async fn close_refund(tx: &mut Tx, cx: &Cx, task: &mut Task, decision: Decision) -> Result<(), Error> {
    (task.state, task.ended_at) = (TaskState::Done, Some(cx.now()));
    task.answers = Some(json!({"decision": decision.name()}));
    keep(tx, cx, task).await
}

/// A provider did what had been given up.
pub(crate) async fn open_late_success(
    tx: &mut Tx,
    cx: &Cx,
    case: &Case,
    row: &LoggedStep,
) -> Result<(), Error> {
    let title = Text::new(
        "服务方办成了已放弃的步骤，核实后处理",
        "The provider did what had been given up. Check and settle it",
    );
    let mut task =
        new(cx, case, TaskKind::LateSuccess, EXCEPTIONS, title, cx.now().plus(LATE_SUCCESS_WITHIN));
    task.step = Some(row.id);
    Ok(store::insert(tx, &task).await?)
}

fn new(cx: &Cx, case: &Case, kind: TaskKind, queue: &str, title: Text, due_at: Timestamp) -> Task {
    Task {
        id: TaskId::new(&cx.ids, cx.now()),
        kind,
        queue: queue.to_owned(),
        flow: Some(case.flow.id),
        step: None,
        line: Some(case.line.id),
        order: case.order.id,
        customer: case.order.customer,
        title,
        state: TaskState::Open,
        version: 1,
        assignee: None,
        answers: None,
        due_at,
        alerted_at: None,
        created_at: cx.now(),
        claimed_at: None,
        ended_at: None,
    }
}

/// The flow no longer waits for a person.
pub(crate) async fn withdraw(tx: &mut Tx, cx: &Cx, flow: FlowId) -> Result<(), Error> {
    Ok(store::withdraw(tx, flow, cx.now()).await?)
}

/// Open tasks, the most urgent first.
pub async fn list(cx: &Cx, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Task>, Error> {
    require(actor, Permission::WorkOrders)?;
    let mut tx = cx.read().await?;
    let tasks = match (filter, actor.account()) {
        (Filter::All, _) => store::list_open(&mut tx, cx, page.after, page.fetch()).await?,
        (Filter::Queue(queue), _) => store::list_queue(&mut tx, cx, queue, page.after, page.fetch()).await?,
        (Filter::Mine, Some(me)) => store::list_of(&mut tx, cx, me, page.after, page.fetch()).await?,
        (Filter::Mine, None) => Vec::new(),
    };
    let position =
        |task: &Task| Position { key: task.due_at.0.saturating_neg(), id: task.id.raw().saturating_neg() };
    Ok(Page::cut(tasks, page, position))
}

/// How much waits in each queue.
pub async fn queues(cx: &Cx, actor: &Actor) -> Result<Vec<QueueCount>, Error> {
    require(actor, Permission::WorkOrders)?;
    Ok(store::counts(&mut cx.read().await?, cx.now()).await?)
}

/// All tasks of an order, oldest first.
pub async fn of_order(cx: &Cx, actor: &Actor, order: OrderId) -> Result<Vec<Task>, Error> {
    require(actor, Permission::ReadOrders)?;
    store::list_of_order(&mut cx.read().await?, cx, order).await
}

/// One task with what is needed to do it.
pub async fn get(cx: &Cx, services: &Fulfilment, actor: &Actor, id: TaskId) -> Result<TaskView, Error> {
    require(actor, Permission::WorkOrders)?;
    let mut tx = cx.read().await?;
    let task = store::find(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    let order = order::ops::find(&mut tx, cx, task.order).await?.ok_or(Error::NotFound)?;
    let line = match task.line {
        Some(line) => order::ops::line(&mut tx, cx, line).await?,
        None => None,
    };
    let step = match task.step {
        Some(step) => flow::store::find_step(&mut tx, cx, step).await?,
        None => None,
    };
    drop(tx);
    let form = match (&step, task.kind) {
        (Some(row), TaskKind::Step) => form_of(&know(cx, services, row.flow).await?.service.service, row),
        (Some(_) | None, TaskKind::Step | TaskKind::RefundRequest | TaskKind::LateSuccess) => None,
    };
    Ok(TaskView { task, order, line, form })
}

fn form_of(service: &catalogue::service::Service, row: &LoggedStep) -> Option<forms::Form> {
    let StepKind::StaffTask(task) = &service.step(&row.step)?.kind else { return None };
    task.form.clone()
}

/// Takes a task. Taking one's own again changes nothing; a colleague's is refused.
pub async fn claim(cx: &Cx, actor: &Actor, id: TaskId) -> Result<Task, Error> {
    require(actor, Permission::WorkOrders)?;
    let me = actor.account().ok_or(Error::Forbidden)?;
    let mut tx = cx.begin().await?;
    let mut task = open_task(&mut tx, cx, id).await?;
    match task.assignee {
        Some(holder) if holder == me => return Ok(task),
        Some(_) => return Err(Error::TaskTaken),
        None => {}
    }
    (task.assignee, task.claimed_at) = (Some(me), Some(cx.now()));
    // Two who claim at once: the version lets one win.
    if !store::update(&mut tx, cx, &task).await? {
        return Err(Error::TaskTaken);
    }
    task.version = task.version.saturating_add(1);
    audit::record(&mut tx, cx, actor, entry("task.claim", &task, json!({}), None)).await?;
    tx.commit().await?;
    Ok(task)
}

/// Gives a task back to its queue: one's own, or anybody's for who manages staff.
pub async fn release(cx: &Cx, actor: &Actor, id: TaskId) -> Result<Task, Error> {
    require(actor, Permission::WorkOrders)?;
    let mut tx = cx.begin().await?;
    let mut task = open_task(&mut tx, cx, id).await?;
    if task.assignee.is_none() {
        return Ok(task);
    }
    if task.assignee != actor.account() && !actor.may(Permission::ManageStaff) {
        return Err(Error::TaskTaken);
    }
    let held_by = task.assignee.take();
    task.claimed_at = None;
    keep(&mut tx, cx, &mut task).await?;
    audit::record(&mut tx, cx, actor, entry("task.release", &task, json!({"held_by": held_by}), None))
        .await?;
    tx.commit().await?;
    Ok(task)
}

/// Does a task: checks what was recorded, keeps it, and the workflow goes on. `answers` is the form's object; `{}` where
/// nothing is asked. A late success is closed the same way; a refund request by [`decide_refund`].
pub async fn complete(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: TaskId,
    answers: &Value,
) -> Result<Task, Error> {
    require(actor, Permission::WorkOrders)?;
    let view = get(cx, services, actor, id).await?;
    in_hands(&view.task, actor)?;
    let known = know(cx, services, view.task.flow.ok_or(Error::NotFound)?).await?;
    let checked = check(view.form.as_ref(), answers, cx.now())?;
    let mut tx = cx.begin().await?;
    let mut case = lock(&mut tx, cx, &known).await?;
    let mut task = mine(&mut tx, cx, actor, id).await?;
    if task.kind == TaskKind::RefundRequest {
        return Err(Error::IllegalTransition { state: "open".to_owned(), allowed: "grant, deny".to_owned() });
    }
    (task.state, task.ended_at, task.answers) = (TaskState::Done, Some(cx.now()), Some(checked.clone()));
    keep(&mut tx, cx, &mut task).await?;
    if task.kind == TaskKind::Step {
        let mut row = waiting_step(&mut tx, cx, &case, &task).await?;
        if let Some(answers) = checked.as_object() {
            keep_result(&mut tx, cx, &mut case, answers).await?;
        }
        end_step(&mut tx, Work { cx, services, actor }, &mut case, &mut row, StepState::Done).await?;
    }
    services.boundary("before_commit")?;
    audit::record(&mut tx, cx, actor, entry("task.complete", &task, json!({"queue": task.queue}), None))
        .await?;
    tx.commit().await?;
    Ok(task)
}

/// Cannot be done: the line goes to the fallout desk.
pub async fn hand_over(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: TaskId,
    why: &str,
) -> Result<Task, Error> {
    require(actor, Permission::WorkOrders)?;
    let why = reason(why)?;
    let found = store::find(&mut cx.read().await?, cx, id).await?.ok_or(Error::NotFound)?;
    let known = know(cx, services, found.flow.ok_or(Error::NotFound)?).await?;
    let mut tx = cx.begin().await?;
    let mut case = lock(&mut tx, cx, &known).await?;
    let mut task = mine(&mut tx, cx, actor, id).await?;
    let mut row = waiting_step(&mut tx, cx, &case, &task).await?;
    (task.state, task.ended_at) = (TaskState::Withdrawn, Some(cx.now()));
    keep(&mut tx, cx, &mut task).await?;
    (row.state, row.ended_at) = (StepState::Dropped, Some(cx.now()));
    flow::tries::write(&mut tx, cx, &row).await?;
    fall_out(&mut tx, cx, actor, &mut case, "handed_over", None).await?;
    audit::record(
        &mut tx,
        cx,
        actor,
        entry("task.hand_over", &task, json!({"cause": "handed_over"}), Some(why)),
    )
    .await?;
    tx.commit().await?;
    Ok(task)
}

/// Grants or denies a refund request; none is granted while the risk desk looks at it, or after it was turned down there. Granted, a line that is being worked on ends now and its money goes back; one that is
/// done is paid back by a new transfer.
pub async fn decide_refund(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: TaskId,
    decision: Decision,
    why: &str,
) -> Result<Task, Error> {
    require(actor, Permission::RefundOrder)?;
    let why = reason(why)?;
    let found = store::find(&mut cx.read().await?, cx, id).await?.ok_or(Error::NotFound)?;
    let known = know(cx, services, found.flow.ok_or(Error::NotFound)?).await?;
    let mut tx = cx.begin().await?;
    let mut case = lock(&mut tx, cx, &known).await?;
    let mut task = open_task(&mut tx, cx, id).await?;
    if task.kind != TaskKind::RefundRequest {
        return Err(Error::IllegalTransition {
            state: task.kind.name().to_owned(),
            allowed: "complete".to_owned(),
        });
    }
    match decision {
        Decision::Grant => {
            refund::cleared(&mut tx, cx, &case).await?;
            close_refund(&mut tx, cx, &mut task, decision).await?;
            fallout::ops::give_back(&mut tx, cx, actor, &mut case, "refund_granted").await?;
        }
        Decision::Deny => deny(&mut tx, cx, actor, &case, &mut task).await?,
    }
    let detail = json!({"decision": decision.name(), "flow": case.flow.id});
    audit::record(&mut tx, cx, actor, entry("task.decide_refund", &task, detail, Some(why))).await?;
    tx.commit().await?;
    Ok(task)
}

fn check(form: Option<&forms::Form>, answers: &Value, now: Timestamp) -> Result<Value, Error> {
    let Some(form) = form else { return Ok(json!({})) };
    let today = now.to_jiff().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date();
    form.check(answers, today).map_err(|fields| Error::InvalidInput { fields })
}

async fn open_task(tx: &mut Tx, cx: &Cx, id: TaskId) -> Result<Task, Error> {
    let task = store::find(tx, cx, id).await?.ok_or(Error::NotFound)?;
    if task.state == TaskState::Open { Ok(task) } else { Err(Error::TaskEnded) }
}

/// The task, which is open and in the actor's hands.
async fn mine(tx: &mut Tx, cx: &Cx, actor: &Actor, id: TaskId) -> Result<Task, Error> {
    let task = store::find(tx, cx, id).await?.ok_or(Error::NotFound)?;
    in_hands(&task, actor)?;
    Ok(task)
}

fn in_hands(task: &Task, actor: &Actor) -> Result<(), Error> {
    match (task.state, task.assignee) {
        (TaskState::Done | TaskState::Withdrawn, _) => Err(Error::TaskEnded),
        (TaskState::Open, None) => Err(Error::TaskNotClaimed),
        (TaskState::Open, holder) if holder == actor.account() => Ok(()),
        (TaskState::Open, Some(_)) => Err(Error::TaskTaken),
    }
}

async fn waiting_step(tx: &mut Tx, cx: &Cx, case: &Case, task: &Task) -> Result<LoggedStep, Error> {
    let step = task.step.ok_or(Error::TaskEnded)?;
    let found = flow::store::find_step(tx, cx, step).await?;
    found.filter(|row| row.purpose == Purpose::Do && is_current(&case.flow, row)).ok_or(Error::TaskEnded)
}

async fn keep(tx: &mut Tx, cx: &Cx, task: &mut Task) -> Result<(), Error> {
    if !store::update(tx, cx, task).await? {
        return Err(Error::Stale);
    }
    task.version = task.version.saturating_add(1);
    Ok(())
}

fn entry<'a>(
    verb: &'static str,
    task: &Task,
    mut detail: Value,
    reason: Option<&'a str>,
) -> audit::Entry<'a> {
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("task".to_owned(), json!(task.id));
    }
    let (object, customer) = (task.order.raw(), Some(task.customer));
    audit::Entry { verb, object_kind: "order", object, customer, detail, reason }
}
