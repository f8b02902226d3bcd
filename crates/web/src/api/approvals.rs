//! What waits for a colleague's check inside an organisation. Orders that wait are `held`; agreeing to them is for people, not for keys.

use axum::Json as Out;
use axum::extract::{Path, State};
use kernel::Timestamp;
use ordering::approval::{self, ApprovalId, Mine};
use ordering::order::Which;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::id;
use super::caller::Member;
use super::json::Json;
use super::wire::{Items, Money};
use crate::app::App;
use crate::edge::Refused;

/// Requests of one answer.
const MOST: u16 = 100;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_approvals))
        .routes(routes!(get_approval))
        .routes(routes!(approve))
        .routes(routes!(return_approval))
        .routes(routes!(withdraw_approval))
}

/// A request that colleagues agree to, level by level.
#[derive(Serialize, ToSchema)]
struct Approval {
    id: String,
    /// `order` or `policy`.
    subject: &'static str,
    /// The order, where it is one.
    order: Option<String>,
    maker: String,
    amount: Money,
    /// `open`, `approved`, `returned`, `withdrawn`, `expired`.
    state: &'static str,
    /// How many levels have agreed; send it with your own decision.
    level: i64,
    levels: usize,
    /// `may_check`, `maker`, `checked_before`, `not_checker`, `over`.
    mine: &'static str,
    /// Agreeing asks for a fresh proof.
    proof: bool,
    /// Why it was returned.
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<(approval::Approval, Mine)> for Approval {
    fn from((one, mine): (approval::Approval, Mine)) -> Self {
        let order = one.subject == approval::SubjectKind::Order;
        let word = match mine {
            Mine::MayCheck { .. } => "may_check",
            Mine::Maker => "maker",
            Mine::CheckedBefore => "checked_before",
            Mine::NotChecker => "not_checker",
            Mine::Over => "over",
        };
        Self {
            id: one.id.to_string(),
            subject: one.subject.name(),
            order: order.then(|| ordering::OrderId(one.object).to_string()),
            maker: one.maker.to_string(),
            amount: one.amount.into(),
            state: one.state.name(),
            level: one.level,
            levels: one.rule.levels.len(),
            mine: word,
            proof: mine == Mine::MayCheck { proof: true },
            reason: one.reason,
            created_at: one.created_at,
            expires_at: one.expires_at,
        }
    }
}

fn approval_id(text: &str) -> Result<ApprovalId, Refused> {
    id(text, approval::Error::NotFound)
}

/// What waits, the newest first; at most a hundred.
#[utoipa::path(
    get, path = "/organisations/{id}/approvals", operation_id = "list_approvals", tag = "organisations",
    params(("id" = String, Path, description = "`org_…`")),
    responses((status = 200, description = "Requests", body = Items<Approval>)),
)]
async fn list_approvals(State(app): State<App>, member: Member) -> Result<Out<Items<Approval>>, Refused> {
    let page = kernel::PageRequest::new(None, MOST);
    let found = approval::list(&app.cx, &member.actor, Which::Open, &page).await?;
    Ok(Out(found.items.into_iter().map(Approval::from).collect()))
}

/// One request.
#[utoipa::path(
    get, path = "/organisations/{id}/approvals/{approval}", operation_id = "get_approval", tag = "organisations",
    params(
        ("id" = String, Path, description = "`org_…`"),
        ("approval" = String, Path, description = "`apr_…`"),
    ),
    responses((status = 200, description = "The request", body = Approval)),
)]
async fn get_approval(
    State(app): State<App>,
    member: Member,
    Path((_, approval)): Path<(String, String)>,
) -> Result<Out<Approval>, Refused> {
    let found = approval::view(&app.cx, &member.actor, approval_id(&approval)?).await?;
    Ok(Out((found.approval, found.mine).into()))
}

/// The level that was looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"level": 0}))]
struct Agree {
    level: i64,
}

/// Agrees to a level. The last one lets the same order go on; sending it again is answered with a conflict.
#[utoipa::path(
    post, path = "/organisations/{id}/approvals/{approval}/approve", operation_id = "approve", tag = "organisations",
    params(
        ("id" = String, Path, description = "`org_…`"),
        ("approval" = String, Path, description = "`apr_…`"),
    ),
    request_body = Agree,
    responses((status = 200, description = "Agreed", body = Approval)),
)]
async fn approve(
    State(app): State<App>,
    member: Member,
    Path((_, approval)): Path<(String, String)>,
    body: Json<Agree>,
) -> Result<Out<Approval>, Refused> {
    member.person()?;
    let id = approval_id(&approval)?;
    approval::approve(&app.cx, &member.actor, id, body.value.level).await?;
    let found = approval::view(&app.cx, &member.actor, id).await?;
    Ok(Out((found.approval, found.mine).into()))
}

/// Why it is returned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "供应商名称不对，核对后重新提交"}))]
struct Return {
    /// 5 to 200 characters; its maker reads it.
    reason: String,
}

/// Returns it to its maker: nothing of it is done, what was set aside goes back.
#[utoipa::path(
    post, path = "/organisations/{id}/approvals/{approval}/return", operation_id = "return_approval", tag = "organisations",
    params(
        ("id" = String, Path, description = "`org_…`"),
        ("approval" = String, Path, description = "`apr_…`"),
    ),
    request_body = Return,
    responses((status = 200, description = "Returned", body = Approval)),
)]
async fn return_approval(
    State(app): State<App>,
    member: Member,
    Path((_, approval)): Path<(String, String)>,
    body: Json<Return>,
) -> Result<Out<Approval>, Refused> {
    member.person()?;
    let id = approval_id(&approval)?;
    let after = approval::return_it(&app.cx, &member.actor, id, &body.value.reason).await?;
    Ok(Out((after, Mine::Over).into()))
}

/// Its maker takes it back.
#[utoipa::path(
    post, path = "/organisations/{id}/approvals/{approval}/withdraw", operation_id = "withdraw_approval", tag = "organisations",
    params(
        ("id" = String, Path, description = "`org_…`"),
        ("approval" = String, Path, description = "`apr_…`"),
    ),
    responses((status = 200, description = "Withdrawn", body = Approval)),
)]
async fn withdraw_approval(
    State(app): State<App>,
    member: Member,
    Path((_, approval)): Path<(String, String)>,
) -> Result<Out<Approval>, Refused> {
    member.person()?;
    let after = approval::withdraw(&app.cx, &member.actor, approval_id(&approval)?).await?;
    Ok(Out((after, Mine::Over).into()))
}
