//! What protects the account: password, contacts, second factors, the emergency brake.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use identity::account::{self, ChangePassword, Others, StateCommand};
use identity::contact::{self, ContactKind};
use identity::passkey::{self, PasskeyView};
use identity::session::{SessionKind, Stage};
use identity::{code, factor, freeze, signin};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{created, id};
use super::caller::{Enrolling, Person};
use super::json::{Json, Open};
use super::recovery::LinkToken;
use super::wire::{CodeWish, SessionCreated, TypedCode, Verification, Why};
use crate::app::App;
use crate::edge::{Refused, Visitor, shield};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change_password))
        .routes(routes!(freeze_me))
        .routes(routes!(send_verification))
        .routes(routes!(verify_contact))
        .routes(routes!(change_contact))
        .routes(routes!(confirm_contact))
        .routes(routes!(undo_contact_change))
        .routes(routes!(get_factors))
        .routes(routes!(offer_totp, remove_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(create_recovery_codes))
        .routes(routes!(remove_passkey))
}

/// A password in place of the one there is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current": "a long phrase nobody guesses", "password": "another phrase nobody guesses"}))]
struct PasswordChange {
    /// Not looked at while the account has no password.
    #[serde(default)]
    #[schema(format = Password)]
    current: String,
    /// 15 to 128 characters, 8 beside a second factor, none of those that are guessed first. Operators may ask for fewer or more.
    #[schema(format = Password)]
    password: String,
    /// Whether the other sessions go on. Unless that is said they end.
    #[serde(default)]
    keep_other_sessions: bool,
}

/// Changes one's own password. With a second factor, or without a password yet, a fresh proof is needed.
#[utoipa::path(
    put, path = "/me/password", operation_id = "change_password", tag = "security",
    request_body = PasswordChange,
    responses((status = 204, description = "Changed")),
)]
async fn change_password(
    State(app): State<App>,
    person: Person,
    body: Json<PasswordChange>,
) -> Result<StatusCode, Refused> {
    let PasswordChange { current, password, keep_other_sessions } = body.value;
    let others = if keep_other_sessions { Others::Keep } else { Others::End };
    let input = ChangePassword { current, new: password, others };
    let me = person.account()?;
    let done = account::change_password(&app.cx, &app.hasher, &person.actor, person.session, input).await;
    shield::tried_factor(&app, &person, me, done)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Freezes one's own account at once: every session ends, this one too, and nobody signs in until it is unfrozen.
#[utoipa::path(
    post, path = "/me/freeze", operation_id = "freeze_me", tag = "security",
    request_body = Why,
    responses((status = 204, description = "Frozen")),
)]
async fn freeze_me(State(app): State<App>, person: Person, body: Json<Why>) -> Result<StatusCode, Refused> {
    let me = person.account()?;
    freeze::change_state(&app.cx, &person.actor, me, StateCommand::Freeze, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a new code to one's own contact that is not verified yet.
#[utoipa::path(
    post, path = "/me/verification/codes", operation_id = "send_verification", tag = "security",
    responses((status = 202, description = "Sent", body = Verification)),
)]
async fn send_verification(
    State(app): State<App>,
    person: Person,
) -> Result<(StatusCode, Out<Verification>), Refused> {
    let sent = code::resend_code(&app.cx, &person.actor).await?;
    Ok((StatusCode::ACCEPTED, Out(sent.into())))
}

/// Takes the code that came: the contact is one's own.
#[utoipa::path(
    post, path = "/me/verification", operation_id = "verify_contact", tag = "security",
    request_body = TypedCode,
    responses((status = 204, description = "Verified")),
)]
async fn verify_contact(
    State(app): State<App>,
    person: Person,
    body: Json<TypedCode>,
) -> Result<StatusCode, Refused> {
    code::verify_contact(&app.cx, &person.actor, &body.value.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks to change the phone number or e-mail address: a code goes to the new one. Needs a fresh proof.
#[utoipa::path(
    post, path = "/me/contacts", operation_id = "change_contact", tag = "security",
    request_body = CodeWish,
    responses((status = 202, description = "Sent to the new contact", body = Verification)),
)]
async fn change_contact(
    State(app): State<App>,
    person: Person,
    body: Json<CodeWish>,
) -> Result<(StatusCode, Out<Verification>), Refused> {
    let sent = contact::ask(&app.cx, &person.guard(&app), &person.actor, &body.value.contact).await?;
    Ok((StatusCode::ACCEPTED, Out(sent.into())))
}

