//! The fallout desk (O5): what is stuck, why, its step log, and the five ways out, each with what it leads to. All need a reason; those
//! that cannot be taken back are asked about once more.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use fulfilment::FlowId;
use fulfilment::fallout::{self, FalloutItem};
use fulfilment::flow::{Purpose, StepView, log};
use kernel::{Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Sure, Tried, next_href, reason_field};
use super::words;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{Desk, Fallout};
use crate::ui::console::ConsoleNav;
use crate::ui::summary::{self, Answer};
use crate::ui::table::{self, Column, Row};
use crate::ui::{self, PageCx, card, empty, form, money, time};

const PATH: &str = "/console/fallout";
const LIST: &str = "console.fallout";

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Permission::WorkOrders, page)
        .get("/console/fallout/{id}", Permission::WorkOrders, one)
        .post("/console/fallout/{id}", Permission::WorkOrders, repair)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    after: Option<String>,
    done: Option<String>,
}

/// The ways out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repair {
    Retry,
    Skip,
    ForceComplete,
    Fail,
    Refund,
}

impl Repair {
    const ALL: [Self; 5] = [Self::Retry, Self::Skip, Self::ForceComplete, Self::Fail, Self::Refund];

    const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::ForceComplete => "force_complete",
            Self::Fail => "fail",
            Self::Refund => "refund",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|repair| repair.name() == name)
    }

    /// Button, what it leads to, and the title of the question; the first two can be done again.
    fn words(self, t: &Fallout) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::Retry => (t.btn_retry, t.retry_hint, None),
            Self::Skip => (t.btn_skip, t.skip_hint, None),
            Self::ForceComplete => (t.btn_force, t.force_hint, Some(t.sure_force)),
            Self::Fail => (t.btn_fail, t.fail_hint, Some(t.sure_fail)),
            Self::Refund => (t.btn_refund, t.refund_hint, Some(t.sure_refund)),
        }
    }

    const fn permission(self) -> Permission {
        match self {
            Self::Refund => Permission::RefundOrder,
            _ => Permission::WorkOrders,
        }
    }
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let request = seal::page(&app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = fallout::list(&app.cx, &app.fulfilment, &staff.actor, &request).await?;
    let people = People::load(&app, &staff, items.iter().map(|item| item.order.customer)).await?;
    let t = Fallout::of(frame.cx.locale);
    let next = next_href(&app, LIST, PATH, &[], next);
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        p.muted { (t.intro) }
        (view(&frame.cx, &people, &items))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
    };
    Ok(frame.page(t.title, ConsoleNav::Fallout, html! {}, body))
}

