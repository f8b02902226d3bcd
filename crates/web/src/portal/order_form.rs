//! The question pages of a service's form (U2, U4) and the enquiry before a price that the provider names. What was typed is kept at every
//! step, right or wrong; another device goes on where this one stopped.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use catalogue::stock::Slot;
use forms::FieldKind;
use fulfilment::provider::Enquiries;
use kernel::{FieldError, Refusal as _};
use maud::Markup;
use ordering::NewLine;
use ordering::draft::{self, Change};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::catalogue::{Left, draft_id, stock_left};
use super::filling::{Filling, Stop, fields_of, known_quote};
use super::form_page::{self, Question};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{FormWords, ServiceWords};
use crate::ui::PageCx;
use crate::ui::form::today;

/// The draft's revision after an autosave, so that the page it came from goes on from there.
const REVISION: HeaderName = HeaderName::from_static("x-revision");

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/o/{draft}/discard", get(sure).post(discard))
        .route("/o/{draft}/{step}", get(show).post(answer))
        .route("/o/{draft}/{step}/save", post(autosave))
}

/// How a question page was come to.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
struct Came {
    back: Option<BackTo>,
    errors: Option<u8>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BackTo {
    Check,
}

/// The number of a page of this flow.
fn place(filling: &Filling, step: &str) -> Result<(usize, Stop), Refused> {
    let number: usize = step.parse().map_err(|_| EdgeError::NotFound)?;
    let stop = number.checked_sub(1).and_then(|index| filling.stops().get(index).copied());
    Ok((number, stop.ok_or(EdgeError::NotFound)?))
}

/// Whether the draft is really to be forgotten.
async fn sure(
    State(app): State<App>,
    visitor: Visitor,
    Path(draft): Path<String>,
) -> Result<Markup, Refused> {
    let filling = Filling::load(&app, &visitor, &draft).await?;
    Ok(super::form_page::discard(&PageCx { flow: true, ..visitor.page_cx(&app) }, &filling))
}

async fn discard(
    State(app): State<App>,
    Path(draft): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    match draft::discard(&app.cx, &form.visitor.actor, draft_id(&draft)?).await {
        // It was sent meanwhile: there it is.
        Err(ordering::Error::CartOrdered { order }) => Ok(see_other(&super::orderside::order_path(order))),
        other => other.map(|()| see_other("/")).map_err(Into::into),
    }
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((draft, step)): Path<(String, String)>,
    Query(came): Query<Came>,
) -> Result<Response, Refused> {
    let filling = Filling::load(&app, &visitor, &draft).await?;
    if let Some(elsewhere) = filling.ordered() {
        return Ok(elsewhere);
    }
    let (number, stop) = place(&filling, &step)?;
    match stop {
        Stop::Questions(index) => {
            let errors = if came.errors.is_some() { errors_of(&app, &filling, index) } else { Vec::new() };
            let mut question = Question { errors, ..question(&app, &filling, number, index).await? };
            question.back = came.back.is_some();
            Ok(form_page::question(&page_cx(&app, &visitor), &filling, &question).into_response())
        }
        Stop::Enquiry => {
            let quote = known_quote(&app, &visitor, &filling).await?;
            let page = form_page::enquiry(&page_cx(&app, &visitor), &filling, number, quote.as_ref(), None);
            Ok(page.into_response())
        }
    }
}

fn page_cx(app: &App, visitor: &Visitor) -> crate::ui::PageCx {
    crate::ui::PageCx { flow: true, ..visitor.page_cx(app) }
}

/// A question page with nothing wrong on it.
async fn question(app: &App, filling: &Filling, number: usize, index: usize) -> Result<Question, Refused> {
    let fields = fields_of(&filling.version, &filling.draft.offering, index);
    let slots = if fields.iter().any(|field| matches!(field.kind, FieldKind::Slot)) {
        slots(app, filling).await?
    } else {
        Vec::new()
    };
    let left = if index == 0 { stock_left(app, &filling.version.service).await? } else { Left::new() };
    Ok(Question { number, index, fields, slots, left, ..Question::default() })
}

async fn slots(app: &App, filling: &Filling) -> Result<Vec<Slot>, Refused> {
    let mut tx = app.cx.read().await.map_err(EdgeError::from)?;
    let slots = catalogue::stock::free_slots(&mut tx, &filling.version.service, app.cx.now()).await;
    Ok(slots.map_err(EdgeError::from)?)
}

/// What is wrong on one page.
fn errors_of(app: &App, filling: &Filling, index: usize) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if index == 0 {
        errors.extend(choice_error(filling));
    }
    if index < filling.form().steps().len() {
        let cx = crate::ui::PageCx::guest(kernel::Locale::Zh, "/", app.cx.now());
        let checked = filling.form().check_step(index, &filling.answers(), today(&cx));
        errors.extend(checked.err().unwrap_or_default());
    }
    errors
}

