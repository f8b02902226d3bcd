//! The books for programs of the staff: accounts, corrections with four eyes, settlements and payouts.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kernel::{FieldError, Timestamp};
use ledger::adjustment::{self, Adjustment, NewAdjustment, Wanted};
use ledger::chart;
use ledger::payout::{self, NewPayout};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, created, id, key, listed};
use crate::api::caller::{ApproveLedger, BookLedger, ReadLedger, Staff};
use crate::api::json::Json;
use crate::api::wire::{Money, Rows, Why};
use crate::app::App;
use crate::edge::Refused;

const ADJUSTMENTS: &str = "staff/adjustments";
const ASK: &str = "POST /staff/adjustments";
const PAY: &str = "POST /staff/payouts";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_account))
        .routes(routes!(list_adjustments, ask_adjustment))
        .routes(routes!(approve_adjustment))
        .routes(routes!(refuse_adjustment))
        .routes(routes!(ask_payout))
        .routes(routes!(approve_payout))
}

/// An account of the ledger at a moment.
#[derive(Serialize, ToSchema)]
struct LedgerAccount {
    code: String,
    /// `asset`, `liability`, `income`, `expense`.
    kind: &'static str,
    /// `none`, `credits_cover_debits`, `debits_cover_credits`.
    guard: &'static str,
    /// What was posted up to that moment, seen from the account's own side.
    posted: Money,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// What an account held at a moment, from its transfers.
#[utoipa::path(
    get, path = "/staff/ledger/accounts/{code}", operation_id = "get_ledger_account", tag = "staff",
    params(
        ("code" = String, Path, description = "`gateway:card`"),
        ("at" = Option<String>, Query, description = "RFC 3339; now when nothing is said"),
    ),
    responses((status = 200, description = "The account", body = LedgerAccount)),
)]
async fn get_account(
    State(app): State<App>,
    staff: Staff<ReadLedger>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Out<LedgerAccount>, Refused> {
    let params = params.only(&["at"])?;
    let at = match params.get("at") {
        None => app.cx.now(),
        Some(text) => Timestamp::parse_rfc3339(text).ok_or(ledger::Error::BadPeriod)?,
    };
    let found = chart::balance_at(&app.cx, &staff.actor, &code, at).await?;
    Ok(Out(LedgerAccount {
        kind: found.account.kind.code(),
        guard: found.account.guard.code(),
        posted: found.posted.into(),
        code: found.account.code,
        at: found.at,
    }))
}

/// A correction somebody asked for.
#[derive(Serialize, ToSchema)]
struct AdjustmentView {
    id: String,
    /// The transfer that is taken back.
    reverses: Option<String>,
    amount: Money,
    reason: String,
    /// `waiting`, `booked`, `refused`, `withdrawn`, `expired`.
    state: &'static str,
    maker: String,
    checker: Option<String>,
    transfer: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<Adjustment> for AdjustmentView {
    fn from(one: Adjustment) -> Self {
        Self {
            id: one.id.to_string(),
            reverses: one.reverses.map(|id| id.to_string()),
            amount: one.amount.into(),
            reason: one.reason,
            state: one.state.code(),
            maker: one.maker.to_string(),
            checker: one.checker.map(|id| id.to_string()),
            transfer: one.transfer.map(|id| id.to_string()),
            created_at: one.created_at,
            expires_at: one.expires_at,
        }
    }
}

/// Corrections, newest first.
#[utoipa::path(
    get, path = "/staff/adjustments", operation_id = "list_adjustments", tag = "staff",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Corrections", body = Rows<AdjustmentView>)),
)]
async fn list_adjustments(
    State(app): State<App>,
    staff: Staff<ReadLedger>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, ADJUSTMENTS)?;
    let found = adjustment::list(&app.cx, &staff.actor, page).await?;
    let items = found.items.into_iter().map(AdjustmentView::from).collect();
    Ok(listed(&app, ADJUSTMENTS, &params, items, found.next))
}

/// What is to be booked: `reverses`, or `debit`, `credit` and `amount`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reverses": "trf_000000000001A", "reason": "Booked twice by mistake"}))]
struct AdjustmentWish {
    /// A transfer that is taken back whole.
    #[serde(default)]
    #[schema(nullable = false)]
    reverses: Option<String>,
    /// The code of an account.
    #[serde(default)]
    #[schema(nullable = false)]
    debit: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    credit: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    amount: Option<Money>,
    /// 4 to 500 characters; it stays in the record.
    reason: String,
}

