//! What gateways and providers call. Believed by signature alone; a repetition is answered with success and changes nothing (P4).

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use connectors::{Gateway, Taken};
use kernel::Kind;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::wire::Problem;
use crate::app::App;
use crate::edge::Refused;
use crate::edge::problem::EdgeError;
use crate::edge::shield::SignedRightly;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(gateway)).routes(routes!(provider))
}

/// How a payment or a refund stands, from a gateway.
#[utoipa::path(
    post, path = "/callbacks/gateways/{name}", operation_id = "gateway_callback", tag = "callbacks",
    params(("name" = String, Path, description = "The gateway: `card`")),
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 200, description = "Taken in, now or before, where the gateway's protocol wants a body"),
        (status = 204, description = "Taken in, now or before"),
        (status = 401, description = "The signature does not match. In the words of the gateway's protocol where it has some, like every refusal here", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
async fn gateway(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let gateway = app.payments.gateways.get(&name).ok_or(ordering::payment::Error::NotFound)?;
    let heard = match body {
        Ok(body) => ordering::payment::ops::callback(&app.payments, &name, &headers, &body).await,
        Err(_) => return answer(gateway.as_ref(), Err(EdgeError::TooLarge.into())),
    };
    answer(gateway.as_ref(), heard.map_err(Refused::from))
}

/// Each protocol has its own word for "stop repeating", and some for "try again". A refusal that it has no word for is told in ours.
fn answer(gateway: &dyn Gateway, heard: Result<(), Refused>) -> Result<Response, Refused> {
    let taken = heard.as_ref().map_or_else(taken, |()| Taken::In);
    let said = gateway.acknowledge(taken);
    let status = StatusCode::from_u16(said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match heard {
        Err(refused) if said.body.is_empty() => Err(refused),
        Ok(()) if said.body.is_empty() => Ok((Extension(SignedRightly), status).into_response()),
        Ok(()) => {
            let words = [(CONTENT_TYPE, said.content_type)];
            Ok((status, Extension(SignedRightly), words, said.body).into_response())
        }
        Err(_) => Ok((status, [(CONTENT_TYPE, said.content_type)], said.body).into_response()),
    }
}

fn taken(refused: &Refused) -> Taken {
    match refused.kind() {
        Kind::Unauthenticated => Taken::NotBelieved,
        Kind::Invalid | Kind::Forbidden | Kind::NotFound => Taken::Refused,
        Kind::Conflict | Kind::Limited | Kind::Unavailable | Kind::Bug => Taken::Later,
    }
}

/// How an operation stands, from a provider.
#[utoipa::path(
    post, path = "/callbacks/providers/{name}", operation_id = "provider_callback", tag = "callbacks",
    params(("name" = String, Path, description = "The provider: `telecom`")),
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 204, description = "Taken in, now or before"),
        (status = 401, description = "The signature does not match", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
async fn provider(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let body = body.map_err(|_| EdgeError::TooLarge)?;
    fulfilment::provider::callback(&app.cx, &app.fulfilment, &name, &headers, &body).await?;
    Ok((Extension(SignedRightly), StatusCode::NO_CONTENT).into_response())
}
