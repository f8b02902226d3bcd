//! A form being filled in, with the service it is for: its pages, its fields, what of its answers counts.

use std::sync::Arc;

use axum::response::Response;
use catalogue::service::{Price, ServiceVersion};
use forms::{Condition, Form};
use ordering::NewLine;
use ordering::draft::{self, Draft};
use ordering::quote::Quote;
use serde_json::{Map, Value};

use super::catalogue::draft_id;
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};

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
        let codes =
            service.offerings.iter().filter(|o| of_price(&o.price)).map(|o| Value::from(o.code.clone()));
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

/// The quote of the draft, also when it expired.
pub(super) async fn known_quote(
    app: &App,
    visitor: &Visitor,
    filling: &Filling,
) -> Result<Option<Quote>, Refused> {
    let Some(id) = filling.draft.quote else { return Ok(None) };
    match ordering::quote::get(&app.cx, &visitor.actor, id).await {
        Ok(quote) => Ok(Some(quote)),
        Err(ordering::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
