//! One month of a gateway: what stands in the way of closing it, its report, and the two people who close it.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use connectors::BillKind;
use kernel::Permission;
use maud::{Markup, html};
use reconciliation::Month;
use reconciliation::month::{self, MonthState, MonthView, Readiness, Report};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, Tried};
use super::recon::NAV;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused};
use crate::i18n::Recon;
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, banner, card, form, money, status, time};

pub(crate) fn routes() -> Routes {
    let work = Permission::Reconcile;
    Routes::new()
        .get("/console/recon/months/{gateway}/{month}", Permission::ReadLedger, page)
        .post("/console/recon/months/{gateway}/{month}/propose", work, propose)
        .post("/console/recon/months/{gateway}/{month}/close", work, close)
        .post("/console/recon/months/{gateway}/{month}/withdraw", work, withdraw)
        .post("/console/recon/months/{gateway}/{month}/csv", Permission::ReadLedger, csv)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

type Place = (String, String);

fn parse(text: &str) -> Result<Month, Refused> {
    Month::parse(text).ok_or_else(|| EdgeError::NotFound.into())
}

fn address(gateway: &str, month: Month) -> String {
    format!("/console/recon/months/{}/{month}", crate::edge::form::encode(gateway))
}

async fn page(
    State(app): State<App>,
    staff: Staff,
    Path((gateway, month)): Path<Place>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, &gateway, parse(&month)?, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    gateway: &str,
    wanted: Month,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(address(gateway, wanted));
    let (view, ready) = month::get(&app.cx, &staff.actor, gateway, wanted).await?;
    let (report, hash) = month::report(&app.cx, &staff.actor, gateway, wanted).await?;
    let t = Recon::of(frame.cx.locale);
    let body = html! {
        @if done.is_some() { (banner::banner(Kind::Ok, t.changed, html! {})) }
        (card::card("close", t.month, None, closing(&frame.cx, &view, ready, &tried)))
        article.sheet { (sheet(&frame.cx, &report, &hash)) }
    };
    Ok(frame.form_page(&format!("{gateway} {wanted}"), NAV, &tried, body))
}

fn closing(cx: &PageCx, view: &MonthView, ready: Readiness, tried: &Tried) -> Markup {
    let t = Recon::of(cx.locale);
    let base = address(&view.gateway, view.month);
    let state = match view.state {
        MonthState::Open => status::tag(Kind::Info, t.m_open),
        MonthState::Proposed => status::tag(Kind::Warn, t.m_proposed),
        MonthState::Closed => status::tag(Kind::Ok, t.m_closed),
        MonthState::Reopened => status::tag(Kind::Bad, t.m_reopened),
    };
    let first =
        if view.state == MonthState::Proposed { ("close", t.btn_close) } else { ("propose", t.btn_propose) };
    let (action, button) = if view.state == MonthState::Closed { ("csv", t.btn_csv) } else { first };
    html! {
        p { (state) @if let Some(at) = view.closed_at { " " (time::stamp(cx, at)) } @if let Some(why) = &view.reopened_why { " " code { (why) } } }
        p { (t.ready_days) " " b.num { (ready.days) } " · " (t.ready_items) " " b.num { (ready.items) } }
        (form::form(cx, "month-form", &format!("{base}/{action}"), None, html! {
            (frame::reason_field(cx, tried, "reason"))
            div.acts {
                @if action == "csv" || cx.may(Permission::Reconcile) { button.btn { (button) } }
                @if view.state == MonthState::Proposed && cx.may(Permission::Reconcile) {
                    button.btn.sec formaction={ (base) "/withdraw" } { (t.btn_withdraw) }
                }
                @if action != "csv" { button.btn.sec formaction={ (base) "/csv" } { (t.btn_csv) } }
            }
        }))
    }
}

fn sheet(cx: &PageCx, report: &Report, hash: &str) -> Markup {
    let t = Recon::of(cx.locale);
    let kind = |kind| match kind {
        BillKind::Payment => t.k_payment,
        BillKind::Refund => t.k_refund,
        BillKind::DisputeLost => t.k_dispute_lost,
        BillKind::DisputeWon => t.k_dispute_won,
        BillKind::Payout => t.k_payout,
        BillKind::Fee => t.k_fee,
    };
    let number = |n: i64| html! { span.num { (n) } };
    let sums = report.sums.iter().map(|sum| {
        Row::new(vec![
            html! { (kind(sum.kind)) },
            number(sum.lines),
            money::money(sum.amount),
            money::money(sum.fee),
        ])
    });
    let differences = report.differences.iter().map(|one| {
        Row::new(vec![
            html! { (one.reason.words(cx.locale)) },
            html! { (outcome(cx, &one.outcome)) },
            number(one.count),
            money::signed(one.effect),
        ])
    });
    let signatures = report.signatures.iter().map(|one| {
        Row::new(vec![
            html! { a href={ "/console/recon/differences/" (one.difference) } { (one.reason.words(cx.locale)) } },
            money::signed(one.effect),
            html! { code { (one.signed_by) } },
            time::stamp(cx, one.signed_at),
        ])
    });
    let days = report.days.iter().map(|day| {
        Row::new(vec![
            html! { (day.day) },
            number(day.version),
            number(day.lines),
            number(day.matched),
            number(day.broken),
        ])
    });
    let columns = |names: &[&'static str]| names.iter().map(|name| Column::new(name)).collect::<Vec<_>>();
    html! {
        h2 { (t.report) " " (report.gateway) " " (report.month) }
        p.muted.sm { (t.hash) " " code { (hash) } }
        (frame::table(cx, t.bills, columns(&[t.kind, t.count, t.sum, t.fee]), sums.collect()))
        p { (t.fees_booked) @for fee in &report.fees_booked { " " (money::money(*fee)) } }
        (frame::table(cx, t.queue, columns(&[t.reason, t.outcome, t.count, t.amount]), differences.collect()))
        (frame::table(cx, t.signatures, columns(&[t.reason, t.amount, t.signed_by, t.at]), signatures.collect()))
        (frame::table(cx, t.days, columns(&[t.day, t.versions, t.line, t.lines_matched, t.broken_why]), days.collect()))
    }
}

fn outcome(cx: &PageCx, name: &str) -> &'static str {
    let resolution = reconciliation::difference::Resolution::from_name(name);
    resolution.map_or(Recon::of(cx.locale).open, |resolution| resolution.words(cx.locale))
}

async fn propose(
    State(app): State<App>,
    staff: Staff,
    Path(place): Path<Place>,
    form: PostForm,
) -> Result<Response, Refused> {
    let wanted = parse(&place.1)?;
    let result = month::propose(&app.cx, &staff.actor, &place.0, wanted, form.get("reason")).await;
    after(&app, &staff, &place.0, wanted, &form, result.map_err(Refused::from)).await
}

async fn close(
    State(app): State<App>,
    staff: Staff,
    Path(place): Path<Place>,
    form: PostForm,
) -> Result<Response, Refused> {
    let wanted = parse(&place.1)?;
    let result = month::close(&app.cx, &staff.actor, &place.0, wanted, form.get("reason")).await;
    after(&app, &staff, &place.0, wanted, &form, result.map(drop).map_err(Refused::from)).await
}

async fn withdraw(
    State(app): State<App>,
    staff: Staff,
    Path(place): Path<Place>,
    form: PostForm,
) -> Result<Response, Refused> {
    let wanted = parse(&place.1)?;
    let result = month::withdraw(&app.cx, &staff.actor, &place.0, wanted, form.get("reason")).await;
    after(&app, &staff, &place.0, wanted, &form, result.map_err(Refused::from)).await
}

async fn after(
    app: &App,
    staff: &Staff,
    gateway: &str,
    wanted: Month,
    form: &PostForm,
    result: Result<(), Refused>,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{}?done=yes", address(gateway, wanted)));
    frame::answer(target, form, "reason", |tried| show(app, staff, gateway, wanted, tried, None)).await
}

async fn csv(
    State(app): State<App>,
    staff: Staff,
    Path(place): Path<Place>,
    form: PostForm,
) -> Result<Response, Refused> {
    let wanted = parse(&place.1)?;
    match month::csv(&app.cx, &staff.actor, &place.0, wanted, form.get("reason")).await {
        Ok(table) => {
            let name = format!("attachment; filename=\"reconciliation-{wanted}.csv\"");
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ];
            Ok((headers, table).into_response())
        }
        Err(refused) => after(&app, &staff, &place.0, wanted, &form, Err(refused.into())).await,
    }
}
