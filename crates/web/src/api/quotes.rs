//! Prices that hold until they expire.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::response::Response;
use catalogue::service::ServiceVersion;
use fulfilment::provider::Enquiries;
use kernel::Timestamp;
use ordering::NewLine;
use ordering::quote::{self, Quote, QuoteId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::created;
use super::json::Json;
use super::services::{Fact, facts};
use super::wire::{Money, Text};
use crate::app::App;
use crate::edge::{Refused, Visitor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_quote)).routes(routes!(get_quote))
}

/// What a price is wanted for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"service": "power-bill", "offering": "bill", "answers": {"household": "3301001234"}}))]
struct NewQuote {
    service: String,
    offering: String,
    #[serde(default = "one")]
    #[schema(default = 1, minimum = 1)]
    quantity: i64,
    /// The answers to the offering's form.
    #[serde(default)]
    #[schema(value_type = Object)]
    answers: serde_json::Map<String, serde_json::Value>,
}

pub(super) const fn one() -> i64 {
    1
}

/// A price that holds until it expires.
#[derive(Serialize, ToSchema)]
struct QuoteView {
    id: String,
    service: String,
    version: i64,
    offering: String,
    quantity: i64,
    total: Money,
    /// What the total is made of; only in the answer to the question.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    parts: Vec<Part>,
    /// What the provider answered besides.
    facts: Vec<Fact>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
struct Part {
    label: Text,
    amount: Money,
}

fn view(quote: Quote, version: &ServiceVersion) -> QuoteView {
    let parts = quote.priced.map(|priced| priced.parts).unwrap_or_default();
    QuoteView {
        id: quote.id.to_string(),
        facts: facts(version, quote.facts.as_ref()),
        service: quote.service,
        version: quote.service_version,
        offering: quote.offering,
        quantity: quote.quantity,
        total: quote.total.into(),
        parts: parts.iter().map(|p| Part { label: (&p.label).into(), amount: p.amount.into() }).collect(),
        expires_at: quote.expires_at,
    }
}

/// Prices a line; where the service asks its provider, the answer comes with it.
#[utoipa::path(
    post, path = "/quotes", operation_id = "create_quote", tag = "orders",
    request_body = NewQuote,
    responses((status = 201, description = "The price, and until when it holds", body = QuoteView)),
)]
async fn create_quote(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<NewQuote>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let NewQuote { service, offering, quantity, answers } = body.value;
    let enquiries = Enquiries { cx: &app.cx, services: &app.fulfilment };
    let line = NewLine { service, version: None, offering, quantity, answers: answers.into(), quote: None };
    let quote = quote::ask(&app.cx, &app.shelf, &enquiries, &visitor.actor, &line).await?;
    let version = app.shelf.version(&app.cx, &quote.service, quote.service_version).await?;
    Ok(created(&format!("/quotes/{}", quote.id), view(quote, &version), false))
}

/// One's own quote.
#[utoipa::path(
    get, path = "/quotes/{id}", operation_id = "get_quote", tag = "orders",
    params(("id" = String, Path, description = "`quo_…`")),
    responses((status = 200, description = "The quote", body = QuoteView)),
)]
async fn get_quote(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Out<QuoteView>, Refused> {
    visitor.account()?;
    let id: QuoteId = id.parse().map_err(|_| ordering::Error::NotFound)?;
    let quote = quote::get(&app.cx, &visitor.actor, id).await?;
    let version = app.shelf.version(&app.cx, &quote.service, quote.service_version).await?;
    Ok(Out(view(quote, &version)))
}
