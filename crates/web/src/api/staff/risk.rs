//! Decisions of the risk engine: the journal, one with its reasons, the end of a review.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Timestamp;
use risk::decision::{self, Decision, DecisionId, Failure, Filter, Opinion, Review};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, id, listed, wrong};
use crate::api::caller::{DecideRisk, ReadRisk, Staff};
use crate::api::json::Json;
use crate::api::wire::{Rows, Why};
use crate::app::App;
use crate::edge::Refused;

const LIST: &str = "staff/risk-decisions";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_risk_decisions))
        .routes(routes!(get_risk_decision))
        .routes(routes!(release_risk))
        .routes(routes!(reject_risk))
}

/// What one scorer came to.
#[derive(Serialize, ToSchema)]
struct RiskOpinion {
    /// Rules or model, with version.
    version: String,
    /// 0 to 100; `null` where none came in time.
    score: Option<u8>,
    /// As codes.
    reasons: Vec<&'static str>,
    /// `allow`, `notify`, `step_up`, `review`, `deny`.
    outcome: &'static str,
    /// `too_slow`, `failed`.
    failure: Option<&'static str>,
}

impl From<&Opinion> for RiskOpinion {
    fn from(opinion: &Opinion) -> Self {
        Self {
            version: opinion.version.clone(),
            score: opinion.score,
            reasons: opinion.reasons.iter().map(|reason| reason.code()).collect(),
            outcome: opinion.outcome.name(),
            failure: opinion.failure.map(Failure::name),
        }
    }
}

/// What a person has to look at, or looked at.
#[derive(Serialize, ToSchema)]
struct RiskReview {
    /// `pending`, `released`, `rejected`, `expired`, `withdrawn`.
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// What holds when nobody looks in time.
    then: &'static str,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    ended_by: Option<String>,
    reason: Option<String>,
}

impl From<&Review> for RiskReview {
    fn from(review: &Review) -> Self {
        Self {
            state: review.state.name(),
            expires_at: review.expires_at,
            then: review.then.name(),
            ended_at: review.ended_at,
            ended_by: review.ended_by.map(|id| id.to_string()),
            reason: review.reason.clone(),
        }
    }
}

/// A decision of the journal.
#[derive(Serialize, ToSchema)]
struct RiskDecision {
    id: String,
    /// `login`.
    point: &'static str,
    /// Whose it is.
    account: String,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    opinion: RiskOpinion,
    review: Option<RiskReview>,
}

impl From<&Decision> for RiskDecision {
    fn from(decision: &Decision) -> Self {
        Self {
            id: decision.id.to_string(),
            point: decision.point.name(),
            account: decision.subject.to_string(),
            made_at: decision.made_at,
            opinion: (&decision.opinion).into(),
            review: decision.review.as_ref().map(RiskReview::from),
        }
    }
}

/// Decisions, newest first.
#[utoipa::path(
    get, path = "/staff/risk-decisions", operation_id = "list_risk_decisions", tag = "reviews",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
        ("view" = Option<String>, Query, description = "`notable` when nothing is said", pattern = "^(notable|all)$"),
        ("account" = Option<String>, Query, description = "Only about this account, `acc_…`"),
    ),
    responses((status = 200, description = "Decisions", body = Rows<RiskDecision>)),
)]
async fn list_risk_decisions(
    State(app): State<App>,
    staff: Staff<ReadRisk>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit", "view", "account"])?;
    let view = params.word("view", &[("notable", Filter::Notable), ("all", Filter::All)], Filter::Notable)?;
    let filter = match params.get("account") {
        None => view,
        Some(text) => Filter::Of(
            text.parse().map_err(|_| wrong("account", "需为账号编号", "Must be the id of an account"))?,
        ),
    };
    let page = params.page(&app, LIST)?;
    let found = risk::list_decisions(&app.cx, &staff.actor, filter, &page).await?;
    Ok(listed(&app, LIST, &params, found.items.iter().map(RiskDecision::from).collect(), found.next))
}

/// A decision with what it was made from.
#[derive(Serialize, ToSchema)]
struct RiskDetail {
    #[serde(flatten)]
    decision: RiskDecision,
    /// `null` once erased.
    inputs: Option<Value>,
    /// What scorers on trial thought; it changed nothing.
    shadows: Vec<RiskOpinion>,
}

fn decision_id(text: &str) -> Result<DecisionId, Refused> {
    id(text, risk::Error::NotFound)
}

/// One decision with what it was made from; reading it is recorded.
#[utoipa::path(
    get, path = "/staff/risk-decisions/{id}", operation_id = "get_risk_decision", tag = "reviews",
    params(("id" = String, Path, description = "`rsk_…`")),
    responses((status = 200, description = "The decision", body = RiskDetail)),
)]
async fn get_risk_decision(
    State(app): State<App>,
    staff: Staff<ReadRisk>,
    Path(text): Path<String>,
) -> Result<Out<RiskDetail>, Refused> {
    let (found, inputs) = decision::show_decision(&app.cx, &staff.actor, decision_id(&text)?).await?;
    let shadows = decision::shadows_of(&app.cx, &staff.actor, &found).await?;
    let shadows = shadows.iter().map(RiskOpinion::from).collect();
    Ok(Out(RiskDetail { decision: (&found).into(), inputs, shadows }))
}

/// Lets through what was held.
#[utoipa::path(
    post, path = "/staff/risk-decisions/{id}/release", operation_id = "release_risk", tag = "reviews",
    params(("id" = String, Path, description = "`rsk_…`")),
    request_body = Why,
    responses((status = 204, description = "Released")),
)]
async fn release_risk(
    State(app): State<App>,
    staff: Staff<DecideRisk>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    decision::release(&app.cx, &staff.actor, decision_id(&text)?, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turns down what was held.
#[utoipa::path(
    post, path = "/staff/risk-decisions/{id}/reject", operation_id = "reject_risk", tag = "reviews",
    params(("id" = String, Path, description = "`rsk_…`")),
    request_body = Why,
    responses((status = 204, description = "Rejected")),
)]
async fn reject_risk(
    State(app): State<App>,
    staff: Staff<DecideRisk>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    decision::reject(&app.cx, &staff.actor, decision_id(&text)?, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
