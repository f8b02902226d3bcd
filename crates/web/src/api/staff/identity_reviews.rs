//! Identity documents: what waits, looking at it after saying why, deciding.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::real_name::Error;
use identity::review::{self, Grounds, Opened, Review, ReviewId, ReviewState, Side};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, id, listed};
use crate::api::caller::{ReviewIdentity, Staff};
use crate::api::json::Json;
use crate::api::organisations::shape;
use crate::api::wire::{Rows, Why};
use crate::app::App;
use crate::edge::Refused;

const LIST: &str = "staff/identity-reviews";
/// Names of the states of a review, for the parameter.
const STATES: [(&str, ReviewState); 4] = [
    ("waiting", ReviewState::Waiting),
    ("approved", ReviewState::Approved),
    ("rejected", ReviewState::Rejected),
    ("withdrawn", ReviewState::Withdrawn),
];

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_identity_reviews))
        .routes(routes!(get_identity_review))
        .routes(routes!(open_identity_review))
        .routes(routes!(get_identity_document))
        .routes(routes!(approve_identity))
        .routes(routes!(reject_identity))
}

/// Documents handed in, with the personal data masked.
#[derive(Serialize, ToSchema)]
struct IdentityReview {
    id: String,
    account: String,
    /// `waiting`, `approved`, `rejected`, `withdrawn`.
    state: &'static str,
    name: Option<String>,
    number: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    submitted_at: Timestamp,
    /// Who has said why they look.
    opened_by: Option<String>,
    decided_by: Option<String>,
    /// `unreadable`, `incomplete`, `differs`, `expired`, `doubtful`.
    grounds: Option<&'static str>,
    remark: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    erased_at: Option<Timestamp>,
    files: Vec<IdentityFile>,
}

#[derive(Serialize, ToSchema)]
struct IdentityFile {
    /// `front`, `back`.
    side: &'static str,
    content_type: &'static str,
    bytes: i64,
}

impl From<Review> for IdentityReview {
    fn from(review: Review) -> Self {
        let file = |file: &review::DocumentFile| IdentityFile {
            side: file.side.name(),
            content_type: file.media.content_type(),
            bytes: file.bytes,
        };
        Self {
            id: review.id.to_string(),
            account: review.account.to_string(),
            state: review.state.name(),
            files: review.files.iter().map(file).collect(),
            name: review.name,
            number: review.number,
            submitted_at: review.submitted_at,
            opened_by: review.opened.map(|(who, _)| who.to_string()),
            decided_by: review.decided.map(|(who, _)| who.to_string()),
            grounds: review.grounds.map(Grounds::name),
            remark: review.remark,
            erased_at: review.erased_at,
        }
    }
}

/// Documents in one state: those that wait from the oldest on, others from the newest.
#[utoipa::path(
    get, path = "/staff/identity-reviews", operation_id = "list_identity_reviews", tag = "reviews",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
        ("state" = Option<String>, Query, description = "`waiting` when nothing is said",
            pattern = "^(waiting|approved|rejected|withdrawn)$"),
    ),
    responses((status = 200, description = "Reviews", body = Rows<IdentityReview>)),
)]
async fn list_identity_reviews(
    State(app): State<App>,
    staff: Staff<ReviewIdentity>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit", "state"])?;
    let state = params.word("state", &STATES, ReviewState::Waiting)?;
    let page = params.page(&app, LIST)?;
    let found = review::queue(&app.cx, &staff.actor, state, page).await?;
    Ok(listed(&app, LIST, &params, found.items.into_iter().map(IdentityReview::from).collect(), found.next))
}

fn review_id(text: &str) -> Result<ReviewId, Refused> {
    id(text, Error::NotFound)
}

/// One review, masked.
#[utoipa::path(
    get, path = "/staff/identity-reviews/{id}", operation_id = "get_identity_review", tag = "reviews",
    params(("id" = String, Path, description = "`idr_…`")),
    responses((status = 200, description = "The review", body = IdentityReview)),
)]
async fn get_identity_review(
    State(app): State<App>,
    staff: Staff<ReviewIdentity>,
    Path(text): Path<String>,
) -> Result<Out<IdentityReview>, Refused> {
    Ok(Out(review::find(&app.cx, &staff.actor, review_id(&text)?).await?.into()))
}

