//! Paying through a gateway, and how a payment stands.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::Timestamp;
use ordering::OrderId;
use ordering::payment::{
    self, FromBalance, PaymentId, PaymentView, RETURN_PLACE, StartAttempt, Started, Status, ops, wallet,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::BASE;
use super::json::MaybeJson;
use super::wire::{Checkout, Money, PaymentMethod, Text};
use crate::app::App;
use crate::edge::{Refused, Visitor};

/// The gateway when nothing is said.
pub(super) const GATEWAY: &str = "card";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(start_payment)).routes(routes!(get_payment))
}

/// What is to be paid once, and all that happened to it.
#[derive(Serialize, ToSchema)]
pub(super) struct Payment {
    id: String,
    /// `order` or `top_up`.
    purpose: &'static str,
    order: Option<String>,
    amount: Money,
    /// `at_order`; or `at_completion`: it is only authorised until the work is done, and what was done is taken.
    capture: &'static str,
    /// `to_pay`, `confirming`, `declined`, `authorised`, `paid`, `closed`.
    #[schema(value_type = String)]
    status: Status,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Oldest first.
    attempts: Vec<Attempt>,
    refunds: Vec<Refund>,
}

/// One try at one gateway.
#[derive(Serialize, ToSchema)]
struct Attempt {
    id: String,
    gateway: String,
    /// `open`, `processing`, `unknown`, `authorised`, `capturing`, `voiding`, `uncollected`, `captured`, `surplus`, `declined`, `closed`, …
    state: &'static str,
    /// The gateway's page, while it can be paid there.
    checkout_url: Option<String>,
    /// How the payer gets to pay, while it can be paid.
    checkout: Option<Checkout>,
    /// Why it ended.
    outcome: Option<String>,
    message: Option<Text>,
    card: Option<Card>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// All we ever learn about a card.
#[derive(Serialize, ToSchema)]
struct Card {
    brand: String,
    last4: String,
}

#[derive(Serialize, ToSchema)]
struct Refund {
    id: String,
    amount: Money,
    /// `pending`, `processing`, `unknown`, `succeeded`, `failed`.
    state: &'static str,
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<PaymentView> for Payment {
    fn from(view: PaymentView) -> Self {
        let attempt = |attempt: payment::Attempt| {
            let open = attempt.checkout.as_ref().filter(|_| attempt.state == payment::AttemptState::Open);
            Attempt {
                id: attempt.id.to_string(),
                gateway: attempt.gateway,
                state: attempt.state.name(),
                checkout_url: open.and_then(|checkout| checkout.page().map(str::to_owned)),
                checkout: open.map(Into::into),
                outcome: attempt.outcome,
                message: attempt.words.as_ref().map(Into::into),
                card: attempt.card.map(|(brand, last4)| Card { brand, last4 }),
                created_at: attempt.created_at,
            }
        };
        let refund = |refund: payment::Refund| Refund {
            id: refund.id.to_string(),
            amount: refund.amount.into(),
            state: refund.state.name(),
            reason: refund.reason,
            created_at: refund.created_at,
        };
        Self {
            id: view.payment.id.to_string(),
            purpose: view.payment.purpose.name(),
            order: view.payment.purpose.order().map(|order| order.to_string()),
            amount: view.payment.amount.into(),
            capture: view.payment.capture.name(),
            status: view.status,
            expires_at: view.payment.expires_at,
            created_at: view.payment.created_at,
            attempts: view.attempts.into_iter().map(attempt).collect(),
            refunds: view.refunds.into_iter().map(refund).collect(),
        }
    }
}

/// Where to pay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"gateway": "card"}))]
struct NewPayment {
    /// `card` when nothing is said; with `balance` it is paid at once, and nothing else is looked at.
    #[serde(default)]
    #[schema(nullable = false)]
    method: Option<PaymentMethod>,
    /// The gateway of `method`, or `card`, when nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    gateway: Option<String>,
    /// Where the payer is going to pay; `computer` when nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    screen: Option<Screen>,
    /// Where the gateway's page leads afterwards; a page of ours when nothing is said.
    #[serde(default)]
    #[schema(nullable = false, format = "uri")]
    return_url: Option<String>,
}

/// How the wish to pay was answered.
#[derive(Serialize, ToSchema)]
struct PaymentStarted {
    payment: String,
    /// `to_pay`: do what `checkout` says. `confirming`: an earlier try has no known end, so do not pay again yet. `paid`: nothing is to be
    /// paid; whether it was taken or only authorised, the payment itself says.
    #[schema(value_type = String)]
    status: Status,
    /// The gateway's page, where there is one.
    checkout_url: Option<String>,
    /// How the payer gets to pay.
    checkout: Option<Checkout>,
}

/// Opens the gateway's page for an order, or pays it from the balance. Repeating it gives the same page while it can be paid, and
/// never pays twice: the payment itself is the key.
#[utoipa::path(
    post, path = "/orders/{id}/payments", operation_id = "start_payment", tag = "payments",
    params(("id" = String, Path, description = "`ord_…`")),
    request_body(content = NewPayment, description = "May be left out"),
    responses(
        (status = 201, description = "To be paid as `checkout` says", body = PaymentStarted),
        (status = 200, description = "Paid, now or before, or not to be paid again yet", body = PaymentStarted),
    ),
)]
async fn start_payment(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: MaybeJson<NewPayment>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let order: OrderId = id.parse().map_err(|_| ordering::Error::NotFound)?;
    let found = ordering::order::query::get(&app.cx, &visitor.actor, order).await?;
    let view = ops::of_order(&app.cx, &visitor.actor, found.id).await?.ok_or(payment::Error::Ended)?;
    let NewPayment { method, gateway, screen, return_url } = body.0.value;
    let id = view.payment.id;
    if method == Some(PaymentMethod::Balance) {
        let paid = Box::pin(wallet::pay_from_balance(&app.payments, &app.shelf, &visitor.actor, id)).await?;
        return Ok(started(
            id,
            match paid {
                FromBalance::Paid | FromBalance::AlreadyPaid => Started::AlreadyPaid,
                FromBalance::Confirming => Started::Confirming,
            },
        ));
    }
    let by = || method.map_or(GATEWAY, |method| catalogue::service::PaymentMethod::from(method).name());
    let gateway = gateway.unwrap_or_else(|| by().to_owned());
    let back = return_url
        .unwrap_or_else(|| format!("{}/pay/{order}/result?attempt={RETURN_PLACE}", app.settings.public_url));
    Ok(started(id, Box::pin(start(&app, &visitor, id, At { gateway, screen }, back)).await?))
}

