//! Orders: placing, listing, following, cancelling, receipts.

mod view;

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use kernel::Timestamp;
use ordering::order::{self, Channel, Which, query};
use ordering::{Error, NewLine, OrderId, PlaceOrder, Placed};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{Params, created, key, listed, mark_replayed, optional_key};
use super::json::{Json, MaybeJson};
use super::quotes::one;
use super::wire::{Money, PaymentMethod};
use crate::app::App;
use crate::edge::{Refused, Visitor};
pub(super) use view::{OrderDetail, detail};
use view::{OrderList, OrderSummary, ReceiptList};

/// The list's name in addresses and cursors.
const LIST: &str = "orders";
const PLACE: &str = "POST /orders";
const CANCEL: &str = "POST /orders/{id}/cancel";
/// Longer reasons are refused.
const MAX_REASON: usize = 200;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_order, list_orders))
        .routes(routes!(get_order))
        .routes(routes!(cancel_order))
        .routes(routes!(get_receipt))
}

/// An order as a program sends it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "lines": [{"service": "mobile-top-up", "offering": "y30", "answers": {"phone": "13812345678"}}],
    "payment_method": "balance",
    "total": {"minor": 3000, "currency": "CNY"}
}))]
struct NewOrder {
    /// At most 50.
    #[schema(min_items = 1, max_items = 50)]
    lines: Vec<NewOrderLine>,
    payment_method: PaymentMethod,
    /// What of the total is taken from the balance, when `payment_method` brings the rest from outside.
    #[serde(default)]
    #[schema(nullable = false)]
    from_balance: Option<Money>,
    /// What the customer saw and agreed to; another total is refused with `ordering.price_changed`.
    total: Money,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"service": "mobile-top-up", "offering": "y30", "quantity": 1, "answers": {"phone": "13812345678"}}))]
struct NewOrderLine {
    service: String,
    /// The version whose form was filled in; the current one when nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    version: Option<i64>,
    offering: String,
    #[serde(default = "one")]
    #[schema(default = 1, minimum = 1)]
    quantity: i64,
    /// The answers to the offering's form.
    #[serde(default)]
    #[schema(value_type = Object)]
    answers: serde_json::Map<String, serde_json::Value>,
    /// The quote to order by, where the provider names the price.
    #[serde(default)]
    #[schema(nullable = false)]
    quote: Option<String>,
}

/// An order that was placed. Nothing in it changes later: a repetition answers the same. Follow `Location` for how it stands.
#[derive(Serialize, ToSchema)]
struct OrderPlaced {
    id: String,
    /// What a customer reads out.
    number: String,
    state: &'static str,
    money_state: &'static str,
    total: Money,
    payment_method: String,
    /// To be paid here, where money is to come from a card: `POST /orders/{id}/payments`.
    payment: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pay_by: Option<Timestamp>,
    /// Until when somebody decides about it, while it is `held`.
    #[schema(value_type = Option<String>, format = DateTime)]
    held_until: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
}

impl From<Placed> for OrderPlaced {
    fn from(placed: Placed) -> Self {
        Self {
            id: placed.order.to_string(),
            number: kernel::order_number(placed.order.raw()),
            state: placed.state.name(),
            money_state: placed.money.name(),
            total: placed.total.into(),
            payment_method: placed.payment_method,
            payment: placed.payment.map(|id| id.to_string()),
            pay_by: placed.pay_by,
            held_until: placed.held_until,
            placed_at: placed.placed_at,
        }
    }
}

/// Places an order. It is on disk when this answers; nothing of it exists before.
#[utoipa::path(
    post, path = "/orders", operation_id = "create_order", tag = "orders",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = NewOrder,
    responses((status = 201, description = "Placed, now or by an earlier request with this key", body = OrderPlaced)),
)]
async fn create_order(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Json<NewOrder>,
) -> Result<Response, Refused> {
    let customer = visitor.customer()?;
    let key = key(&headers, &visitor, PLACE, "", &body.raw)?;
    let new = body.value;
    let lines = (0_usize..).zip(new.lines).map(|(index, line)| new_line(index, line));
    let place = PlaceOrder {
        origin: visitor.origin(),
        actor: visitor.actor,
        customer,
        key,
        lines: lines.collect::<Result<_, Error>>()?,
        payment: new.payment_method.into(),
        from_balance: new.from_balance.map(Into::into),
        agreed_total: new.total.into(),
        cart: None,
        draft: None,
        channel: Channel::Api,
        hold_for: None,
    };
    if !app.payments.takes(place.payment) && !place.agreed_total.is_zero() {
        return Err(Error::PaymentNotOffered.into());
    }
    let placed = Box::pin(app.desk.place(place)).await?;
    let replayed = placed.replayed;
    Ok(created(&format!("/orders/{}", placed.order), OrderPlaced::from(placed), replayed))
}

