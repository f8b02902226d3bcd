//! Who works here in which role, and the brake on any account.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::account::StateCommand;
use identity::customer::{self, AccountView};
use identity::{freeze, role};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, id, listed};
use crate::api::caller::{FreezeAccount, ManageStaff, RestoreAccount, Staff};
use crate::api::json::Json;
use crate::api::organisations::shape;
use crate::api::wire::{Rows, Why};
use crate::app::App;
use crate::edge::Refused;

const LIST: &str = "staff/people";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_staff))
        .routes(routes!(set_roles))
        .routes(routes!(freeze_account))
        .routes(routes!(unfreeze_account))
}

/// Somebody who works here, masked.
#[derive(Serialize, ToSchema)]
struct Colleague {
    account: String,
    state: &'static str,
    roles: Vec<String>,
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<AccountView> for Colleague {
    fn from(view: AccountView) -> Self {
        Self {
            account: view.id.to_string(),
            state: view.state.name(),
            roles: view.roles.iter().map(|role| role.name().to_owned()).collect(),
            name: view.name,
            phone: view.phone,
            email: view.email,
            created_at: view.created_at,
        }
    }
}

/// Who works here, newest first.
#[utoipa::path(
    get, path = "/staff/people", operation_id = "list_staff", tag = "staff",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Colleagues", body = Rows<Colleague>)),
)]
async fn list_staff(
    State(app): State<App>,
    staff: Staff<ManageStaff>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, LIST)?;
    let found = customer::list_staff(&app.cx, &staff.actor, page).await?;
    Ok(listed(&app, LIST, &params, found.items.into_iter().map(Colleague::from).collect(), found.next))
}

/// The roles somebody is to hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"roles": ["operator"]}))]
struct NewRoles {
    roles: Vec<String>,
}

/// Gives a member of staff other roles; never oneself, and nothing one may not do oneself. Needs a fresh proof.
#[utoipa::path(
    put, path = "/staff/people/{id}/roles", operation_id = "set_roles", tag = "staff",
    params(("id" = String, Path, description = "`acc_…`")),
    request_body = NewRoles,
    responses((status = 204, description = "They count from the next request on")),
)]
async fn set_roles(
    State(app): State<App>,
    staff: Staff<ManageStaff>,
    Path(text): Path<String>,
    body: Json<NewRoles>,
) -> Result<StatusCode, Refused> {
    let who = id(&text, identity::Error::NotFound)?;
    let one = |(place, name): (usize, &String)| {
        kernel::Role::from_name(name).ok_or_else(|| {
            let (zh, en) = ("填写角色代码，见接口文档", "Give the code of a role. See the documentation");
            shape(&format!("/roles/{place}"), "web.role_code", zh, en)
        })
    };
    let roles = body.value.roles.iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()?;
    role::set_roles(&app.cx, &staff.actor, who, roles).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Freezes an account at once: its sessions end, and its owner is told.
#[utoipa::path(
    post, path = "/staff/accounts/{id}/freeze", operation_id = "freeze_account", tag = "staff",
    params(("id" = String, Path, description = "`acc_…`")),
    request_body = Why,
    responses((status = 204, description = "Frozen")),
)]
async fn freeze_account(
    State(app): State<App>,
    staff: Staff<FreezeAccount>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let who = id(&text, identity::Error::NotFound)?;
    freeze::change_state(&app.cx, &staff.actor, who, StateCommand::Freeze, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a freeze, whoever began it; its owner is told.
#[utoipa::path(
    post, path = "/staff/accounts/{id}/unfreeze", operation_id = "unfreeze_account", tag = "staff",
    params(("id" = String, Path, description = "`acc_…`")),
    request_body = Why,
    responses((status = 204, description = "It can sign in again")),
)]
async fn unfreeze_account(
    State(app): State<App>,
    staff: Staff<RestoreAccount>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let who = id(&text, identity::Error::NotFound)?;
    freeze::change_state(&app.cx, &staff.actor, who, StateCommand::Unfreeze, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
