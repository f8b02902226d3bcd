//! The routes: signed requests for the desks, plain ones for the payer's page and for people who watch.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use connectors::protocol::MAX_BODY_BYTES;
use connectors::signed::{CallbackError, receive};
use connectors::{Operation, OperationId};
use http::{HeaderMap, StatusCode};
use kernel::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::Desk;
use crate::denied::Denied;
use crate::desk::NotTaken;
use crate::knobs::Trouble;
use crate::world::World;
use crate::{Sandbox, alipay_pay, bank, card, console, desk, oauth, real_name, wechat_pay};

pub(crate) type Body = Result<Bytes, BytesRejection>;

pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/", get(console::home))
        .route("/{desk}/v1/operations", post(operate))
        .route("/{desk}/v1/operations/{id}", get(poll))
        .route("/identity/v1/name-checks", post(real_name::ask))
        .route("/sandbox", get(console::overview))
        .route("/sandbox/style.css", get(crate::page::style))
        .route("/sandbox/state", get(console::state))
        .route("/sandbox/knobs", get(console::all_knobs))
        .route("/sandbox/knobs/{desk}", get(console::knobs).put(console::put_knobs).post(console::post_knobs))
        .route("/sandbox/flush", post(console::flush))
        .merge(card::router())
        .merge(bank::router())
        .merge(oauth::router())
        .merge(wechat_pay::router())
        .merge(alipay_pay::router())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(sandbox)
}

pub(crate) fn ok(document: &impl Serialize) -> Response {
    axum::Json(document).into_response()
}

/// Size, signature, then content.
pub(crate) fn read<T: DeserializeOwned>(
    sandbox: &Sandbox,
    desk: Desk,
    headers: &HeaderMap,
    body: Body,
) -> Result<(String, T), Denied> {
    let body = body.map_err(|error| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Denied::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is larger than 64 KiB")
        } else {
            Denied::malformed("the body does not read")
        }
    })?;
    let keys = sandbox.0.config.keys(desk).ok_or_else(|| Denied::not_found("unknown_desk"))?;
    match receive(keys, headers, &body, sandbox.now()) {
        Ok((verified, document)) => Ok((verified.id, document)),
        Err(CallbackError::Signature(error)) => Err(Denied::unsigned(error.to_string())),
        Err(error) => Err(Denied::malformed(error.to_string())),
    }
}

/// A signed GET: the signed id must be the one in the path, since the signature does not cover the path.
pub(crate) fn read_get(
    sandbox: &Sandbox,
    desk: Desk,
    headers: &HeaderMap,
    id: &str,
) -> Result<OperationId, Denied> {
    let keys = sandbox.0.config.keys(desk).ok_or_else(|| Denied::not_found("unknown_desk"))?;
    match keys.verify(headers, b"", sandbox.now()) {
        Ok(verified) if verified.id == id => path_id(id),
        Ok(_) => Err(Denied::unsigned("webhook-id is not the id in the path")),
        Err(error) => Err(Denied::unsigned(error.to_string())),
    }
}

pub(crate) fn path_id(id: &str) -> Result<OperationId, Denied> {
    OperationId::parse(id).map_err(|error| Denied::malformed(error.to_string()))
}

pub(crate) fn same_id(signed: &str, id: &OperationId, path: Option<&str>) -> Result<(), Denied> {
    if signed == id.as_str() && path.is_none_or(|path| path == id.as_str()) {
        Ok(())
    } else {
        Err(Denied::malformed("webhook-id, the id in the path and the id in the body are not the same"))
    }
}

/// Does the work unless a knob makes the request fail before; may spoil the answer after.
pub(crate) async fn troubled(
    sandbox: &Sandbox,
    desk: Desk,
    id: &str,
    work: impl FnOnce(&mut World, Timestamp) -> Response,
) -> Response {
    let trouble = sandbox.world().trouble(desk, id);
    match trouble {
        Trouble::Failure => return (StatusCode::INTERNAL_SERVER_ERROR, "sandbox failure").into_response(),
        Trouble::Busy => return busy(desk),
        Trouble::None | Trouble::Hang | Trouble::Garbage | Trouble::Cut => {}
    }
    let response = work(&mut sandbox.world(), sandbox.now());
    sandbox.0.wake.notify_one();
    match trouble {
        Trouble::Hang => {
            let hang = sandbox.knobs(desk).hang();
            tokio::select! {
                () = tokio::time::sleep(hang) => {}
                () = sandbox.0.stop.cancelled() => {}
            }
            (StatusCode::GATEWAY_TIMEOUT, "sandbox hung").into_response()
        }
        Trouble::Garbage => (StatusCode::OK, "<html>{\"outcome\": \"do").into_response(),
        Trouble::Cut => cut(response),
        Trouble::None | Trouble::Failure | Trouble::Busy => response,
    }
}

/// The beginning of an answer, and then the connection ends.
fn cut(response: Response) -> Response {
    let (parts, _) = response.into_parts();
    let pieces = [Ok("{\"".to_owned()), Err(std::io::Error::other("cut off"))];
    Response::from_parts(parts, axum::body::Body::from_stream(futures_util::stream::iter(pieces)))
}

fn busy(desk: Desk) -> Response {
    if desk == Desk::Card {
        return card::denied_as_busy();
    }
    Denied::new(StatusCode::TOO_MANY_REQUESTS, "busy", "the sandbox is set to be busy").into_response()
}

fn provider(name: &str) -> Result<Desk, Denied> {
    let desk = Desk::from_name(name).filter(|desk| Desk::PROVIDERS.contains(desk));
    desk.ok_or_else(|| Denied::not_found("unknown_desk"))
}

async fn operate(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Denied> {
    let desk = provider(&name)?;
    let (signed, operation): (_, Operation) = read(&sandbox, desk, &headers, body)?;
    same_id(&signed, &operation.operation_id, None)?;
    operation.check().map_err(|error| Denied::malformed(error.to_string()))?;
    let work = |world: &mut World, now| match desk::operate(world, desk, operation, now) {
        Ok(answer) => ok(&answer),
        Err(NotTaken::Conflict) => Denied::conflict().into_response(),
    };
    Ok(troubled(&sandbox, desk, &signed, work).await)
}

async fn poll(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let desk = provider(&name)?;
    let id = read_get(&sandbox, desk, &headers, &id)?;
    let key = (desk, id.clone());
    let work = |world: &mut World, _| match world.operations.get(&key) {
        Some(record) => ok(&record.answer),
        None => Denied::not_found("unknown_operation").into_response(),
    };
    Ok(troubled(&sandbox, desk, id.as_str(), work).await)
}
