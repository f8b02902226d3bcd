//! One order: everything known about it, and what may be done to it now (O1, O2, S2).

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use fulfilment::cancel::{CancelView, Possible, can_cancel};
use fulfilment::flow::{self, Flow, StepView};
use fulfilment::progress::{TimelineEntry, timeline};
use fulfilment::question::{self, Question};
use fulfilment::{Document, Task, document, task};
use kernel::{FieldError, Permission};
use maud::{Markup, html};
use ordering::OrderId;
use ordering::order::{LineId, OrderView, ops, query};
use ordering::payment::{self, PaymentView};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, Sure, Tried};
use super::{acts, lines, order_view};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused};
use crate::i18n::OrderDesk;
use crate::ui::console::ConsoleNav;

const PATH: &str = "/console/orders";
/// The longest note.
const NOTE: std::ops::RangeInclusive<usize> = 1..=500;

pub(crate) fn routes() -> Routes {
    let work = Permission::WorkOrders;
    Routes::new()
        .get("/console/orders/{id}", Permission::ReadOrders, page)
        .post("/console/orders/{id}/cancel", work, cancel)
        .post("/console/orders/{id}/ask", work, ask)
        .post("/console/orders/{id}/note", work, note)
        .post("/console/orders/{id}/reveal", Permission::RevealPersonalData, reveal)
}

/// Everything the page shows.
#[derive(Debug)]
pub(crate) struct Dossier {
    pub view: OrderView,
    /// Beside each line, its answers as they may be shown.
    pub answers: Vec<Vec<lines::Shown>>,
    pub timeline: Vec<TimelineEntry>,
    pub work: Vec<(Flow, Vec<StepView>)>,
    pub tasks: Vec<Task>,
    pub payment: Option<PaymentView>,
    pub questions: Vec<Question>,
    pub receipts: Vec<Document>,
    pub cancel: CancelView,
    pub people: People,
    /// The answers are in clear.
    pub revealed: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

async fn page(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, frame::id(&id)?, Tried::default(), wish.done.as_deref(), false).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: OrderId,
    tried: Tried,
    done: Option<&str>,
    revealed: bool,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let dossier = Box::pin(load(app, staff, id, revealed)).await?;
    let body = html! {
        (frame::done(&frame.cx, done))
        (order_view::page(&frame, &dossier, &tried))
    };
    let title = format!("{} {}", OrderDesk::of(frame.cx.locale).title, dossier.view.order.number());
    Ok(frame.form_page(&title, ConsoleNav::Orders, &tried, body))
}

async fn load(app: &App, staff: &Staff, id: OrderId, revealed: bool) -> Result<Dossier, Refused> {
    let (cx, services, actor) = (&app.cx, &*app.fulfilment, &staff.actor);
    let view = query::view(cx, actor, id).await?;
    let mut answers = Vec::with_capacity(view.lines.len());
    for line in &view.lines {
        answers.push(lines::answers(app, line, staff.locale, revealed).await?);
    }
    let mut work = Vec::new();
    for flow in flow::of_order(cx, actor, id).await? {
        let log = flow::log(cx, services, actor, flow.id).await?;
        work.push((flow, log));
    }
    let tasks = task::of_order(cx, actor, id).await?;
    let questions = question::list(cx, actor, id).await?;
    let labels = view.events.iter().map(|event| event.actor.as_str());
    let mut ids = frame::accounts(labels.chain(questions.iter().map(|question| question.asked_by.as_str())));
    ids.push(view.order.customer);
    ids.extend(tasks.iter().filter_map(|task| task.assignee));
    Ok(Dossier {
        timeline: timeline(cx, services, actor, id).await?,
        payment: payment::ops::of_order(cx, actor, id).await?,
        receipts: document::receipt(cx, actor, id).await?,
        cancel: can_cancel(cx, services, actor, id).await?,
        people: People::load(app, staff, ids.into_iter()).await?,
        view,
        answers,
        work,
        tasks,
        questions,
        revealed,
    })
}

