//! The balance: what is there, what moved, adding to it.

use axum::Json as Out;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kernel::Timestamp;
use ordering::OrderId;
use ordering::payment::{PaymentView, RETURN_PLACE, ops};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{Params, created, key, listed};
use super::json::Json;
use super::payments::{self, GATEWAY};
use super::wire::{Checkout, Money};
use crate::app::App;
use crate::edge::{Refused, Visitor};

/// The list's name in addresses and cursors.
const ENTRIES: &str = "wallet/entries";
const TOP_UP: &str = "POST /wallet/top-ups";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_wallet))
        .routes(routes!(list_entries))
        .routes(routes!(create_top_up))
}

/// The balance.
#[derive(Serialize, ToSchema)]
struct Wallet {
    /// All there is.
    posted: Money,
    /// Set aside for orders that are not finished.
    held: Money,
    /// What can be spent.
    available: Money,
}

/// One's own balance.
#[utoipa::path(
    get, path = "/wallet", operation_id = "get_wallet", tag = "wallet",
    responses((status = 200, description = "The balance", body = Wallet)),
)]
async fn get_wallet(State(app): State<App>, visitor: Visitor) -> Result<Out<Wallet>, Refused> {
    let account = visitor.customer()?;
    let balance = ledger::wallet_balance(&app.cx, &visitor.actor, account).await?;
    Ok(Out(Wallet {
        posted: balance.posted.into(),
        held: balance.held.into(),
        available: balance.available.into(),
    }))
}

/// One movement of the balance.
#[derive(Serialize, ToSchema)]
struct Entry {
    id: String,
    /// `top_up`, `purchase`, `refund`, …
    kind: &'static str,
    /// More than zero for what came in, less for what went out.
    amount: Money,
    /// The balance after it.
    balance: Money,
    order: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what `listed` writes")]
struct EntryList {
    items: Vec<Entry>,
    /// The cursor of the next page.
    next: Option<String>,
}

/// The movements of one's own balance, newest first.
#[utoipa::path(
    get, path = "/wallet/entries", operation_id = "list_wallet_entries", tag = "wallet",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Movements", body = EntryList)),
)]
async fn list_entries(State(app): State<App>, visitor: Visitor, params: Params) -> Result<Response, Refused> {
    let account = visitor.customer()?;
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, ENTRIES)?;
    let found = ledger::entries(&app.cx, &visitor.actor, account, page).await?;
    let entry = |entry: ledger::Entry| Entry {
        id: entry.transfer.to_string(),
        kind: entry.kind.code(),
        amount: entry.amount.into(),
        balance: entry.balance.into(),
        order: entry.order.map(|raw| OrderId(raw).to_string()),
        at: entry.at,
    };
    Ok(listed(&app, ENTRIES, &params, found.items.into_iter().map(entry).collect(), found.next))
}

/// How much is to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": {"minor": 10000, "currency": "CNY"}}))]
struct NewTopUp {
    amount: Money,
    /// `card` when nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    gateway: Option<String>,
    /// Where the payer is going to pay; `computer` when nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    screen: Option<payments::Screen>,
    /// Where the gateway's page leads afterwards; a page of ours when nothing is said.
    #[serde(default)]
    #[schema(nullable = false, format = "uri")]
    return_url: Option<String>,
}

/// What is to be paid, and where. Ask `GET /payments/{id}` how it stands.
#[derive(Serialize, ToSchema)]
struct TopUpCreated {
    payment: String,
    amount: Money,
    /// The gateway's page for a browser, where there is one.
    checkout_url: Option<String>,
    /// How the payer gets to pay.
    checkout: Option<Checkout>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Adds to one's own balance through a gateway.
#[utoipa::path(
    post, path = "/wallet/top-ups", operation_id = "create_top_up", tag = "wallet",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = NewTopUp,
    responses((status = 201, description = "To be paid as `checkout` says", body = TopUpCreated)),
)]
async fn create_top_up(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Json<NewTopUp>,
) -> Result<Response, Refused> {
    let key = key(&headers, &visitor, TOP_UP, "", &body.raw)?;
    let NewTopUp { amount, gateway, screen, return_url } = body.value;
    let mut read = app.cx.read().await.map_err(ordering::Error::bug)?;
    let replayed = ordering::idempotency::find(&mut read, &app.cx, &key).await?.is_some();
    drop(read);
    let payment = ops::start_top_up(&app.payments, &visitor.actor, amount.into(), &key).await?;
    let mut view = ops::view(&app.cx, &visitor.actor, payment.id).await?;
    if view.attempts.is_empty() {
        // Also on a repetition, where the gateway could not be reached the first time.
        let gateway = gateway.unwrap_or_else(|| GATEWAY.to_owned());
        let page = format!("{}/account/topup/{}", app.settings.public_url, payment.id);
        let back = return_url.unwrap_or_else(|| format!("{page}?attempt={RETURN_PLACE}"));
        Box::pin(payments::start(&app, &visitor, payment.id, payments::At { gateway, screen }, back)).await?;
        view = ops::view(&app.cx, &visitor.actor, payment.id).await?;
    }
    Ok(created(&format!("/payments/{}", payment.id), answer(view), replayed))
}

/// Nothing in it changes later, so that a repetition answers the same.
fn answer(view: PaymentView) -> TopUpCreated {
    let checkout = view.attempts.first().and_then(|attempt| attempt.checkout.as_ref());
    TopUpCreated {
        payment: view.payment.id.to_string(),
        amount: view.payment.amount.into(),
        checkout_url: checkout.and_then(|checkout| checkout.page().map(str::to_owned)),
        checkout: checkout.map(Into::into),
        expires_at: view.payment.expires_at,
        created_at: view.payment.created_at,
    }
}
