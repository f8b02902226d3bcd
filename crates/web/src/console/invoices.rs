//! Invoices: what was asked for, by state; issuing, refusing, and taking back with a red letter.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use documents::invoice::{Invoice, InvoiceId, InvoiceState, find, issue, list, refuse, reverse};
use kernel::{Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Sure, Tried, next_href};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::InvoiceDesk;
use crate::portal::invoices::{papers, state_tag};
use crate::ui::console::ConsoleNav;
use crate::ui::form;
use crate::ui::summary::{self, Answer};
use crate::ui::table::{self, Column, Row, View};
use crate::ui::{Kind, PageCx, banner, card, empty, link, money, time};

const PATH: &str = "/console/invoices";
const LIST: &str = "console.invoices";
const NAV: ConsoleNav = ConsoleNav::Invoices;
const NEEDS: Permission = Permission::IssueInvoices;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, NEEDS, page)
        .get("/console/invoices/{id}", NEEDS, one)
        .post("/console/invoices/{id}/issue", NEEDS, yes)
        .post("/console/invoices/{id}/refuse", NEEDS, no)
        .post("/console/invoices/{id}/reverse", NEEDS, back)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    state: Option<String>,
    after: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Response, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let t = InvoiceDesk::of(frame.cx.locale);
    let state = wish.state.as_deref().and_then(InvoiceState::from_name).unwrap_or(InvoiceState::Requested);
    let request = seal::page(&app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = list(&app.cx, &staff.actor, state, &request).await?;
    let people = People::load(&app, &staff, items.iter().map(|it| it.customer)).await?;
    let base = format!("{PATH}?state={}", state.name());
    let next = next_href(&app, LIST, PATH, &[("state", state.name())], next);
    let view = |each: &InvoiceState| View {
        label: each.words(frame.cx.locale),
        href: format!("{PATH}?state={}", each.name()),
        count: None,
        current: *each == state,
    };
    let views: Vec<View<'_>> = InvoiceState::ALL.iter().map(view).collect();
    let body = html! {
        (table::views(&frame.cx, &views))
        (rows(&frame.cx, &people, &items))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| base.as_str()), next.as_deref()))
    };
    Ok(frame.page(t.title, NAV, html! {}, body).into_response())
}

