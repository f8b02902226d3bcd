//! Organisations: founding one, its people and departments. The path says for which one it is done; what else a program does for one it
//! says with `Everlit-Acting-For`.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::organisation::{self, DepartmentView, Found, OrganisationKind, OrganisationView, Place};
use identity::role::Limits;
use kernel::{FieldError, Role, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{created, id};
use super::caller::{Member, Person};
use super::json::Json;
use super::wire::Items;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_organisations, found_organisation))
        .routes(routes!(get_organisation))
        .routes(routes!(list_members))
        .routes(routes!(change_member, remove_member))
        .routes(routes!(list_departments, add_department))
        .routes(routes!(remove_department))
}

/// An organisation as its members see it.
#[derive(Serialize, ToSchema)]
pub(super) struct Organisation {
    id: String,
    /// `enterprise` orders, `provider` serves.
    kind: &'static str,
    /// While it is `suspended` nobody acts for it.
    state: &'static str,
    name: String,
    /// Unified social credit code (GB 32100).
    code: String,
    /// When staff confirmed that it is who it says.
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<OrganisationView> for Organisation {
    fn from(view: OrganisationView) -> Self {
        Self {
            id: view.id.to_string(),
            kind: view.kind.name(),
            state: view.state.name(),
            name: view.name,
            code: view.code,
            confirmed_at: view.confirmed_at,
            created_at: view.created_at,
        }
    }
}

/// An organisation one belongs to, and as what.
#[derive(Serialize, ToSchema)]
struct Belonging {
    organisation: Organisation,
    /// `org_owner`, `org_buyer`, `org_viewer`, or one the operator made.
    role: String,
}

/// The organisations one belongs to. Their ids are what `Everlit-Acting-For` takes.
#[utoipa::path(
    get, path = "/organisations", operation_id = "list_organisations", tag = "organisations",
    responses((status = 200, description = "Organisations", body = Items<Belonging>)),
)]
async fn list_organisations(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Out<Items<Belonging>>, Refused> {
    let all = organisation::belongings(&app.cx, &visitor.actor).await?;
    let one = |belonging: organisation::Belonging| Belonging {
        organisation: belonging.organisation.into(),
        role: belonging.role.name().to_owned(),
    };
    Ok(Out(all.into_iter().map(one).collect()))
}

/// An enterprise that wants to order here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "长明科技有限公司", "code": "91350100M000100Y43"}))]
struct NewOrganisation {
    name: String,
    /// Unified social credit code (GB 32100).
    code: String,
}

/// What was made.
#[derive(Serialize, ToSchema)]
pub(super) struct Made {
    pub id: String,
}

/// Founds an enterprise; who founds it is its first owner.
#[utoipa::path(
    post, path = "/organisations", operation_id = "found_organisation", tag = "organisations",
    request_body = NewOrganisation,
    responses((status = 201, description = "Founded", body = Made)),
)]
async fn found_organisation(
    State(app): State<App>,
    person: Person,
    body: Json<NewOrganisation>,
) -> Result<Response, Refused> {
    let NewOrganisation { name, code } = body.value;
    let input = Found { kind: OrganisationKind::Enterprise, name, code };
    let id = organisation::found(&app.cx, &person.actor, input).await?;
    Ok(created(&format!("/organisations/{id}"), Made { id: id.to_string() }, false))
}

/// An organisation one belongs to.
#[utoipa::path(
    get, path = "/organisations/{id}", operation_id = "get_organisation", tag = "organisations",
    params(("id" = String, Path, description = "`org_…`")),
    responses((status = 200, description = "The organisation", body = Organisation)),
)]
async fn get_organisation(State(app): State<App>, member: Member) -> Result<Out<Organisation>, Refused> {
    Ok(Out(organisation::current(&app.cx, &member.actor).await?.into()))
}

/// Somebody who may act for the organisation.
#[derive(Serialize, ToSchema)]
struct MemberView {
    account: String,
    name: Option<String>,
    /// Masked.
    contact: String,
    role: String,
    department: Option<String>,
    limits: PlaceLimits,
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
}

/// How much somebody may spend, in fen; absent is no limit.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"transaction_minor": 500_000, "day_minor": 2_000_000}))]
pub(super) struct PlaceLimits {
    /// In one order.
    #[serde(default)]
    transaction_minor: Option<i64>,
    /// From midnight to midnight, China Standard Time.
    #[serde(default)]
    day_minor: Option<i64>,
}

impl From<Limits> for PlaceLimits {
    fn from(limits: Limits) -> Self {
        Self { transaction_minor: limits.transaction, day_minor: limits.day }
    }
}

impl From<PlaceLimits> for Limits {
    fn from(limits: PlaceLimits) -> Self {
        Self { transaction: limits.transaction_minor, day: limits.day_minor }
    }
}

/// The members, the longest first.
#[utoipa::path(
    get, path = "/organisations/{id}/members", operation_id = "list_members", tag = "organisations",
    params(("id" = String, Path, description = "`org_…`")),
    responses((status = 200, description = "Members", body = Items<MemberView>)),
)]
async fn list_members(State(app): State<App>, member: Member) -> Result<Out<Items<MemberView>>, Refused> {
    let all = organisation::members(&app.cx, &member.actor).await?;
    let one = |view: organisation::MemberView| MemberView {
        account: view.account.to_string(),
        name: view.name,
        contact: view.contact,
        role: view.role.name().to_owned(),
        department: view.department.map(|id| id.to_string()),
        limits: view.limits.into(),
        joined_at: view.joined_at,
    };
    Ok(Out(all.into_iter().map(one).collect()))
}

