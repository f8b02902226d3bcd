//! The API: bearer key, form-encoded requests, errors as the gateway says them.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use connectors::OperationId;
use http::{HeaderMap, StatusCode, header};
use kernel::Timestamp;
use serde_json::{Value, json};

use super::dispute::{self, Turn};
use super::ops::{self, Pairs};
use super::{PaymentRecord, Status, books, page, show};
use crate::config::Desk;
use crate::web::troubled;
use crate::world::World;
use crate::{Sandbox, page as frame};

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/card/v1/checkout/sessions", get(sessions).post(open))
        .route("/card/v1/checkout/sessions/{id}/expire", post(expire))
        .route("/card/v1/payment_intents/search", get(search))
        .route("/card/v1/payment_intents/{id}", get(intent))
        .route("/card/v1/payment_intents/{id}/capture", post(capture))
        .route("/card/v1/payment_intents/{id}/cancel", post(cancel))
        .route("/card/v1/refunds", get(refunds).post(give_back))
        .route("/card/v1/refunds/{id}", get(refund))
        .route("/card/v1/balance_transactions", get(balance))
        .route("/card/pay/{session}", get(page::show).post(page::choose))
        .route("/card/3ds/{session}", get(page::question).post(page::answer))
        .route("/card/dispute/{intent}", post(turn))
}

/// A request that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
}

impl Refused {
    pub fn invalid(code: &'static str, message: &str) -> Self {
        let kind = "invalid_request_error";
        Self { status: StatusCode::BAD_REQUEST, kind, code: Some(code), message: message.to_owned() }
    }

    pub fn missing() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::invalid("resource_missing", "there is nothing of that id")
        }
    }

    pub fn unexpected(status: Status) -> Self {
        Self::invalid("payment_intent_unexpected_state", &format!("the payment is {}", status.name()))
    }

    /// The key was used for another request.
    pub fn reused_key() -> Self {
        let message = "the idempotency key was used with other parameters";
        Self { kind: "idempotency_error", code: None, ..Self::invalid("", message) }
    }

    fn unauthorised() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: None, ..Self::invalid("", "invalid API key") }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error = json!({"type": self.kind, "code": self.code, "message": self.message});
        (self.status, axum::Json(json!({ "error": error }))).into_response()
    }
}

/// 429 as this gateway says it.
pub(crate) fn denied_as_busy() -> Response {
    let busy = Refused::invalid("rate_limit", "the sandbox is set to be busy");
    Refused { status: StatusCode::TOO_MANY_REQUESTS, kind: "rate_limit_error", ..busy }.into_response()
}

type Body = Result<Bytes, BytesRejection>;
type Asked = BTreeMap<String, String>;

fn allowed(sandbox: &Sandbox, headers: &HeaderMap) -> Result<(), Refused> {
    let card = sandbox.0.config.card.as_ref().ok_or_else(Refused::unauthorised)?;
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given == Some(card.secret_key.bearer().as_str()) { Ok(()) } else { Err(Refused::unauthorised()) }
}

fn form(body: Body) -> Result<Pairs, Refused> {
    let body = body.map_err(|_| Refused::invalid("parameter_invalid", "the body does not read"))?;
    Ok(form_urlencoded::parse(&body).into_owned().collect())
}

fn key(headers: &HeaderMap) -> Result<String, Refused> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    key.map(str::to_owned).ok_or_else(|| Refused::invalid("parameter_missing", "Idempotency-Key"))
}

fn told(result: Result<Value, Refused>) -> Response {
    match result {
        Ok(document) => axum::Json(document).into_response(),
        Err(refused) => refused.into_response(),
    }
}

fn list(data: Vec<Value>) -> Value {
    json!({"object": "list", "has_more": false, "data": data})
}

fn by_intent<'a>(world: &'a World, id: &str) -> Result<&'a PaymentRecord, Refused> {
    world.payments.values().find(|record| record.intent_id == id).ok_or_else(Refused::missing)
}

/// Asks under the id the request is about, so that trouble hits the same requests in every run.
async fn asked(
    sandbox: Sandbox,
    headers: HeaderMap,
    about: &str,
    work: impl FnOnce(&mut World, Timestamp) -> Result<Value, Refused>,
) -> Result<Response, Refused> {
    allowed(&sandbox, &headers)?;
    Ok(troubled(&sandbox, Desk::Card, about, |world, now| told(work(world, now))).await)
}

/// Makes something under the key of the request, which is its only name so far.
async fn make(
    sandbox: Sandbox,
    headers: HeaderMap,
    body: Body,
    work: impl FnOnce(&mut World, &str, Pairs, Timestamp) -> Result<Value, Refused>,
) -> Result<Response, Refused> {
    allowed(&sandbox, &headers)?;
    let (key, pairs) = (key(&headers)?, form(body)?);
    asked(sandbox, headers, &key, |world, now| work(world, &key, pairs, now)).await
}

async fn open(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Body) -> Result<Response, Refused> {
    make(sandbox, headers, body, ops::open).await
}