fn rows(cx: &PageCx, people: &People, items: &[Invoice]) -> Markup {
    let t = InvoiceDesk::of(cx.locale);
    if items.is_empty() {
        return empty::empty(t.empty, None);
    }
    let row = |it: &Invoice| {
        let target = format!("{PATH}/{}", it.id);
        Row::new(vec![
            html! { a.num href=(target) { (it.id) } },
            people.customer(it.customer),
            html! { (it.title.name) },
            money::money(it.amount),
            state_tag(cx, it.state),
            time::stamp(cx, it.asked_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.number),
        Column::new(t.customer),
        Column::new(t.buyer),
        Column::number(t.amount),
        Column::new(t.state),
        Column::new(t.asked_at),
    ];
    frame::table(cx, t.title, columns, items.iter().map(row).collect())
}

/// What an act led to, after the redirect.
#[derive(Debug, Clone, Default, Deserialize)]
struct Done {
    done: Option<String>,
}

fn done(cx: &PageCx, code: Option<&str>) -> Markup {
    let t = InvoiceDesk::of(cx.locale);
    let text = match code.unwrap_or_default() {
        "issued" => t.ok_issued,
        "refused" => t.ok_refused,
        "reversed" => t.ok_reversed,
        _ => return html! {},
    };
    banner::banner(Kind::Ok, text, html! {})
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Done>,
) -> Result<Markup, Refused> {
    show(&app, &staff, frame::id(&id)?, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: InvoiceId,
    tried: Tried,
    code: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let found = find(&app.cx, &staff.actor, id).await?;
    let people = People::load(app, staff, std::iter::once(found.customer)).await?;
    let title = format!("{} {id}", InvoiceDesk::of(frame.cx.locale).one);
    let body = html! {
        (done(&frame.cx, code))
        p { (link(PATH, InvoiceDesk::of(frame.cx.locale).title)) }
        (detail(&frame.cx, &people, &found, &tried))
    };
    Ok(frame.form_page(&title, NAV, &tried, body))
}

fn detail(cx: &PageCx, people: &People, it: &Invoice, tried: &Tried) -> Markup {
    let t = InvoiceDesk::of(cx.locale);
    html! {
        div.two {
            (card::card("facts", t.facts, None, facts(cx, people, it)))
            (card::card("decide", t.decide, None, acts(cx, it, tried)))
        }
    }
}

fn facts(cx: &PageCx, people: &People, it: &Invoice) -> Markup {
    let t = InvoiceDesk::of(cx.locale);
    let row = |label, value| Answer { label, value, change: None };
    let order =
        html! { a.num href={ "/console/orders/" (it.order) } { (kernel::order_number(it.order.raw())) } };
    let mut rows = vec![
        row(t.customer, people.customer(it.customer)),
        row(t.order, order),
        row(t.buyer, html! { (it.title.name) }),
    ];
    if let Some(number) = &it.title.tax_number {
        rows.push(row(t.tax_number, html! { span.num { (number) } }));
    }
    rows.push(row(t.amount, money::money(it.amount)));
    rows.push(row(t.state, state_tag(cx, it.state)));
    rows.push(row(t.asked_at, time::full(cx, it.asked_at)));
    if let Some(at) = it.decided_at {
        rows.push(row(t.decided_at, time::full(cx, at)));
    }
    if let Some(reason) = &it.reason {
        rows.push(row(t.because, html! { (reason) }));
    }
    // The documents themselves are for those who may read the books.
    if it.paper.is_some() && cx.may(Permission::ReadLedger) {
        rows.push(row(t.paper, papers(cx, it)));
    }
    summary::summary_list(cx, &rows)
}

fn acts(cx: &PageCx, it: &Invoice, tried: &Tried) -> Markup {
    let t = InvoiceDesk::of(cx.locale);
    let action = |verb: &str| format!("{PATH}/{}/{verb}", it.id);
    match it.state {
        InvoiceState::Requested => html! {
            (form::form(cx, "issue", &action("issue"), None, html! {
                (tried.field("tax_platform_number", t.platform).optional().hint(t.platform_hint).text(cx, 24))
                button.btn.main { (t.btn_issue) }
            }))
            (frame::fold(t.refuse, tried, "reason", form::form(cx, "refuse", &action("refuse"), None, html! {
                (frame::reason_field(cx, tried, "reason"))
                button.btn.danger.sec { (t.btn_refuse) }
            })))
        },
        InvoiceState::Issued => frame::fold(
            t.reverse,
            tried,
            "reason",
            form::form(
                cx,
                "reverse",
                &action("reverse"),
                None,
                html! {
                    (frame::reason_field(cx, tried, "reason"))
                    button.btn.danger.sec { (t.btn_reverse) }
                },
            ),
        ),
        InvoiceState::Refused | InvoiceState::Reversed => html! { p.muted { (t.nothing) } },
    }
}

async fn yes(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: InvoiceId = frame::id(&id)?;
    let number = form.get("tax_platform_number");
    let result = issue(&app.cx, &app.press, &staff.actor, id, number).await.map_err(Refused::from);
    let target = result.map(|it| format!("{PATH}/{}?done=issued", it.id));
    frame::answer(target, &form, "reason", |tried| show(&app, &staff, id, tried, None)).await
}

async fn no(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: InvoiceId = frame::id(&id)?;
    let result = refuse(&app.cx, &staff.actor, id, form.get("reason")).await.map_err(Refused::from);
    let target = result.map(|it| format!("{PATH}/{}?done=refused", it.id));
    frame::answer(target, &form, "reason", |tried| show(&app, &staff, id, tried, None)).await
}

async fn back(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: InvoiceId = frame::id(&id)?;
    let result = match frame::reason(&form, "reason") {
        Ok(why) if form.get("sure") == "yes" => {
            reverse(&app.cx, &app.press, &staff.actor, id, why).await.map_err(Refused::from)
        }
        Ok(why) => return sure(&app, &staff, id, why).await,
        Err(refused) => Err(refused),
    };
    let target = result.map(|it| format!("{PATH}/{}?done=reversed", it.id));
    frame::answer(target, &form, "reason", |tried| show(&app, &staff, id, tried, None)).await
}

/// A red letter cannot be taken back itself.
async fn sure(app: &App, staff: &Staff, id: InvoiceId, why: &str) -> Result<Response, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let found = find(&app.cx, &staff.actor, id).await?;
    let t = InvoiceDesk::of(frame.cx.locale);
    let sure = Sure {
        nav: NAV,
        title: t.reverse_sure,
        consequences: vec![format!("{} · {}", found.title.name, found.amount), t.reverse_effect.to_owned()],
        action: &format!("{PATH}/{id}/reverse"),
        fields: vec![("reason", why)],
        button: t.btn_reverse,
        back: &format!("{PATH}/{id}"),
    };
    Ok(frame.sure(&sure).into_response())
}
