//! What programs call: `/api/v1`, described by `/openapi.json`, readable at `/api/docs`.
//!
//! A route and its description are one item, so neither exists without the other. Who calls is said by a bearer token alone: cookies are
//! taken off before anything looks at them, so no page of another site can act with them.

mod accounts;
mod approvals;
mod call;
mod callbacks;
mod caller;
mod docs;
mod documents;
mod drafts;
mod invitations;
mod json;
mod keys;
mod live;
mod openapi;
mod orders;
mod organisations;
mod payees;
mod payments;
mod privacy;
mod quotes;
mod real_name;
mod recovery;
mod security;
mod services;
mod sessions;
mod staff;
mod statements;
#[cfg(test)]
mod tests;
mod wallet;
mod wire;

use axum::Router;
use axum::extract::Request;
use axum::http::header::COOKIE;
use axum::middleware::map_request;
use axum::routing::{any, get};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::edge::Refused;
use crate::edge::problem::EdgeError;

/// Where version 1 lives.
pub(crate) const BASE: &str = "/api/v1";

pub(crate) fn router() -> Router<App> {
    let (described, _) = described().split_for_parts();
    let nowhere = any(|| async { Refused::from(EdgeError::NotFound) });
    described
        .layer(map_request(without_cookies))
        .merge(crate::oauth::router())
        .route("/openapi.json", get(openapi::serve))
        .route("/api/docs", get(docs::index))
        .route("/api/docs/{area}", get(docs::area))
        .route("/api/docs/schemas", get(docs::schemas::names))
        .route("/api/docs/schemas/{area}", get(docs::schemas::area))
        .route("/api/docs/codes/{room}", get(docs::codes::room))
        .route("/api", nowhere.clone())
        .route("/api/{*rest}", nowhere.clone())
        .route("/callbacks/{*rest}", nowhere)
}

/// The routes with their descriptions.
fn described() -> OpenApiRouter<App> {
    let v1 = OpenApiRouter::new()
        .merge(accounts::router())
        .merge(approvals::router())
        .merge(recovery::router())
        .merge(sessions::router())
        .merge(security::router())
        .merge(real_name::router())
        .merge(privacy::router())
        .merge(organisations::router())
        .merge(invitations::router())
        .merge(keys::router())
        .merge(services::router())
        .merge(quotes::router())
        .merge(drafts::router())
        .merge(orders::router())
        .merge(live::router())
        .merge(payments::router())
        .merge(wallet::router())
        .merge(statements::router())
        .merge(payees::router())
        .merge(documents::router())
        .merge(staff::router());
    openapi::base().nest(BASE, v1).merge(callbacks::router())
}

async fn without_cookies(mut request: Request) -> Request {
    request.headers_mut().remove(COOKIE);
    request
}