/// Takes the code from the new contact: it becomes the account's. The old one is told and can undo it for a day. Needs a fresh proof.
#[utoipa::path(
    post, path = "/me/contacts/{kind}/confirm", operation_id = "confirm_contact", tag = "security",
    params(("kind" = String, Path, description = "`phone` or `email`", pattern = "^(phone|email)$")),
    request_body = TypedCode,
    responses((status = 204, description = "Changed")),
)]
async fn confirm_contact(
    State(app): State<App>,
    person: Person,
    Path(kind): Path<String>,
    body: Json<TypedCode>,
) -> Result<StatusCode, Refused> {
    let kind = ContactKind::from_name(&kind).ok_or(identity::Error::NotFound)?;
    contact::confirm(&app.cx, &person.actor, kind, &body.value.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts the old contact back with the link that went to it. Every session ends.
#[utoipa::path(
    post, path = "/contact-undos", operation_id = "undo_contact_change", tag = "security",
    request_body = LinkToken,
    responses((status = 204, description = "The old contact is back")),
    security(()),
)]
async fn undo_contact_change(
    State(app): State<App>,
    visitor: Visitor,
    Open(body): Open<LinkToken>,
) -> Result<StatusCode, Refused> {
    contact::undo(&app.cx, &visitor.actor, &body.value.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The second factors of the account.
#[derive(Serialize, ToSchema)]
struct Factors {
    /// Whether there is an authenticator app.
    totp: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    totp_since: Option<Timestamp>,
    passkeys: Vec<OwnPasskey>,
    /// How many are not used yet.
    recovery_codes: i64,
}

#[derive(Serialize, ToSchema)]
struct OwnPasskey {
    id: String,
    name: String,
    /// Whether it is kept by a service and works on several devices.
    is_synced: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
}

impl From<PasskeyView> for OwnPasskey {
    fn from(view: PasskeyView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            is_synced: view.is_synced,
            created_at: view.created_at,
            used_at: view.used_at,
        }
    }
}

/// One's own second factors. Passkeys are added on the pages: a browser has to make them.
#[utoipa::path(
    get, path = "/me/factors", operation_id = "get_factors", tag = "security",
    responses((status = 200, description = "Second factors", body = Factors)),
)]
async fn get_factors(State(app): State<App>, person: Person) -> Result<Out<Factors>, Refused> {
    let enrolled = factor::enrolled_of(&app.cx, &person.actor).await?;
    let totp = factor::totp_state(&app.cx, &person.actor).await?;
    let passkeys = passkey::list(&app.cx, &person.actor).await?;
    Ok(Out(Factors {
        totp: enrolled.totp,
        totp_since: totp.confirmed_at,
        passkeys: passkeys.keys.into_iter().map(OwnPasskey::from).collect(),
        recovery_codes: enrolled.recovery_codes,
    }))
}

/// A secret for an authenticator app.
#[derive(Serialize, ToSchema)]
struct TotpSecret {
    /// Base32, for typing.
    secret: String,
    /// `otpauth://totp/…`, for a QR code.
    uri: String,
}

/// Offers a secret for an authenticator app; it counts once a code of it came. Needs a fresh proof, or a session whose stage is
/// `enrol`.
#[utoipa::path(
    post, path = "/me/factors/totp", operation_id = "offer_totp", tag = "security",
    responses((status = 201, description = "Put it into an app", body = TotpSecret)),
)]
async fn offer_totp(State(app): State<App>, who: Enrolling) -> Result<Response, Refused> {
    let offer = factor::offer_totp(&app.cx, &who.actor).await?;
    Ok(created("/me/factors", TotpSecret { secret: offer.secret, uri: offer.uri }, false))
}

/// What came of a new second factor.
#[derive(Serialize, ToSchema)]
struct FactorAdded {
    /// Shown here and never again; absent where there were some.
    recovery_codes: Option<Vec<String>>,
    /// Where the session waited for this: go on with its token.
    session: Option<SessionCreated>,
}

/// Takes the first code of the app: from now on it is asked for.
#[utoipa::path(
    post, path = "/me/factors/totp/confirm", operation_id = "confirm_totp", tag = "security",
    request_body = TypedCode,
    responses((status = 200, description = "The app is a second factor", body = FactorAdded)),
)]
async fn confirm_totp(
    State(app): State<App>,
    who: Enrolling,
    body: Json<TypedCode>,
) -> Result<Response, Refused> {
    let recovery_codes = factor::confirm_totp(&app.cx, &who.actor, &body.value.code).await?;
    let session = match who.visitor.waiting(Stage::Enrol) {
        Ok(pending) => {
            let arrival = who.visitor.arrival(&app, SessionKind::Bearer);
            let opened = signin::finish_enrolment(&app.cx, &who.actor, pending, arrival).await?;
            Some(SessionCreated::from(&opened))
        }
        Err(_) => None,
    };
    Ok(Out(FactorAdded { recovery_codes, session }).into_response())
}

/// Removes the authenticator app. Needs a fresh proof; the last second factor of a role that demands one stays.
#[utoipa::path(
    delete, path = "/me/factors/totp", operation_id = "remove_totp", tag = "security",
    responses((status = 204, description = "Removed")),
)]
async fn remove_totp(State(app): State<App>, person: Person) -> Result<StatusCode, Refused> {
    factor::remove_totp(&app.cx, &person.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Recovery codes.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Shown here and never again. Each works once.
    recovery_codes: Vec<String>,
}

/// Makes a new set of recovery codes; the old ones stop working. Needs a fresh proof.
#[utoipa::path(
    post, path = "/me/factors/recovery-codes", operation_id = "create_recovery_codes", tag = "security",
    responses((status = 201, description = "Ten new codes", body = RecoveryCodes)),
)]
async fn create_recovery_codes(State(app): State<App>, person: Person) -> Result<Response, Refused> {
    let recovery_codes = factor::new_recovery_codes(&app.cx, &person.actor).await?;
    Ok(created("/me/factors", RecoveryCodes { recovery_codes }, false))
}

/// Removes a passkey. Needs a fresh proof; the only way to sign in stays.
#[utoipa::path(
    delete, path = "/me/factors/passkeys/{id}", operation_id = "remove_passkey", tag = "security",
    params(("id" = String, Path, description = "`pky_…`")),
    responses((status = 204, description = "Removed")),
)]
async fn remove_passkey(
    State(app): State<App>,
    person: Person,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    let id = id(&text, identity::Error::PasskeyNotFound)?;
    passkey::remove(&app.cx, &person.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
