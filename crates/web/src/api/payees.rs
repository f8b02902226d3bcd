//! The payee book: whom one may send money to without a wait.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Timestamp;
use ordering::payee::{self, NewBalancePayee, NewPayee, PayeeId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{created, id};
use super::json::Json;
use super::wire::Items;
use crate::app::App;
use crate::edge::{Refused, Visitor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_payees, add_payee))
        .routes(routes!(add_balance_payee))
        .routes(routes!(remove_payee))
}

/// Somebody of the book.
#[derive(Serialize, ToSchema)]
struct Payee {
    id: String,
    /// `bank` for an account at a bank, `balance` for the balance of another customer here.
    kind: &'static str,
    /// Of another customer only the beginning and the end: `张*三`.
    name: String,
    /// Empty for a balance here.
    bank: String,
    /// The last four digits; of another customer the phone number or e-mail address, masked. The whole is told to nobody.
    account_end: String,
    nickname: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until then only small amounts go there.
    #[schema(value_type = String, format = DateTime)]
    warm_at: Timestamp,
}

impl From<payee::Payee> for Payee {
    fn from(found: payee::Payee) -> Self {
        Self {
            id: found.id.to_string(),
            kind: if found.beneficiary.is_some() { "balance" } else { "bank" },
            account_end: match found.beneficiary {
                Some(_) => found.shown_contact(),
                None => found.tail().to_owned(),
            },
            name: found.shown_name(),
            bank: found.bank,
            nickname: found.nickname,
            created_at: found.created_at,
            warm_at: found.warm_at,
        }
    }
}

/// The book, the latest first; at most 200.
#[utoipa::path(
    get, path = "/me/payees", operation_id = "list_payees", tag = "wallet",
    responses((status = 200, description = "The book", body = Items<Payee>)),
)]
async fn list_payees(State(app): State<App>, visitor: Visitor) -> Result<Out<Items<Payee>>, Refused> {
    visitor.account()?;
    Ok(Out(payee::list(&app.cx, &visitor.actor).await?.into_iter().map(Payee::from).collect()))
}

/// Somebody to send money to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王建国", "bank": "中国银行", "account": "6217000012345678"}))]
struct PayeeWish {
    /// As the bank knows it.
    name: String,
    bank: String,
    /// Digits; spaces between them mean nothing.
    account: String,
    #[serde(default)]
    #[schema(nullable = false)]
    nickname: Option<String>,
}

/// Adds somebody, with a fresh proof. An account that stands there already is refused, so a repetition adds nothing.
#[utoipa::path(
    post, path = "/me/payees", operation_id = "add_payee", tag = "wallet",
    request_body = PayeeWish,
    responses((status = 201, description = "Added", body = Payee)),
)]
async fn add_payee(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<PayeeWish>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let PayeeWish { name, bank, account, nickname } = body.value;
    let new = NewPayee { name, bank, account, nickname: nickname.unwrap_or_default() };
    let id = payee::add(&app.cx, &visitor.actor, &new).await?;
    let found = payee::get(&app.cx, &visitor.actor, id).await?;
    Ok(created(&format!("/me/payees/{id}"), Payee::from(found), false))
}

/// Another customer to send money to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "周启明", "contact": "13910001188"}))]
struct BalancePayeeWish {
    /// As their identity was verified.
    name: String,
    /// A phone number or an e-mail address.
    contact: String,
    #[serde(default)]
    #[schema(nullable = false)]
    nickname: Option<String>,
}

/// Adds another customer, where the operator offers transfers between balances, with a fresh proof. Name and address have to belong together;
/// which of them does not is not said, and after a few tries it takes long.
#[utoipa::path(
    post, path = "/me/payees/balance", operation_id = "add_balance_payee", tag = "wallet",
    request_body = BalancePayeeWish,
    responses((status = 201, description = "Added", body = Payee)),
)]
async fn add_balance_payee(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<BalancePayeeWish>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let BalancePayeeWish { name, contact, nickname } = body.value;
    let new = NewBalancePayee { name, contact, nickname: nickname.unwrap_or_default() };
    let id = payee::add_balance(&app.cx, &app.shelf, &visitor.actor, &new).await?;
    let found = payee::get(&app.cx, &visitor.actor, id).await?;
    Ok(created(&format!("/me/payees/{id}"), Payee::from(found), false))
}

/// Takes somebody out of the book. Orders that were placed stay what they are.
#[utoipa::path(
    delete, path = "/me/payees/{id}", operation_id = "remove_payee", tag = "wallet",
    params(("id" = String, Path, description = "`pye_…`")),
    responses((status = 204, description = "Taken out")),
)]
async fn remove_payee(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    visitor.account()?;
    let id: PayeeId = id(&text, ordering::Error::PayeeNotFound)?;
    payee::remove(&app.cx, &visitor.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