fn new_line(index: usize, line: NewOrderLine) -> Result<NewLine, Error> {
    let quote = line.quote.map(|text| {
        text.parse().map_err(|_| {
            let (zh, en) =
                ("没有这份报价，重新查询后再提交", "There is no such quote. Ask again, then submit");
            let pointer = format!("/lines/{index}/quote");
            Error::InvalidInput { fields: vec![kernel::FieldError::new(pointer, "quote_not_found", zh, en)] }
        })
    });
    Ok(NewLine {
        service: line.service,
        version: line.version,
        offering: line.offering,
        quantity: line.quantity,
        answers: line.answers.into(),
        quote: quote.transpose()?,
    })
}

/// One's own orders, newest first.
#[utoipa::path(
    get, path = "/orders", operation_id = "list_orders", tag = "orders",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
        ("which" = Option<String>, Query, description = "`all`, `open`, `ended`", pattern = "^(all|open|ended)$"),
    ),
    responses((status = 200, description = "Orders", body = OrderList)),
)]
async fn list_orders(State(app): State<App>, visitor: Visitor, params: Params) -> Result<Response, Refused> {
    visitor.account()?;
    let params = params.only(&["after", "limit", "which"])?;
    let words = [("all", Which::All), ("open", Which::Open), ("ended", Which::Ended)];
    let which = params.word("which", &words, Which::All)?;
    let page = params.page(&app, LIST)?;
    let found = query::list_own(&app.cx, &visitor.actor, which, &page).await?;
    let items = found.items.iter().map(OrderSummary::from).collect();
    Ok(listed(&app, LIST, &params, items, found.next))
}

/// One's own order with its lines, its progress, its payment and what can be done now.
#[utoipa::path(
    get, path = "/orders/{id}", operation_id = "get_order", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`")),
    responses((status = 200, description = "The order", body = OrderDetail)),
)]
async fn get_order(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Out<OrderDetail>, Refused> {
    visitor.account()?;
    Ok(Out(Box::pin(detail(&app, &visitor.actor, order_id(&id)?)).await?))
}

/// What cannot be an id is the id of nothing.
pub(super) fn order_id(text: &str) -> Result<OrderId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// Why an order is to end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "ordered_by_mistake"}))]
struct Cancel {
    /// At most 200 characters.
    #[serde(default)]
    #[schema(nullable = false, max_length = 200)]
    reason: Option<String>,
}

/// Asks for the end of an order: at once while nothing was begun, else it is being looked at and the state says so.
#[utoipa::path(
    post, path = "/orders/{id}/cancel", operation_id = "cancel_order", tag = "orders",
    params(
        ("id" = String, Path, description = "`ord_…`"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body(content = Cancel, description = "May be left out"),
    responses((status = 200, description = "Cancelled, or being looked at", body = OrderSummary)),
)]
async fn cancel_order(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: MaybeJson<Cancel>,
) -> Result<Response, Refused> {
    let key = optional_key(&headers, &visitor, CANCEL, &id, &body.0.raw)?;
    let id = order_id(&id)?;
    let reason = body.0.value.reason.unwrap_or_else(|| "customer".to_owned());
    if reason.chars().count() > MAX_REASON {
        let (zh, en) = ("原因最多 200 个字符", "The reason has at most 200 characters");
        let fields = vec![kernel::FieldError::new("/reason", "ordering.reason_too_long", zh, en)];
        return Err(Error::InvalidInput { fields }.into());
    }
    let cancelled = order::ops::cancel(&app.cx, &visitor.actor, id, &reason, key.as_ref()).await?;
    let mut response = Out(OrderSummary::from(&cancelled.order)).into_response();
    mark_replayed(&mut response, cancelled.replayed);
    Ok(response)
}

/// The receipts of an order, one for each line that was done; empty until then.
#[utoipa::path(
    get, path = "/orders/{id}/receipt", operation_id = "get_receipt", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`")),
    responses((status = 200, description = "The facts of the receipts", body = ReceiptList)),
)]
async fn get_receipt(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Out<ReceiptList>, Refused> {
    visitor.account()?;
    let documents = fulfilment::document::receipt(&app.cx, &visitor.actor, order_id(&id)?).await?;
    Ok(Out(documents.into()))
}