/// An option that does not exist, or more of it than one may order.
fn choice_error(filling: &Filling) -> Option<FieldError> {
    use kernel::Locale::{En, Zh};
    let words = |of: kernel::Locale| FormWords::of(of).err_choose(ServiceWords::of(of).offering);
    let Ok(offering) = filling.version.offering(&filling.draft.offering) else {
        return Some(FieldError::new("/offering", "catalogue.offering_not_found", words(Zh), words(En)));
    };
    let limits = offering.quantity;
    if (limits.min..=limits.max).contains(&filling.draft.quantity) {
        return None;
    }
    let error = catalogue::service::Error::QuantityOutside { min: limits.min, max: limits.max };
    Some(FieldError::new("/quantity", error.code(), error.message(Zh), error.message(En)))
}

/// What a page brought, as a change of the draft.
fn change(filling: &Filling, index: usize, form: &PostForm) -> Change {
    let offering = Some(form.get("offering").to_owned()).filter(|_| form.has("offering"));
    let quantity = if form.has("quantity") { Some(form.number("quantity").unwrap_or(0)) } else { None };
    let chosen = offering.clone().unwrap_or_else(|| filling.draft.offering.clone());
    let fields = fields_of(&filling.version, &chosen, index);
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let mut answers = match filling.version.service.form.from_pairs(form.pairs()) {
        Value::Object(answers) => answers,
        _ => Map::new(),
    };
    answers.retain(|name, _| names.contains(&name.as_str()));
    let emptied =
        names.iter().filter(|name| !answers.contains_key(**name)).map(|name| (*name).to_owned()).collect();
    Change { revision: form.number("revision").unwrap_or(0), offering, quantity, answers, emptied }
}

async fn answer(
    State(app): State<App>,
    Path((draft, step)): Path<(String, String)>,
    Query(came): Query<Came>,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let filling = Filling::load(&app, visitor, &draft).await?;
    if let Some(elsewhere) = filling.ordered() {
        return Ok(elsewhere);
    }
    match place(&filling, &step)? {
        (number, Stop::Enquiry) => ask_again(&app, &form, filling, number).await,
        (number, Stop::Questions(index)) => {
            let change = change(&filling, index, &form);
            let back = came.back.is_some() || form.get("back") == "check";
            let draft = match draft::save(&app.cx, &visitor.actor, filling.draft.id, change.clone()).await {
                Ok(draft) => draft,
                Err(ordering::Error::DraftChanged) => {
                    return conflict(&app, visitor, filling, (number, index), change, back).await;
                }
                Err(error) => return Err(error.into()),
            };
            let filling = Filling { draft, ..filling };
            if form.has("exit") {
                return Ok(see_other("/"));
            }
            go_on(&app, visitor, filling, (number, index), back).await
        }
    }
}

