//! Payments in the hands of staff: finding one, asking its gateway again, giving money back.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use kernel::Timestamp;
use ordering::payment::browse::{self, Asked, Filter, Listed, Way};
use ordering::payment::{self, PaymentId, PaymentState, StartGiveBack, give_back, ops};
use reconciliation::Day;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, created, id, key, listed, wrong};
use crate::api::caller::{ReadOrders, Reconcile, RefundOrder, Staff};
use crate::api::json::Json;
use crate::api::payments::Payment;
use crate::api::wire::{Money, Rows};
use crate::app::App;
use crate::edge::Refused;

const LIST: &str = "staff/payments";
const REFUND: &str = "POST /staff/payments/{id}/refunds";
const STATES: [(&str, Option<PaymentState>); 4] = [
    ("open", Some(PaymentState::Open)),
    ("authorised", Some(PaymentState::Authorised)),
    ("paid", Some(PaymentState::Paid)),
    ("closed", Some(PaymentState::Closed)),
];

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_payments))
        .routes(routes!(look_at_payment))
        .routes(routes!(ask_about_payment))
        .routes(routes!(refund_payment))
}

/// A payment in a list.
#[derive(Serialize, ToSchema)]
struct PaymentRow {
    id: String,
    customer: String,
    /// `order` or `top_up`.
    purpose: &'static str,
    order: Option<String>,
    amount: Money,
    /// `open`, `paid`, `closed`.
    state: &'static str,
    /// Of the last attempt.
    gateway: Option<String>,
    /// A gateway did not say how an attempt stands, or said what cannot be.
    is_unclear: bool,
    /// More came in than was wanted; it goes back, or is back.
    is_overpaid: bool,
    is_disputed: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Listed> for PaymentRow {
    fn from(found: Listed) -> Self {
        let payment = found.payment;
        Self {
            id: payment.id.to_string(),
            customer: payment.customer.to_string(),
            purpose: payment.purpose.name(),
            order: payment.purpose.order().map(|order| order.to_string()),
            amount: payment.amount.into(),
            state: payment.state.name(),
            gateway: found.gateway,
            is_unclear: found.is_unclear,
            is_overpaid: found.is_overpaid,
            is_disputed: found.is_disputed,
            created_at: payment.created_at,
        }
    }
}

/// Payments, newest first.
#[utoipa::path(
    get, path = "/staff/payments", operation_id = "list_payments", tag = "staff",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
        ("state" = Option<String>, Query, description = "All when nothing is said", pattern = "^(open|paid|closed)$"),
        ("gateway" = Option<String>, Query, description = "Tried there; `balance` for those no gateway had a part in"),
        ("unclear" = Option<String>, Query, description = "`yes`: only those nobody knows the state of", pattern = "^(yes|no)$"),
        ("from" = Option<String>, Query, description = "The first day in Beijing, `2026-11-01`"),
        ("to" = Option<String>, Query, description = "The last day, `2026-11-30`"),
    ),
    responses((status = 200, description = "Payments", body = Rows<PaymentRow>)),
)]
async fn list_payments(
    State(app): State<App>,
    staff: Staff<ReadOrders>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit", "state", "gateway", "unclear", "from", "to"])?;
    let day = |name| match params.get(name) {
        None => Ok(None),
        Some(text) => Day::parse(text)
            .map(Some)
            .ok_or_else(|| wrong(name, "需为日期，例如 2026-11-01", "Must be a day, such as 2026-11-01")),
    };
    let is_unclear = params.word("unclear", &[("yes", true), ("no", false)], false)?;
    let way = match params.get("gateway") {
        _ if is_unclear => Way::Unclear,
        None => Way::Any,
        Some("balance") => Way::Balance,
        Some(name) => Way::Gateway(name.to_owned()),
    };
    let filter = Filter {
        state: params.word("state", &STATES, None)?,
        way,
        from: day("from")?.map(Day::begins_at),
        to: day("to")?.map(Day::ends_at),
    };
    let page = params.page(&app, LIST)?;
    let found = browse::list(&app.cx, &staff.actor, &filter, page).await?;
    Ok(listed(&app, LIST, &params, found.items.into_iter().map(PaymentRow::from).collect(), found.next))
}

