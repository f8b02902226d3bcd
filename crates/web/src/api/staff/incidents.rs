//! Incidents: what somebody tried, what was done about it, and what people decide.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Timestamp;
use serde::Serialize;
use shield::incident::{self, Block, Detail, IncidentId, State as Stage};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, id, listed};
use crate::api::caller::{ManageShield, ReadIncidents, Staff};
use crate::api::json::Json;
use crate::api::wire::{Rows, Why};
use crate::app::App;
use crate::edge::Refused;

const LIST: &str = "staff/incidents";
/// Names of the states of an incident, for the parameter.
const STAGES: [(&str, Stage); 3] =
    [("open", Stage::Open), ("acknowledged", Stage::Acknowledged), ("closed", Stage::Closed)];

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_incidents))
        .routes(routes!(get_incident))
        .routes(routes!(acknowledge_incident))
        .routes(routes!(close_incident))
        .routes(routes!(lift_block))
}

/// Something tried from one network.
#[derive(Serialize, ToSchema)]
struct Incident {
    id: String,
    /// `path_scan`, `stuffing`, `injection`, `malformed`, `forged_callback`, `forgery`, `foreign_ids`.
    kind: &'static str,
    /// `open`, `acknowledged`, `closed`.
    state: &'static str,
    network: String,
    hits: i64,
    /// Different ones among them.
    subjects: i64,
    /// Samples, masked.
    evidence: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    note: Option<String>,
    handled_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    handled_at: Option<Timestamp>,
}

impl From<incident::Incident> for Incident {
    fn from(found: incident::Incident) -> Self {
        Self {
            id: found.id.to_string(),
            kind: found.kind.name(),
            state: found.state.name(),
            network: found.network.to_string(),
            hits: found.hits,
            subjects: found.subjects,
            evidence: found.evidence,
            first_seen_at: found.first_seen_at,
            last_seen_at: found.last_seen_at,
            note: found.note,
            handled_by: found.handled_by,
            handled_at: found.handled_at,
        }
    }
}

/// A network kept out for a while.
#[derive(Serialize, ToSchema)]
pub(super) struct NetworkBlock {
    id: String,
    incident: String,
    network: String,
    /// How many there were before.
    level: i64,
    #[schema(value_type = String, format = DateTime)]
    blocked_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    until_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    lifted_at: Option<Timestamp>,
    lifted_by: Option<String>,
    lift_reason: Option<String>,
}

impl From<Block> for NetworkBlock {
    fn from(block: Block) -> Self {
        Self {
            id: block.id.to_string(),
            incident: block.incident.to_string(),
            network: block.network.to_string(),
            level: block.level,
            blocked_at: block.blocked_at,
            until_at: block.until_at,
            lifted_at: block.lifted_at,
            lifted_by: block.lifted_by,
            lift_reason: block.lift_reason,
        }
    }
}

/// Incidents in one state, newest first.
#[utoipa::path(
    get, path = "/staff/incidents", operation_id = "list_incidents", tag = "shield",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
        ("state" = Option<String>, Query, description = "`open` when nothing is said", pattern = "^(open|acknowledged|closed)$"),
    ),
    responses((status = 200, description = "Incidents", body = Rows<Incident>)),
)]
async fn list_incidents(
    State(app): State<App>,
    staff: Staff<ReadIncidents>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit", "state"])?;
    let stage = params.word("state", &STAGES, Stage::Open)?;
    let page = params.page(&app, LIST)?;
    let found = incident::list(&app.cx, &staff.actor, stage, page).await?;
    Ok(listed(&app, LIST, &params, found.items.into_iter().map(Incident::from).collect(), found.next))
}

/// An incident with its blocks, newest first.
#[derive(Serialize, ToSchema)]
struct IncidentDetail {
    #[serde(flatten)]
    incident: Incident,
    blocks: Vec<NetworkBlock>,
}

fn incident_id(text: &str) -> Result<IncidentId, Refused> {
    id(text, shield::Error::NotFound)
}

/// One incident with its blocks.
#[utoipa::path(
    get, path = "/staff/incidents/{id}", operation_id = "get_incident", tag = "shield",
    params(("id" = String, Path, description = "`inc_…`")),
    responses((status = 200, description = "The incident", body = IncidentDetail)),
)]
async fn get_incident(
    State(app): State<App>,
    staff: Staff<ReadIncidents>,
    Path(text): Path<String>,
) -> Result<Out<IncidentDetail>, Refused> {
    let Detail { incident, blocks } = incident::get(&app.cx, &staff.actor, incident_id(&text)?).await?;
    let blocks = blocks.into_iter().map(NetworkBlock::from).collect();
    Ok(Out(IncidentDetail { incident: incident.into(), blocks }))
}

/// Says that somebody looks into it.
#[utoipa::path(
    post, path = "/staff/incidents/{id}/acknowledge", operation_id = "acknowledge_incident", tag = "shield",
    params(("id" = String, Path, description = "`inc_…`")),
    request_body = Why,
    responses((status = 204, description = "Acknowledged")),
)]
async fn acknowledge_incident(
    State(app): State<App>,
    staff: Staff<ManageShield>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    incident::acknowledge(&app.cx, &staff.actor, incident_id(&text)?, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says that it is done with, and why. A block that holds goes on until its time or until it is lifted.
#[utoipa::path(
    post, path = "/staff/incidents/{id}/close", operation_id = "close_incident", tag = "shield",
    params(("id" = String, Path, description = "`inc_…`")),
    request_body = Why,
    responses((status = 204, description = "Closed")),
)]
async fn close_incident(
    State(app): State<App>,
    staff: Staff<ManageShield>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    incident::close(&app.cx, &staff.actor, incident_id(&text)?, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets the network of an incident in again at once, on all nodes.
#[utoipa::path(
    post, path = "/staff/incidents/{id}/lift", operation_id = "lift_block", tag = "shield",
    params(("id" = String, Path, description = "`inc_…`")),
    request_body = Why,
    responses((status = 204, description = "Let in")),
)]
async fn lift_block(
    State(app): State<App>,
    staff: Staff<ManageShield>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    incident::lift(&app.cx, &staff.actor, incident_id(&text)?, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
