//! The record: looking through it, proving that nobody changed it, taking a copy that proves itself.

use audit::{Found, Verified};
use axum::Json as Out;
use axum::extract::State;
use axum::response::Response;
use kernel::{AccountId, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, listed, wrong};
use crate::api::caller::{ExportAudit, ReadAudit, Staff};
use crate::api::json::Json;
use crate::api::organisations::shape;
use crate::api::wire::Rows;
use crate::app::App;
use crate::console::audit_wish::Wish;
use crate::edge::Refused;
use crate::edge::problem::EdgeError;

const LIST: &str = "staff/audit-entries";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_audit))
        .routes(routes!(verify_audit))
        .routes(routes!(export_audit))
}

/// Who did what to what, when, why.
#[derive(Serialize, ToSchema)]
struct AuditEntry {
    id: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `acc_…`, `system:…` or `anonymous`.
    actor: String,
    verb: String,
    object_kind: String,
    object_id: String,
    /// Whose business it was.
    customer: Option<String>,
    /// Facts without personal data, as JSON in a text: that is what is hashed.
    detail: String,
    reason: Option<String>,
    request: String,
    /// Its place in the chain.
    lane: i64,
    seq: i64,
}

impl From<Found> for AuditEntry {
    fn from(found: Found) -> Self {
        Self {
            id: found.id.to_string(),
            at: found.at,
            actor: found.actor,
            verb: found.verb,
            object_kind: found.object_kind,
            object_id: found.object_id.to_string(),
            customer: found.customer_id.map(|id| AccountId(id).to_string()),
            detail: found.detail,
            reason: found.reason,
            request: RequestId(found.request_id).to_string(),
            lane: found.lane,
            seq: found.seq,
        }
    }
}

/// Which entries are wanted; what is given counts together.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"verb": "account.freeze", "from": "2026-11-01", "reason": "quarterly review"}))]
struct AuditExport {
    /// An order number, an id with its prefix, or `kind:number`.
    object: Option<String>,
    /// `acc_…` or `org_…`
    customer: Option<String>,
    /// `acc_…`, `system:…` or `anonymous`.
    actor: Option<String>,
    verb: Option<String>,
    /// A day, China Standard Time.
    #[schema(format = Date)]
    from: Option<String>,
    /// The last day.
    #[schema(format = Date)]
    to: Option<String>,
    /// Why it is taken; it stays in the record.
    reason: String,
}

/// Entries, newest first, by any combination of filters.
#[utoipa::path(
    get, path = "/staff/audit-entries", operation_id = "search_audit", tag = "audit",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
        ("object" = Option<String>, Query, description = "An order number, an id with its prefix, or `kind:number`"),
        ("customer" = Option<String>, Query, description = "`acc_…` or `org_…`"),
        ("actor" = Option<String>, Query, description = "`acc_…`, `system:…` or `anonymous`"),
        ("verb" = Option<String>, Query, description = "`account.freeze`, …"),
        ("from" = Option<String>, Query, description = "A day, China Standard Time: `2026-11-01`"),
        ("to" = Option<String>, Query, description = "The last day"),
    ),
    responses((status = 200, description = "Entries", body = Rows<AuditEntry>)),
)]
async fn search_audit(
    State(app): State<App>,
    _staff: Staff<ReadAudit>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit", "object", "customer", "actor", "verb", "from", "to"])?;
    let get = |name| params.get(name).unwrap_or_default().to_owned();
    let wish = Wish {
        object: get("object"),
        customer: get("customer"),
        actor: get("actor"),
        verb: get("verb"),
        from: get("from"),
        to: get("to"),
        after: None,
    };
    let unreadable =
        |name: &&'static str| wrong(name, "看不懂，见接口文档", "Not readable. See the documentation");
    let filter = wish
        .filter()
        .map_err(|names| names.first().map_or_else(|| EdgeError::NotFound.into(), unreadable))?;
    let page = params.page(&app, LIST)?;
    let found = audit::search(&app.cx, &filter, &page).await.map_err(EdgeError::from)?;
    Ok(listed(&app, LIST, &params, found.items.into_iter().map(AuditEntry::from).collect(), found.next))
}

/// What recomputing every chain found.
#[derive(Serialize, ToSchema)]
struct AuditVerdict {
    sound: bool,
    entries: u64,
    lanes: usize,
    /// Where the chains end; compare them with those kept elsewhere.
    heads: Vec<AuditHead>,
    /// The first entry that is not as it was written.
    bad: Option<AuditFault>,
}

#[derive(Serialize, ToSchema)]
struct AuditHead {
    lane: i64,
    seq: i64,
    /// Hexadecimal.
    hash: String,
}

#[derive(Serialize, ToSchema)]
struct AuditFault {
    lane: i64,
    seq: i64,
    id: String,
    what: &'static str,
}

impl From<Verified> for AuditVerdict {
    fn from(found: Verified) -> Self {
        let head = |head: audit::Head| AuditHead {
            lane: head.lane,
            seq: head.seq,
            hash: kernel::hex::encode(&head.hash),
        };
        let fault = |bad: audit::BadEntry| AuditFault {
            lane: bad.lane,
            seq: bad.seq,
            id: bad.id.to_string(),
            what: bad.what,
        };
        Self {
            sound: found.bad.is_none(),
            entries: found.entries,
            lanes: found.lanes,
            heads: found.heads.into_iter().map(head).collect(),
            bad: found.bad.map(fault),
        }
    }
}

/// Recomputes every chain of the record.
#[utoipa::path(
    post, path = "/staff/audit-verifications", operation_id = "verify_audit", tag = "audit",
    responses((status = 200, description = "What was found", body = AuditVerdict)),
)]
async fn verify_audit(
    State(app): State<App>,
    _staff: Staff<ReadAudit>,
) -> Result<Out<AuditVerdict>, Refused> {
    Ok(Out(audit::verify(&app.cx).await.map_err(EdgeError::from)?.into()))
}

/// A copy of entries as JSON Lines that prove themselves. Needs a fresh proof and a reason; the export is recorded.
#[utoipa::path(
    post, path = "/staff/audit-exports", operation_id = "export_audit", tag = "audit",
    request_body = AuditExport,
    responses((status = 200, description = "One entry a line", content_type = "application/x-ndjson")),
)]
async fn export_audit(
    State(app): State<App>,
    staff: Staff<ExportAudit>,
    body: Json<AuditExport>,
) -> Result<Response, Refused> {
    let AuditExport { object, customer, actor, verb, from, to, reason } = body.value;
    let wish = Wish {
        object: object.unwrap_or_default(),
        customer: customer.unwrap_or_default(),
        actor: actor.unwrap_or_default(),
        verb: verb.unwrap_or_default(),
        from: from.unwrap_or_default(),
        to: to.unwrap_or_default(),
        after: None,
    };
    let unreadable = |name: &&'static str| {
        let (zh, en) = ("看不懂，见接口文档", "Not readable. See the documentation");
        shape(&format!("/{name}"), "web.audit_filter", zh, en)
    };
    let filter = wish
        .filter()
        .map_err(|names| names.first().map_or_else(|| EdgeError::NotFound.into(), unreadable))?;
    let export = audit::begin_export(&app.cx, &staff.actor, filter, &reason).await?;
    Ok(crate::console::audit::file(&app, export))
}