fn started(id: PaymentId, how: Started) -> Response {
    let (code, status, checkout) = match how {
        Started::Checkout { checkout, .. } => (StatusCode::CREATED, Status::ToPay, Some(checkout)),
        Started::AlreadyPaid => (StatusCode::OK, Status::Paid, None),
        Started::Confirming => (StatusCode::OK, Status::Confirming, None),
    };
    let body = PaymentStarted {
        payment: id.to_string(),
        status,
        checkout_url: checkout.as_ref().and_then(|checkout| checkout.page().map(str::to_owned)),
        checkout: checkout.as_ref().map(Into::into),
    };
    let mut response = (code, Out(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("{BASE}/payments/{id}")) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// Where the payer is.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Screen {
    /// A page, or a code to scan.
    Computer,
    /// The gateway's app is opened.
    Phone,
}

/// Which gateway is asked, and for which screen.
pub(super) struct At {
    pub gateway: String,
    pub screen: Option<Screen>,
}

/// Asks a gateway how the payer gets to pay.
pub(super) async fn start(
    app: &App,
    visitor: &Visitor,
    payment: PaymentId,
    at: At,
    return_url: String,
) -> Result<Started, payment::Error> {
    let screen = match at.screen {
        Some(Screen::Phone) => connectors::Screen::Phone,
        Some(Screen::Computer) | None => connectors::Screen::Computer,
    };
    let payer_address = Some(visitor.actor.address.clone()).filter(|address| !address.is_empty());
    let locale = visitor.locale;
    let input = StartAttempt { payment, gateway: at.gateway, locale, return_url, screen, payer_address };
    payment::attempt::start_attempt(&app.payments, &visitor.actor, input).await
}

/// How one's own payment stands.
#[utoipa::path(
    get, path = "/payments/{id}", operation_id = "get_payment", tag = "payments",
    params(("id" = String, Path, description = "`pay_…`")),
    responses((status = 200, description = "The payment", body = Payment)),
)]
async fn get_payment(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Out<Payment>, Refused> {
    visitor.account()?;
    let id: PaymentId = id.parse().map_err(|_| payment::Error::NotFound)?;
    Ok(Out(ops::view(&app.cx, &visitor.actor, id).await?.into()))
}