/// After a page was kept: what is wrong on it, or the next one.
async fn go_on(
    app: &App,
    visitor: &Visitor,
    filling: Filling,
    (number, index): (usize, usize),
    back: bool,
) -> Result<Response, Refused> {
    let errors = errors_of(app, &filling, index);
    let mut page = question(app, &filling, number, index).await?;
    page.back = back;
    let cx = page_cx(app, visitor);
    if !errors.is_empty() {
        page.errors = errors;
        let body = form_page::question(&cx, &filling, &page);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response());
    }
    let next = filling.stops().get(number).copied();
    let asks = next == Some(Stop::Enquiry) || (back && filling.version.service.enquiry.is_some());
    if asks && filling.draft.quote.is_none() {
        return match enquire(app, visitor, &filling).await {
            Ok(()) => Ok(see_other(&filling.enquiry_path())),
            Err(refused) if refused.leads_away() => Err(refused),
            Err(refused) => {
                page.problem = Some(refused.message(cx.locale));
                Ok((refused.status(), form_page::question(&cx, &filling, &page)).into_response())
            }
        };
    }
    let target = match next {
        Some(_) if !back => format!("/o/{}/{}", filling.draft.id, number.saturating_add(1)),
        _ => filling.check_path(),
    };
    Ok(see_other(&target))
}

/// Asks the provider and keeps what it says with the draft.
async fn enquire(app: &App, visitor: &Visitor, filling: &Filling) -> Result<(), Refused> {
    let enquiries = Enquiries { cx: &app.cx, services: &app.fulfilment };
    let line = NewLine { quote: None, ..filling.line() };
    let quote = ordering::quote::ask(&app.cx, &app.shelf, &enquiries, &visitor.actor, &line).await?;
    draft::set_quote(&app.cx, &visitor.actor, filling.draft.id, quote.id).await?;
    Ok(())
}

/// The enquiry page goes on with an answer that holds, and asks when there is none.
async fn ask_again(app: &App, form: &PostForm, filling: Filling, number: usize) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let quote = known_quote(app, visitor, &filling).await?;
    let holds = quote.as_ref().is_some_and(|quote| quote.expires_at > app.cx.now());
    if holds && !form.has("again") {
        return Ok(see_other(&filling.check_path()));
    }
    match enquire(app, visitor, &filling).await {
        Ok(()) => Ok(see_other(&filling.enquiry_path())),
        Err(refused) if refused.leads_away() => Err(refused),
        Err(refused) => {
            let cx = page_cx(app, visitor);
            let why = refused.message(cx.locale);
            let page = form_page::enquiry(&cx, &filling, number, quote.as_ref(), Some(&why));
            Ok((refused.status(), page).into_response())
        }
    }
}

/// The draft changed on another device: what was typed here stays on the page, and the person decides (F4).
async fn conflict(
    app: &App,
    visitor: &Visitor,
    filling: Filling,
    (number, index): (usize, usize),
    change: Change,
    back: bool,
) -> Result<Response, Refused> {
    let mut draft = filling.draft.clone();
    let mut answers = draft.answers.as_object().cloned().unwrap_or_default();
    answers.retain(|name, _| !change.emptied.contains(name));
    answers.extend(change.answers);
    draft.answers = Value::Object(answers);
    draft.offering = change.offering.unwrap_or(draft.offering);
    draft.quantity = change.quantity.unwrap_or(draft.quantity);
    let filling = Filling { draft, ..filling };
    let mut page = question(app, &filling, number, index).await?;
    (page.back, page.conflict) = (back, true);
    let body = form_page::question(&page_cx(app, visitor), &filling, &page);
    Ok((StatusCode::CONFLICT, body).into_response())
}

/// Keeps what is typed while it is typed; says which revision the page now stands on.
async fn autosave(
    State(app): State<App>,
    Path((draft, step)): Path<(String, String)>,
    form: PostForm,
) -> Result<Response, Refused> {
    let filling = Filling::load(&app, &form.visitor, &draft).await?;
    let (_, Stop::Questions(index)) = place(&filling, &step)? else { return Err(EdgeError::NotFound.into()) };
    let change = change(&filling, index, &form);
    let saved = draft::save(&app.cx, &form.visitor.actor, filling.draft.id, change).await?;
    Ok((StatusCode::NO_CONTENT, [(REVISION, HeaderValue::from(saved.revision))]).into_response())
}
