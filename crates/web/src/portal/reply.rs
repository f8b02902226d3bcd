//! What a form is answered with when an op refused: the same page, with the words of the refusal and everything that was typed.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use kernel::{Kind, Locale};
use maud::{Markup, html};

use crate::edge::Refused;
use crate::ui::PageCx;
use crate::ui::form::{Wrong, error_summary, errors_of, problem_summary};

/// What is wrong with what was sent. Empty for a page that is shown the first time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble {
    pub fields: Vec<Wrong>,
    /// What concerns no single field.
    pub message: Option<String>,
    pub code: &'static str,
}

impl Trouble {
    /// The words of a refusal.
    pub(crate) fn of(refused: &Refused, locale: Locale) -> Self {
        let fields = errors_of(refused.fields(), locale);
        let message = fields.is_empty().then(|| refused.message(locale));
        Self { fields, message, code: refused.code() }
    }

    /// One field that the page itself found wrong.
    pub(crate) fn field_is(name: &str, message: impl Into<String>) -> Self {
        Self { fields: vec![Wrong { name: name.to_owned(), message: message.into() }], ..Self::default() }
    }

    /// The message belongs to the control `name`.
    pub(crate) fn at(mut self, name: &str) -> Self {
        if let Some(message) = self.message.take() {
            self.fields.push(Wrong { name: name.to_owned(), message });
        }
        self
    }

    pub(crate) fn any(&self) -> bool {
        self.message.is_some() || !self.fields.is_empty()
    }

    /// What to say at a control.
    pub(crate) fn on(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|wrong| wrong.name == name).map(|wrong| wrong.message.as_str())
    }

    /// The summary on top of the page (F3). `way_out` stands below a message that is about no field.
    pub(crate) fn summary(&self, cx: &PageCx, way_out: Markup) -> Markup {
        html! {
            @match &self.message {
                Some(message) => { (problem_summary(message, way_out)) }
                None => { (error_summary(cx, &self.fields)) }
            }
        }
    }
}

/// The page again under the status of the refusal. What no page of a form can mend goes on as it is.
pub(crate) fn again(
    refused: Refused,
    page: impl FnOnce(Trouble) -> Markup,
    locale: Locale,
) -> Result<Response, Refused> {
    if refused.leads_away() {
        return Err(refused);
    }
    let status = match refused.kind() {
        Kind::Invalid | Kind::Unauthenticated => StatusCode::UNPROCESSABLE_ENTITY,
        _ => refused.status(),
    };
    let mut response = (status, page(Trouble::of(&refused, locale))).into_response();
    if let Some(wait) = refused.into_response().headers().get(RETRY_AFTER) {
        response.headers_mut().insert(RETRY_AFTER, wait.clone());
    }
    Ok(response)
}
