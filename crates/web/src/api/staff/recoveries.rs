//! Requests to remove a lost second factor: two of the staff agree to one, or one refuses it.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::recovery::{self, RecoveryView};
use kernel::{AccountId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, id, listed};
use crate::api::caller::{RestoreAccount, Staff};
use crate::api::json::Json;
use crate::api::wire::{Rows, Why};
use crate::app::App;
use crate::edge::Refused;

const LIST: &str = "staff/recoveries";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_recoveries))
        .routes(routes!(approve_recovery))
        .routes(routes!(refuse_recovery))
}

/// A request to remove the second factors of an account.
#[derive(Serialize, ToSchema)]
struct Recovery {
    id: String,
    account: String,
    /// `waiting`, `approved`, `refused`, `stopped`, `done`.
    state: &'static str,
    /// As the person wrote it.
    reason: String,
    /// Who agreed; two have to.
    agreed: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    opens_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<RecoveryView> for Recovery {
    fn from(view: RecoveryView) -> Self {
        let agreed = [view.first_by, view.second_by].into_iter().flatten();
        Self {
            id: view.id.to_string(),
            account: view.account.to_string(),
            state: view.state.name(),
            reason: view.reason,
            agreed: agreed.map(|id: AccountId| id.to_string()).collect(),
            opens_at: view.opens_at,
            expires_at: view.expires_at,
            created_at: view.created_at,
        }
    }
}

/// Every request, newest first.
#[utoipa::path(
    get, path = "/staff/recoveries", operation_id = "list_recoveries", tag = "staff",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Requests", body = Rows<Recovery>)),
)]
async fn list_recoveries(
    State(app): State<App>,
    staff: Staff<RestoreAccount>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, LIST)?;
    let found = recovery::list(&app.cx, &staff.actor, page).await?;
    Ok(listed(&app, LIST, &params, found.items.into_iter().map(Recovery::from).collect(), found.next))
}

/// Where a request stands now.
#[derive(Serialize, ToSchema)]
struct RecoveryNow {
    /// `waiting` for a second person, or `approved`.
    state: &'static str,
}

/// Agrees to a request, after asking the person by another way. Needs a fresh proof.
#[utoipa::path(
    post, path = "/staff/recoveries/{id}/approve", operation_id = "approve_recovery", tag = "staff",
    params(("id" = String, Path, description = "`rcv_…`")),
    request_body = Why,
    responses((status = 200, description = "Agreed", body = RecoveryNow)),
)]
async fn approve_recovery(
    State(app): State<App>,
    staff: Staff<RestoreAccount>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<Out<RecoveryNow>, Refused> {
    let id = id(&text, identity::Error::NotFound)?;
    let state = recovery::approve(&app.cx, &staff.actor, id, &body.value.reason).await?;
    Ok(Out(RecoveryNow { state: state.name() }))
}

/// Refuses a request. Needs a fresh proof.
#[utoipa::path(
    post, path = "/staff/recoveries/{id}/refuse", operation_id = "refuse_recovery", tag = "staff",
    params(("id" = String, Path, description = "`rcv_…`")),
    request_body = Why,
    responses((status = 204, description = "Refused")),
)]
async fn refuse_recovery(
    State(app): State<App>,
    staff: Staff<RestoreAccount>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let id = id(&text, identity::Error::NotFound)?;
    recovery::refuse(&app.cx, &staff.actor, id, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
