//! What does not agree with the gateways: the queue, one difference with what helps, the step that helps, the second person's word.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{FieldError, Timestamp};
use reconciliation::difference::{self, DifferenceId, Filter, Remedy, State as Stands};
use reconciliation::matching::Reason;
use reconciliation::{Day, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, id, listed, wrong};
use crate::api::caller::{ReadLedger, Reconcile, Staff};
use crate::api::json::Json;
use crate::api::wire::{Money, Rows, Why};
use crate::app::App;
use crate::console::recon_service as service;
use crate::edge::Refused;
use crate::edge::problem::EdgeError;

const LIST: &str = "staff/differences";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_differences))
        .routes(routes!(get_difference))
        .routes(routes!(remedy_difference))
        .routes(routes!(approve_write_off))
        .routes(routes!(refuse_write_off))
}

/// Something that does not agree.
#[derive(Serialize, ToSchema)]
struct Difference {
    id: String,
    gateway: String,
    /// Of the bill, in Beijing.
    day: String,
    /// `amount_differs`, `only_theirs`, `only_ours`, `fee_unexpected`, …
    reason: &'static str,
    /// `open`, `timing`, `closed`.
    state: &'static str,
    /// How it left the queue: `matched`, `fee_booked`, `payout_booked`, `written_off`, `explained`.
    resolution: Option<&'static str>,
    /// The attempt or refund it is about; empty where neither side names one.
    our_id: String,
    gateway_id: String,
    theirs: Option<Money>,
    ours: Option<Money>,
    /// By how much the bill still says more of what the gateway owes us than the ledger has.
    effect: Money,
    assignee: Option<String>,
    /// Who wants it written off, and waits for a second person.
    proposed_by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Timestamp>,
}

impl From<&difference::Difference> for Difference {
    fn from(found: &difference::Difference) -> Self {
        let effect = kernel::Money { minor: found.open_effect(), ..found.effect };
        Self {
            id: found.id.to_string(),
            gateway: found.gateway.clone(),
            day: found.day.to_string(),
            reason: found.reason.name(),
            state: found.state.name(),
            resolution: found.resolution.map(difference::Resolution::name),
            our_id: found.our_id.clone(),
            gateway_id: found.gateway_id.clone(),
            theirs: found.theirs.map(Into::into),
            ours: found.ours.map(Into::into),
            effect: effect.into(),
            assignee: found.assignee.map(|id| id.to_string()),
            proposed_by: found.proposed_by.map(|id| id.to_string()),
            opened_at: found.opened_at,
            closed_at: found.closed_at,
        }
    }
}

/// Differences, oldest first.
#[utoipa::path(
    get, path = "/staff/differences", operation_id = "list_differences", tag = "staff",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
        ("gateway" = Option<String>, Query, description = "Only of this gateway"),
        ("reason" = Option<String>, Query, description = "Only for this reason: `amount_differs`, …"),
        ("state" = Option<String>, Query, description = "What is not closed when nothing is said", pattern = "^(open|timing|closed)$"),
        ("from" = Option<String>, Query, description = "The first day of bills, `2026-11-01`"),
        ("to" = Option<String>, Query, description = "The last day, `2026-11-30`"),
    ),
    responses((status = 200, description = "Differences", body = Rows<Difference>)),
)]
async fn list_differences(
    State(app): State<App>,
    staff: Staff<ReadLedger>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit", "gateway", "reason", "state", "from", "to"])?;
    let day = |name| match params.get(name) {
        None => Ok(None),
        Some(text) => Day::parse(text)
            .map(Some)
            .ok_or_else(|| wrong(name, "需为日期，例如 2026-11-01", "Must be a day, such as 2026-11-01")),
    };
    let reasons: Vec<(&str, Option<Reason>)> =
        Reason::ALL.iter().map(|reason| (reason.name(), Some(*reason))).collect();
    let states: Vec<(&str, Option<Stands>)> =
        Stands::ALL.iter().map(|state| (state.name(), Some(*state))).collect();
    let filter = Filter {
        gateway: params.get("gateway").map(str::to_owned),
        reason: params.word("reason", &reasons, None)?,
        state: params.word("state", &states, None)?,
        from: day("from")?,
        to: day("to")?,
        ..Filter::default()
    };
    let page = params.page(&app, LIST)?;
    let found = difference::list(&app.cx, &staff.actor, &filter, page).await?;
    Ok(listed(&app, LIST, &params, found.items.iter().map(Difference::from).collect(), found.next))
}

