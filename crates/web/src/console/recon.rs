//! Reconciliation at a glance: what waits, the days of each gateway, and whether what gateways owe us is what the ledger says.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{Kind as Refusal, Permission};
use maud::{Markup, html};
use reconciliation::bill::{self, BillDay, DayState};
use reconciliation::difference::{Difference, Remedy, State as Stands};
use reconciliation::overview::{self, GatewayBalance, QueueFigures};
use reconciliation::{Day, Reconciliation, Terms};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, Tried};
use super::words;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused};
use crate::i18n::Recon;
use crate::ui::console::ConsoleNav;
use crate::ui::stat::{self, Stat};
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, banner, card, money, status, time};

pub(super) const PATH: &str = "/console/recon";
pub(super) const NAV: ConsoleNav = ConsoleNav::Reconciliation;
/// Days shown: a month and the days around it.
const DAYS: i64 = 35;

pub(crate) fn routes() -> Routes {
    Routes::new().get(PATH, Permission::ReadLedger, page).post(
        "/console/recon/days/{gateway}/{day}/fetch",
        Permission::Reconcile,
        fetch,
    )
}

/// What the operations need, from the parts of this process.
pub(super) fn service(app: &App) -> Reconciliation {
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
    let t = Recon::of(frame.cx.locale);
    let body = html! {
        @if wish.done.is_some() { (banner::banner(Kind::Ok, t.changed, html! {})) }
        (tiles(&frame.cx, &figures, &days, &balances))
        (card::card("balances", t.balances, None, balance_table(&frame.cx, &balances)))
        (card::card("days", t.days, None, day_table(&frame.cx, &days)))
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
