//! Accounts, sessions, who I am.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use identity::account::Register;
use identity::session::{LogIn, SessionKind};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::created;
use super::json::Json;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_account))
        .routes(routes!(create_session))
        .routes(routes!(end_session))
        .routes(routes!(me))
}

/// Who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact": "13800000001", "password": "a long phrase nobody guesses", "name": "林晓"}))]
struct NewAccount {
    /// A mainland mobile number or an e-mail address.
    contact: String,
    /// 8 to 128 characters, none of those that are guessed first.
    #[schema(format = Password)]
    password: String,
    name: Option<String>,
}

/// The account, and the code that was sent to prove the address.
#[derive(Serialize, ToSchema)]
struct AccountCreated {
    id: String,
    verification: Verification,
}

#[derive(Serialize, ToSchema)]
struct Verification {
    /// Masked: `138****0001`.
    sent_to: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// No new code before this time.
    #[schema(value_type = String, format = DateTime)]
    resend_at: Timestamp,
}

/// Registers a customer. The language of messages is that of `Accept-Language`.
#[utoipa::path(
    post, path = "/accounts", operation_id = "create_account", tag = "accounts",
    request_body = NewAccount,
    responses((status = 201, description = "Registered", body = AccountCreated)),
    security(()),
)]
async fn create_account(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<NewAccount>,
) -> Result<Response, Refused> {
    let NewAccount { contact, password, name } = body.value;
    let input = Register { contact, name, password, locale: visitor.locale };
    let done = identity::account::register(&app.cx, &app.hasher, &visitor.actor, input).await?;
    let sent = done.verification;
    let verification =
        Verification { sent_to: sent.masked_to, expires_at: sent.expires_at, resend_at: sent.resend_at };
    Ok(created("/me", AccountCreated { id: done.account.to_string(), verification }, false))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact": "13800000001", "password": "a long phrase nobody guesses"}))]
struct NewSession {
    contact: String,
    #[schema(format = Password)]
    password: String,
}

/// The token is shown here and never again.
#[derive(Serialize, ToSchema)]
struct SessionCreated {
    /// For `Authorization: Bearer`.
    token: String,
    token_type: &'static str,
    account: String,
    roles: Vec<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Signs in a program.
#[utoipa::path(
    post, path = "/sessions", operation_id = "create_session", tag = "accounts",
    request_body = NewSession,
    responses((status = 201, description = "Signed in", body = SessionCreated)),
    security(()),
)]
async fn create_session(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<NewSession>,
) -> Result<Response, Refused> {
    let NewSession { contact, password } = body.value;
    let input = LogIn {
        contact,
        password,
        kind: SessionKind::Bearer,
        device: visitor.device.clone(),
        previous: None,
    };
    let session = identity::session::log_in(&app.cx, &app.hasher, &visitor.actor, input).await?;
    let answer = SessionCreated {
        token: session.token.expose().to_owned(),
        token_type: "Bearer",
        account: session.account.to_string(),
        roles: session.roles.iter().map(|role| role.name()).collect(),
        expires_at: session.expires_at,
    };
    Ok(created("/sessions/current", answer, false))
}

/// Signs out: the token stops working at once.
#[utoipa::path(
    delete, path = "/sessions/current", operation_id = "end_session", tag = "accounts",
    responses((status = 204, description = "Signed out")),
)]
async fn end_session(State(app): State<App>, visitor: Visitor) -> Result<StatusCode, Refused> {
    let token = visitor.token.as_deref().ok_or(EdgeError::SignInNeeded)?;
    identity::session::log_out(&app.cx, &visitor.actor, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own account.
#[derive(Serialize, ToSchema)]
struct Me {
    id: String,
    roles: Vec<&'static str>,
    name: Option<String>,
    phone: Option<String>,
    phone_verified: bool,
    email: Option<String>,
    email_verified: bool,
    language: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// The account of the token.
#[utoipa::path(
    get, path = "/me", operation_id = "get_me", tag = "accounts",
    responses((status = 200, description = "Who I am", body = Me)),
)]
async fn me(State(app): State<App>, visitor: Visitor) -> Result<Out<Me>, Refused> {
    visitor.account()?;
    let profile = identity::account::profile(&app.cx, &visitor.actor).await?;
    Ok(Out(Me {
        id: profile.id.to_string(),
        roles: profile.roles.iter().map(|role| role.name()).collect(),
        name: profile.name,
        phone: profile.phone,
        phone_verified: profile.phone_verified,
        email: profile.email,
        email_verified: profile.email_verified,
        language: profile.preferences.locale.tag(),
        created_at: profile.created_at,
    }))
}
