//! Reconciliation at a glance: what waits, the days of each gateway, and whether what gateways owe us is what the ledger says.

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::handler::Handler as _;
use axum::response::{IntoResponse, Response};
use kernel::{Kind as Refusal, Permission};
use maud::{Markup, html};
use reconciliation::bill::{self, BillDay, DayState};
use reconciliation::difference::{Difference, Remedy, State as Stands};
use reconciliation::month::MonthState;
use reconciliation::overview::{self, GatewayBalance, MonthRow, QueueFigures, ReasonAges};
use reconciliation::{Day, Reconciliation, Terms};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, Tried};
use super::words;
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{MultipartForm, PostForm, Refused};
use crate::i18n::Recon;
use crate::ui::console::ConsoleNav;
use crate::ui::stat::{self, Stat};
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, banner, card, form, money, status, time};

pub(super) const PATH: &str = "/console/recon";
pub(super) const NAV: ConsoleNav = ConsoleNav::Reconciliation;
/// Where the bank's statement is handed in as a file.
const STATEMENT: &str = "/console/recon/statement";
/// The gateway that it is of.
const BANK: &str = "bank_transfer";
/// The file and what stands around it.
const FORM_BYTES: usize = bill::MOST_FILE_BYTES + 64 * 1024;
/// Days shown: a month and the days around it.
const DAYS: i64 = 35;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Permission::ReadLedger, page)
        .post("/console/recon/days/{gateway}/{day}/fetch", Permission::Reconcile, fetch)
        .post(STATEMENT, Permission::Reconcile, hand_in.layer(DefaultBodyLimit::max(FORM_BYTES)))
}

/// What the operations need, from the parts of this process.
pub(crate) fn service(app: &App) -> Reconciliation {
    Reconciliation { payments: std::sync::Arc::clone(&app.payments), terms: Terms::default() }
}

/// A day in an address.
pub(super) fn day(text: &str) -> Result<Day, Refused> {
    Day::parse(text).ok_or_else(|| EdgeError::NotFound.into())
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let today = Day::of(app.cx.now());
    let from = Day(today.0.saturating_sub(DAYS));
    let mut days = bill::days(&app.cx, &staff.actor, from, today).await?;
    days.reverse();
    let figures = overview::queue(&app.cx, &staff.actor).await?;
    let balances = overview::balances(&app.cx, &staff.actor).await?;
    let ages = overview::ages(&app.cx, &staff.actor).await?;
    let months = overview::months(&app.cx, &staff.actor).await?;
    let t = Recon::of(frame.cx.locale);
    let body = html! {
        @if wish.done.is_some() { (banner::banner(Kind::Ok, t.changed, html! {})) }
        (tiles(&frame.cx, &figures, &days, &balances))
        (card::card("ages", t.ages, None, age_table(&frame.cx, &ages)))
        (card::card("months", t.months, None, month_table(&frame.cx, &months)))
        (card::card("balances", t.balances, None, balance_table(&frame.cx, &balances)))
        (card::card("days", t.days, None, day_table(&frame.cx, &days)))
        @if frame.cx.may(Permission::Reconcile) && app.payments.gateways.get(BANK).is_some() {
            (card::card("statement", t.statement, None, statement_form(&frame.cx, &tried)))
        }
    };
    Ok(frame.form_page(t.title, NAV, &tried, body))
}

/// What was done, by its code; a code without words stands as it is.
pub(super) fn act_word<'a>(cx: &PageCx, code: &'a str) -> &'a str {
    let t = Recon::of(cx.locale);
    match code {
        "assign" => t.btn_take,
        "release" => t.btn_release,
        "note" => t.act_note,
        "propose_write_off" => Remedy::WriteOff.words(cx.locale),
        "approve_write_off" => t.act_approve,
        "refuse_write_off" => t.act_refuse,
        "timing_came" => t.act_came,
        "timing_over" => t.act_over,
        other => Remedy::from_name(other).map_or(other, |remedy| remedy.words(cx.locale)),
    }
}

/// How a difference stands.
pub(super) fn standing(cx: &PageCx, d: &Difference) -> Markup {
    let t = Recon::of(cx.locale);
    match d.state {
        Stands::Open if d.proposed_by.is_some() => status::tag(Kind::Warn, t.proposed),
        Stands::Open => status::tag(Kind::Warn, t.open),
        Stands::Timing => status::tag(Kind::Info, t.timing),
        Stands::Closed => status::tag(Kind::Ok, d.resolution.map_or(t.closed, |r| r.words(cx.locale))),
    }
}