/// Asks for a correction. The money is set aside until somebody else decides, at most three days.
#[utoipa::path(
    post, path = "/staff/adjustments", operation_id = "ask_adjustment", tag = "staff",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = AdjustmentWish,
    responses((status = 201, description = "Waits for a second person", body = AdjustmentView)),
)]
async fn ask_adjustment(
    State(app): State<App>,
    staff: Staff<BookLedger>,
    headers: HeaderMap,
    body: Json<AdjustmentWish>,
) -> Result<Response, Refused> {
    let key = key(&headers, &staff, ASK, "", &body.raw)?.key;
    let AdjustmentWish { reverses, debit, credit, amount, reason } = body.value;
    let wanted = match (reverses, debit, credit, amount) {
        (Some(text), None, None, None) => Wanted::Reversal(id(&text, ledger::Error::NotFound)?),
        (None, Some(debit), Some(credit), Some(amount)) => {
            Wanted::Booking { debit, credit, amount: amount.into() }
        }
        _ => {
            let (zh, en) = (
                "只填 reverses，或同时填 debit、credit 与 amount",
                "Give reverses alone, or debit, credit and amount",
            );
            let fields = vec![FieldError::new("/reverses", "ledger.adjustment_shape", zh, en)];
            return Err(ledger::Error::BadInput { fields }.into());
        }
    };
    let asked = adjustment::request(&app.cx, &staff.actor, NewAdjustment { wanted, reason, key }).await?;
    let path = format!("/staff/adjustments/{}", asked.id);
    Ok(created(&path, AdjustmentView::from(asked), false))
}

/// What was booked.
#[derive(Serialize, ToSchema)]
struct AdjustmentBooked {
    transfer: String,
}

/// Books what somebody else asked for.
#[utoipa::path(
    post, path = "/staff/adjustments/{id}/approve", operation_id = "approve_adjustment", tag = "staff",
    params(("id" = String, Path, description = "`adj_…`")),
    responses((status = 200, description = "Booked", body = AdjustmentBooked)),
)]
async fn approve_adjustment(
    State(app): State<App>,
    staff: Staff<ApproveLedger>,
    Path(text): Path<String>,
) -> Result<Out<AdjustmentBooked>, Refused> {
    let id = id(&text, ledger::Error::NotFound)?;
    let booked = adjustment::approve(&app.cx, &staff.actor, id).await?;
    Ok(Out(AdjustmentBooked { transfer: booked.to_string() }))
}

/// Says no to what somebody else asked for.
#[utoipa::path(
    post, path = "/staff/adjustments/{id}/refuse", operation_id = "refuse_adjustment", tag = "staff",
    params(("id" = String, Path, description = "`adj_…`")),
    request_body = Why,
    responses((status = 204, description = "Refused")),
)]
async fn refuse_adjustment(
    State(app): State<App>,
    staff: Staff<ApproveLedger>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let id = id(&text, ledger::Error::NotFound)?;
    adjustment::refuse(&app.cx, &staff.actor, id, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is to be paid, and how much: everything that is owed when no amount is said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"seller": "telecom", "currency": "CNY"}))]
struct PayoutWish {
    seller: String,
    /// ISO 4217.
    #[schema(value_type = String, pattern = "^(CNY|USD|EUR|HKD|JPY)$")]
    currency: kernel::Currency,
    #[serde(default)]
    #[schema(nullable = false)]
    amount: Option<Money>,
}

/// A payout that was asked for.
#[derive(Serialize, ToSchema)]
struct PayoutAsked {
    id: String,
    amount: Money,
}

/// Asks for a payout. The money is set aside until somebody else decides.
#[utoipa::path(
    post, path = "/staff/payouts", operation_id = "ask_payout", tag = "staff",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = PayoutWish,
    responses((status = 201, description = "Waits for a second person", body = PayoutAsked)),
)]
async fn ask_payout(
    State(app): State<App>,
    staff: Staff<BookLedger>,
    headers: HeaderMap,
    body: Json<PayoutWish>,
) -> Result<Response, Refused> {
    let key = key(&headers, &staff, PAY, "", &body.raw)?.key;
    let PayoutWish { seller, currency, amount } = body.value;
    let new = NewPayout { seller, currency, amount: amount.map(Into::into), key };
    let asked = payout::request(&app.cx, &staff.actor, new).await?;
    let answer = PayoutAsked { id: asked.id.to_string(), amount: asked.amount.into() };
    Ok(created(&format!("/staff/payouts/{}", asked.id), answer, false))
}

/// Lets a payout go that somebody else asked for.
#[utoipa::path(
    post, path = "/staff/payouts/{id}/approve", operation_id = "approve_payout", tag = "staff",
    params(("id" = String, Path, description = "`pyt_…`")),
    responses((status = 204, description = "It will be sent")),
)]
async fn approve_payout(
    State(app): State<App>,
    staff: Staff<ApproveLedger>,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    let id = id(&text, ledger::Error::NotFound)?;
    payout::approve(&app.cx, &staff.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
