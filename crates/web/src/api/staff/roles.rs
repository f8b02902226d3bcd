//! Roles: what each may do and up to which amount, who may do one thing, and changing it.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use identity::role::{self, EditRole, RoleView};
use kernel::{Permission, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, wrong};
use crate::api::caller::{KnowRoles, ManageRoles, Staff};
use crate::api::json::Json;
use crate::api::keys::permissions;
use crate::api::organisations::PlaceLimits;
use crate::api::wire::{Items, Text};
use crate::app::App;
use crate::edge::Refused;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_roles))
        .routes(routes!(edit_role, remove_role))
        .routes(routes!(who_may))
}

/// What a role means now.
#[derive(Serialize, ToSchema)]
struct RoleDetail {
    code: String,
    /// As an operator named it; `null` under its own name.
    title: Option<Text>,
    /// Whether it comes with Everlit.
    built_in: bool,
    permissions: Vec<&'static str>,
    /// Whether whoever holds it has to show a second factor.
    second_factor: bool,
    limits: PlaceLimits,
    /// Counts the changes; 0 as delivered.
    version: i64,
}

impl From<RoleView> for RoleDetail {
    fn from(view: RoleView) -> Self {
        Self {
            code: view.role.name().to_owned(),
            title: view.title.as_ref().map(Text::from),
            built_in: view.role.is_built_in(),
            permissions: view.permissions.iter().map(Permission::name).collect(),
            second_factor: view.second_factor,
            limits: view.limits.into(),
            version: view.version,
        }
    }
}

/// Every role there is.
#[utoipa::path(
    get, path = "/staff/roles", operation_id = "list_roles", tag = "staff",
    responses((status = 200, description = "Roles", body = Items<RoleDetail>)),
)]
async fn list_roles(
    State(app): State<App>,
    staff: Staff<KnowRoles>,
) -> Result<Out<Items<RoleDetail>>, Refused> {
    let all = role::list_roles(&app.cx, &staff.actor).await?;
    Ok(Out(all.into_iter().map(RoleDetail::from).collect()))
}

/// What a role is to be, as a whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title_zh": "夜班主管", "title_en": "Night lead", "permissions": ["read_orders", "work_orders"],
    "second_factor": true, "limits": {"transaction_minor": 500_000}, "version": 0,
}))]
struct RoleEdit {
    title_zh: String,
    title_en: String,
    /// None that one does not have oneself.
    permissions: Vec<String>,
    second_factor: bool,
    #[serde(default)]
    limits: PlaceLimits,
    /// As it was shown; 0 for a new one. A role that changed since is not overwritten.
    version: i64,
}

fn code(text: &str) -> Result<Role, Refused> {
    Role::from_name(text).ok_or_else(|| identity::Error::NotFound.into())
}

/// Makes or changes a role; it counts from the next request of whoever holds it. Needs a fresh proof.
#[utoipa::path(
    put, path = "/staff/roles/{code}", operation_id = "edit_role", tag = "staff",
    params(("code" = String, Path, description = "Lower-case letters, digits, `_`, at most 24", pattern = "^[a-z][a-z0-9_]{0,23}$")),
    request_body = RoleEdit,
    responses((status = 204, description = "It counts from now on")),
)]
async fn edit_role(
    State(app): State<App>,
    staff: Staff<ManageRoles>,
    Path(text): Path<String>,
    body: Json<RoleEdit>,
) -> Result<StatusCode, Refused> {
    let RoleEdit { title_zh, title_en, permissions: names, second_factor, limits, version } = body.value;
    let edit = EditRole {
        role: code(&text)?,
        title: kernel::Text { zh: title_zh, en: Some(title_en) },
        permissions: permissions(&names, "/permissions")?,
        second_factor,
        limits: limits.into(),
        version,
    };
    role::edit_role(&app.cx, &staff.actor, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a role that nobody holds, or gives one that comes with Everlit its own shape back. Needs a fresh proof.
#[utoipa::path(
    delete, path = "/staff/roles/{code}", operation_id = "remove_role", tag = "staff",
    params(
        ("code" = String, Path, description = "The role"),
        ("version" = i64, Query, description = "As it was shown"),
    ),
    responses((status = 204, description = "Removed, or as delivered")),
)]
async fn remove_role(
    State(app): State<App>,
    staff: Staff<ManageRoles>,
    Path(text): Path<String>,
    params: Params,
) -> Result<StatusCode, Refused> {
    let params = params.only(&["version"])?;
    let version = params.get("version").and_then(|text| text.parse().ok());
    let version = version.ok_or_else(|| wrong("version", "需为整数", "Must be a whole number"))?;
    role::remove_role(&app.cx, &staff.actor, code(&text)?, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A role that gives a permission.
#[derive(Serialize, ToSchema)]
struct MayRole {
    role: RoleDetail,
    /// Whether the amount is within its limit.
    within: bool,
}

/// Who may do one thing, at one amount: "who may refund over 5,000?"
#[utoipa::path(
    get, path = "/staff/who-may", operation_id = "who_may", tag = "staff",
    params(
        ("permission" = String, Query, description = "`refund_order`, …"),
        ("amount_minor" = Option<i64>, Query, description = "In fen", minimum = 0),
    ),
    responses((status = 200, description = "The roles that give it", body = Items<MayRole>)),
)]
async fn who_may(
    State(app): State<App>,
    staff: Staff<KnowRoles>,
    params: Params,
) -> Result<Out<Items<MayRole>>, Refused> {
    let params = params.only(&["permission", "amount_minor"])?;
    let permission = params.get("permission").and_then(Permission::from_name);
    let permission =
        permission.ok_or_else(|| wrong("permission", "没有这项权限", "There is no such permission"))?;
    let amount = match params.get("amount_minor") {
        None => None,
        Some(text) => match text.parse::<i64>() {
            Ok(minor) if minor >= 0 => Some(minor),
            _ => return Err(wrong("amount_minor", "需为不小于 0 的整数", "Must be a whole number from 0")),
        },
    };
    let all = role::who_may(&app.cx, &staff.actor, permission, amount).await?;
    Ok(Out(all.into_iter().map(|(view, within)| MayRole { role: view.into(), within }).collect()))
}