fn view(cx: &PageCx, people: &People, items: &[FalloutItem]) -> Markup {
    let (t, d) = (Fallout::of(cx.locale), Desk::of(cx.locale));
    if items.is_empty() {
        return empty::empty(
            t.empty,
            Some(ui::button_link("/console/late", crate::i18n::Queue::of(cx.locale).late_title, "sec")),
        );
    }
    let row = |item: &FalloutItem| {
        let target = format!("{PATH}/{}", item.flow.id);
        Row::new(vec![
            html! { a.num href=(target) { (item.order.number()) } },
            html! { (item.line.title.get(cx.locale)) },
            people.customer(item.order.customer),
            money::money(item.line.total),
            html! { @if let Some(step) = &item.step { (step.get(cx.locale)) } @else { "—" } },
            html! { (words::cause(item.flow.cause.as_deref().unwrap_or("—"), cx.locale)) },
            html! { @if let Some(at) = item.flow.fallout_at { (time::ago(cx, at)) } },
            html! { a.btn.sec.small href=(target) aria-label=(d.select_order(&item.order.number())) { (d.btn_open) } },
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(d.order),
        Column::new(d.service),
        Column::new(d.customer),
        Column::number(d.amount),
        Column::new(t.step),
        Column::new(d.reason),
        Column::new(t.since),
        Column::new(d.action),
    ];
    let rows = items.iter().map(row).collect();
    frame::table(cx, t.title, columns, rows)
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
    id: FlowId,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?;
    let item = fallout::get(&app.cx, &app.fulfilment, &staff.actor, id).await?;
    let steps = log(&app.cx, &app.fulfilment, &staff.actor, id).await?;
    let people = People::load(app, staff, [item.order.customer].into_iter()).await?;
    let body = html! {
        (frame::done(&frame.cx, done))
        (detail(&frame.cx, &people, &item, &steps, &tried))
    };
    let title = format!("{} {}", Fallout::of(frame.cx.locale).title, item.order.number());
    Ok(frame.form_page(&title, ConsoleNav::Fallout, &tried, body))
}

fn detail(cx: &PageCx, people: &People, item: &FalloutItem, steps: &[StepView], tried: &Tried) -> Markup {
    let (t, d) = (Fallout::of(cx.locale), Desk::of(cx.locale));
    let row = |label, value| Answer { label, value, change: None };
    let (flow, order) = (&item.flow, &item.order);
    let rows = vec![
        row(d.order, html! { a.num href={ "/console/orders/" (order.id) } { (order.number()) } }),
        row(d.service, html! { (item.line.title.get(cx.locale)) }),
        row(d.customer, people.customer(order.customer)),
        row(d.amount, money::money(item.line.total)),
        row(d.state, words::flow_tag(flow.state, cx.locale)),
        row(t.step, html! { @if let Some(step) = &item.step { (step.get(cx.locale)) } }),
        row(d.reason, html! { (words::cause(flow.cause.as_deref().unwrap_or_default(), cx.locale)) }),
        row(t.said, html! { @if let Some(text) = &flow.message { (text.get(cx.locale)) } }),
        row(t.since, html! { @if let Some(at) = flow.fallout_at { (time::full(cx, at)) } }),
    ];
    html! {
        div.two {
            div.stack {
                (card::card("facts", t.facts, None, summary::summary_list(cx, &rows)))
                (card::card("log", t.log, None, step_log(cx, t.log, steps)))
            }
            div.stack { (card::card("repairs", t.actions, None, repairs(cx, item, tried))) }
        }
    }
}

/// Every try of every step as it was logged; also for the page of an order.
pub(crate) fn step_log(cx: &PageCx, about: &str, steps: &[StepView]) -> Markup {
    let (t, d) = (Fallout::of(cx.locale), Desk::of(cx.locale));
    let row = |view: &StepView| {
        let step = &view.step;
        Row::new(vec![
            html! {
                (view.title.get(cx.locale))
                @if step.purpose == Purpose::Undo { " " span.muted { (t.purpose_undo) } }
            },
            words::step_word(step.state, cx.locale),
            html! { span.num { (step.round) "/" (step.tries) } },
            html! { (step.provider.as_deref().unwrap_or("—")) },
            html! {
                @if let Some(text) = step.message() { (text.get(cx.locale)) }
                @if let Some(trouble) = &step.trouble { " " span.muted { (trouble) } }
            },
            time::stamp(cx, step.started_at),
            html! { @if let Some(at) = step.ended_at { (time::stamp(cx, at)) } @else { "—" } },
        ])
    };
    let columns = vec![
        Column::new(t.step),
        Column::new(d.state),
        Column::number(t.tries),
        Column::new(t.provider),
        Column::new(d.detail),
        Column::new(t.began),
        Column::new(t.ended),
    ];
    let rows = steps.iter().map(row).collect();
    frame::table(cx, about, columns, rows)
}

fn repairs(cx: &PageCx, item: &FalloutItem, tried: &Tried) -> Markup {
    let t = Fallout::of(cx.locale);
    let possible = |repair: &Repair| item.repairs.contains(&repair.name()) && cx.may(repair.permission());
    let list: Vec<Repair> = Repair::ALL.into_iter().filter(possible).collect();
    if item.repairs.is_empty() {
        return html! { p.muted { (t.none) } };
    }
    let fields = html! {
        (reason_field(cx, tried, "reason"))
        @for repair in list {
            @let (button, hint, sure) = repair.words(t);
            div.note {
                p.sm { (hint) }
                button.btn.small.sec[repair != Repair::Retry].danger[sure.is_some() && repair != Repair::ForceComplete]
                    name="repair" value=(repair.name()) data-command=(button) { (button) }
            }
        }
        @if !cx.may(Permission::RefundOrder) { p.muted.sm { (t.refund_needs) } }
    };
    form::form(cx, "repair", &format!("{PATH}/{}", item.flow.id), None, fields)
}

async fn repair(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: FlowId = frame::id(&id)?;
    let repair = Repair::of(form.get("repair")).ok_or(EdgeError::BadQuery { fields: Vec::new() })?;
    staff.staff(repair.permission())?;
    let result = match frame::reason(&form, "reason") {
        Err(refused) => Err(refused),
        Ok(why) => {
            let t = Fallout::of(staff.locale);
            if let Some(title) = repair.words(t).2.filter(|_| form.get("sure") != "yes") {
                return sure(&app, &staff, id, repair, title, why).await;
            }
            Box::pin(act(&app, &staff, id, repair, why)).await
        }
    };
    let target = result.map(|()| format!("{PATH}?done={}", repair.name()));
    frame::answer(target, &form, "reason", |tried| show(&app, &staff, id, tried, None)).await
}

async fn act(app: &App, staff: &Staff, id: FlowId, repair: Repair, why: &str) -> Result<(), Refused> {
    let (cx, services, actor) = (&app.cx, &*app.fulfilment, &staff.actor);
    let none: Map<String, Value> = Map::new();
    match repair {
        Repair::Retry => fallout::retry(cx, services, actor, id, why).await?,
        Repair::Skip => fallout::skip(cx, services, actor, id, why).await?,
        Repair::ForceComplete => fallout::force_complete(cx, services, actor, id, &none, why).await?,
        Repair::Fail => fallout::fail(cx, services, actor, id, why).await?,
        Repair::Refund => fallout::refund(cx, services, actor, id, why).await?,
    };
    Ok(())
}

async fn sure(
    app: &App,
    staff: &Staff,
    id: FlowId,
    repair: Repair,
    title: &str,
    why: &str,
) -> Result<Response, Refused> {
    let frame = Frame::load(app, staff).await?;
    let item = fallout::get(&app.cx, &app.fulfilment, &staff.actor, id).await?;
    let t = Fallout::of(frame.cx.locale);
    let (button, hint, _) = repair.words(t);
    let sure = Sure {
        nav: ConsoleNav::Fallout,
        title,
        consequences: vec![
            item.line.title.get(frame.cx.locale).to_owned(),
            t.sure_money(&item.line.total.to_string()),
            hint.to_owned(),
        ],
        action: &format!("{PATH}/{id}"),
        fields: vec![("repair", repair.name()), ("reason", why)],
        button,
        back: &format!("{PATH}/{id}"),
    };
    Ok(frame.sure(&sure).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{each_language, fallout_item};

    #[test]
    fn o5_the_desk_offers_every_way_out_with_what_it_leads_to() {
        each_language(|cx| {
            let page = detail(cx, &People::default(), &fallout_item(), &[], &Tried::default()).into_string();
            for repair in Repair::ALL {
                assert!(page.contains(&format!(r#"value="{}""#, repair.name())), "{repair:?}");
                assert!(page.contains(repair.words(Fallout::of(cx.locale)).1));
            }
            assert!(page.contains(r#"name="reason""#));
            page
        });
    }

    #[test]
    fn a_role_without_refunds_is_told_who_may() {
        each_language(|cx| {
            let mut cx = cx.clone();
            cx.permissions.retain(|permission| *permission != Permission::RefundOrder);
            let page = repairs(&cx, &fallout_item(), &Tried::default()).into_string();
            assert!(!page.contains(r#"value="refund""#));
            assert!(page.contains(Fallout::of(cx.locale).refund_needs));
            page
        });
    }

    #[test]
    fn only_what_cannot_be_repeated_is_asked_about_once_more() {
        let t = Fallout::of(kernel::Locale::Zh);
        let asked: Vec<&str> =
            Repair::ALL.into_iter().filter(|r| r.words(t).2.is_some()).map(Repair::name).collect();
        assert_eq!(asked, ["force_complete", "fail", "refund"]);
    }
}