/// What a member's place is to be, as a whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "org_buyer", "limits": {"transaction_minor": 500_000}}))]
struct NewPlace {
    /// `org_owner`, `org_buyer`, `org_viewer`, or one the operator made.
    role: String,
    /// `dep_…`
    department: Option<String>,
    #[serde(default)]
    limits: PlaceLimits,
}

/// Gives a member another place. For owners, with a fresh proof; the last owner stays.
#[utoipa::path(
    put, path = "/organisations/{id}/members/{account}", operation_id = "change_member", tag = "organisations",
    params(
        ("id" = String, Path, description = "`org_…`"),
        ("account" = String, Path, description = "`acc_…`"),
    ),
    request_body = NewPlace,
    responses((status = 204, description = "Changed; it counts from the next request on")),
)]
async fn change_member(
    State(app): State<App>,
    member: Member,
    Path((_, account)): Path<(String, String)>,
    body: Json<NewPlace>,
) -> Result<StatusCode, Refused> {
    let NewPlace { role, department, limits } = body.value;
    let who = id(&account, identity::Error::NotFound)?;
    let place =
        Place { role: role_of(&role)?, department: department_of(department)?, limits: limits.into() };
    organisation::change_member(&app.cx, &member.actor, who, place).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A role as it is written.
pub(super) fn role_of(text: &str) -> Result<Role, Refused> {
    Role::from_name(text).ok_or_else(|| {
        let (zh, en) = ("填写角色代码，见接口文档", "Give the code of a role. See the documentation");
        shape("/role", "web.role_code", zh, en)
    })
}

pub(super) fn department_of<T: std::str::FromStr>(text: Option<String>) -> Result<Option<T>, Refused> {
    let read = |text: String| {
        text.parse().map_err(|_| {
            let (zh, en) = ("填写本企业部门的编号", "Give the id of a department of this organisation");
            shape("/department", "web.department_id", zh, en)
        })
    };
    text.map(read).transpose()
}

pub(super) fn shape(pointer: &str, code: &'static str, zh: &str, en: &str) -> Refused {
    EdgeError::Shape { fields: vec![FieldError::new(pointer, code, zh, en)] }.into()
}

/// Removes a member, for owners with a fresh proof; or leaves. The last owner stays.
#[utoipa::path(
    delete, path = "/organisations/{id}/members/{account}", operation_id = "remove_member", tag = "organisations",
    params(
        ("id" = String, Path, description = "`org_…`"),
        ("account" = String, Path, description = "`acc_…`"),
    ),
    responses((status = 204, description = "No member any more")),
)]
async fn remove_member(
    State(app): State<App>,
    member: Member,
    Path((_, account)): Path<(String, String)>,
) -> Result<StatusCode, Refused> {
    member.person()?;
    let who = id(&account, identity::Error::NotFound)?;
    organisation::remove_member(&app.cx, &member.actor, who).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A part of an organisation.
#[derive(Serialize, ToSchema)]
struct Department {
    id: String,
    name: String,
}

impl From<DepartmentView> for Department {
    fn from(view: DepartmentView) -> Self {
        Self { id: view.id.to_string(), name: view.name }
    }
}

/// The departments.
#[utoipa::path(
    get, path = "/organisations/{id}/departments", operation_id = "list_departments", tag = "organisations",
    params(("id" = String, Path, description = "`org_…`")),
    responses((status = 200, description = "Departments", body = Items<Department>)),
)]
async fn list_departments(State(app): State<App>, member: Member) -> Result<Out<Items<Department>>, Refused> {
    let all = organisation::departments(&app.cx, &member.actor).await?;
    Ok(Out(all.into_iter().map(Department::from).collect()))
}

/// A department to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"department_name": "财务部"}))]
struct NewDepartment {
    department_name: String,
}

/// Adds a department. For owners, with a fresh proof.
#[utoipa::path(
    post, path = "/organisations/{id}/departments", operation_id = "add_department", tag = "organisations",
    params(("id" = String, Path, description = "`org_…`")),
    request_body = NewDepartment,
    responses((status = 201, description = "Added", body = Made)),
)]
async fn add_department(
    State(app): State<App>,
    member: Member,
    Path(organisation): Path<String>,
    body: Json<NewDepartment>,
) -> Result<Response, Refused> {
    let id = organisation::add_department(&app.cx, &member.actor, &body.value.department_name).await?;
    let path = format!("/organisations/{organisation}/departments");
    Ok(created(&path, Made { id: id.to_string() }, false))
}

/// Removes a department; its people stay members. For owners, with a fresh proof.
#[utoipa::path(
    delete, path = "/organisations/{id}/departments/{department}", operation_id = "remove_department",
    tag = "organisations",
    params(
        ("id" = String, Path, description = "`org_…`"),
        ("department" = String, Path, description = "`dep_…`"),
    ),
    responses((status = 204, description = "Removed")),
)]
async fn remove_department(
    State(app): State<App>,
    member: Member,
    Path((_, department)): Path<(String, String)>,
) -> Result<StatusCode, Refused> {
    let department = id(&department, identity::Error::NotFound)?;
    organisation::remove_department(&app.cx, &member.actor, department).await?;
    Ok(StatusCode::NO_CONTENT)
}
