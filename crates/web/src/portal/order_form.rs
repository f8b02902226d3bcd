//! The question pages of a service's form (U2, U4) and the enquiry before a price that the provider names. What was typed is kept at every
//! step, right or wrong; another device goes on where this one stopped.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use catalogue::service::{Price, ServiceVersion};
use catalogue::stock::Slot;
use forms::{Condition, FieldKind, Form};
use fulfilment::provider::Enquiries;
use kernel::{FieldError, Kind, Refusal as _};
use ordering::NewLine;
use ordering::draft::{self, Change, Draft};
use ordering::quote::Quote;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::catalogue::{Left, draft_id, stock_left};
use super::form_page::{self, Question};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{FormWords, ServiceWords};
use crate::ui::form::today;

/// The draft's revision after an autosave, so that the page it came from goes on from there.
const REVISION: HeaderName = HeaderName::from_static("x-revision");

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/o/{draft}/{step}", get(show).post(answer))
        .route("/o/{draft}/{step}/save", post(autosave))
}

/// One page of the flow, before the last one on which everything is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A page of the form; the first one also offers the options of the service.
    Questions(usize),
    /// What the provider says.
    Enquiry,
}

/// The pages for an offering, in their order.
pub(super) fn stops(version: &ServiceVersion, offering: &str) -> Vec<Stop> {
    let service = &version.service;
    let chooses = service.offerings.len() > 1 || service.offerings.iter().any(|o| o.quantity.max > 1);
    let count = version.form_for(offering).steps().len().max(usize::from(chooses));
    let enquiry = service.enquiry.is_some().then_some(Stop::Enquiry);
    (0..count).map(Stop::Questions).chain(enquiry).collect()
}

/// How many pages until everything is checked, that one included.
pub(super) fn step_count(version: &ServiceVersion, offering: &str) -> usize {
    stops(version, offering).len().saturating_add(1)
}

pub(super) fn first_page(version: &ServiceVersion, draft: &Draft) -> String {
    let first = if stops(version, &draft.offering).is_empty() { "check" } else { "1" };
    format!("/o/{}/{first}", draft.id)
}

/// A form being filled in, with the service it is for.
#[derive(Debug, Clone)]
pub(super) struct Filling {
    pub draft: Draft,
    pub version: Arc<ServiceVersion>,
}

impl Filling {
    pub async fn load(app: &App, visitor: &Visitor, text: &str) -> Result<Self, Refused> {
        let draft = draft::get(&app.cx, &visitor.actor, draft_id(text)?).await?;
        let version = app.shelf.service(&draft.service).ok_or(EdgeError::NotFound)?;
        Ok(Self { draft, version })
    }

    /// The form for what was chosen.
    pub fn form(&self) -> &Form {
        self.version.form_for(&self.draft.offering)
    }

    /// The answers that the form asks for.
    pub fn answers(&self) -> Value {
        fitting(self.form(), &self.draft.answers)
    }

    pub fn stops(&self) -> Vec<Stop> {
        stops(&self.version, &self.draft.offering)
    }

    pub fn check_path(&self) -> String {
        format!("/o/{}/check", self.draft.id)
    }

    /// The page of the enquiry, from which it is also asked again.
    pub fn enquiry_path(&self) -> String {
        let place = self.stops().iter().position(|stop| *stop == Stop::Enquiry).unwrap_or(0);
        format!("/o/{}/{}", self.draft.id, place.saturating_add(1))
    }

    /// The page where this field is answered; it comes straight back to the check page.
    pub fn change_path(&self, field: &str) -> String {
        let step = self.form().steps().iter().position(|step| step.fields.iter().any(|name| name == field));
        let number = step.unwrap_or(0).saturating_add(1);
        format!("/o/{}/{number}?back=check#{}", self.draft.id, crate::ui::form::id_of(field))
    }

    pub fn line(&self) -> NewLine {
        NewLine {
            service: self.draft.service.clone(),
            version: None,
            offering: self.draft.offering.clone(),
            quantity: self.draft.quantity,
            answers: self.answers(),
            quote: self.draft.quote,
        }
    }

    /// Where the form went when it was ordered.
    pub fn ordered(&self) -> Option<Response> {
        self.draft.order.map(|order| see_other(&super::orderside::order_path(order)))
    }
}

/// The answers without those that this form does not ask: another option may have asked for them.
pub(super) fn fitting(form: &Form, answers: &Value) -> Value {
    let Some(given) = answers.as_object() else { return Value::Object(Map::new()) };
    let kept = given.iter().filter(|(name, _)| form.field(name).is_some());
    Value::Object(kept.map(|(name, answer)| (name.clone(), answer.clone())).collect())
}

/// The fields of a page. On the first one the amount of every option that has one, asked when that option is chosen.
pub(super) fn fields_of(version: &ServiceVersion, offering: &str, step: usize) -> Vec<forms::Field> {
    let names: Vec<String> =
        version.form_for(offering).steps().get(step).map(|step| step.fields.clone()).unwrap_or_default();
    let service = &version.service;
    let chooses = step == 0 && service.offerings.len() > 1;
    let first: Vec<String> = service.form.steps().first().map(|step| step.fields.clone()).unwrap_or_default();
    let asking = |name: &str| -> Vec<Value> {
        let of_price = |price: &Price| matches!(price, Price::Entered { field, .. } if field == name);
        let codes = service.offerings.iter().filter(|o| of_price(&o.price)).map(|o| Value::from(o.code.clone()));
        codes.collect()
    };
    let mut fields = Vec::new();
    for field in service.form.fields() {
        let codes = if chooses && first.contains(&field.name) { asking(&field.name) } else { Vec::new() };
        if !codes.is_empty() {
            let show_when = Some(Condition { field: "offering".to_owned(), is: codes });
            fields.push(forms::Field { show_when, ..field.clone() });
        } else if names.contains(&field.name) {
            fields.push(field.clone());
        }
    }
    fields
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

/// The quote of the draft, also when it expired.
pub(super) async fn known_quote(app: &App, visitor: &Visitor, filling: &Filling) -> Result<Option<Quote>, Refused> {
    let Some(id) = filling.draft.quote else { return Ok(None) };
    match ordering::quote::get(&app.cx, &visitor.actor, id).await {
        Ok(quote) => Ok(Some(quote)),
        Err(ordering::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
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
    let emptied = names.iter().filter(|name| !answers.contains_key(**name)).map(|name| (*name).to_owned()).collect();
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
            Err(refused) if matches!(refused.kind(), Kind::Bug | Kind::Unauthenticated | Kind::Forbidden) => {
                Err(refused)
            }
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
        Err(refused) if matches!(refused.kind(), Kind::Bug | Kind::Unauthenticated | Kind::Forbidden) => Err(refused),
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
