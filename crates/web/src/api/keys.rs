//! Programs with keys of their own: what they may do, and changing their keys while they run.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::client::{self, ClientView, KeyView, NewClient, NewKey};
use kernel::{Permission, Permissions, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{created, id};
use super::caller::Person;
use super::json::Json;
use super::organisations::shape;
use super::wire::Items;
use crate::app::App;
use crate::edge::Refused;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_api_keys, create_api_key))
        .routes(routes!(revoke_api_key))
        .routes(routes!(rotate_api_key))
        .routes(routes!(end_api_key))
}

/// A program with keys.
#[derive(Serialize, ToSchema)]
struct ApiClient {
    /// The `client_id` of OAuth.
    id: String,
    name: String,
    /// Who made it; it can do no more than they.
    owner: String,
    scopes: Vec<&'static str>,
    keys: Vec<ApiKey>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// One key of it.
#[derive(Serialize, ToSchema)]
struct ApiKey {
    id: String,
    /// The last characters, to tell keys apart.
    hint: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// To about five minutes.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
}

impl From<KeyView> for ApiKey {
    fn from(view: KeyView) -> Self {
        Self {
            id: view.id.to_string(),
            hint: view.hint,
            created_at: view.created_at,
            expires_at: view.expires_at,
            used_at: view.used_at,
        }
    }
}

impl From<ClientView> for ApiClient {
    fn from(view: ClientView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            owner: view.owner.to_string(),
            scopes: view.scopes.iter().map(Permission::name).collect(),
            keys: view.keys.into_iter().map(ApiKey::from).collect(),
            revoked_at: view.revoked_at,
            created_at: view.created_at,
        }
    }
}

/// The programs of oneself, or of the organisation one acts for, newest first.
#[utoipa::path(
    get, path = "/api-keys", operation_id = "list_api_keys", tag = "keys",
    responses((status = 200, description = "Programs with their keys", body = Items<ApiClient>)),
)]
async fn list_api_keys(State(app): State<App>, person: Person) -> Result<Out<Items<ApiClient>>, Refused> {
    let all = client::list(&app.cx, &person.actor).await?;
    Ok(Out(all.into_iter().map(ApiClient::from).collect()))
}

/// A program that is to have a key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "ERP", "scopes": ["act_as_customer"], "days": 90}))]
struct NewApiClient {
    name: String,
    /// Names of permissions one has oneself: `act_as_customer`, `read_own_business`, …
    scopes: Vec<String>,
    /// How long the first key lasts.
    #[schema(minimum = 1, maximum = 365)]
    days: i64,
}

/// The token is shown here and never again.
#[derive(Serialize, ToSchema)]
struct ApiKeyMade {
    /// The program; with the token as `client_secret` it gets access tokens at `/oauth/token`.
    client: String,
    key: String,
    /// For `Authorization: Bearer`.
    token: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<NewKey> for ApiKeyMade {
    fn from(key: NewKey) -> Self {
        Self {
            client: key.client.to_string(),
            key: key.id.to_string(),
            token: key.token.expose().to_owned(),
            expires_at: key.expires_at,
        }
    }
}

/// Makes a program with its first key. Needs a fresh proof.
#[utoipa::path(
    post, path = "/api-keys", operation_id = "create_api_key", tag = "keys",
    request_body = NewApiClient,
    responses((status = 201, description = "Made", body = ApiKeyMade)),
)]
async fn create_api_key(
    State(app): State<App>,
    person: Person,
    body: Json<NewApiClient>,
) -> Result<Response, Refused> {
    let NewApiClient { name, scopes, days } = body.value;
    let input = NewClient { name, scopes: permissions(&scopes, "/scopes")?, days };
    let key = client::create(&app.cx, &person.actor, input).await?;
    Ok(created("/api-keys", ApiKeyMade::from(key), false))
}

/// Permissions by name. What nobody knows is told where it stands.
pub(super) fn permissions(names: &[String], pointer: &str) -> Result<Permissions, Refused> {
    let one = |(place, name): (usize, &String)| {
        Permission::from_name(name).ok_or_else(|| {
            let (zh, en) = ("没有这项权限，见接口文档", "There is no such permission. See the documentation");
            shape(&format!("{pointer}/{place}"), "web.permission_unknown", zh, en)
        })
    };
    names.iter().enumerate().map(one).collect()
}

/// Makes a new key; the ones before go on for a week, so that nothing stands still. Needs a fresh proof.
#[utoipa::path(
    post, path = "/api-keys/{id}/rotate", operation_id = "rotate_api_key", tag = "keys",
    params(("id" = String, Path, description = "`cli_…`")),
    responses((status = 201, description = "A new key", body = ApiKeyMade)),
)]
async fn rotate_api_key(
    State(app): State<App>,
    person: Person,
    Path(text): Path<String>,
) -> Result<Response, Refused> {
    let key = client::rotate(&app.cx, &person.actor, id(&text, identity::Error::NotFound)?).await?;
    Ok(created("/api-keys", ApiKeyMade::from(key), false))
}

/// Ends a program with all its keys and tokens, at once and for good. Needs a fresh proof.
#[utoipa::path(
    delete, path = "/api-keys/{id}", operation_id = "revoke_api_key", tag = "keys",
    params(("id" = String, Path, description = "`cli_…`")),
    responses((status = 204, description = "Ended")),
)]
async fn revoke_api_key(
    State(app): State<App>,
    person: Person,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    client::revoke(&app.cx, &person.actor, id(&text, identity::Error::NotFound)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one key of a program at once. Needs a fresh proof.
#[utoipa::path(
    delete, path = "/api-keys/{id}/keys/{key}", operation_id = "end_api_key", tag = "keys",
    params(("id" = String, Path, description = "`cli_…`"), ("key" = String, Path, description = "`key_…`")),
    responses((status = 204, description = "Ended")),
)]
async fn end_api_key(
    State(app): State<App>,
    person: Person,
    Path((program, key)): Path<(String, String)>,
) -> Result<StatusCode, Refused> {
    let program = id(&program, identity::Error::NotFound)?;
    let key = id(&key, identity::Error::NotFound)?;
    client::end_key(&app.cx, &person.actor, program, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
