//! The lists kept by hand, and who is blocked now.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use shield::incident;
use shield::list::{self, Entry, EntryKind, Lifetime, NewEntry};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::incidents::NetworkBlock;
use crate::api::call::{created, id};
use crate::api::caller::{ManageShield, ReadIncidents, Staff};
use crate::api::json::Json;
use crate::api::organisations::{Made, shape};
use crate::api::wire::{Items, Why};
use crate::app::App;
use crate::edge::Refused;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_networks, add_network))
        .routes(routes!(remove_network))
        .routes(routes!(list_blocks))
}

/// A network on a list.
#[derive(Serialize, ToSchema)]
struct ListedNetwork {
    id: String,
    /// `deny` is kept out, `allow` is never blocked automatically.
    list: &'static str,
    network: String,
    reason: String,
    /// Who put it there.
    author: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl From<Entry> for ListedNetwork {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            list: entry.kind.name(),
            network: entry.network.to_string(),
            reason: entry.reason,
            author: entry.author,
            created_at: entry.created_at,
            expires_at: entry.expires_at,
        }
    }
}

/// The networks on the lists, newest first.
#[utoipa::path(
    get, path = "/staff/networks", operation_id = "list_networks", tag = "shield",
    responses((status = 200, description = "Networks", body = Items<ListedNetwork>)),
)]
async fn list_networks(
    State(app): State<App>,
    staff: Staff<ReadIncidents>,
) -> Result<Out<Items<ListedNetwork>>, Refused> {
    let all = list::entries(&app.cx, &staff.actor).await?;
    Ok(Out(all.into_iter().map(ListedNetwork::from).collect()))
}

/// A network for a list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"list": "deny", "network": "192.0.2.0/24", "lifetime": "week", "reason": "scans every night"}))]
struct NewNetwork {
    #[schema(pattern = "^(deny|allow)$")]
    list: String,
    /// An address or a network.
    network: String,
    #[schema(pattern = "^(day|week|month|until_removed)$")]
    lifetime: String,
    reason: String,
}

/// Puts a network on a list, on all nodes at once. None that would keep out oneself, this machine or its proxies.
#[utoipa::path(
    post, path = "/staff/networks", operation_id = "add_network", tag = "shield",
    request_body = NewNetwork,
    responses((status = 201, description = "It holds", body = Made)),
)]
async fn add_network(
    State(app): State<App>,
    staff: Staff<ManageShield>,
    body: Json<NewNetwork>,
) -> Result<Response, Refused> {
    let NewNetwork { list: kind, network, lifetime, reason } = body.value;
    let (zh, en) = ("需为 deny 或 allow", "Must be deny or allow");
    let kind = EntryKind::from_name(&kind).ok_or_else(|| shape("/list", "web.wrong_type", zh, en))?;
    let (zh, en) = ("需为 day、week、month 或 until_removed", "Must be day, week, month or until_removed");
    let lifetime =
        Lifetime::from_name(&lifetime).ok_or_else(|| shape("/lifetime", "web.wrong_type", zh, en))?;
    let new = NewEntry { kind, network, lifetime, reason };
    let id = list::add(&app.cx, &staff.actor, &app.shield.kept(), new).await?;
    Ok(created("/staff/networks", Made { id: id.to_string() }, false))
}

/// Takes a network off its list, with a reason.
#[utoipa::path(
    post, path = "/staff/networks/{id}/remove", operation_id = "remove_network", tag = "shield",
    params(("id" = String, Path, description = "`net_…`")),
    request_body = Why,
    responses((status = 204, description = "It holds no longer")),
)]
async fn remove_network(
    State(app): State<App>,
    staff: Staff<ManageShield>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let id = id(&text, shield::Error::NotFound)?;
    list::remove(&app.cx, &staff.actor, id, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The blocks that hold, newest first.
#[utoipa::path(
    get, path = "/staff/blocks", operation_id = "list_blocks", tag = "shield",
    responses((status = 200, description = "Blocks", body = Items<NetworkBlock>)),
)]
async fn list_blocks(
    State(app): State<App>,
    staff: Staff<ReadIncidents>,
) -> Result<Out<Items<NetworkBlock>>, Refused> {
    let all = incident::blocks(&app.cx, &staff.actor).await?;
    Ok(Out(all.into_iter().map(NetworkBlock::from).collect()))
}