/// What somebody wrote, or did.
#[derive(Serialize, ToSchema)]
struct DifferenceNote {
    /// `note`, or the name of a remedy.
    act: String,
    actor: String,
    text: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A difference with what may be done about it now, and what was.
#[derive(Serialize, ToSchema)]
struct DifferenceDetail {
    #[serde(flatten)]
    difference: Difference,
    /// `ask_gateway`, `book_fee`, `book_payout`, `link`, `accept_timing`, `write_off`, `explain`, `sign_off`.
    remedies: Vec<&'static str>,
    notes: Vec<DifferenceNote>,
}

async fn shown(app: &App, actor: &kernel::Actor, id: DifferenceId) -> Result<DifferenceDetail, Refused> {
    let found = difference::find(&app.cx, actor, id).await?;
    let notes = difference::notes(&app.cx, actor, id).await?;
    let note = |note: difference::Note| DifferenceNote {
        act: note.act,
        actor: note.actor,
        text: note.text,
        at: note.at,
    };
    Ok(DifferenceDetail {
        remedies: difference::remedies(&found).into_iter().map(Remedy::name).collect(),
        notes: notes.into_iter().map(note).collect(),
        difference: (&found).into(),
    })
}

fn difference_id(text: &str) -> Result<DifferenceId, Refused> {
    id(text, Error::NotFound)
}

/// One difference.
#[utoipa::path(
    get, path = "/staff/differences/{id}", operation_id = "get_difference", tag = "staff",
    params(("id" = String, Path, description = "`dif_…`")),
    responses((status = 200, description = "The difference", body = DifferenceDetail)),
)]
async fn get_difference(
    State(app): State<App>,
    staff: Staff<ReadLedger>,
    Path(text): Path<String>,
) -> Result<Out<DifferenceDetail>, Refused> {
    Ok(Out(shown(&app, &staff.actor, difference_id(&text)?).await?))
}

/// The step that helps.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"remedy": "ask_gateway", "reason": "only the gateway has it"}))]
struct RemedyWish {
    /// One of `remedies`.
    remedy: String,
    /// It stays in the record. With `book_payout` the bank's reference says it.
    #[serde(default)]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// With `link`: the payment's attempt.
    #[serde(default)]
    #[schema(nullable = false)]
    our_id: Option<String>,
    /// With `book_payout`: what arrived at our bank.
    #[serde(default)]
    #[schema(nullable = false)]
    arrived: Option<Money>,
    /// With `book_payout`: the bank's number of it.
    #[serde(default)]
    #[schema(nullable = false)]
    reference: Option<String>,
}

fn missing(name: &str) -> Refused {
    let (zh, en) = ("这一步需要填写这一项", "This step needs this member");
    EdgeError::Shape { fields: vec![FieldError::new(format!("/{name}"), "web.remedy_member", zh, en)] }.into()
}

/// Does what helps. A step that is not possible now is refused, so a repetition does nothing twice.
#[utoipa::path(
    post, path = "/staff/differences/{id}/remedy", operation_id = "remedy_difference", tag = "staff",
    params(("id" = String, Path, description = "`dif_…`")),
    request_body = RemedyWish,
    responses((status = 200, description = "The difference as it stands then", body = DifferenceDetail)),
)]
async fn remedy_difference(
    State(app): State<App>,
    staff: Staff<Reconcile>,
    Path(text): Path<String>,
    body: Json<RemedyWish>,
) -> Result<Out<DifferenceDetail>, Refused> {
    let id = difference_id(&text)?;
    let RemedyWish { remedy, reason, our_id, arrived, reference } = body.value;
    let remedy = Remedy::from_name(&remedy).ok_or_else(|| missing("remedy"))?;
    let (svc, actor, why) = (service(&app), &staff.actor, reason.unwrap_or_default());
    match remedy {
        Remedy::AskGateway => drop(Box::pin(difference::ask_gateway(&svc, actor, id, &why)).await?),
        Remedy::BookFee => difference::book_fee(&svc, actor, id, &why).await?,
        Remedy::BookPayout => {
            let arrived = arrived.ok_or_else(|| missing("arrived"))?;
            let reference = reference.ok_or_else(|| missing("reference"))?;
            difference::book_payout(&svc, actor, id, arrived.into(), &reference).await?;
        }
        Remedy::Link => {
            let our_id = our_id.ok_or_else(|| missing("our_id"))?;
            difference::link(&svc, actor, id, &our_id, &why).await?;
        }
        Remedy::AcceptTiming => difference::accept_timing(&svc, actor, id, &why).await?,
        Remedy::WriteOff => difference::propose_write_off(&svc, actor, id, &why).await?,
        Remedy::Explain => difference::explain(&svc, actor, id, &why).await?,
        Remedy::SignOff => difference::sign_off(&svc, actor, id, &why).await?,
    }
    Ok(Out(shown(&app, actor, id).await?))
}

/// Agrees to write off what somebody else proposed to.
#[utoipa::path(
    post, path = "/staff/differences/{id}/write-off/approve", operation_id = "approve_write_off", tag = "staff",
    params(("id" = String, Path, description = "`dif_…`")),
    request_body = Why,
    responses((status = 204, description = "Written off")),
)]
async fn approve_write_off(
    State(app): State<App>,
    staff: Staff<Reconcile>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let id = difference_id(&text)?;
    difference::approve_write_off(&service(&app), &staff.actor, id, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says no to it; the difference stays in the queue.
#[utoipa::path(
    post, path = "/staff/differences/{id}/write-off/refuse", operation_id = "refuse_write_off", tag = "staff",
    params(("id" = String, Path, description = "`dif_…`")),
    request_body = Why,
    responses((status = 204, description = "Stays open")),
)]
async fn refuse_write_off(
    State(app): State<App>,
    staff: Staff<Reconcile>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let id = difference_id(&text)?;
    difference::refuse_write_off(&service(&app), &staff.actor, id, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
