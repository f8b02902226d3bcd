//! Staff tasks: queues with counts, claim, give back, do with the step's form, hand over, decide about a refund.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use fulfilment::task::{self, Decision, Filter, QueueCount, Task};
use fulfilment::{TaskId, question};
use kernel::{Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Sure, Tried, href, next_href};
use super::{lines, task_view, words};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{Desk, Tasks};
use crate::ui::console::ConsoleNav;
use crate::ui::table::{self, Column, Row, View};
use crate::ui::{self, empty, time};

const PATH: &str = "/console/tasks";

pub(crate) fn routes() -> Routes {
    let work = Permission::WorkOrders;
    Routes::new()
        .get(PATH, work, page)
        .get("/console/tasks/{id}", work, one)
        .post("/console/tasks/{id}/claim", work, claim)
        .post("/console/tasks/{id}/release", work, release)
        .post("/console/tasks/{id}/complete", work, complete)
        .post("/console/tasks/{id}/hand-over", work, hand_over)
        .post("/console/tasks/{id}/decide", Permission::RefundOrder, decide)
}

/// The state of the list is its address.
#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    view: Option<String>,
    queue: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

impl Wish {
    fn filter(&self) -> Filter {
        match (&self.queue, self.view.as_deref()) {
            (Some(queue), _) if !queue.is_empty() => Filter::Queue(queue.clone()),
            (_, Some("mine")) => Filter::Mine,
            _ => Filter::All,
        }
    }
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let filter = wish.filter();
    let list = format!("console.tasks.{filter:?}");
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = task::list(&app.cx, &staff.actor, &filter, &request).await?;
    let queues = task::queues(&app.cx, &staff.actor).await?;
    let ids = items.iter().flat_map(|task| task.assignee.into_iter().chain([task.customer]));
    let people = People::load(&app, &staff, ids).await?;
    let kept = [
        ("view", wish.view.as_deref().unwrap_or_default()),
        ("queue", wish.queue.as_deref().unwrap_or_default()),
    ];
    let next = next_href(&app, &list, PATH, &kept, next);
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (view(&frame, &people, (&filter, &queues), &items, wish.after.is_some(), next.as_deref()))
    };
    Ok(frame.page(Tasks::of(frame.cx.locale).title, ConsoleNav::Tasks, html! {}, body))
}

fn view(
    frame: &Frame,
    people: &People,
    (filter, queues): (&Filter, &[QueueCount]),
    list: &[Task],
    further: bool,
    next: Option<&str>,
) -> Markup {
    let cx = &frame.cx;
    let t = Tasks::of(cx.locale);
    let count = |n: i64| u64::try_from(n).ok();
    let mut views = vec![
        View {
            label: t.all,
            href: PATH.to_owned(),
            count: count(queues.iter().map(|queue| queue.open).sum()),
            current: *filter == Filter::All,
        },
        View {
            label: t.mine,
            href: href(PATH, &[("view", "mine")]),
            count: None,
            current: *filter == Filter::Mine,
        },
    ];
    let names: Vec<String> = queues.iter().map(|queue| queue_name(t, &queue.queue)).collect();
    for (queue, name) in queues.iter().zip(&names) {
        views.push(View {
            label: name,
            href: href(PATH, &[("queue", &queue.queue)]),
            count: count(queue.open),
            current: *filter == Filter::Queue(queue.queue.clone()),
        });
    }
    html! {
        (table::views(cx, &views))
        @if list.is_empty() {
            (empty::empty(t.empty, (*filter != Filter::All).then(|| ui::button_link(PATH, t.show_all, "sec"))))
        } @else {
            (rows(frame, people, t.title, list))
            (table::pager(cx, further.then_some(PATH), next))
        }
    }
}

/// A queue's name; one that a pack made up stands as it is.
pub(crate) fn queue_name(t: &Tasks, queue: &str) -> String {
    match queue {
        "refunds" => t.queue_refunds,
        "exceptions" => t.queue_exceptions,
        "visits" => t.queue_visits,
        other => other,
    }
    .to_owned()
}

