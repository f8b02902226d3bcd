//! Accounts, sessions, who I am.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use identity::account::Register;
use identity::session::{SessionKind, Stage};
use identity::signin::{self, Arrival, LogIn, LogInByCode, Proof, Remember};
use kernel::{FieldError, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::created;
use super::json::{Json, Open};
use super::wire::{CodeWish, SessionCreated, Verification};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor, shield};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_account))
        .routes(routes!(create_session))
        .routes(routes!(create_session_code))
        .routes(routes!(prove_session))
        .routes(routes!(create_proof_code))
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
    /// 15 to 128 characters, none of those that are guessed first. Operators may ask for fewer or more.
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
    Open(body): Open<NewAccount>,
) -> Result<Response, Refused> {
    let NewAccount { contact, password, name } = body.value;
    let input = Register { contact, name, password, locale: visitor.locale };
    let guard = visitor.guard(&app);
    let done = identity::account::register(&app.cx, &app.hasher, &guard, &visitor.actor, input).await?;
    let body = AccountCreated { id: done.account.to_string(), verification: done.verification.into() };
    Ok(created("/me", body, false))
}

/// Who signs in: with a password, or with a code that was asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact": "13800000001", "password": "a long phrase nobody guesses"}))]
struct NewSession {
    contact: String,
    #[schema(format = Password)]
    password: Option<String>,
    /// Six digits, instead of the password.
    code: Option<String>,
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
    Open(body): Open<NewSession>,
) -> Result<Response, Refused> {
    let NewSession { contact, password, code } = body.value;
    let arrival = Arrival { previous: None, ..visitor.arrival(&app, SessionKind::Bearer) };
    let tried_as = contact.clone();
    let step = match (password, code) {
        (Some(password), None) => {
            let input = LogIn { contact, password, arrival };
            signin::log_in(&app.cx, &app.hasher, &visitor.actor, input).await
        }
        (None, Some(code)) => {
            let input = LogInByCode { contact, code, arrival };
            signin::log_in_by_code(&app.cx, &visitor.actor, input).await
        }
        _ => return Err(one_of("/password", "password, code")),
    };
    let step = shield::tried(&app, &visitor, &tried_as, step)?;
    Ok(created("/sessions/current", SessionCreated::from(step.session()), false))
}

/// Exactly one of several members was wanted.
pub(super) fn one_of(pointer: &str, members: &str) -> Refused {
    let zh = format!("从 {members} 中填写一项");
    let en = format!("Give exactly one of {members}");
    EdgeError::Shape { fields: vec![FieldError::new(pointer, "web.one_of", zh, en)] }.into()
}

/// Asks for a code to sign in with. The answer is the same whether there is an account or not.
#[utoipa::path(
    post, path = "/session-codes", operation_id = "create_session_code", tag = "accounts",
    request_body = CodeWish,
    responses((status = 202, description = "Sent, if that is the verified contact of an account", body = Verification)),
    security(()),
)]
async fn create_session_code(
    State(app): State<App>,
    visitor: Visitor,
    Open(body): Open<CodeWish>,
) -> Result<(StatusCode, Out<Verification>), Refused> {
    let asked = signin::ask_code(&app.cx, &visitor.actor, &body.value.contact).await?;
    Ok((StatusCode::ACCEPTED, Out(asked.into())))
}

/// One factor. What counts depends on the account: with a second factor set up, nothing weaker does.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"totp": "492039"}))]
struct NewProof {
    #[schema(format = Password)]
    password: Option<String>,
    /// Six digits from an authenticator app.
    totp: Option<String>,
    recovery_code: Option<String>,
    /// Six digits that were sent for this.
    code: Option<String>,
}

impl NewProof {
    fn read(self) -> Result<Proof, Refused> {
        let given = [
            self.password.map(Proof::Password),
            self.totp.map(Proof::Totp),
            self.recovery_code.map(Proof::RecoveryCode),
            self.code.map(Proof::Code),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(proof), None) => Ok(proof),
            _ => Err(one_of("", "password, totp, recovery_code, code")),
        }
    }
}

/// Shows a factor: opens a session that waits for its second one, or makes sensitive acts possible for five minutes. The token
/// is replaced.
#[utoipa::path(
    post, path = "/sessions/current/proof", operation_id = "prove_session", tag = "accounts",
    request_body = NewProof,
    responses((status = 201, description = "Shown; go on with this token", body = SessionCreated)),
)]
async fn prove_session(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<NewProof>,
) -> Result<Response, Refused> {
    let proof = body.value.read()?;
    if let (Some(actor), Ok(pending)) = (visitor.pending_actor(&app), visitor.waiting(Stage::SecondFactor)) {
        let arrival = visitor.arrival(&app, SessionKind::Bearer);
        let shown = (proof, Remember::No);
        let opened = signin::show_second(&app.cx, &app.hasher, &actor, pending, shown, arrival).await;
        let opened = shield::tried_factor(&app, &visitor, pending.0.account, opened)?;
        return Ok(created("/sessions/current", SessionCreated::from(&opened), false));
    }
    let signed_in = visitor.signed_in.as_ref().zip(visitor.token.as_deref());
    let (signed_in, token) = signed_in.ok_or(EdgeError::SignInNeeded)?;
    let proved = signin::prove(&app.cx, &app.hasher, &visitor.actor, (signed_in, token), proof).await;
    let token = shield::tried_factor(&app, &visitor, signed_in.account, proved)?;
    Ok(created("/sessions/current", SessionCreated::from((signed_in, &token)), false))
}

/// Sends a code with which the session can be proved, where a code counts.
#[utoipa::path(
    post, path = "/sessions/current/codes", operation_id = "create_proof_code", tag = "accounts",
    responses((status = 202, description = "Sent", body = Verification)),
)]
async fn create_proof_code(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<(StatusCode, Out<Verification>), Refused> {
    let sent = match (visitor.pending_actor(&app), visitor.waiting(Stage::SecondFactor)) {
        (Some(actor), Ok((pending, _))) => signin::send_second_code(&app.cx, &actor, pending).await?,
        _ => signin::send_proof_code(&app.cx, &visitor.actor).await?,
    };
    Ok((StatusCode::ACCEPTED, Out(sent.into())))
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
    roles: Vec<String>,
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
        roles: profile.roles.iter().map(|role| role.name().to_owned()).collect(),
        name: profile.name,
        phone: profile.phone,
        phone_verified: profile.phone_verified,
        email: profile.email,
        email_verified: profile.email_verified,
        language: profile.preferences.locale.tag(),
        created_at: profile.created_at,
    }))
}
