//! Where the account is signed in, what it was signed in with, and what was tried.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::device::{self, DeviceView, LoginView};
use identity::session::{self, SessionId, SessionView};
use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{Params, id, listed};
use super::caller::Person;
use super::wire::{Items, Rows};
use crate::app::App;
use crate::edge::Refused;

const LOGINS: &str = "me/logins";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions, end_other_sessions))
        .routes(routes!(end_one_session))
        .routes(routes!(list_devices))
        .routes(routes!(forget_device))
        .routes(routes!(list_logins))
}

/// One time somebody signed in to the account.
#[derive(Serialize, ToSchema)]
struct OwnSession {
    id: String,
    /// Whether it is the one of this request.
    current: bool,
    /// `bearer` for a program, `cookie` for a browser.
    kind: &'static str,
    /// The browser or program, as it calls itself.
    device: String,
    address: String,
    /// What was shown, in order: `password`, `code`, `totp`, `passkey`, `recovery_code`, `federated`.
    methods: Vec<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// To about five minutes.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl OwnSession {
    fn of(view: SessionView, current: SessionId) -> Self {
        Self {
            id: view.id.to_string(),
            current: view.id == current,
            kind: view.kind.name(),
            device: view.device,
            address: view.address,
            methods: view.methods.iter().map(|method| method.name()).collect(),
            created_at: view.created_at,
            seen_at: view.seen_at,
            expires_at: view.expires_at,
        }
    }
}

/// One's own sessions, newest first.
#[utoipa::path(
    get, path = "/me/sessions", operation_id = "list_sessions", tag = "security",
    responses((status = 200, description = "Sessions", body = Items<OwnSession>)),
)]
async fn list_sessions(State(app): State<App>, person: Person) -> Result<Out<Items<OwnSession>>, Refused> {
    let all = session::list_sessions(&app.cx, &person.actor).await?;
    Ok(Out(all.into_iter().map(|view| OwnSession::of(view, person.session)).collect()))
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
struct Ended {
    ended: u64,
}

/// Ends all of one's own sessions but that of this request.
#[utoipa::path(
    delete, path = "/me/sessions", operation_id = "end_other_sessions", tag = "security",
    responses((status = 200, description = "The others have ended", body = Ended)),
)]
async fn end_other_sessions(State(app): State<App>, person: Person) -> Result<Out<Ended>, Refused> {
    let ended = session::end_other_sessions(&app.cx, &person.actor, person.session).await?;
    Ok(Out(Ended { ended }))
}

/// Ends one of one's own sessions.
#[utoipa::path(
    delete, path = "/me/sessions/{id}", operation_id = "end_one_session", tag = "security",
    params(("id" = String, Path, description = "`ses_…`")),
    responses((status = 204, description = "It has ended")),
)]
async fn end_one_session(
    State(app): State<App>,
    person: Person,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    let id = id(&text, identity::Error::SessionNotFound)?;
    session::end_session(&app.cx, &person.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A browser or program the account was signed in with.
#[derive(Serialize, ToSchema)]
struct OwnDevice {
    id: String,
    /// As it calls itself.
    device: String,
    /// Where it was used last.
    address: String,
    /// Until then it needs no second factor.
    #[schema(value_type = Option<String>, format = DateTime)]
    remembered_until: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
}

impl From<DeviceView> for OwnDevice {
    fn from(view: DeviceView) -> Self {
        Self {
            id: view.id.to_string(),
            device: view.device,
            address: view.address,
            remembered_until: view.remembered_until,
            created_at: view.created_at,
            seen_at: view.seen_at,
        }
    }
}

/// One's own devices, last used first.
#[utoipa::path(
    get, path = "/me/devices", operation_id = "list_devices", tag = "security",
    responses((status = 200, description = "Devices", body = Items<OwnDevice>)),
)]
async fn list_devices(State(app): State<App>, person: Person) -> Result<Out<Items<OwnDevice>>, Refused> {
    let all = device::list_devices(&app.cx, &person.actor).await?;
    Ok(Out(all.into_iter().map(OwnDevice::from).collect()))
}

/// Forgets a device and ends what is open on it, but the session of this request.
#[utoipa::path(
    delete, path = "/me/devices/{id}", operation_id = "forget_device", tag = "security",
    params(("id" = String, Path, description = "`dev_…`")),
    responses((status = 204, description = "Forgotten")),
)]
async fn forget_device(
    State(app): State<App>,
    person: Person,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    let id = id(&text, identity::Error::DeviceNotFound)?;
    device::forget_device(&app.cx, &person.actor, id, Some(person.session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A try to sign in to the account.
#[derive(Serialize, ToSchema)]
struct Login {
    id: String,
    /// `open`, `second_factor`, `enrol`, `wrong`, `refused`, `denied`.
    outcome: &'static str,
    method: &'static str,
    device: String,
    address: String,
    /// What made it unusual, as codes.
    reasons: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<LoginView> for Login {
    fn from(view: LoginView) -> Self {
        Self {
            id: view.id.to_string(),
            outcome: view.outcome.name(),
            method: view.method.name(),
            device: view.device,
            address: view.address,
            reasons: view.reasons,
            at: view.at,
        }
    }
}

/// What was tried on one's own account in the last half year, newest first.
#[utoipa::path(
    get, path = "/me/logins", operation_id = "list_logins", tag = "security",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Tries to sign in", body = Rows<Login>)),
)]
async fn list_logins(State(app): State<App>, person: Person, params: Params) -> Result<Response, Refused> {
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, LOGINS)?;
    let found = device::list_logins(&app.cx, &person.actor, page).await?;
    Ok(listed(&app, LOGINS, &params, found.items.into_iter().map(Login::from).collect(), found.next))
}