/// Tasks as rows; also for the first page and for an order.
pub(crate) fn rows(frame: &Frame, people: &People, caption: &str, list: &[Task]) -> Markup {
    let cx = &frame.cx;
    let (t, d) = (Tasks::of(cx.locale), Desk::of(cx.locale));
    let row = |task: &Task| {
        let target = format!("{PATH}/{}", task.id);
        let number = kernel::order_number(task.order.raw());
        let due = match task.ended_at {
            Some(at) => time::stamp(cx, at),
            None => words::clock(cx, task.created_at, task.due_at),
        };
        Row::new(vec![
            html! { a href=(target) { (task.title.get(cx.locale)) } },
            html! { (queue_name(t, &task.queue)) },
            html! { a.num href={ "/console/orders/" (task.order) } { (number) } },
            people.customer(task.customer),
            due,
            holder(frame, people, task),
            time::stamp(cx, task.created_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.task),
        Column::new(t.queue),
        Column::new(d.order),
        Column::new(d.customer),
        Column::new(d.due),
        Column::new(t.holder),
        Column::new(t.created),
    ];
    let rows = list.iter().map(row).collect();
    frame::table(cx, caption, columns, rows)
}

/// In whose hands a task is.
pub(crate) fn holder(frame: &Frame, people: &People, task: &Task) -> Markup {
    let d = Desk::of(frame.cx.locale);
    match task.assignee {
        None => html! { span.muted { (d.nobody) } },
        id if id == frame.me => html! { b { (d.you) } },
        Some(id) => html! { (people.name(id)) },
    }
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, frame::id(&id)?, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: TaskId,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let view = task::get(&app.cx, &app.fulfilment, &staff.actor, id).await?;
    let ids = view.task.assignee.into_iter().chain([view.task.customer]);
    let people = People::load(app, staff, ids).await?;
    let answers = match &view.line {
        Some(line) => lines::answers(app, line, frame.cx.locale, false).await?,
        None => Vec::new(),
    };
    let questions = question::list(&app.cx, &staff.actor, view.order.id).await?;
    let facts = task_view::Facts { view: &view, answers: &answers, questions: &questions, people: &people };
    let body = html! {
        (frame::done(&frame.cx, done))
        (task_view::page(&frame, &facts, &tried))
    };
    Ok(frame.form_page(view.task.title.get(frame.cx.locale), ConsoleNav::Tasks, &tried, body))
}

async fn claim(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: TaskId = frame::id(&id)?;
    let result = task::claim(&app.cx, &staff.actor, id).await;
    let target = result.map(|_| format!("{PATH}/{id}?done=claimed")).map_err(Refused::from);
    after(&app, &staff, id, &form, "reason", target).await
}

/// On to where an act on a task leads, or its page again with what is wrong.
async fn after(
    app: &App,
    staff: &Staff,
    id: TaskId,
    form: &PostForm,
    focus: &str,
    target: Result<String, Refused>,
) -> Result<Response, Refused> {
    frame::answer(target, form, focus, |tried| show(app, staff, id, tried, None)).await
}

async fn release(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: TaskId = frame::id(&id)?;
    let result = task::release(&app.cx, &staff.actor, id).await;
    let target = result.map(|_| format!("{PATH}?done=released")).map_err(Refused::from);
    after(&app, &staff, id, &form, "reason", target).await
}

async fn complete(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: TaskId = frame::id(&id)?;
    let result = Box::pin(do_task(&app, &staff, id, &form)).await;
    let target = result.map(|()| format!("{PATH}?done=completed"));
    after(&app, &staff, id, &form, "reason", target).await
}

/// Takes the task first where nobody has it: one press for short work.
async fn do_task(app: &App, staff: &Staff, id: TaskId, form: &PostForm) -> Result<(), Refused> {
    let view = task::get(&app.cx, &app.fulfilment, &staff.actor, id).await?;
    let answers = view.form.map_or_else(|| serde_json::json!({}), |asked| asked.from_pairs(form.pairs()));
    if view.task.assignee.is_none() {
        task::claim(&app.cx, &staff.actor, id).await?;
    }
    task::complete(&app.cx, &app.fulfilment, &staff.actor, id, &answers).await?;
    Ok(())
}

async fn hand_over(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: TaskId = frame::id(&id)?;
    let why = form.get("hand_over_reason");
    let result = task::hand_over(&app.cx, &app.fulfilment, &staff.actor, id, why).await;
    let target = result.map(|_| format!("{PATH}?done=handed_over")).map_err(Refused::from);
    after(&app, &staff, id, &form, "hand_over_reason", target).await
}

async fn decide(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: TaskId = frame::id(&id)?;
    let decision = Decision::from_name(form.get("decision")).unwrap_or(Decision::Deny);
    let why = match frame::reason(&form, "reason") {
        Ok(why) => why,
        Err(refused) => return after(&app, &staff, id, &form, "reason", Err(refused)).await,
    };
    if decision == Decision::Grant && form.get("sure") != "yes" {
        return sure_grant(&app, &staff, id, why).await;
    }
    let result = task::decide_refund(&app.cx, &app.fulfilment, &staff.actor, id, decision, why).await;
    let target = result.map(|_| format!("{PATH}?done=decided")).map_err(Refused::from);
    after(&app, &staff, id, &form, "reason", target).await
}

async fn sure_grant(app: &App, staff: &Staff, id: TaskId, why: &str) -> Result<Response, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let view = task::get(&app.cx, &app.fulfilment, &staff.actor, id).await?;
    let t = Tasks::of(frame.cx.locale);
    let amount = view.line.map_or(view.order.total, |line| line.total);
    let sure = Sure {
        nav: ConsoleNav::Tasks,
        title: t.grant_title,
        consequences: vec![
            crate::i18n::Fallout::of(frame.cx.locale).sure_money(&amount.to_string()),
            t.grant_money.to_owned(),
            t.grant_provider.to_owned(),
        ],
        action: &format!("{PATH}/{id}/decide"),
        fields: vec![("decision", Decision::Grant.name()), ("reason", why)],
        button: t.btn_grant,
        back: &format!("{PATH}/{id}"),
    };
    Ok(frame.sure(&sure).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{each_frame, task};

    #[test]
    fn tasks_stand_in_their_queues_with_deadline_and_holder_in_words() {
        each_frame(|frame| {
            let queues = [QueueCount { queue: "visits".to_owned(), open: 3, unclaimed: 2, overdue: 1 }];
            let page = view(frame, &People::default(), (&Filter::All, &queues), &[task()], false, None)
                .into_string();
            let t = Tasks::of(frame.cx.locale);
            assert!(page.contains(t.queue_visits) && page.contains(Desk::of(frame.cx.locale).nobody));
            assert!(page.contains(&format!("/console/tasks/{}", task().id)));
            page
        });
    }
}