async fn sessions(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let intent = query.get("payment_intent").cloned().unwrap_or_default();
    asked(sandbox, headers, &intent, |world, _| {
        let found = by_intent(world, &intent).ok().map(|record| show::session(world, record));
        Ok(list(found.into_iter().collect()))
    })
    .await
}

async fn expire(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    asked(sandbox, headers, &id, |world, now| {
        let found = world.payments.values().find(|record| record.session_id == id);
        let attempt = found.map(PaymentRecord::attempt_id).ok_or_else(Refused::missing)?;
        ops::close(world, &attempt, now)?;
        world.payments.get(&attempt).map(|record| show::session(world, record)).ok_or_else(Refused::missing)
    })
    .await
}

/// `query=metadata['attempt_id']:'…'` and nothing else.
async fn search(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let text = query.get("query").map(String::as_str).unwrap_or_default();
    let wanted = text.strip_prefix("metadata['attempt_id']:'").and_then(|rest| rest.strip_suffix('\''));
    let wanted = wanted.ok_or_else(|| Refused::invalid("parameter_invalid", "query"))?.to_owned();
    asked(sandbox, headers, &wanted, |world, _| {
        let found = world.payments.values().filter(|record| record.attempt.as_str() == wanted);
        Ok(list(found.map(show::intent).collect()))
    })
    .await
}

async fn intent(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    asked(sandbox, headers, &id, |world, _| by_intent(world, &id).map(show::intent)).await
}

/// Does something to the payment of an intent and tells how it stands then.
async fn change(
    sandbox: Sandbox,
    headers: HeaderMap,
    id: &str,
    work: impl FnOnce(&mut World, &OperationId, Timestamp) -> Result<(), Refused>,
) -> Result<Response, Refused> {
    asked(sandbox, headers, id, |world, now| {
        let attempt = by_intent(world, id)?.attempt_id();
        work(world, &attempt, now)?;
        by_intent(world, id).map(show::intent)
    })
    .await
}

async fn capture(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    allowed(&sandbox, &headers)?;
    let pairs = form(body)?;
    change(sandbox, headers, &id, |world, attempt, now| ops::capture(world, attempt, &pairs, now)).await
}

async fn cancel(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    change(sandbox, headers, &id, ops::cancel).await
}

async fn give_back(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    make(sandbox, headers, body, ops::refund).await
}

async fn refunds(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let intent = query.get("payment_intent").cloned().unwrap_or_default();
    asked(sandbox, headers, &intent, |world, _| {
        let record = by_intent(world, &intent)?;
        Ok(list(record.refunds.iter().rev().map(|refund| show::refund(record, refund)).collect()))
    })
    .await
}

async fn refund(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    asked(sandbox, headers, &id, |world, _| {
        let all = world.payments.values().flat_map(|r| r.refunds.iter().map(move |refund| (r, refund)));
        let found = all.into_iter().find(|(_, refund)| refund.gateway_id == id);
        found.map(|(record, refund)| show::refund(record, refund)).ok_or_else(Refused::missing)
    })
    .await
}

async fn balance(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok());
    let (from, to) = (number("created[gte]").unwrap_or(0), number("created[lt]").unwrap_or(i64::MAX));
    let limit = number("limit").and_then(|n| usize::try_from(n).ok()).unwrap_or(10).clamp(1, 100);
    let after = query.get("starting_after").cloned();
    asked(sandbox, headers, &format!("balance-{from}"), |world, _| {
        let all = books::list(world, from, to);
        let place =
            |id: &String| all.iter().position(|line| line.get("id").and_then(Value::as_str) == Some(id));
        let start = match &after {
            None => 0,
            Some(id) => place(id).ok_or_else(Refused::missing)?.saturating_add(1),
        };
        let more = all.len() > start.saturating_add(limit);
        let data: Vec<Value> = all.into_iter().skip(start).take(limit).collect();
        Ok(json!({"object": "list", "has_more": more, "data": data}))
    })
    .await
}

/// `POST /card/dispute/{intent}` with `turn=open|review|win|lose`: the buttons of the control page.
async fn turn(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Asked>,
) -> Response {
    if frame::from_elsewhere(&headers) {
        return (StatusCode::FORBIDDEN, "cross-site form").into_response();
    }
    let Some(turn) = form.get("turn").and_then(|name| Turn::from_name(name)) else {
        return (StatusCode::UNPROCESSABLE_ENTITY, "unknown turn").into_response();
    };
    let attempt = by_intent(&sandbox.world(), &id).ok().map(PaymentRecord::attempt_id);
    let Some(attempt) = attempt else { return StatusCode::NOT_FOUND.into_response() };
    let now = sandbox.now();
    if !dispute::turn(&mut sandbox.world(), &attempt, turn, now) {
        return (StatusCode::CONFLICT, "not in this state").into_response();
    }
    sandbox.0.wake.notify_one();
    Redirect::to(&format!("{}/sandbox", sandbox.0.config.public_url)).into_response()
}