fn tiles(cx: &PageCx, figures: &QueueFigures, days: &[BillDay], balances: &[GatewayBalance]) -> Markup {
    let t = Recon::of(cx.locale);
    let late = days.iter().filter(|d| !matches!(d.state, DayState::Matched | DayState::NotOffered)).count();
    let odd = balances.iter().filter(|b| !b.unexplained.is_zero()).count();
    let warn = |count: i64| Some(if count == 0 { Kind::Ok } else { Kind::Warn });
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let tile = |label, value: i64, note, href| Stat {
        label,
        value: value.to_string(),
        note,
        href,
        kind: warn(value),
    };
    stat::tiles(&[
        tile(t.open, figures.open, t.now, Some("/console/recon/differences?state=open")),
        tile(t.timing, figures.timing, t.now, Some("/console/recon/differences?state=timing")),
        tile(t.proposed, figures.proposed, t.now, Some("/console/recon/differences?waiting=yes")),
        Stat {
            label: t.oldest,
            value: figures.oldest.map_or_else(|| "—".to_owned(), |at| time::short(cx, at)),
            note: t.now,
            href: Some("/console/recon/differences"),
            kind: None,
        },
        tile(t.late_days, number(late), t.period, Some("#days")),
        tile(t.odd, number(odd), t.now, Some("#balances")),
    ])
}

