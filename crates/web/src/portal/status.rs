//! How the parts of the service are doing, from what they say themselves. The page works while the database does not.

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::Duration;
use maud::{Markup, html};

use crate::app::App;
use crate::edge::Visitor;
use crate::i18n::StatusWords;
use crate::ui::{Kind, Nav, Page, PageCx, banner, card, shell, status, time};

/// Facts or jobs that wait longer than this are slow.
const SLOW: Duration = Duration::from_mins(2);
/// Late orders that are counted.
const COUNTED: u16 = 100;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/status", get(show))
}

async fn show(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let facts = look(&app).await;
    let cx = match Visitor::from_request_parts(&mut parts, &app).await {
        Ok(visitor) if facts.database => visitor.page(&app).await.unwrap_or_else(|_| visitor.page_cx(&app)),
        Ok(visitor) => visitor.page_cx(&app),
        // Whoever signed in cannot be looked up now; the page is for everybody.
        Err(_) => Visitor::brief(&app, &parts.headers, &parts.uri, &parts.extensions).page_cx(&app),
    };
    status_page(&cx, &facts).into_response()
}

/// What is known of the parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub stopping: bool,
    pub database: bool,
    /// How long the oldest fact or job has been waiting beyond its time; `None`: not known.
    pub behind: Option<Duration>,
    /// Orders past their promised time, up to [`COUNTED`].
    pub late: Option<usize>,
}

async fn look(app: &App) -> Facts {
    let outbox = durable::outbox_age(&app.cx).await.ok();
    let now = app.cx.now();
    let jobs = durable::job_counts(&app.cx).await.ok();
    let overdue = jobs.map(|counts| counts.oldest_due.map_or(Duration::ZERO, |due| now.since(due)));
    let late = ordering::order::query::late(&app.cx, COUNTED).await.ok().map(|orders| orders.len());
    Facts {
        stopping: app.tasks.stopping().is_cancelled(),
        database: outbox.is_some(),
        behind: outbox.zip(overdue).map(|(facts, jobs)| facts.max(jobs)),
        late,
    }
}

/// One line of the page.
struct Part {
    name: &'static str,
    kind: Kind,
    word: &'static str,
    detail: String,
}

fn parts(cx: &PageCx, t: &StatusWords, facts: &Facts) -> [Part; 4] {
    let ok = |name, detail: &str| Part { name, kind: Kind::Ok, word: t.word_ok, detail: detail.to_owned() };
    let slow = |name, detail: String| Part { name, kind: Kind::Warn, word: t.word_slow, detail };
    let unknown =
        |name| Part { name, kind: Kind::Plain, word: t.word_unknown, detail: t.handling_unknown.to_owned() };
    let website = if facts.stopping {
        slow(t.website, t.website_stopping.to_owned())
    } else {
        ok(t.website, t.website_ok)
    };
    let database = if facts.database {
        ok(t.database, t.database_ok)
    } else {
        Part { name: t.database, kind: Kind::Bad, word: t.word_down, detail: t.database_down.to_owned() }
    };
    let handling = match facts.behind {
        None => unknown(t.handling),
        Some(age) if age <= SLOW => ok(t.handling, t.handling_ok),
        Some(age) => slow(t.handling, t.waiting(&time::length(cx.locale, age))),
    };
    let in_time = match facts.late {
        None => unknown(t.in_time),
        Some(0) => ok(t.in_time, t.in_time_ok),
        Some(count) if count >= usize::from(COUNTED) => slow(t.in_time, t.late_many(count)),
        Some(count) => slow(t.in_time, t.late(count)),
    };
    [website, database, handling, in_time]
}

/// `/status`
pub(crate) fn status_page(cx: &PageCx, facts: &Facts) -> Markup {
    let t = StatusWords::of(cx.locale);
    let parts = parts(cx, t, facts);
    let has = |kind| parts.iter().any(|part| part.kind == kind);
    let (kind, summary) = if has(Kind::Bad) {
        (Kind::Bad, t.some_down)
    } else if has(Kind::Warn) {
        (Kind::Warn, t.some_slow)
    } else {
        (Kind::Ok, t.all_ok)
    };
    let body = html! {
        h1 { (t.title) }
        (banner::banner(kind, summary, html! {}))
        (card::plain(html! {
            ul.rows {
                @for part in &parts {
                    li.row {
                        div.grow { b { (part.name) } div.muted.sm { (part.detail) } }
                        div.end { (status::tag(part.kind, part.word)) }
                    }
                }
            }
        }))
        p.muted.sm { (t.checked) " " (time::full(cx, cx.now)) }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Help).narrow().public(), body)
}
