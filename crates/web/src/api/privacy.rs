//! One's own data: agreements, a copy of everything, the end of the account.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use identity::privacy::{self, ConsentPurpose, ConsentView};
use kernel::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::Person;
use super::json::Json;
use super::wire::{Items, Why};
use crate::app::App;
use crate::edge::Refused;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_consents))
        .routes(routes!(give_consent, withdraw_consent))
        .routes(routes!(create_export))
        .routes(routes!(erase_me))
}

/// Something that was agreed to.
#[derive(Serialize, ToSchema)]
struct Consent {
    /// `notice`, `personalisation`, `marketing`.
    purpose: &'static str,
    /// Of the text.
    version: String,
    #[schema(value_type = String, format = DateTime)]
    given_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Timestamp>,
}

impl From<ConsentView> for Consent {
    fn from(view: ConsentView) -> Self {
        Self {
            purpose: view.purpose.name(),
            version: view.version,
            given_at: view.given_at,
            withdrawn_at: view.withdrawn_at,
        }
    }
}

/// What one agreed to, newest first.
#[utoipa::path(
    get, path = "/me/consents", operation_id = "list_consents", tag = "privacy",
    responses((status = 200, description = "Agreements", body = Items<Consent>)),
)]
async fn list_consents(State(app): State<App>, person: Person) -> Result<Out<Items<Consent>>, Refused> {
    let all = privacy::consents(&app.cx, &person.actor).await?;
    Ok(Out(all.into_iter().map(Consent::from).collect()))
}

fn purpose(text: &str) -> Result<ConsentPurpose, Refused> {
    ConsentPurpose::from_name(text).ok_or_else(|| identity::Error::NotFound.into())
}

/// Agrees to a purpose. Doing it again changes nothing.
#[utoipa::path(
    put, path = "/me/consents/{purpose}", operation_id = "give_consent", tag = "privacy",
    params(("purpose" = String, Path, description = "`notice`, `personalisation`, `marketing`")),
    responses((status = 204, description = "Agreed")),
)]
async fn give_consent(
    State(app): State<App>,
    person: Person,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    privacy::give_consent(&app.cx, &person.actor, purpose(&text)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an agreement back. An account cannot be without the `notice`.
#[utoipa::path(
    delete, path = "/me/consents/{purpose}", operation_id = "withdraw_consent", tag = "privacy",
    params(("purpose" = String, Path, description = "`personalisation`, `marketing`")),
    responses((status = 204, description = "Taken back")),
)]
async fn withdraw_consent(
    State(app): State<App>,
    person: Person,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    privacy::withdraw_consent(&app.cx, &person.actor, purpose(&text)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A copy of everything that is known of oneself. Needs a fresh proof, and is recorded.
#[utoipa::path(
    post, path = "/me/exports", operation_id = "create_export", tag = "privacy",
    responses((status = 200, description = "Account, devices, orders, money, messages", body = Object)),
)]
async fn create_export(State(app): State<App>, person: Person) -> Result<Out<Value>, Refused> {
    Ok(Out(crate::portal::privacy::everything(&app, &person).await?))
}

/// Closes one's own account for good and erases the person. Refused while orders, money or an organisation are left. Needs a fresh
/// proof.
#[utoipa::path(
    post, path = "/me/erasure", operation_id = "erase_me", tag = "privacy",
    request_body = Why,
    responses((status = 204, description = "Nothing of the person is left")),
)]
async fn erase_me(State(app): State<App>, person: Person, body: Json<Why>) -> Result<StatusCode, Refused> {
    let standing = &*app.parties.standing;
    privacy::close_own(&app.cx, &person.actor, standing, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
