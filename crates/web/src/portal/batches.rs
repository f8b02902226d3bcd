//! Orders by file: choosing a service, handing in its file, mending lines, submitting, and checking what colleagues submitted, all at once
//! or line by line. Views are in [`super::batches_view`] and
//! [`super::batch_sheet_view`].

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::REFRESH;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use catalogue::service::ServiceVersion;
use kernel::{Locale, Permission};
use maud::Markup;
use ordering::approval::{self, Approval, ApprovalId, Mine, Verdict};
use ordering::batch::{self, BatchId, BatchState, Entry, NewBatch};
use serde::Deserialize;

use super::batch_sheet_view::{self as sheet, Notice, Sheet};
use super::batches_view::{self as view, Choice, Line};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::{encode, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::{MultipartForm, PostForm, Refused, Visitor, seal};
use crate::i18n::BatchWords;
use crate::ui::csv::{self, Cell, Mark};

/// Files of one page.
const ROWS: u16 = 20;
const CURSORS: &str = "batches";
/// The file and what stands around it.
const FORM_BYTES: usize = batch::MOST_BYTES + 64 * 1024;
/// Seconds after which a page about a file that is being ordered renews itself.
const RENEWS_AFTER: HeaderValue = HeaderValue::from_static("4");

pub(crate) fn router() -> Router<App> {
    let upload = post(hand_in).layer(DefaultBodyLimit::max(FORM_BYTES));
    Router::new()
        .route("/org/batches", get(list))
        .route("/org/batches/new", get(new))
        .route("/org/batches/template", get(template))
        .route("/org/batches/upload", upload)
        .route("/org/batches/{id}", get(look))
        .route("/org/batches/{id}/results", get(results))
        .route("/org/batches/{id}/submit", post(submit))
        .route("/org/batches/{id}/discard", post(discard))
        .route("/org/batches/{id}/check", post(check))
        .route("/org/batches/{id}/lines/{line}", get(look_at_line).post(mend))
        .route("/org/batches/{id}/lines/{line}/keep", post(keep))
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    after: Option<String>,
    service: Option<String>,
    offering: Option<String>,
    known: Option<String>,
    done: Option<String>,
    left: Option<String>,
}

/// Whoever acts for an organisation, with the right to order for it.
fn orders_for(visitor: &Visitor) -> Result<(), Refused> {
    visitor.account()?;
    if visitor.actor.principal().is_none_or(|own| own.acting_for.is_none()) {
        return Err(batch::Error::NotFound.into());
    }
    if visitor.actor.may(Permission::ActAsCustomer) { Ok(()) } else { Err(batch::Error::Forbidden.into()) }
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Refused> {
    visitor.account()?;
    let request = seal::page(&app, CURSORS, wanted.after.as_deref(), None, ROWS)?;
    let found = batch::list(&app.cx, &visitor.actor, &request).await?;
    let next =
        found.next.map(|position| format!("/org/batches?after={}", seal::cursor(&app, CURSORS, position)));
    let names = super::approvals::names(&app, &visitor).await?;
    let title = |code: &str| title(&app, code, visitor.locale);
    Ok(view::list_page(&visitor.page(&app).await?, &found.items, &names, &title, next.as_deref()))
}

/// The name of a service, or its code when it is gone.
fn title(app: &App, code: &str, locale: Locale) -> String {
    app.shelf
        .service(code)
        .map_or_else(|| code.to_owned(), |version| version.service.name.get(locale).to_owned())
}

/// Every offering that can be ordered by file.
fn choices(app: &App, locale: Locale) -> Vec<Choice> {
    let mut all = Vec::new();
    for version in app.shelf.all() {
        let service = &version.service;
        for offering in service.offerings.iter().filter(|one| batch::is_offered(&version, &one.code)) {
            let name = service.name.get(locale);
            let label = match offering.name.get(locale) {
                same if service.offerings.len() == 1 || same == name => name.to_owned(),
                other => format!("{name} · {other}"),
            };
            all.push(Choice { path: new_path(&version.code, &offering.code), label });
        }
    }
    all
}

fn new_path(service: &str, offering: &str) -> String {
    format!("/org/batches/new?service={}&offering={}", encode(service), encode(offering))
}

/// The offering somebody names, if it can be ordered by file.
fn chosen(app: &App, service: &str, offering: &str) -> Result<Arc<ServiceVersion>, Refused> {
    let found = app.shelf.service(service).filter(|version| batch::is_offered(version, offering));
    found.ok_or_else(|| EdgeError::NotFound.into())
}

async fn new(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refused> {
    orders_for(&visitor)?;
    let (Some(service), Some(offering)) = (&wanted.service, &wanted.offering) else {
        let all = choices(&app, visitor.locale);
        return Ok(view::choose_page(&visitor.page(&app).await?, &all).into_response());
    };
    Ok(upload_page(&app, &visitor, (service, offering), &Trouble::default()).await?.into_response())
}

async fn upload_page(
    app: &App,
    visitor: &Visitor,
    (service, offering): (&str, &str),
    trouble: &Trouble,
) -> Result<Markup, Refused> {
    let version = chosen(app, service, offering)?;
    let columns = batch::columns(&version, offering);
    let query = format!("service={}&offering={}", encode(service), encode(offering));
    let upload = view::Upload {
        service,
        offering,
        name: version.service.name.get(visitor.locale),
        template: &format!("/org/batches/template?{query}"),
        columns: &columns,
    };
    Ok(view::upload_page(&visitor.page(app).await?, &upload, trouble))
}

/// A file with nothing but the headings.
async fn template(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refused> {
    orders_for(&visitor)?;
    let (service, offering) = wanted.service.zip(wanted.offering).ok_or(EdgeError::NotFound)?;
    let version = chosen(&app, &service, &offering)?;
    let columns = batch::columns(&version, &offering);
    let heading = columns.iter().map(|column| Cell::text(column.label.get(visitor.locale))).collect();
    Ok(csv::answer("template", &[heading], Mark::With))
}

async fn hand_in(State(app): State<App>, mut form: MultipartForm) -> Result<Response, Refused> {
    orders_for(&form.visitor)?;
    let file = form.take("file");
    let visitor = &form.visitor;
    let (service, offering) = (form.get("service"), form.get("offering"));
    let result = if file.too_large {
        Err(batch::Error::TooLarge { most: batch::MOST_BYTES })
    } else if file.bytes.is_empty() && file.file_name.is_empty() {
        let trouble = Trouble::field_is("file", BatchWords::of(visitor.locale).file_wrong);
        let page = upload_page(&app, visitor, (service, offering), &trouble).await?;
        return Ok(crate::edge::form::again(page));
    } else {
        let new = NewBatch { service, offering, name: &file.file_name, bytes: &file.bytes };
        batch::upload(&app.cx, &app.shelf, &visitor.actor, new).await
    };
    match result {
        Ok(id) => Ok(see_other(&format!("/org/batches/{id}"))),
        Err(batch::Error::Known { batch }) => Ok(see_other(&format!("/org/batches/{batch}?known=1"))),
        Err(error) => {
            let refused = Refused::from(error);
            let trouble = Trouble::of(&refused, visitor.locale).at("file");
            let page = upload_page(&app, visitor, (service, offering), &trouble).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
    }
}

fn id(text: &str) -> Result<BatchId, Refused> {
    text.parse().map_err(|_| EdgeError::NotFound.into())
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let notice = Notice {
        known: wanted.known.is_some(),
        done: wanted.done.filter(|count| is_count(count)),
        left: wanted.left.filter(|count| is_count(count)),
    };
    let (page, state) = page(&app, &visitor, id(&text)?, (&notice, ""), Trouble::default()).await?;
    let mut response = page.into_response();
    if state == BatchState::Placing {
        response.headers_mut().insert(REFRESH, RENEWS_AFTER);
    }
    Ok(response)
}

fn is_count(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

async fn page(
    app: &App,
    visitor: &Visitor,
    id: BatchId,
    (notice, reason): (&Notice, &str),
    trouble: Trouble,
) -> Result<(Markup, BatchState), Refused> {
    let found = batch::view(&app.cx, &app.shelf, &visitor.actor, id).await?;
    let asked: Vec<ApprovalId> = found.entries.iter().filter_map(|entry| entry.approval).collect();
    let approvals = approval::look_at_many(&app.cx, &visitor.actor, &asked).await?;
    let approvals: BTreeMap<i64, (Approval, Mine)> =
        approvals.into_iter().map(|(one, mine)| (one.id.raw(), (one, mine))).collect();
    let names = super::approvals::names(app, visitor).await?;
    let service = title(app, &found.batch.service, visitor.locale);
    let state = found.batch.state;
    let shown = Sheet { found, approvals, names, service, notice, reason, trouble };
    Ok((sheet::batch_page(&visitor.page(app).await?, &shown), state))
}

/// The file's page again, with what was in the way.
async fn again(app: &App, form: &PostForm, id: BatchId, refused: Refused) -> Result<Response, Refused> {
    if refused.leads_away() || refused.kind() == kernel::Kind::NotFound {
        return Err(refused);
    }
    let visitor = &form.visitor;
    let trouble = Trouble::of(&refused, visitor.locale);
    let (page, _) = page(app, visitor, id, (&Notice::default(), form.get("reason")), trouble).await?;
    reply::again(refused, |_| page, visitor.locale)
}

async fn submit(
    State(app): State<App>,
    Path(text): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id(&text)?;
    match batch::submit(&app.cx, &form.visitor.actor, id, &form.visitor.origin()).await {
        // Sent twice: how it stands is the answer.
        Ok(()) | Err(batch::Error::Placing) => Ok(see_other(&format!("/org/batches/{id}"))),
        Err(error) => again(&app, &form, id, error.into()).await,
    }
}

async fn discard(
    State(app): State<App>,
    Path(text): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id(&text)?;
    match batch::discard(&app.cx, &form.visitor.actor, id).await {
        Ok(()) => Ok(see_other("/org/batches")),
        Err(error) => again(&app, &form, id, error.into()).await,
    }
}

/// The requests a form names, each with the level that was shown.
fn picked(form: &PostForm, name: &str) -> Vec<(ApprovalId, i64)> {
    let one = |value: &str| {
        let (id, level) = value.split_once(':')?;
        Some((id.parse().ok()?, level.parse().ok()?))
    };
    form.pairs().filter(|(found, _)| *found == name).filter_map(|(_, value)| one(value)).collect()
}

async fn check(
    State(app): State<App>,
    Path(text): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id(&text)?;
    let visitor = &form.visitor;
    let (all, verdict) = match form.get("do") {
        "agree_all" => (true, Verdict::Agree),
        "agree" => (false, Verdict::Agree),
        "return_all" => (true, Verdict::Return(form.get("reason"))),
        "return" => (false, Verdict::Return(form.get("reason"))),
        _ => return Err(EdgeError::NotFound.into()),
    };
    let mut chosen = picked(&form, if all { "all" } else { "pick" });
    // What is no line of this file is not decided from its page.
    let found = batch::view(&app.cx, &app.shelf, &visitor.actor, id).await?;
    chosen.retain(|(asked, _)| found.entries.iter().any(|entry| entry.approval == Some(*asked)));
    if chosen.is_empty() {
        let trouble = Trouble {
            message: Some(BatchWords::of(visitor.locale).pick_wrong.to_owned()),
            ..Trouble::default()
        };
        let typed = (&Notice::default(), form.get("reason"));
        let (page, _) = page(&app, visitor, id, typed, trouble).await?;
        return Ok(crate::edge::form::again(page));
    }
    match approval::decide_many(&app.cx, &visitor.actor, &chosen, verdict).await {
        Ok(decided) => {
            let left = match decided.refused.len() {
                0 => String::new(),
                left => format!("&left={left}"),
            };
            Ok(see_other(&format!("/org/batches/{id}?done={}{left}", decided.done)))
        }
        Err(error) => again(&app, &form, id, error.into()).await,
    }
}

async fn look_at_line(
    State(app): State<App>,
    visitor: Visitor,
    Path((text, line)): Path<(String, i64)>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let found = batch::view(&app.cx, &app.shelf, &visitor.actor, id(&text)?).await?;
    let entry = found.entries.iter().find(|entry| entry.line == line).ok_or(batch::Error::NotFound)?;
    if !found.is_maker || entry.order.is_some() || found.columns.is_empty() {
        return Ok(see_other(&format!("/org/batches/{}", found.batch.id)));
    }
    let line = Line { id: found.batch.id, columns: &found.columns, entry, trouble: Trouble::default() };
    Ok(view::line_page(&visitor.page(&app).await?, &line).into_response())
}

async fn mend(
    State(app): State<App>,
    Path((text, line)): Path<(String, i64)>,
    form: PostForm,
) -> Result<Response, Refused> {
    let (id, visitor) = (id(&text)?, &form.visitor);
    let found = batch::view(&app.cx, &app.shelf, &visitor.actor, id).await?;
    let cells = (0..found.columns.len()).map(|place| form.get(&view::control(place)).to_owned()).collect();
    match batch::mend(&app.cx, &app.shelf, &visitor.actor, (id, line), cells).await {
        Ok(entry) if entry.wrong.is_empty() => Ok(see_other(&format!("/org/batches/{id}#line-{line}"))),
        Ok(entry) => {
            let line = Line { id, columns: &found.columns, entry: &entry, trouble: Trouble::default() };
            Ok(crate::edge::form::again(view::line_page(&visitor.page(&app).await?, &line)))
        }
        Err(error) => again(&app, &form, id, error.into()).await,
    }
}

async fn keep(
    State(app): State<App>,
    Path((text, line)): Path<(String, i64)>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id(&text)?;
    match batch::keep(&app.cx, &form.visitor.actor, (id, line)).await {
        Ok(()) => Ok(see_other(&format!("/org/batches/{id}#line-{line}"))),
        Err(error) => again(&app, &form, id, error.into()).await,
    }
}

/// The file as it came, with what became of each line.
async fn results(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let found = batch::view(&app.cx, &app.shelf, &visitor.actor, id(&text)?).await?;
    let t = BatchWords::of(visitor.locale);
    let mut heading = vec![Cell::text(t.line)];
    heading.extend(found.columns.iter().map(|column| Cell::text(column.label.get(visitor.locale))));
    heading.extend([t.state, t.amount, t.order, t.note].map(Cell::text));
    let row = |entry: &Entry| {
        let mut cells = vec![Cell::Number(entry.line.to_string())];
        cells.extend(
            (0..found.columns.len())
                .map(|place| Cell::text(entry.cells.get(place).map_or("", String::as_str))),
        );
        cells.push(Cell::text(view::state_word(t, entry.state)));
        cells.push(entry.amount.map_or_else(|| Cell::text(""), Cell::money));
        cells.push(Cell::text(entry.order.map(|order| order.to_string()).unwrap_or_default()));
        cells.push(Cell::text(view::notes(&found.columns, entry, visitor.locale).join(" ")));
        cells
    };
    let rows: Vec<Vec<Cell>> = std::iter::once(heading).chain(found.entries.iter().map(row)).collect();
    Ok(csv::answer("results", &rows, Mark::With))
}
