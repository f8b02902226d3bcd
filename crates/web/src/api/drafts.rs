//! Forms that were begun on the pages and not sent yet.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kernel::Timestamp;
use ordering::draft::{self, Draft, DraftId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::edge::{Refused, Visitor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_drafts)).routes(routes!(discard_draft))
}

/// A form that was begun. What was typed stays on the pages.
#[derive(Serialize, ToSchema)]
struct DraftView {
    id: String,
    service: String,
    /// The version whose form is filled in.
    service_version: i64,
    offering: String,
    quantity: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Draft> for DraftView {
    fn from(draft: Draft) -> Self {
        Self {
            id: draft.id.to_string(),
            service: draft.service,
            service_version: draft.service_version,
            offering: draft.offering,
            quantity: draft.quantity,
            created_at: draft.created_at,
            updated_at: draft.updated_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct DraftList {
    /// The latest first, at most ten.
    items: Vec<DraftView>,
}

/// One's own drafts of the last two weeks.
#[utoipa::path(
    get, path = "/drafts", operation_id = "list_drafts", tag = "orders",
    responses((status = 200, description = "Drafts", body = DraftList)),
)]
async fn list_drafts(State(app): State<App>, visitor: Visitor) -> Result<Out<DraftList>, Refused> {
    visitor.account()?;
    let drafts = draft::list(&app.cx, &visitor.actor).await?;
    Ok(Out(DraftList { items: drafts.into_iter().map(Into::into).collect() }))
}

/// Forgets a draft and everything typed into it.
#[utoipa::path(
    delete, path = "/drafts/{id}", operation_id = "discard_draft", tag = "orders",
    params(("id" = String, Path, description = "`drf_…`")),
    responses((status = 204, description = "It is gone")),
)]
async fn discard_draft(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Refused> {
    visitor.account()?;
    let id: DraftId = id.parse().map_err(|_| ordering::Error::NotFound)?;
    draft::discard(&app.cx, &visitor.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
