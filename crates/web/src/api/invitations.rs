//! Invitations into organisations, from both sides. The token of a link travels in bodies, where no log keeps it.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::organisation::{self, InvitationView, Invite};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{created, id};
use super::caller::{Member, Person};
use super::json::{Json, Open};
use super::organisations::{Made, department_of, role_of};
use super::recovery::LinkToken;
use super::wire::Items;
use crate::app::App;
use crate::edge::Refused;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations, invite))
        .routes(routes!(withdraw_invitation))
        .routes(routes!(look_at_invitation))
        .routes(routes!(accept_invitation))
}

/// An invitation that waits.
#[derive(Serialize, ToSchema)]
struct Invitation {
    id: String,
    role: String,
    department: Option<String>,
    /// Masked; `null` where whoever has the link may use it.
    contact: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<InvitationView> for Invitation {
    fn from(view: InvitationView) -> Self {
        Self {
            id: view.id.to_string(),
            role: view.role.name().to_owned(),
            department: view.department.map(|id| id.to_string()),
            contact: view.contact,
            expires_at: view.expires_at,
        }
    }
}

/// The invitations that wait. For owners.
#[utoipa::path(
    get, path = "/organisations/{id}/invitations", operation_id = "list_invitations", tag = "organisations",
    params(("id" = String, Path, description = "`org_…`")),
    responses((status = 200, description = "Invitations", body = Items<Invitation>)),
)]
async fn list_invitations(State(app): State<App>, member: Member) -> Result<Out<Items<Invitation>>, Refused> {
    let all = organisation::invitations(&app.cx, &member.actor).await?;
    Ok(Out(all.into_iter().map(Invitation::from).collect()))
}

/// Whom to invite, as what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "org_buyer", "contact": "13800000002"}))]
struct NewInvitation {
    /// `org_owner`, `org_buyer`, `org_viewer`, or one the operator made.
    role: String,
    /// `dep_…`
    department: Option<String>,
    /// Phone or e-mail: then the link goes there as well, and only an account with that verified contact can use it.
    #[serde(default)]
    contact: String,
}

/// The token is shown here and never again.
#[derive(Serialize, ToSchema)]
struct Invited {
    id: String,
    /// For `POST /invitations/accept`.
    token: String,
    /// The same as a link for people.
    link: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Invites somebody. For owners, with a fresh proof.
#[utoipa::path(
    post, path = "/organisations/{id}/invitations", operation_id = "invite", tag = "organisations",
    params(("id" = String, Path, description = "`org_…`")),
    request_body = NewInvitation,
    responses((status = 201, description = "Invited", body = Invited)),
)]
async fn invite(
    State(app): State<App>,
    member: Member,
    Path(organisation): Path<String>,
    body: Json<NewInvitation>,
) -> Result<Response, Refused> {
    let NewInvitation { role, department, contact } = body.value;
    let wish = Invite { role: role_of(&role)?, department: department_of(department)?, contact };
    let base = &app.settings.public_url;
    let made = organisation::invite(&app.cx, &member.actor, base, wish).await?;
    let token = made.token.expose().to_owned();
    let link = format!("{base}/join/{token}");
    let body = Invited { id: made.id.to_string(), token, link, expires_at: made.expires_at };
    Ok(created(&format!("/organisations/{organisation}/invitations"), body, false))
}

/// Takes an invitation back. For owners, with a fresh proof.
#[utoipa::path(
    delete, path = "/organisations/{id}/invitations/{invitation}", operation_id = "withdraw_invitation",
    tag = "organisations",
    params(
        ("id" = String, Path, description = "`org_…`"),
        ("invitation" = String, Path, description = "`inv_…`"),
    ),
    responses((status = 204, description = "The link works no longer")),
)]
async fn withdraw_invitation(
    State(app): State<App>,
    member: Member,
    Path((_, invitation)): Path<(String, String)>,
) -> Result<StatusCode, Refused> {
    let invitation = id(&invitation, identity::Error::NotFound)?;
    organisation::withdraw(&app.cx, &member.actor, invitation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invitation is for.
#[derive(Serialize, ToSchema)]
struct InvitedTo {
    /// Its name.
    organisation: String,
    role: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Looks at an invitation without using it up.
#[utoipa::path(
    post, path = "/invitations/look", operation_id = "look_at_invitation", tag = "organisations",
    request_body = LinkToken,
    responses((status = 200, description = "What it is for", body = InvitedTo)),
    security(()),
)]
async fn look_at_invitation(
    State(app): State<App>,
    Open(body): Open<LinkToken>,
) -> Result<Out<InvitedTo>, Refused> {
    let found = organisation::look_at_invitation(&app.cx, &body.value.token).await?;
    Ok(Out(InvitedTo {
        organisation: found.organisation,
        role: found.role.name().to_owned(),
        expires_at: found.expires_at,
    }))
}

/// Becomes a member. An invitation works once.
#[utoipa::path(
    post, path = "/invitations/accept", operation_id = "accept_invitation", tag = "organisations",
    request_body = LinkToken,
    responses((status = 201, description = "A member of this organisation", body = Made)),
)]
async fn accept_invitation(
    State(app): State<App>,
    person: Person,
    body: Json<LinkToken>,
) -> Result<Response, Refused> {
    let id = organisation::join(&app.cx, &person.actor, &body.value.token).await?;
    Ok(created(&format!("/organisations/{id}"), Made { id: id.to_string() }, false))
}
