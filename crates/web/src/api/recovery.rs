//! Ways back in: a forgotten password, a lost second factor, a frozen account.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use identity::freeze::{self, Unfreezing};
use identity::recovery::{self, RecoveryView, ResetPassword};
use identity::session::SessionKind;
use identity::signin::{Proof, Way};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::one_of;
use super::call::created;
use super::caller::Locked;
use super::json::{Json, Open};
use super::wire::{CodeWish, Verification, Why};
use crate::app::App;
use crate::edge::{Refused, Visitor, shield};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_password_reset))
        .routes(routes!(finish_password_reset))
        .routes(routes!(create_recovery))
        .routes(routes!(get_recovery))
        .routes(routes!(complete_recovery))
        .routes(routes!(stop_recovery))
        .routes(routes!(create_unfreezing))
        .routes(routes!(finish_unfreezing))
}

/// Asks for a code to set a new password with. The answer is the same whether there is an account or not.
#[utoipa::path(
    post, path = "/password-resets", operation_id = "create_password_reset", tag = "security",
    request_body = CodeWish,
    responses((status = 202, description = "Sent, if that is the verified contact of an account", body = Verification)),
    security(()),
)]
async fn create_password_reset(
    State(app): State<App>,
    visitor: Visitor,
    Open(body): Open<CodeWish>,
) -> Result<(StatusCode, Out<Verification>), Refused> {
    let asked = recovery::ask_reset(&app.cx, &visitor.actor, &body.value.contact).await?;
    Ok((StatusCode::ACCEPTED, Out(asked.into())))
}

/// A new password in place of a forgotten one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact": "13800000001", "code": "492039", "password": "a long phrase nobody guesses"}))]
struct NewPassword {
    /// Where the code went.
    contact: String,
    /// Six digits.
    code: String,
    /// 15 to 128 characters, 8 beside a second factor, none of those that are guessed first. Operators may ask for fewer or more.
    #[schema(format = Password)]
    password: String,
}

/// Sets a new password. Every session ends; a second factor stays and is asked for at the next sign-in.
#[utoipa::path(
    post, path = "/password-resets/current", operation_id = "finish_password_reset", tag = "security",
    request_body = NewPassword,
    responses((status = 204, description = "Sign in with it now")),
    security(()),
)]
async fn finish_password_reset(
    State(app): State<App>,
    visitor: Visitor,
    Open(body): Open<NewPassword>,
) -> Result<StatusCode, Refused> {
    let NewPassword { contact, code, password } = body.value;
    let input = ResetPassword { contact: contact.clone(), code, password };
    let arrival = visitor.arrival(&app, SessionKind::Bearer);
    let done = recovery::reset_password(&app.cx, &app.hasher, &visitor.actor, input, &arrival).await;
    shield::tried(&app, &visitor, &contact, done)?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a request to remove a second factor stands.
#[derive(Serialize, ToSchema)]
struct OwnRecovery {
    id: String,
    /// `waiting` for staff, then `approved`.
    state: &'static str,
    /// It can be used from then on.
    #[schema(value_type = String, format = DateTime)]
    opens_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<RecoveryView> for OwnRecovery {
    fn from(view: RecoveryView) -> Self {
        Self {
            id: view.id.to_string(),
            state: view.state.name(),
            opens_at: view.opens_at,
            expires_at: view.expires_at,
            created_at: view.created_at,
        }
    }
}

/// Asks staff to remove a lost second factor. For a session that waits for it: its first factor was right. The owner is told and can
/// stop it.
#[utoipa::path(
    post, path = "/recoveries", operation_id = "create_recovery", tag = "security",
    request_body = Why,
    responses((status = 201, description = "Asked for", body = OwnRecovery)),
)]
async fn create_recovery(
    State(app): State<App>,
    locked: Locked,
    body: Json<Why>,
) -> Result<Response, Refused> {
    let asked = recovery::request(&app.cx, &locked.actor, &locked.pending, &body.value.reason).await?;
    Ok(created("/recoveries/current", OwnRecovery::from(asked), false))
}

/// The request of the account, for a session that waits for its second factor.
#[utoipa::path(
    get, path = "/recoveries/current", operation_id = "get_recovery", tag = "security",
    responses((status = 200, description = "How it stands", body = OwnRecovery)),
)]
async fn get_recovery(State(app): State<App>, locked: Locked) -> Result<Out<OwnRecovery>, Refused> {
    let found = recovery::of_pending(&app.cx, &locked.pending).await?;
    Ok(Out(found.ok_or(identity::Error::NotFound)?.into()))
}

