//! How the system is doing: database, outbox, schedules against their period, jobs, and the proofs of books and audit on demand.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use durable::{DeadJob, JobCounts, ScheduleState};
use kernel::{Duration, Permission, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame};
use super::{acts, audit as audit_page};
use crate::app::App;
use crate::edge::{PostForm, Refused, form as posted};
use crate::i18n::Health;
use crate::ui::console::ConsoleNav;
use crate::ui::stat::{self, Stat};
use crate::ui::table::{Column, Row};
use crate::ui::{self, Kind, PageCx, banner, card, empty, status, time};

const PATH: &str = "/console/health";
const NAV: ConsoleNav = ConsoleNav::Health;
/// A fact that waits longer has nobody who hands it on.
const OUTBOX_LATE: Duration = Duration::from_mins(2);
/// A schedule may miss one round before it is behind.
const ROUNDS: i64 = 3;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Permission::ReadHealth, page)
        .post("/console/health/jobs/{id}/retry", Permission::WorkOrders, retry)
        .post("/console/health/ledger", Permission::ReadHealth, verify_ledger)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

/// What the page shows.
#[derive(Debug)]
struct Facts {
    embedded: bool,
    outbox: Duration,
    jobs: JobCounts,
    dead: Vec<DeadJob>,
    schedules: Vec<ScheduleState>,
    late: i64,
    desk: usize,
    version: &'static str,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let cx = &app.cx;
    let facts = Facts {
        embedded: cx.db.file().is_some(),
        outbox: durable::outbox_age(cx).await.map_err(frame::db)?,
        jobs: durable::job_counts(cx).await.map_err(frame::db)?,
        dead: durable::dead_jobs(cx).await.map_err(frame::db)?,
        schedules: durable::schedules(cx).await.map_err(frame::db)?,
        late: fulfilment::level::counts(cx).await?.late_orders,
        desk: app.desk.waiting(),
        version: app.settings.version,
    };
    let t = Health::of(frame.cx.locale);
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        @if wish.done.as_deref() == Some("gone") { (banner::banner(Kind::Warn, t.gone, html! {})) }
        (view(&frame.cx, &facts))
    };
    Ok(frame.page(t.title, NAV, html! {}, body))
}

fn view(cx: &PageCx, facts: &Facts) -> Markup {
    let t = Health::of(cx.locale);
    html! {
        (tiles(cx, facts))
        (card::card("schedules", t.schedules, None, schedules(cx, &facts.schedules)))
        (card::card("dead", t.dead, None, dead(cx, &facts.dead)))
        (card::card("proofs", t.proofs, None, html! {
            p.muted.sm { (t.proofs_note) }
            div.acts {
                (ui::post_button(cx, "/console/health/ledger", t.btn_ledger, "sec", &[]))
                @if cx.may(Permission::ReadAudit) { (audit_page::verify_button(cx)) }
            }
        }))
    }
}

fn tiles(cx: &PageCx, facts: &Facts) -> Markup {
    let t = Health::of(cx.locale);
    let mood = |bad: bool| Some(if bad { Kind::Bad } else { Kind::Ok });
    let engine = if facts.embedded { t.embedded } else { t.server };
    let tile = |label, value: String, note, kind| Stat { label, value, note, href: None, kind };
    let waiting = facts.jobs.total.saturating_sub(facts.jobs.dead).max(0);
    stat::tiles(&[
        tile(t.database, engine.to_owned(), t.database_ok, mood(false)),
        tile(
            t.outbox,
            time::length(cx.locale, facts.outbox),
            t.outbox_note,
            mood(facts.outbox > OUTBOX_LATE),
        ),
        tile(t.jobs, waiting.to_string(), t.jobs_note, None),
        tile(t.dead, facts.jobs.dead.to_string(), t.dead_note, mood(facts.jobs.dead > 0)),
        Stat {
            href: Some("/console/late"),
            ..tile(t.late, facts.late.to_string(), t.late_note, mood(facts.late > 0))
        },
        tile(t.desk, facts.desk.to_string(), t.desk_note, None),
        tile(t.version, facts.version.to_owned(), t.version_note, None),
    ])
}

/// The time between two rounds, from the round that was begun last.
fn period(schedule: &ScheduleState) -> Option<Duration> {
    schedule.started_at.map(|begun| schedule.next_at.since(begun))
}

/// Whether a schedule has not succeeded for longer than its period allows.
fn is_behind(schedule: &ScheduleState, now: Timestamp) -> bool {
    match (schedule.succeeded_at, period(schedule)) {
        (Some(at), Some(period)) => now.since(at).0 > period.0.saturating_mul(ROUNDS),
        (None, Some(period)) => now.since(schedule.next_at).0 > period.0,
        (_, None) => false,
    }
}

