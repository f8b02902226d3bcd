//! Cases of risk and the lists that the engine reads.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{AccountId, Timestamp};
use risk::Error;
use risk::case::{self, CaseId, CaseState};
use risk::list::{self, Entity, EntryId, List, NewEntry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, created, id, listed};
use crate::api::caller::{DecideRisk, ManageRisk, ReadRisk, Staff};
use crate::api::json::Json;
use crate::api::wire::{Rows, Why};
use crate::app::App;
use crate::edge::Refused;

const CASES: &str = "staff/risk-cases";
const LISTS: &str = "staff/risk-lists";
const STATES: [(&str, CaseState); 2] = [("open", CaseState::Open), ("closed", CaseState::Closed)];

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_risk_cases, open_risk_case))
        .routes(routes!(get_risk_case))
        .routes(routes!(note_risk_case))
        .routes(routes!(close_risk_case))
        .routes(routes!(list_risk_entries, add_risk_entry))
        .routes(routes!(approve_risk_entry))
        .routes(routes!(remove_risk_entry))
}

/// What somebody looks into.
#[derive(Serialize, ToSchema)]
struct RiskCase {
    id: String,
    /// `open`, `closed`.
    state: &'static str,
    /// Whom it is about.
    account: String,
    /// From which decision it was opened.
    decision: Option<String>,
    title: String,
    assigned_to: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Timestamp>,
    /// What it came to; `null` while open, or when it stayed unclear.
    fraud: Option<bool>,
}

impl From<case::Case> for RiskCase {
    fn from(found: case::Case) -> Self {
        Self {
            id: found.id.to_string(),
            state: found.state.name(),
            account: found.customer.to_string(),
            decision: found.decision.map(|id| id.to_string()),
            title: found.title,
            assigned_to: found.assigned_to.map(|id| id.to_string()),
            opened_at: found.opened_at,
            closed_at: found.closed_at,
            fraud: found.fraud,
        }
    }
}

/// Cases of one state, newest first.
#[utoipa::path(
    get, path = "/staff/risk-cases", operation_id = "list_risk_cases", tag = "reviews",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
        ("state" = Option<String>, Query, description = "`open` when nothing is said", pattern = "^(open|closed)$"),
    ),
    responses((status = 200, description = "Cases", body = Rows<RiskCase>)),
)]
async fn list_risk_cases(
    State(app): State<App>,
    staff: Staff<ReadRisk>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit", "state"])?;
    let state = params.word("state", &STATES, CaseState::Open)?;
    let page = params.page(&app, CASES)?;
    let found = case::list(&app.cx, &staff.actor, state, &page).await?;
    Ok(listed(&app, CASES, &params, found.items.into_iter().map(RiskCase::from).collect(), found.next))
}

/// About whom, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "acc_000000000001A", "decision": "rsk_000000000001B", "title": "stolen balance?"}))]
struct CaseWish {
    account: String,
    /// A decision has one case: asked again, it is that one.
    #[serde(default)]
    #[schema(nullable = false)]
    decision: Option<String>,
    title: String,
}

/// Where a case is.
#[derive(Serialize, ToSchema)]
struct CaseOpened {
    id: String,
}

/// Opens a case.
#[utoipa::path(
    post, path = "/staff/risk-cases", operation_id = "open_risk_case", tag = "reviews",
    request_body = CaseWish,
    responses((status = 201, description = "Opened, now or before", body = CaseOpened)),
)]
async fn open_risk_case(
    State(app): State<App>,
    staff: Staff<DecideRisk>,
    body: Json<CaseWish>,
) -> Result<Response, Refused> {
    let CaseWish { account, decision, title } = body.value;
    let account: AccountId = id(&account, identity::Error::NotFound)?;
    let decision = decision.map(|text| id(&text, Error::NotFound)).transpose()?;
    let opened = case::open(&app.cx, &staff.actor, account, decision, &title).await?;
    Ok(created(&format!("/{CASES}/{opened}"), CaseOpened { id: opened.to_string() }, false))
}