/// Uses an approved request once its time has come: second factors go, every session ends. Then sign in again.
#[utoipa::path(
    post, path = "/recoveries/current/complete", operation_id = "complete_recovery", tag = "security",
    responses((status = 204, description = "Sign in again")),
)]
async fn complete_recovery(State(app): State<App>, locked: Locked) -> Result<StatusCode, Refused> {
    recovery::complete(&app.cx, &locked.actor, &locked.pending).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a link in a message ends with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "evl_rT3n0Ab9"}))]
pub(super) struct LinkToken {
    pub token: String,
}

/// Stops a request with the link of the message about it: nobody else's factor goes.
#[utoipa::path(
    post, path = "/recoveries/stop", operation_id = "stop_recovery", tag = "security",
    request_body = LinkToken,
    responses((status = 204, description = "Stopped")),
    security(()),
)]
async fn stop_recovery(
    State(app): State<App>,
    visitor: Visitor,
    Open(body): Open<LinkToken>,
) -> Result<StatusCode, Refused> {
    recovery::stop(&app.cx, &visitor.actor, &body.value.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who owns a frozen account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact": "13800000001", "password": "a long phrase nobody guesses"}))]
struct NewUnfreezing {
    contact: String,
    #[schema(format = Password)]
    password: String,
}

/// What the way back goes on with.
#[derive(Serialize, ToSchema)]
struct UnfreezingBegun {
    /// Goes with the code and the second factor.
    ticket: String,
    /// What counts as second factor: `totp`, `recovery_code`.
    factors: Vec<&'static str>,
    verification: Verification,
}

/// Begins the way back from a freeze: the password first; a code goes to the verified contact. Only for accounts that their owner
/// froze.
#[utoipa::path(
    post, path = "/unfreezings", operation_id = "create_unfreezing", tag = "security",
    request_body = NewUnfreezing,
    responses((status = 202, description = "A code is on its way", body = UnfreezingBegun)),
    security(()),
)]
async fn create_unfreezing(
    State(app): State<App>,
    visitor: Visitor,
    Open(body): Open<NewUnfreezing>,
) -> Result<(StatusCode, Out<UnfreezingBegun>), Refused> {
    let NewUnfreezing { contact, password } = body.value;
    let begun = freeze::begin_unfreezing(&app.cx, &app.hasher, &visitor.actor, &contact, &password).await;
    let Unfreezing { ticket, ways, sent } = shield::tried(&app, &visitor, &contact, begun)?;
    let factors = ways.0.iter().filter_map(|way| match way {
        Way::Totp => Some("totp"),
        Way::RecoveryCode => Some("recovery_code"),
        Way::Passkey | Way::Password | Way::Code { .. } => None,
    });
    let body = UnfreezingBegun { ticket, factors: factors.collect(), verification: sent.into() };
    Ok((StatusCode::ACCEPTED, Out(body)))
}

/// The code that was sent and one second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ticket": "00ff", "code": "492039", "totp": "114477"}))]
struct FinishUnfreezing {
    ticket: String,
    /// Six digits that were sent.
    code: String,
    /// Six digits from an authenticator app.
    totp: Option<String>,
    recovery_code: Option<String>,
}

/// Ends a freeze; the account can sign in again.
#[utoipa::path(
    post, path = "/unfreezings/current", operation_id = "finish_unfreezing", tag = "security",
    request_body = FinishUnfreezing,
    responses((status = 204, description = "Sign in now")),
    security(()),
)]
async fn finish_unfreezing(
    State(app): State<App>,
    visitor: Visitor,
    Open(body): Open<FinishUnfreezing>,
) -> Result<StatusCode, Refused> {
    let FinishUnfreezing { ticket, code, totp, recovery_code } = body.value;
    let proof = match (totp, recovery_code) {
        (Some(totp), None) => Proof::Totp(totp),
        (None, Some(code)) => Proof::RecoveryCode(code),
        _ => return Err(one_of("", "totp, recovery_code")),
    };
    let shown = (code.as_str(), proof);
    let done = freeze::finish_unfreezing(&app.cx, &app.hasher, &visitor.actor, &ticket, shown).await;
    shield::tried_ticket(&app, &visitor, &ticket, done)?;
    Ok(StatusCode::NO_CONTENT)
}