fn schedules(cx: &PageCx, list: &[ScheduleState]) -> Markup {
    let t = Health::of(cx.locale);
    let row = |schedule: &ScheduleState| {
        let state = if is_behind(schedule, cx.now) {
            status::word(Kind::Bad, t.behind)
        } else if schedule.succeeded_at.is_none() {
            status::word(Kind::Plain, t.never)
        } else {
            status::word(Kind::Ok, t.on_time)
        };
        Row::new(vec![
            html! { code { (schedule.name) } },
            state,
            html! { @match period(schedule) { Some(period) => { (time::length(cx.locale, period)) } None => { "—" } } },
            html! { @match schedule.succeeded_at { Some(at) => { (time::ago(cx, at)) } None => { "—" } } },
            time::stamp(cx, schedule.next_at),
        ])
    };
    let columns = vec![
        Column::new(t.schedule),
        Column::new(t.state),
        Column::new(t.period),
        Column::new(t.succeeded),
        Column::new(t.next),
    ];
    let rows = list.iter().map(row).collect();
    frame::table(cx, t.schedules, columns, rows)
}

fn dead(cx: &PageCx, list: &[DeadJob]) -> Markup {
    let t = Health::of(cx.locale);
    if list.is_empty() {
        return empty::empty(t.dead_empty, None);
    }
    let row = |job: &DeadJob| {
        let retry = format!("/console/health/jobs/{}/retry", job.id);
        Row::new(vec![
            html! { code { (job.kind) } " " span.num.muted { (job.id) } },
            html! { span.num { (job.attempts) } },
            html! { (job.last_error.as_deref().unwrap_or("—")) },
            time::stamp(cx, job.created_at),
            html! {
                @if cx.may(Permission::WorkOrders) { (ui::post_button(cx, &retry, t.btn_retry, "sec small", &[])) }
            },
        ])
    };
    let columns = vec![
        Column::new(t.job),
        Column::number(t.attempts),
        Column::new(t.error),
        Column::new(t.created),
        Column::new(t.btn_retry),
    ];
    let rows = list.iter().map(row).collect();
    frame::table(cx, t.dead, columns, rows)
}

async fn retry(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    _form: PostForm,
) -> Result<Response, Refused> {
    let revived = acts::revive_job(&app, &staff, frame::id(&id)?).await?;
    let done = if revived { "revived" } else { "gone" };
    Ok(posted::see_other(&format!("{PATH}?done={done}")))
}

async fn verify_ledger(State(app): State<App>, staff: Staff, _form: PostForm) -> Result<Response, Refused> {
    let report = Box::pin(ledger::verify(&app.cx)).await?;
    let frame = Frame::load(&app, &staff).await?.at(PATH);
    let t = Health::of(frame.cx.locale);
    let body = html! { (verdict(&frame.cx, &report)) (ui::button_link(PATH, t.title, "sec")) };
    Ok(frame::shown_once(frame.page(t.btn_ledger, NAV, html! {}, body)))
}

fn verdict(cx: &PageCx, report: &ledger::Report) -> Markup {
    let t = Health::of(cx.locale);
    let counted = html! { p { (t.ledger_checked(report.accounts, report.transfers, report.holds)) } };
    if report.is_sound() {
        return banner::banner(Kind::Ok, t.ledger_sound, counted);
    }
    banner::banner(
        Kind::Bad,
        t.ledger_broken,
        html! {
            (counted)
            ul { @for fault in &report.faults { li lang="en" { (fault.to_string()) } } }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{NOW, each_language};

    fn schedule(begun_secs: i64, succeeded: Option<i64>) -> ScheduleState {
        let before = |secs| NOW.minus(Duration::from_secs(secs));
        ScheduleState {
            name: "fulfilment.watch".to_owned(),
            next_at: before(begun_secs).plus(Duration::from_secs(15)),
            started_at: Some(before(begun_secs)),
            succeeded_at: succeeded.map(before),
        }
    }

    #[test]
    fn a_schedule_is_behind_when_it_missed_its_rounds() {
        for (begun, succeeded, behind) in [
            (5, Some(5), false),
            (5, Some(40), false),
            (5, Some(46), true),
            (5, None, false),
            (60, None, true),
        ] {
            assert_eq!(is_behind(&schedule(begun, succeeded), NOW), behind, "{begun} {succeeded:?}");
        }
    }

    #[test]
    fn the_page_shows_schedules_jobs_and_proofs() {
        each_language(|cx| {
            let job = DeadJob {
                id: 7,
                kind: "flow.step".to_owned(),
                attempts: 9,
                last_error: None,
                created_at: NOW,
            };
            let facts = Facts {
                embedded: true,
                outbox: Duration::from_mins(5),
                jobs: JobCounts { total: 3, dead: 1, oldest_due: None },
                dead: vec![job],
                schedules: vec![schedule(5, Some(100))],
                late: 0,
                desk: 0,
                version: "0.1.0",
            };
            let page = view(cx, &facts).into_string();
            assert!(
                page.contains("/console/health/jobs/7/retry") && page.contains(Health::of(cx.locale).behind)
            );
            let fault =
                ledger::Fault { table: "hold", id: 1, name: "hld_1".to_owned(), what: "differs".to_owned() };
            let report = ledger::Report { faults: vec![fault], ..ledger::Report::default() };
            assert!(verdict(cx, &report).into_string().contains(r#"role="alert""#));
            page
        });
    }
}