async fn cancel(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: OrderId = frame::id(&id)?;
    let result = match frame::reason(&form, "cancel_reason") {
        Ok(why) if form.get("sure") == "yes" => {
            ops::cancel(&app.cx, &staff.actor, id, why, None).await.map_err(Refused::from)
        }
        Ok(why) => return sure_cancel(&app, &staff, id, why).await,
        Err(refused) => Err(refused),
    };
    let target = result.map(|_| format!("{PATH}/{id}?done=cancelled"));
    frame::answer(target, &form, "cancel_reason", |tried| show(&app, &staff, id, tried, None, false)).await
}

async fn sure_cancel(app: &App, staff: &Staff, id: OrderId, why: &str) -> Result<Response, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let order = query::get(&app.cx, &staff.actor, id).await?;
    let view = can_cancel(&app.cx, &app.fulfilment, &staff.actor, id).await?;
    let t = OrderDesk::of(frame.cx.locale);
    let mut consequences = vec![format!("{} {}", order.number(), order.title.get(frame.cx.locale))];
    consequences.push(possible(t, view.possible).to_owned());
    consequences.extend(view.fee.map(|fee| t.fee(&fee.to_string())));
    consequences.extend(view.texts.iter().map(|text| text.get(frame.cx.locale).to_owned()));
    let sure = Sure {
        nav: ConsoleNav::Orders,
        title: t.cancel_sure,
        consequences,
        action: &format!("{PATH}/{id}/cancel"),
        fields: vec![("cancel_reason", why)],
        button: t.btn_cancel,
        back: &format!("{PATH}/{id}"),
    };
    Ok(frame.sure(&sure).into_response())
}

/// What a cancellation would lead to, in one sentence.
pub(crate) const fn possible(t: &OrderDesk, possible: Possible) -> &'static str {
    match possible {
        Possible::Now => t.cancel_now,
        Possible::Request => t.cancel_request,
        Possible::No => t.cancel_no,
    }
}

async fn ask(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: OrderId = frame::id(&id)?;
    let result = ask_about(&app, &staff, id, &form).await;
    let target = result.map(|()| format!("{PATH}/{id}?done=asked"));
    frame::answer(target, &form, "question", |tried| show(&app, &staff, id, tried, None, false)).await
}

/// The line must be of this order: the address and the form agree, or nothing is there.
async fn ask_about(app: &App, staff: &Staff, id: OrderId, form: &PostForm) -> Result<(), Refused> {
    let view = query::view(&app.cx, &staff.actor, id).await?;
    let chosen: Option<LineId> = form.id("line");
    let mut open = view.lines.iter().filter(|line| !line.state.is_final());
    let line = match chosen {
        Some(wanted) => view.lines.iter().find(|line| line.id == wanted),
        None => open.next(),
    };
    let line = line.ok_or(EdgeError::NotFound)?;
    question::ask_customer(&app.cx, &staff.actor, line.id, form.get("question")).await?;
    Ok(())
}

async fn note(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: OrderId = frame::id(&id)?;
    let text = form.get("note").trim();
    let result = if NOTE.contains(&text.chars().count()) {
        acts::note_order(&app, &staff, id, text).await
    } else {
        let (zh, en) = ("填写备注，1 至 500 个字", "Enter a note of 1 to 500 characters");
        Err(EdgeError::Shape { fields: vec![FieldError::new("/note", "web.note_needed", zh, en)] }.into())
    };
    let target = result.map(|()| format!("{PATH}/{id}?done=noted"));
    frame::answer(target, &form, "note", |tried| show(&app, &staff, id, tried, None, false)).await
}

/// The answers in clear, shown once; the page at the usual address stays masked.
async fn reveal(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: OrderId = frame::id(&id)?;
    match frame::reason(&form, "reveal_reason") {
        Ok(why) => {
            acts::reveal_order(&app, &staff, id, why).await?;
            let page = show(&app, &staff, id, Tried::default(), None, true).await?;
            Ok(frame::shown_once(page))
        }
        Err(refused) => {
            let again = |tried| show(&app, &staff, id, tried, None, false);
            frame::answer(Err(refused), &form, "reveal_reason", again).await
        }
    }
}