/// Name and number in clear.
#[derive(Serialize, ToSchema)]
struct IdentityOpened {
    name: String,
    number: String,
    /// `citizen`, `residence_permit`, `foreign_resident`.
    document: String,
    /// Until then the files may be looked at and decided about.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

impl From<Opened> for IdentityOpened {
    fn from(opened: Opened) -> Self {
        Self { name: opened.name, number: opened.number, document: opened.holder, until: opened.until }
    }
}

/// Shows name and number and opens the files to oneself for a quarter of an hour. The reason stays in the record.
#[utoipa::path(
    post, path = "/staff/identity-reviews/{id}/open", operation_id = "open_identity_review", tag = "reviews",
    params(("id" = String, Path, description = "`idr_…`")),
    request_body = Why,
    responses((status = 200, description = "In clear", body = IdentityOpened)),
)]
async fn open_identity_review(
    State(app): State<App>,
    staff: Staff<ReviewIdentity>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<Out<IdentityOpened>, Refused> {
    let opened = review::open(&app.cx, &staff.actor, review_id(&text)?, &body.value.reason).await?;
    Ok(Out(opened.into()))
}

/// One file, for whoever opened the review. Each look is recorded.
#[utoipa::path(
    get, path = "/staff/identity-reviews/{id}/documents/{side}", operation_id = "get_identity_document",
    tag = "reviews",
    params(
        ("id" = String, Path, description = "`idr_…`"),
        ("side" = String, Path, description = "`front` or `back`", pattern = "^(front|back)$"),
    ),
    responses((status = 200, description = "The file", content_type = "application/octet-stream")),
)]
async fn get_identity_document(
    State(app): State<App>,
    staff: Staff<ReviewIdentity>,
    Path((text, side)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let (id, side) = (review_id(&text)?, Side::from_name(&side).ok_or(Error::NotFound)?);
    let (media, bytes) = review::document(&app.cx, &staff.actor, id, side).await?;
    crate::console::real_name::download(&format!("{id}-{}", side.name()), media, bytes)
}

/// The documents are right: the account's person is known.
#[utoipa::path(
    post, path = "/staff/identity-reviews/{id}/approve", operation_id = "approve_identity", tag = "reviews",
    params(("id" = String, Path, description = "`idr_…`")),
    request_body = Why,
    responses((status = 204, description = "Approved")),
)]
async fn approve_identity(
    State(app): State<App>,
    staff: Staff<ReviewIdentity>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let id = review_id(&text)?;
    review::approve(&app.real_name, &app.cx, &staff.actor, id, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why documents are not right.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grounds": "unreadable", "remark": "右上角反光，请重拍"}))]
struct IdentityRejection {
    #[schema(pattern = "^(unreadable|incomplete|differs|expired|doubtful)$")]
    grounds: String,
    /// What the customer reads beside the grounds.
    remark: String,
}

/// The documents are not right; the customer reads why.
#[utoipa::path(
    post, path = "/staff/identity-reviews/{id}/reject", operation_id = "reject_identity", tag = "reviews",
    params(("id" = String, Path, description = "`idr_…`")),
    request_body = IdentityRejection,
    responses((status = 204, description = "Rejected")),
)]
async fn reject_identity(
    State(app): State<App>,
    staff: Staff<ReviewIdentity>,
    Path(text): Path<String>,
    body: Json<IdentityRejection>,
) -> Result<StatusCode, Refused> {
    let id = review_id(&text)?;
    let IdentityRejection { grounds, remark } = body.value;
    let grounds = Grounds::from_name(&grounds)
        .ok_or_else(|| shape("/grounds", "web.grounds_needed", "选择原因", "Choose the grounds"))?;
    review::reject(&app.cx, &staff.actor, id, grounds, &remark).await?;
    Ok(StatusCode::NO_CONTENT)
}
