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
use super::frame::{self, Frame, People, Tried};
use super::recon::{self, NAV, month_state};
use super::words;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused};
use crate::i18n::Recon;
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, banner, card, form, link, money, time};

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
    let signers = frame::accounts(report.signatures.iter().map(|one| one.signed_by.as_str()));
    let named = signers.into_iter().chain(view.proposed_by).chain(view.closed_by);
    let people = People::load(app, staff, named).await?;
    let t = Recon::of(frame.cx.locale);
    let body = html! {
        @if done.is_some() { (banner::banner(Kind::Ok, t.changed, html! {})) }
        p.noprint { (link(recon::PATH, t.title)) }
        (card::card("close", t.month, None, closing(&frame, &people, &view, ready, &tried)))
        article.sheet { (sheet(&frame.cx, &people, &report, &hash)) }
    };
    Ok(frame.form_page(&format!("{} {wanted}", words::gateway(gateway, frame.cx.locale)), NAV, &tried, body))
}

fn closing(frame: &Frame, people: &People, view: &MonthView, ready: Readiness, tried: &Tried) -> Markup {
    let (cx, t) = (&frame.cx, Recon::of(frame.cx.locale));
    let base = address(&view.gateway, view.month);
    let state = month_state(cx, view.state);
    let first =
        if view.state == MonthState::Proposed { ("close", t.btn_close) } else { ("propose", t.btn_propose) };
    let (action, button) = if view.state == MonthState::Closed { ("csv", t.btn_csv) } else { first };
    // Two people close a month: whoever proposed it can only take that back.
    let own =
        view.state == MonthState::Proposed && view.proposed_by.is_some() && view.proposed_by == frame.me;
    html! {
        p { (state) @if let Some(at) = view.closed_at { " " (time::stamp(cx, at)) } @if let Some(why) = &view.reopened_why { " · " (reopened(t, why)) } }
        @if let Some(who) = view.proposed_by { p.muted { (t.proposed_by) " " (people.name(who)) } }
        @if let Some(who) = view.closed_by { p.muted { (t.closed_by) " " (people.name(who)) } }
        p { (t.ready_days) " " b.num { (ready.days) } " · " (t.ready_items) " " b.num { (ready.items) } }
        @if own { p.muted { (t.own) } }
        (form::form(cx, "month-form", &format!("{base}/{action}"), None, html! {
            (frame::reason_field(cx, tried, "reason"))
            div.acts {
                @if action == "csv" || (cx.may(Permission::Reconcile) && !own) { button.btn { (button) } }
                @if view.state == MonthState::Proposed && cx.may(Permission::Reconcile) {
                    button.btn.sec formaction={ (base) "/withdraw" } { (t.btn_withdraw) }
                }
                @if action != "csv" { button.btn.sec data-file formaction={ (base) "/csv" } { (t.btn_csv) } }
            }
        }))
    }
}

/// Why a closed month is open again, by its code.
fn reopened<'a>(t: &'a Recon, code: &'a str) -> &'a str {
    match code {
        "bill_changed" => t.why_bill,
        "late_difference" => t.why_late,
        "difference_changed" => t.why_changed,
        other => other,
    }
}

fn sheet(cx: &PageCx, people: &People, report: &Report, hash: &str) -> Markup {
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
            people.actor(&one.signed_by, cx.locale),
            time::stamp(cx, one.signed_at),
            money::signed(one.effect),
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
    // The first names what is counted; the words of a reason may have a second, the rest are figures.
    let columns = |words: &[&'static str], figures: &[&'static str]| -> Vec<Column<'static>> {
        let words = words.iter().map(|name| Column::new(name));
        words.chain(figures.iter().map(|name| Column::number(name))).collect()
    };
    let part = |title: &'static str, columns: Vec<Column<'_>>, rows: Vec<Row<'_>>| {
        html! {
            h3 { (title) }
            @if rows.is_empty() { p.muted { (t.nothing) } } @else { (frame::table(cx, title, columns, rows)) }
        }
    };
    let signed_columns = [t.reason, t.signed_by, t.at].map(Column::new);
    html! {
        h2 { (t.report) " " (words::gateway(&report.gateway, cx.locale)) " " (report.month) }
        p.muted.sm { (t.hash) " " code { (hash) } }
        (part(t.bills, columns(&[t.kind], &[t.count, t.sum, t.fee]), sums.collect()))
        @if !report.fees_booked.is_empty() {
            p { (t.fees_booked) @for fee in &report.fees_booked { " " (money::money(*fee)) } }
        }
        (part(t.queue, columns(&[t.reason, t.outcome], &[t.count, t.amount]), differences.collect()))
        (part(t.signatures, signed_columns.into_iter().chain([Column::number(t.amount)]).collect(), signatures.collect()))
        (part(t.days, columns(&[t.day], &[t.versions, t.lines, t.lines_matched, t.broken]), days.collect()))
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

#[cfg(test)]
mod tests {
    use kernel::AccountId;

    use super::*;
    use crate::console::tests::each_frame;

    #[test]
    fn w1_whoever_proposed_to_close_a_month_can_take_that_back_and_not_close_it() {
        each_frame(|frame| {
            let page = |proposed_by| {
                let view = MonthView {
                    gateway: "wechat".to_owned(),
                    month: Month::parse("2026-10").unwrap(),
                    state: MonthState::Proposed,
                    proposed_by: Some(AccountId(proposed_by)),
                    proposed_at: None,
                    closed_by: None,
                    closed_at: None,
                    reopened_at: None,
                    reopened_why: Some("bill_changed".to_owned()),
                    hash: None,
                    version: 1,
                };
                let ready = Readiness::default();
                closing(frame, &People::default(), &view, ready, &Tried::default()).into_string()
            };
            let t = Recon::of(frame.cx.locale);
            // Whoever looks is account 99.
            let (mine, other) = (page(99), page(7));
            assert!(!mine.contains(t.btn_close) && mine.contains(t.btn_withdraw) && mine.contains(t.own));
            assert!(other.contains(t.btn_close) && !other.contains(t.own) && other.contains(t.why_bill));
            mine + &other
        });
    }
}
