//! The bank's interface for merchants, signed like the provider protocol.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use connectors::bank::{CloseCollection, CreateCollection, CreateReturn};
use http::{HeaderMap, header};
use serde::Serialize;

use super::{page, statement};
use crate::Sandbox;
use crate::config::Desk;
use crate::denied::Denied;
use crate::web::{Body, ok, path_id, read, read_get, same_id, troubled};
use crate::world::World;

const DESK: Desk = Desk::Bank;

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/bank/v1/collections", post(expect))
        .route("/bank/v1/collections/{id}", get(query))
        .route("/bank/v1/collections/{id}/close", post(close))
        .route("/bank/v1/collections/{id}/refunds", post(give_back))
        .route("/bank/v1/collections/{id}/refunds/{refund}", get(query_return))
        .route("/bank/v1/statements/{day}", get(of_day))
        .route("/bank/send", get(page::show).post(page::send))
}

fn answer<T: Serialize>(result: Result<T, Denied>) -> Response {
    match result {
        Ok(document) => ok(&document),
        Err(denied) => denied.into_response(),
    }
}

async fn expect(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Body) -> Result<Response, Denied> {
    let (signed, request): (_, CreateCollection) = read(&sandbox, DESK, &headers, body)?;
    same_id(&signed, &request.attempt_id, None)?;
    let work = |world: &mut World, now| answer(super::expect(world, request, now));
    Ok(troubled(&sandbox, DESK, &signed, work).await)
}

async fn query(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let id = read_get(&sandbox, DESK, &headers, &id)?;
    Ok(troubled(&sandbox, DESK, id.as_str(), |world, _| answer(super::query(world, &id))).await)
}

async fn close(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Denied> {
    let (signed, request): (_, CloseCollection) = read(&sandbox, DESK, &headers, body)?;
    same_id(&signed, &request.attempt_id, Some(&id))?;
    let work = |world: &mut World, now| answer(super::close(world, &request.attempt_id, now));
    Ok(troubled(&sandbox, DESK, &signed, work).await)
}

async fn give_back(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Denied> {
    let (signed, request): (_, CreateReturn) = read(&sandbox, DESK, &headers, body)?;
    same_id(&signed, &request.refund_id, None)?;
    same_id(request.attempt_id.as_str(), &request.attempt_id, Some(&id))?;
    let work = |world: &mut World, now| answer(super::give_back(world, request, now));
    Ok(troubled(&sandbox, DESK, &signed, work).await)
}

async fn query_return(
    State(sandbox): State<Sandbox>,
    Path((id, refund)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let refund = read_get(&sandbox, DESK, &headers, &refund)?;
    let attempt = path_id(&id)?;
    let work = |world: &mut World, _| answer(super::query_return(world, &attempt, &refund));
    Ok(troubled(&sandbox, DESK, refund.as_str(), work).await)
}

async fn of_day(
    State(sandbox): State<Sandbox>,
    Path(day): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    read_get(&sandbox, DESK, &headers, &day)?;
    let date = day.parse().map_err(|_| Denied::malformed("the day is written 2026-11-21"))?;
    let work = |world: &mut World, _| {
        let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
        (headers, statement::write(world, date)).into_response()
    };
    Ok(troubled(&sandbox, DESK, &day, work).await)
}