/// What belongs to a case besides its customer.
#[derive(Serialize, ToSchema)]
struct CaseLink {
    /// `customer`, `device`, `network`, `payee`, `phone`.
    entity: &'static str,
    /// An account's id, or the number by which acts are compared.
    value: String,
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
}

/// What somebody wrote down.
#[derive(Serialize, ToSchema)]
struct CaseNote {
    author: Option<String>,
    text: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A case with what belongs to it.
#[derive(Serialize, ToSchema)]
struct CaseDetail {
    #[serde(flatten)]
    case: RiskCase,
    links: Vec<CaseLink>,
    /// The oldest first.
    notes: Vec<CaseNote>,
}

fn case_id(text: &str) -> Result<CaseId, Refused> {
    id(text, Error::NoSuchEntry)
}

/// One case; reading it is recorded.
#[utoipa::path(
    get, path = "/staff/risk-cases/{id}", operation_id = "get_risk_case", tag = "reviews",
    params(("id" = String, Path, description = "`cas_…`")),
    responses((status = 200, description = "The case", body = CaseDetail)),
)]
async fn get_risk_case(
    State(app): State<App>,
    staff: Staff<ReadRisk>,
    Path(text): Path<String>,
) -> Result<Out<CaseDetail>, Refused> {
    let found = case::show(&app.cx, &staff.actor, case_id(&text)?).await?;
    let link = |link: case::Link| CaseLink {
        entity: link.entity.name(),
        value: match link.entity {
            Entity::Customer => AccountId(link.value).to_string(),
            Entity::Device | Entity::Network | Entity::Payee | Entity::Phone => link.value.to_string(),
        },
        added_at: link.added_at,
    };
    let note = |note: case::Note| CaseNote {
        author: note.author.map(|id| id.to_string()),
        text: note.text,
        at: note.at,
    };
    Ok(Out(CaseDetail {
        case: found.case.into(),
        links: found.links.into_iter().map(link).collect(),
        notes: found.notes.into_iter().map(note).collect(),
    }))
}

/// What is to be written down.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "called twice, nobody answered"}))]
struct NoteWish {
    text: String,
}

/// Writes something into a case.
#[utoipa::path(
    post, path = "/staff/risk-cases/{id}/notes", operation_id = "note_risk_case", tag = "reviews",
    params(("id" = String, Path, description = "`cas_…`")),
    request_body = NoteWish,
    responses((status = 204, description = "Written")),
)]
async fn note_risk_case(
    State(app): State<App>,
    staff: Staff<DecideRisk>,
    Path(text): Path<String>,
    body: Json<NoteWish>,
) -> Result<StatusCode, Refused> {
    case::note(&app.cx, &staff.actor, case_id(&text)?, &body.value.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What it came to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fraud": true, "reason": "the owner confirmed it"}))]
struct CaseVerdict {
    /// Left out when it stayed unclear.
    #[serde(default)]
    #[schema(nullable = false)]
    fraud: Option<bool>,
    reason: String,
}

/// Closes a case. What it came to is what is known of the act from now on.
#[utoipa::path(
    post, path = "/staff/risk-cases/{id}/close", operation_id = "close_risk_case", tag = "reviews",
    params(("id" = String, Path, description = "`cas_…`")),
    request_body = CaseVerdict,
    responses((status = 204, description = "Closed")),
)]
async fn close_risk_case(
    State(app): State<App>,
    staff: Staff<DecideRisk>,
    Path(text): Path<String>,
    body: Json<CaseVerdict>,
) -> Result<StatusCode, Refused> {
    let CaseVerdict { fraud, reason } = body.value;
    case::close(&app.cx, &staff.actor, case_id(&text)?, fraud, &reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An entry of a list. What it names stays sealed.
#[derive(Serialize, ToSchema)]
struct RiskEntry {
    id: String,
    /// `sanctions`, `deny`, `watch`, `allow`.
    list: &'static str,
    /// `customer`, `device`, `network`, `payee`, `phone`.
    entity: &'static str,
    reason: String,
    /// `proposed`: waits for a second person; `active`, `removed`.
    state: &'static str,
    made_by: String,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl From<list::Entry> for RiskEntry {
    fn from(found: list::Entry) -> Self {
        Self {
            id: found.id.to_string(),
            list: found.list.name(),
            entity: found.entity.name(),
            reason: found.reason,
            state: found.state.name(),
            made_by: found.made_by.to_string(),
            made_at: found.made_at,
            expires_at: found.expires_at,
        }
    }
}

/// Entries of all lists, newest first.
#[utoipa::path(
    get, path = "/staff/risk-lists", operation_id = "list_risk_entries", tag = "reviews",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Entries", body = Rows<RiskEntry>)),
)]
async fn list_risk_entries(
    State(app): State<App>,
    staff: Staff<ReadRisk>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, LISTS)?;
    let found = list::list(&app.cx, &staff.actor, &page).await?;
    Ok(listed(&app, LISTS, &params, found.items.into_iter().map(RiskEntry::from).collect(), found.next))
}