/// A decision to give money back.
#[derive(Serialize, ToSchema)]
struct GivenBack {
    amount: Money,
    /// What of it went to the balance at once; the rest is in `refunds`.
    to_balance: Money,
    reason: String,
    /// What staff wrote.
    note: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// What a payer asked the bank back for.
#[derive(Serialize, ToSchema)]
struct DisputeView {
    /// The gateway's number.
    gateway_id: String,
    amount: Money,
    /// `asked`, `dropped`, `open`, `won`, `lost`, `mismatch`.
    state: &'static str,
    reason: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    due_by: Option<Timestamp>,
}

/// A payment with all that happened to it.
#[derive(Serialize, ToSchema)]
struct StaffPayment {
    #[serde(flatten)]
    payment: Payment,
    customer: String,
    /// What can still be given back.
    left: Money,
    given_back: Vec<GivenBack>,
    disputes: Vec<DisputeView>,
}

async fn shown(app: &App, staff: &crate::edge::Visitor, id: PaymentId) -> Result<StaffPayment, Refused> {
    let mut view = ops::view(&app.cx, &staff.actor, id).await?;
    // The page on which whoever has its address pays is the customer's.
    for attempt in &mut view.attempts {
        attempt.checkout = None;
    }
    let given_back = view.given_back.iter().map(|one| GivenBack {
        amount: one.amount.into(),
        to_balance: one.to_balance.into(),
        reason: one.reason.clone(),
        note: one.note.clone(),
        created_at: one.created_at,
    });
    let disputes = view.disputes.iter().map(|one| DisputeView {
        gateway_id: one.gateway_id.clone(),
        amount: one.amount.into(),
        state: one.state.name(),
        reason: one.reason.clone(),
        due_by: one.due_by,
    });
    Ok(StaffPayment {
        customer: view.payment.customer.to_string(),
        left: browse::left(&app.cx, &staff.actor, id).await?.into(),
        given_back: given_back.collect(),
        disputes: disputes.collect(),
        payment: view.into(),
    })
}

fn payment_id(text: &str) -> Result<PaymentId, Refused> {
    id(text, payment::Error::NotFound)
}

/// One payment.
#[utoipa::path(
    get, path = "/staff/payments/{id}", operation_id = "look_at_payment", tag = "staff",
    params(("id" = String, Path, description = "`pay_…`")),
    responses((status = 200, description = "The payment", body = StaffPayment)),
)]
async fn look_at_payment(
    State(app): State<App>,
    staff: Staff<ReadOrders>,
    Path(text): Path<String>,
) -> Result<Out<StaffPayment>, Refused> {
    Ok(Out(shown(&app, &staff, payment_id(&text)?).await?))
}

/// What asking brought.
#[derive(Serialize, ToSchema)]
struct PaymentAsked {
    /// `answered`; `silent`: at least one gateway did not say; `nothing`: no attempt was without an end.
    answer: &'static str,
    payment: StaffPayment,
}

/// Asks the gateways how every attempt without an end stands; what they say is taken in.
#[utoipa::path(
    post, path = "/staff/payments/{id}/ask", operation_id = "ask_about_payment", tag = "staff",
    params(("id" = String, Path, description = "`pay_…`")),
    responses((status = 200, description = "The payment as it stands then", body = PaymentAsked)),
)]
async fn ask_about_payment(
    State(app): State<App>,
    staff: Staff<Reconcile>,
    Path(text): Path<String>,
) -> Result<Out<PaymentAsked>, Refused> {
    let id = payment_id(&text)?;
    let answer = match Box::pin(browse::ask_again(&app.payments, &staff.actor, id)).await? {
        Asked::Nothing => "nothing",
        Asked::Answered => "answered",
        Asked::Silent => "silent",
    };
    Ok(Out(PaymentAsked { answer, payment: shown(&app, &staff, id).await? }))
}

/// What is to be given back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": {"minor": 5000, "currency": "CNY"}, "reason": "charged for a visit that did not happen"}))]
struct RefundWish {
    /// A part, or all that is left.
    amount: Money,
    /// At most 200 characters; it stays in the record.
    reason: String,
}

/// What was begun.
#[derive(Serialize, ToSchema)]
struct RefundStarted {
    /// Through gateways; empty when all of it went to the balance.
    refunds: Vec<String>,
}

/// Gives money back to where it came from, in part or whole. Needs a fresh proof.
#[utoipa::path(
    post, path = "/staff/payments/{id}/refunds", operation_id = "refund_payment", tag = "staff",
    params(
        ("id" = String, Path, description = "`pay_…`"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = RefundWish,
    responses((status = 201, description = "On its way", body = RefundStarted)),
)]
async fn refund_payment(
    State(app): State<App>,
    staff: Staff<RefundOrder>,
    Path(text): Path<String>,
    headers: HeaderMap,
    body: Json<RefundWish>,
) -> Result<Response, Refused> {
    let key = key(&headers, &staff, REFUND, &text, &body.raw)?;
    let payment = payment_id(&text)?;
    let RefundWish { amount, reason } = body.value;
    let mut read = app.cx.read().await.map_err(payment::Error::bug)?;
    let replayed = ordering::idempotency::find(&mut read, &app.cx, &key).await?.is_some();
    drop(read);
    let input = StartGiveBack { payment, amount: amount.into(), note: reason };
    let opened = give_back::start(&app.payments, &staff.actor, &input, &key).await?;
    let answer = RefundStarted { refunds: opened.iter().map(ToString::to_string).collect() };
    Ok(created(&format!("/staff/payments/{payment}"), answer, replayed))
}
