//! Organisations as staff see them: looking, confirming, stopping.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::organisation::{self, OrganisationState};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::call::{Params, id, listed};
use crate::api::caller::{ManageOrganisations, Staff};
use crate::api::json::Json;
use crate::api::organisations::Organisation;
use crate::api::wire::{Rows, Why};
use crate::app::App;
use crate::edge::Refused;

const LIST: &str = "staff/organisations";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_all_organisations))
        .routes(routes!(look_at_organisation))
        .routes(routes!(confirm_organisation))
        .routes(routes!(suspend_organisation))
        .routes(routes!(resume_organisation))
}

/// Every organisation, newest first, codes masked.
#[utoipa::path(
    get, path = "/staff/organisations", operation_id = "list_all_organisations", tag = "staff",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Organisations", body = Rows<Organisation>)),
)]
async fn list_all_organisations(
    State(app): State<App>,
    staff: Staff<ManageOrganisations>,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, LIST)?;
    let found = organisation::list(&app.cx, &staff.actor, page).await?;
    Ok(listed(&app, LIST, &params, found.items.into_iter().map(Organisation::from).collect(), found.next))
}

/// One organisation, its code masked.
#[utoipa::path(
    get, path = "/staff/organisations/{id}", operation_id = "look_at_organisation", tag = "staff",
    params(("id" = String, Path, description = "`org_…`")),
    responses((status = 200, description = "The organisation", body = Organisation)),
)]
async fn look_at_organisation(
    State(app): State<App>,
    staff: Staff<ManageOrganisations>,
    Path(text): Path<String>,
) -> Result<Out<Organisation>, Refused> {
    let found = organisation::look_at(&app.cx, &staff.actor, id(&text, identity::Error::NotFound)?).await?;
    Ok(Out(found.into()))
}

/// Notes that somebody looked at the papers: it is who it says.
#[utoipa::path(
    post, path = "/staff/organisations/{id}/confirm", operation_id = "confirm_organisation", tag = "staff",
    params(("id" = String, Path, description = "`org_…`")),
    request_body = Why,
    responses((status = 204, description = "Confirmed")),
)]
async fn confirm_organisation(
    State(app): State<App>,
    staff: Staff<ManageOrganisations>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    let id = id(&text, identity::Error::NotFound)?;
    organisation::confirm(&app.cx, &staff.actor, id, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops an organisation: nobody acts for it until it is resumed.
#[utoipa::path(
    post, path = "/staff/organisations/{id}/suspend", operation_id = "suspend_organisation", tag = "staff",
    params(("id" = String, Path, description = "`org_…`")),
    request_body = Why,
    responses((status = 204, description = "Suspended")),
)]
async fn suspend_organisation(
    State(app): State<App>,
    staff: Staff<ManageOrganisations>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    set_state(&app, &staff, &text, OrganisationState::Suspended, &body.value).await
}

/// Lets an organisation go on.
#[utoipa::path(
    post, path = "/staff/organisations/{id}/resume", operation_id = "resume_organisation", tag = "staff",
    params(("id" = String, Path, description = "`org_…`")),
    request_body = Why,
    responses((status = 204, description = "Active")),
)]
async fn resume_organisation(
    State(app): State<App>,
    staff: Staff<ManageOrganisations>,
    Path(text): Path<String>,
    body: Json<Why>,
) -> Result<StatusCode, Refused> {
    set_state(&app, &staff, &text, OrganisationState::Active, &body.value).await
}

async fn set_state(
    app: &App,
    staff: &Staff<ManageOrganisations>,
    text: &str,
    state: OrganisationState,
    why: &Why,
) -> Result<StatusCode, Refused> {
    let id = id(text, identity::Error::NotFound)?;
    organisation::set_state(&app.cx, &staff.actor, id, state, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