/// Who or what is to be listed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"list": "deny", "entity": "network", "value": "203.0.113.9", "reason": "stolen cards were tried from there"}))]
struct EntryWish {
    /// `sanctions`, `deny`, `watch`, `allow`.
    #[schema(value_type = String, pattern = "^(sanctions|deny|watch|allow)$")]
    list: List,
    /// `customer`, `device`, `network`, `payee`, `phone`.
    #[schema(value_type = String, pattern = "^(customer|device|network|payee|phone)$")]
    entity: Entity,
    /// An account's id, a device's or payee's number as a decision shows it, an address, a phone number.
    value: String,
    /// 5 to 500 characters; it stays in the record.
    reason: String,
    #[serde(default)]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    expires_at: Option<Timestamp>,
}

/// Where an entry is.
#[derive(Serialize, ToSchema)]
struct EntryAdded {
    id: String,
}

/// Lists somebody or something. It holds at once; an entry that allows waits for a second person.
#[utoipa::path(
    post, path = "/staff/risk-lists", operation_id = "add_risk_entry", tag = "reviews",
    request_body = EntryWish,
    responses((status = 201, description = "Listed, or waiting for a second person", body = EntryAdded)),
)]
async fn add_risk_entry(
    State(app): State<App>,
    staff: Staff<ManageRisk>,
    body: Json<EntryWish>,
) -> Result<Response, Refused> {
    let EntryWish { list, entity, value, reason, expires_at } = body.value;
    let new = NewEntry { list, entity, value, reason, expires_at };
    let added = list::add(&app.cx, &staff.actor, &new).await?;
    Ok(created(&format!("/{LISTS}/{added}"), EntryAdded { id: added.to_string() }, false))
}

fn entry_id(text: &str) -> Result<EntryId, Refused> {
    id(text, Error::NoSuchEntry)
}

/// Agrees to an entry that somebody else made.
#[utoipa::path(
    post, path = "/staff/risk-lists/{id}/approve", operation_id = "approve_risk_entry", tag = "reviews",
    params(("id" = String, Path, description = "`lst_…`")),
    responses((status = 204, description = "It holds")),
)]
async fn approve_risk_entry(
    State(app): State<App>,
    staff: Staff<ManageRisk>,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    list::approve(&app.cx, &staff.actor, entry_id(&text)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an entry off its list.
#[utoipa::path(
    post, path = "/staff/risk-lists/{id}/remove", operation_id = "remove_risk_entry", tag = "reviews",
    params(("id" = String, Path, description = "`lst_…`")),
    request_body = Why,
    responses((status = 204, description = "Taken off")),
)]
async fn remove_risk_entry(
    State(app): State<App>,
    staff: Staff<ManageRisk>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    list::remove(&app.cx, &staff.actor, entry_id(&text)?, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