/// What is not closed, by reason and by how long it has waited.
fn age_table(cx: &PageCx, ages: &[ReasonAges]) -> Markup {
    let t = Recon::of(cx.locale);
    let number = |count: i64| html! { span.num { (count) } };
    let row = |one: &ReasonAges| {
        let target = frame::href("/console/recon/differences", &[("reason", one.reason.name())]);
        Row::new(vec![
            html! { a href=(target) { (one.reason.words(cx.locale)) } },
            number(one.day),
            number(one.three_days),
            number(one.week),
            number(one.older),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.reason),
        Column::number(t.age_day),
        Column::number(t.age_three),
        Column::number(t.age_week),
        Column::number(t.age_older),
    ];
    frame::table(cx, t.ages, columns, ages.iter().map(row).collect())
}

pub(super) fn month_state(cx: &PageCx, state: MonthState) -> Markup {
    let t = Recon::of(cx.locale);
    match state {
        MonthState::Open => status::tag(Kind::Info, t.m_open),
        MonthState::Proposed => status::tag(Kind::Warn, t.m_proposed),
        MonthState::Closed => status::tag(Kind::Ok, t.m_closed),
        MonthState::Reopened => status::tag(Kind::Bad, t.m_reopened),
    }
}

fn month_table(cx: &PageCx, months: &[MonthRow]) -> Markup {
    let t = Recon::of(cx.locale);
    let row = |one: &MonthRow| {
        let target = format!("/console/recon/months/{}/{}", one.gateway, one.month);
        Row::new(vec![
            html! { a href=(target) { (one.month) } },
            html! { (words::gateway(&one.gateway, cx.locale)) },
            month_state(cx, one.state),
            html! { span.num { (one.matched) " / " (one.over) } },
            html! { span.num { (one.open) } },
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.month),
        Column::new(t.gateway),
        Column::new(t.state),
        Column::number(t.days_matched),
        Column::number(t.in_queue),
    ];
    frame::table(cx, t.months, columns, months.iter().map(row).collect())
}

fn balance_table(cx: &PageCx, balances: &[GatewayBalance]) -> Markup {
    let t = Recon::of(cx.locale);
    let row = |b: &GatewayBalance| {
        let kind = if b.unexplained.is_zero() { Kind::Ok } else { Kind::Bad };
        Row::new(vec![
            html! { (words::gateway(&b.gateway, cx.locale)) },
            html! { @match b.up_to { Some(day) => { span.num { (day) } } None => { "—" } } },
            money::money(b.ledger),
            money::money(b.bills),
            money::money(b.not_billed),
            money::money(b.cut_off),
            money::money(b.open),
            money::money(b.explained),
            status::word(kind, &b.unexplained.to_string()),
        ])
    };
    let columns = vec![
        Column::new(t.gateway),
        Column::new(t.up_to),
        Column::number(t.ledger),
        Column::number(t.bills),
        Column::number(t.not_billed),
        Column::number(t.pending),
        Column::number(t.in_queue),
        Column::number(t.explained),
        Column::number(t.unexplained),
    ];
    frame::table(cx, t.balances, columns, balances.iter().map(row).collect())
}

fn state(cx: &PageCx, day: &BillDay) -> Markup {
    let t = Recon::of(cx.locale);
    match day.state {
        DayState::Matched => status::tag(Kind::Ok, t.matched),
        DayState::Fetched => status::tag(Kind::Info, t.fetched_only),
        DayState::Waiting if day.alarmed_at.is_some() => status::tag(Kind::Bad, t.late),
        DayState::Waiting => status::tag(Kind::Warn, t.waiting),
        DayState::NotOffered => status::tag(Kind::Info, t.not_offered),
    }
}

fn day_table(cx: &PageCx, days: &[BillDay]) -> Markup {
    let t = Recon::of(cx.locale);
    let row = |d: &BillDay| {
        let date = d.day.to_string();
        let target = frame::href(
            "/console/recon/differences",
            &[("gateway", &d.gateway), ("from", &date), ("to", &date), ("state", "all")],
        );
        let month = format!("/console/recon/months/{}/{}", d.gateway, d.day.month());
        Row::new(vec![
            html! { a href=(target) { (date) } },
            html! { (words::gateway(&d.gateway, cx.locale)) },
            state(cx, d),
            html! { span.num { (d.matched) } },
            html! { span.num { (d.pending) } },
            html! { @match d.fetched_at { Some(at) => { (time::stamp(cx, at)) } None => { "—" } } },
            html! { a href=(month) { (d.day.month()) } },
            html! {
                @if cx.may(Permission::Reconcile) {
                    (crate::ui::post_button(cx, &format!("{PATH}/days/{}/{date}/fetch", d.gateway), t.btn_fetch, "text", &[]))
                }
            },
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.day),
        Column::new(t.gateway),
        Column::new(t.state),
        Column::number(t.lines_matched),
        Column::number(t.pending),
        Column::new(t.fetched),
        Column::new(t.month),
        Column::new(t.btn_fetch),
    ];
    frame::table(cx, t.days, columns, days.iter().map(row).collect())
}

async fn fetch(
    State(app): State<App>,
    staff: Staff,
    Path((gateway, date)): Path<(String, String)>,
    form: PostForm,
) -> Result<Response, Refused> {
    let result =
        bill::fetch(&service(&app), &staff.actor, &gateway, day(&date)?).await.map_err(Refused::from);
    let target = result.map(|_| format!("{PATH}?done=fetched"));
    if target.as_ref().is_err_and(|refused| refused.kind() == Refusal::Forbidden) {
        return target.map(|_| Response::default());
    }
    frame::answer(target, &form, "days", |tried| show(&app, &staff, &Wish { done: None }, tried)).await
}

/// The statement that the bank sent to people, not to us.
fn statement_form(cx: &PageCx, tried: &Tried) -> Markup {
    let t = Recon::of(cx.locale);
    let (id, error) = (form::id_of("file"), tried.error("file"));
    let described = if error.is_some() { format!("{id}-h {id}-e") } else { format!("{id}-h") };
    html! {
        p.muted { (t.statement_lead) }
        form.stack #statement-form method="post" action=(STATEMENT) enctype="multipart/form-data" data-once {
            // The token stands before the file: without it nothing that follows is read.
            (form::csrf(cx))
            (tried.field("day", t.day).hint(t.statement_day_hint).text(cx, 10))
            div.field.bad[error.is_some()] {
                label for=(id) { (t.statement_file) }
                p.hint id={ (id) "-h" } { (t.statement_file_hint) }
                @if let Some(error) = error { p.err id={ (id) "-e" } { (error) } }
                input.in #(id) type="file" name="file" required accept=".csv,text/csv"
                    aria-invalid=[error.map(|_| "true")] aria-describedby=(described);
            }
            (form::actions(cx, t.btn_statement, None))
        }
    }
}

async fn hand_in(State(app): State<App>, staff: Staff, mut form: MultipartForm) -> Result<Response, Refused> {
    let file = form.take("file");
    let typed = form.get("day").trim().to_owned();
    let result = match Day::parse(&typed) {
        None => Err(reconciliation::Error::BadDay),
        Some(_) if file.too_large => Err(reconciliation::Error::FileTooLarge { most: bill::MOST_FILE_BYTES }),
        Some(day) => bill::hand_in(&service(&app), &staff.actor, (BANK, day), &file.bytes).await,
    };
    let Err(error) = result else { return Ok(see_other(&format!("{PATH}?done=fetched"))) };
    let at = if matches!(error, reconciliation::Error::BadDay) { "day" } else { "file" };
    let refused = Refused::from(error);
    if !matches!(refused.kind(), Refusal::Invalid | Refusal::Conflict) {
        return Err(refused);
    }
    let tried = Tried::at(&refused, staff.locale, at, vec![("day".to_owned(), typed)]);
    let page = show(&app, &staff, &Wish::default(), tried).await?;
    Ok((refused.status(), page).into_response())
}
