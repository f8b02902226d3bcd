//! Cases: what somebody looks into, with what is tied to it, notes, a verdict, frozen accounts, and the evidence as a file.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use documents::document;
use kernel::{AccountId, FieldError, Page, Permission};
use maud::{Markup, html};
use risk::case::{self, Case, CaseId, CaseState};
use risk::evidence::{self, Evidence};
use risk::list::Entity;
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, href, next_href};
use super::risk_case_view::{self as page_of, state, verdict};
use super::risk_parts::bar;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{Common, RiskWork as Words};
use crate::portal::documents::paper_sheet;
use crate::ui::console::ConsoleNav;
use crate::ui::table::{self, Column, Row, View};
use crate::ui::{Kind, PageCx, banner, empty, link, time};

pub(super) const PATH: &str = "/console/risk/cases";
const NAV: ConsoleNav = ConsoleNav::RiskCases;

pub(crate) fn routes() -> Routes {
    let (read, work) = (Permission::ReadRisk, Permission::DecideRisk);
    Routes::new()
        .get(PATH, read, page)
        .post(PATH, work, open)
        .get("/console/risk/cases/{id}", read, one)
        .post("/console/risk/cases/{id}/note", work, note)
        .post("/console/risk/cases/{id}/assign", work, assign)
        .post("/console/risk/cases/{id}/link", work, add_link)
        .post("/console/risk/cases/{id}/close", work, close)
        .post("/console/risk/cases/{id}/freeze", Permission::FreezeAccount, freeze)
        .post("/console/risk/cases/{id}/evidence", Permission::ExportEvidence, export)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    state: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let wanted = wish.state.as_deref().and_then(CaseState::from_name).unwrap_or(CaseState::Open);
    let list = format!("console.risk.cases.{}", wanted.name());
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = case::list(&app.cx, &staff.actor, wanted, &request).await?;
    let named = items.iter().flat_map(|case| case.assigned_to.into_iter().chain([case.customer]));
    let people = People::load(&app, &staff, named).await?;
    let kept = [("state", wanted.name())];
    let next = next_href(&app, &list, PATH, &kept, next);
    let first = wish.after.as_deref().map(|_| href(PATH, &kept));
    let body = html! {
        (bar(&frame.cx, PATH))
        (rows(&frame.cx, &people, wanted, &items))
        (table::pager(&frame.cx, first.as_deref(), next.as_deref()))
    };
    Ok(frame.page(Words::of(frame.cx.locale).cases, NAV, html! {}, body))
}

fn rows(cx: &PageCx, people: &People, wanted: CaseState, items: &[Case]) -> Markup {
    let t = Words::of(cx.locale);
    let one = |label, of: CaseState| View {
        label,
        href: href(PATH, &[("state", of.name())]),
        count: None,
        current: of == wanted,
    };
    let views = [one(t.open, CaseState::Open), one(t.closed, CaseState::Closed)];
    let row = |case: &Case| {
        let target = format!("{PATH}/{}", case.id);
        Row::new(vec![
            link(&target, &case.title),
            people.customer(case.customer),
            state(cx, case.state),
            html! { @match case.assigned_to { Some(id) => { (people.name(id)) } None => { "—" } } },
            time::stamp(cx, case.opened_at),
            verdict(cx, case),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.case),
        Column::new(t.subject),
        Column::new(t.state),
        Column::new(t.assigned),
        Column::new(t.opened_at),
        Column::new(t.verdict),
    ];
    html! {
        (table::views(cx, &views))
        @if items.is_empty() { (empty::empty(t.no_case, None)) }
        @else { (frame::table(cx, t.cases, columns, items.iter().map(row).collect())) }
    }
}

async fn open(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let account: AccountId = frame::id(form.get("account"))?;
    let decision = frame::id(form.get("decision"))?;
    let result = case::open(&app.cx, &staff.actor, account, Some(decision), form.get("title")).await;
    let target = result.map(|id| format!("{PATH}/{id}")).map_err(Refused::from);
    frame::answer(target, &form, "title", |tried| again(&app, &staff, decision, account, tried)).await
}

/// The form for a new case once more, with what is wrong.
async fn again(
    app: &App,
    staff: &Staff,
    decision: risk::DecisionId,
    account: AccountId,
    tried: Tried,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let body = page_of::open_form(&frame.cx, decision, account, &tried);
    Ok(frame.form_page(Words::of(frame.cx.locale).case, NAV, &tried, body))
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
    id: CaseId,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let view = case::show(&app.cx, &staff.actor, id).await?;
    let graph = case::graph(&app.cx, &staff.actor, view.case.customer, 2).await?;
    let case = &view.case;
    let mut named = vec![case.customer];
    named.extend(case.opened_by.into_iter().chain(case.assigned_to));
    named.extend(view.notes.iter().filter_map(|note| note.author));
    named.extend(graph.accounts.iter().map(|one| one.account));
    let people = People::load(app, staff, named.into_iter()).await?;
    let t = Words::of(frame.cx.locale);
    let said = match done {
        Some("freeze") => banner::banner(Kind::Ok, t.freeze_done, html! {}),
        Some(_) => banner::banner(Kind::Ok, t.done, html! {}),
        None => html! {},
    };
    let body =
        html! { (said) (bar(&frame.cx, PATH)) (page_of::detail(&frame, &people, &view, &graph, &tried)) };
    Ok(frame.form_page(t.case, NAV, &tried, body))
}

/// After an act on a case: the case again, with what was done or what is wrong.
async fn after(
    app: &App,
    staff: &Staff,
    id: CaseId,
    form: &PostForm,
    result: Result<(), Refused>,
    (focus, done): (&str, &str),
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}/{id}?done={done}"));
    frame::answer(target, form, focus, |tried| show(app, staff, id, tried, None)).await
}

async fn note(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = case::note(&app.cx, &staff.actor, id, form.get("text")).await.map_err(Refused::from);
    after(&app, &staff, id, &form, result, ("text", "note")).await
}

/// To the one who asks, or to nobody.
async fn assign(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let to = if form.get("to") == "me" { staff.actor.account() } else { None };
    let result = case::assign(&app.cx, &staff.actor, id, to).await.map_err(Refused::from);
    after(&app, &staff, id, &form, result, ("to", "assign")).await
}

async fn add_link(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let (Some(entity), Some(value)) = (Entity::from_name(form.get("entity")), form.number("value")) else {
        return Err(EdgeError::NotFound.into());
    };
    let result = case::link(&app.cx, &staff.actor, id, entity, value).await.map_err(Refused::from);
    after(&app, &staff, id, &form, result, ("value", "link")).await
}

async fn close(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let fraud = match form.get("verdict") {
        "fraud" => Ok(Some(true)),
        "no_fraud" => Ok(Some(false)),
        "unclear" => Ok(None),
        // A label that nobody chose would teach the model something wrong.
        _ => Err(Refused::from(EdgeError::Shape {
            fields: vec![FieldError::new("/verdict", "web.choice_needed", "选择结论", "Choose the verdict")],
        })),
    };
    let result = match fraud {
        Ok(fraud) => case::close(&app.cx, &staff.actor, id, fraud, form.get("close_reason"))
            .await
            .map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    after(&app, &staff, id, &form, result, ("close_reason", "close")).await
}

async fn freeze(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let account: AccountId = frame::id(form.get("account"))?;
    let reason = form.get("freeze_reason");
    let result = case::ask_freeze(&app.cx, &staff.actor, id, account, reason).await.map_err(Refused::from);
    after(&app, &staff, id, &form, result, ("freeze_reason", "freeze")).await
}

/// As a table, as a page to print, or as a PDF. What cannot be drawn here is not taken out either: nothing is audited that nobody got.
async fn export(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: CaseId = frame::id(&id)?;
    let (reason, wanted) = (form.get("export_reason"), form.get("format"));
    if wanted == "pdf" && app.press.font.is_none() {
        return Err(documents::Error::NoFont.into());
    }
    match evidence::export(&app.cx, &staff.actor, id, reason, Vec::new()).await {
        Ok(evidence) => handed_out(&app, &staff, &evidence, wanted).await,
        Err(error) => {
            let result = Err(Refused::from(error));
            after(&app, &staff, id, &form, result, ("export_reason", "")).await
        }
    }
}

async fn handed_out(
    app: &App,
    staff: &Staff,
    evidence: &Evidence,
    wanted: &str,
) -> Result<Response, Refused> {
    match wanted {
        "pdf" => {
            let sheet = document::evidence(&app.press, evidence);
            let (bytes, _) = document::draw(&app.press, &sheet)?;
            let name = format!("attachment; filename=\"evidence-{}.pdf\"", evidence.number);
            Ok(download("application/pdf", name, bytes))
        }
        "page" => {
            let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{}", evidence.case));
            let sheet = document::evidence(&app.press, evidence);
            Ok(frame::shown_once(frame.page(
                &sheet.title,
                NAV,
                html! {},
                print_page(&frame.cx, evidence, &sheet),
            )))
        }
        _ => Ok(file(evidence)),
    }
}

fn print_page(cx: &PageCx, evidence: &Evidence, sheet: &paper::Sheet) -> Markup {
    html! {
        div.noprint { (link(&format!("{PATH}/{}", evidence.case), Words::of(cx.locale).case)) }
        (paper_sheet(cx, sheet))
        div.acts.noprint { button.btn.js-only type="button" data-print { (Common::of(cx.locale).btn_print) } }
    }
}

/// All sections one after the other, each under its title and digest, which are those of exactly the lines below; the digest over all at
/// the end. Always in Chinese: the digests are of that.
fn file(evidence: &Evidence) -> Response {
    let mut text = String::from('\u{feff}');
    text.push_str(&["编号", &evidence.number].join(","));
    text.push_str("\r\n");
    for (section, digest) in evidence.sections.iter().zip(&evidence.digests) {
        text.push_str(&[section.title.zh.as_str(), "SHA-256", digest].join(","));
        text.push_str("\r\n");
        text.push_str(&section.to_csv(kernel::Locale::Zh));
        text.push_str("\r\n");
    }
    text.push_str(&["总摘要", "SHA-256", &evidence.hash].join(","));
    text.push_str("\r\n");
    let name = format!("attachment; filename=\"evidence-{}.csv\"", evidence.number);
    download("text/csv; charset=utf-8", name, text.into_bytes())
}

fn download(kind: &str, disposition: String, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
