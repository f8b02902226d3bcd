//! Passkeys: signing in with one, showing one as a fresh proof or second factor, adding and removing them.
//!
//! A ceremony is two posts of one form: the first, by script, fetches the question as JSON; the second is the form itself with
//! the answer in a field, so that what follows is a page or a redirect as after any form. Both carry the form's token, and
//! that token, made from the browser's cookie, is what a question is bound to.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::passkey::{self, Answer, At, Begun, Party, PasskeyId, PasskeyView, Purpose};
use identity::session::{SessionKind, Stage};
use identity::signin::{self, Method, Proof, Proven};
use kernel::{AccountId, Actor};
use serde_json::json;

use super::auth::{self, Login};
use super::passkey_view::{self as view, PAGE, View};
use super::reply::{self, Trouble};
use super::settings::{Saved, device_name};
use super::{factors, proof, second};
use crate::app::App;
use crate::edge::form::{local_path, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, shield};
use crate::i18n::PasskeyWords;

pub(crate) use super::passkey_view::{proof_parts, second_parts, sign_in_parts};

pub(crate) fn router() -> Router<App> {
    // Asking is not trying: the questions stand outside `/login`, whose posts draw on a small budget.
    Router::new()
        .route("/passkey/ask/sign-in", post(ask_sign_in))
        .route("/login/passkey", post(sign_in))
        .route("/passkey/ask/proof", post(ask_proof))
        .route("/login/proof/passkey", post(step_up))
        .route("/passkey/ask/second", post(ask_second))
        .route("/login/second/passkey", post(show_second))
        .route("/me/security/passkeys", get(look).post(add))
        .route("/me/security/passkeys/options", post(ask_new))
        .route("/me/security/passkeys/{id}/rename", post(rename))
        .route("/me/security/passkeys/{id}/remove", get(ask_remove).post(remove))
        .route("/.well-known/passkey-endpoints", get(endpoints))
}

/// Where to add and manage passkeys, for password managers (W3C passkey endpoints).
async fn endpoints(State(app): State<App>) -> Response {
    let page = format!("{}{PAGE}", app.settings.public_url);
    json_answer(StatusCode::OK, &json!({ "enroll": page, "manage": page }))
}

fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")]
        .map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, body.to_string()).into_response()
}

/// The question for the script, or why there is none in words it can show.
fn question(begun: Result<Begun, Refused>, visitor: &Visitor) -> Result<Response, Refused> {
    match begun {
        Ok(begun) => {
            let body = json!({ "ceremony": begun.ceremony, "publicKey": begun.options });
            Ok(json_answer(StatusCode::OK, &body))
        }
        Err(refused) if refused.kind() == kernel::Kind::Bug => Err(refused),
        Err(refused) => {
            let body = json!({ "code": refused.code(), "detail": refused.message(visitor.locale) });
            let mut answer = json_answer(refused.status(), &body);
            if let Some(wait) = refused.into_response().headers().get(RETRY_AFTER) {
                answer.headers_mut().insert(RETRY_AFTER, wait.clone());
            }
            Ok(answer)
        }
    }
}

/// This site to authenticators; where passkeys cannot work there is nothing at these addresses.
fn party(app: &App) -> Result<Party, Refused> {
    Party::of(&app.settings.public_url).ok_or_else(|| EdgeError::NotFound.into())
}

/// Where a ceremony takes place.
fn at<'a>(party: &'a Party, visitor: &'a Visitor) -> At<'a> {
    At { party, browser: &visitor.csrf, agent: &visitor.device }
}

fn answer(form: &PostForm) -> Answer<'_> {
    Answer { ceremony: form.get("ceremony"), credential: form.get("credential") }
}

/// Whoever sets up a passkey: somebody signed in, or somebody whose role demands a second factor before that.
fn owner(app: &App, visitor: &Visitor) -> Result<Actor, Refused> {
    if visitor.signed_in.is_some() {
        return Ok(visitor.actor.clone());
    }
    visitor.waiting(Stage::Enrol)?;
    visitor.pending_actor(app).ok_or_else(|| EdgeError::SignInNeeded.into())
}

async fn ask(
    app: &App,
    form: &PostForm,
    purpose: Purpose,
    account: Option<AccountId>,
) -> Result<Response, Refused> {
    let party = party(app)?;
    let at = at(&party, &form.visitor);
    let begun = passkey::begin_proving(&app.cx, at, purpose, account).await;
    question(begun.map_err(Refused::from), &form.visitor)
}

async fn prove(
    app: &App,
    form: &PostForm,
    purpose: Purpose,
    account: Option<AccountId>,
) -> Result<Proven, Refused> {
    let party = party(app)?;
    let at = at(&party, &form.visitor);
    let proven = passkey::prove(&app.cx, &form.visitor.actor, at, purpose, account, answer(form)).await;
    match account {
        Some(account) => shield::tried_factor(app, &form.visitor, account, proven),
        // Nobody can guess a passkey of somebody who is not even named.
        None => Ok(proven?),
    }
}

async fn ask_sign_in(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    ask(&app, &form, Purpose::SignIn, None).await
}

async fn sign_in(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    let (visitor, next) = (&form.visitor, local_path(form.get("next")));
    let entered = match prove(&app, &form, Purpose::SignIn, None).await {
        Ok(proven) => {
            let arrival = visitor.arrival(&app, SessionKind::Cookie);
            signin::enter(&app.cx, &visitor.actor, proven, arrival).await.map_err(Refused::from)
        }
        Err(refused) => Err(refused),
    };
    match entered {
        Ok(step) => auth::enter(&app, visitor, &headers, step, next).await,
        Err(refused) => {
            let cx = visitor.page_cx(&app);
            let page = |trouble| auth::login_page(&cx, &Login { contact: "", next, trouble });
            reply::again(refused, page, visitor.locale)
        }
    }
}

async fn ask_proof(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let account = form.visitor.account()?;
    ask(&app, &form, Purpose::StepUp, Some(account)).await
}

async fn step_up(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let account = form.visitor.account()?;
    match prove(&app, &form, Purpose::StepUp, Some(account)).await {
        Ok(proven) => proof::prove(&app, &form, Proof::Passkey(proven)).await,
        Err(refused) => proof::prove_again(&app, &form, refused, Method::Passkey.name()).await,
    }
}

async fn ask_second(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let account = form.visitor.waiting(Stage::SecondFactor)?.0.account;
    ask(&app, &form, Purpose::SecondFactor, Some(account)).await
}

async fn show_second(
    State(app): State<App>,
    headers: HeaderMap,
    form: PostForm,
) -> Result<Response, Refused> {
    let account = form.visitor.waiting(Stage::SecondFactor)?.0.account;
    match prove(&app, &form, Purpose::SecondFactor, Some(account)).await {
        Ok(proven) => second::show_second(&app, &headers, &form, Proof::Passkey(proven)).await,
        Err(refused) => second::second_again(&app, &form, refused, Method::Passkey.name()).await,
    }
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Query(saved): Query<Saved>,
) -> Result<Response, Refused> {
    let done = ["added", "renamed", "removed"].into_iter().find(|what| saved.is(what));
    Ok(show(&app, &visitor, done, Trouble::default()).await?.into_response())
}

async fn show(
    app: &App,
    visitor: &Visitor,
    done: Option<&str>,
    trouble: Trouble,
) -> Result<maud::Markup, Refused> {
    let actor = owner(app, visitor)?;
    let passkeys = passkey::list(&app.cx, &actor).await?;
    let view = View {
        passkeys: &passkeys,
        is_fresh: actor.has_fresh_proof(app.cx.now()),
        suggested: &suggested(visitor),
        done,
        trouble,
    };
    if visitor.signed_in.is_none() {
        return Ok(view::enrol_page(&visitor.page_cx(app), &view));
    }
    Ok(view::page(&visitor.page(app).await?, &view))
}

/// `Chrome · Windows`: what most people would call the passkey of this device.
fn suggested(visitor: &Visitor) -> String {
    device_name(&visitor.device).unwrap_or_else(|| PasskeyWords::of(visitor.locale).title.to_owned())
}

async fn ask_new(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let actor = owner(&app, &form.visitor)?;
    let party = party(&app)?;
    let at = at(&party, &form.visitor);
    let begun = passkey::begin_adding(&app.cx, &actor, at).await;
    question(begun.map_err(Refused::from), &form.visitor)
}

async fn add(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let actor = owner(&app, visitor)?;
    let party = party(&app)?;
    let at = at(&party, visitor);
    // The device has the passkey already: an empty name must not lose it.
    let typed = form.get("name").trim();
    let name = if typed.is_empty() { suggested(visitor) } else { typed.to_owned() };
    match passkey::add(&app.cx, &actor, at, answer(&form), &name).await {
        Ok(added) => {
            let saved = format!("{PAGE}?saved=added");
            let next =
                if visitor.signed_in.is_some() { saved.as_str() } else { local_path(form.get("next")) };
            factors::go_on(&app, visitor, &headers, added.recovery_codes, next).await
        }
        Err(error) => {
            let refused = Refused::from(error);
            let page = show(&app, visitor, None, Trouble::of(&refused, visitor.locale)).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
    }
}

async fn rename(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, id) = (&form.visitor, id_of(&id)?);
    let Err(error) = passkey::rename(&app.cx, &visitor.actor, id, form.get("name")).await else {
        return Ok(see_other(&format!("{PAGE}?saved=renamed")));
    };
    let refused = Refused::from(error);
    if !refused.is_about_input() {
        return Err(refused);
    }
    // The message stands in the summary: the field of the same name below belongs to a new passkey.
    let message = refused.fields().first().map(|field| field.message(visitor.locale).to_owned());
    let trouble = Trouble { message, code: refused.code(), ..Trouble::default() };
    let page = show(&app, visitor, None, trouble).await?;
    reply::again(refused, |_| page, visitor.locale)
}

async fn ask_remove(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let id = id_of(&id)?;
    let key = own(&app, &visitor, id).await?;
    if !visitor.actor.has_fresh_proof(app.cx.now()) {
        return Err(identity::Error::ProofNeeded.into());
    }
    Ok(view::remove_page(&visitor.page(&app).await?, &key).into_response())
}

async fn own(app: &App, visitor: &Visitor, id: PasskeyId) -> Result<PasskeyView, Refused> {
    let passkeys = passkey::list(&app.cx, &visitor.actor).await?;
    let found = passkeys.keys.into_iter().find(|key| key.id == id);
    Ok(found.ok_or(identity::Error::PasskeyNotFound)?)
}

async fn remove(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, id) = (&form.visitor, id_of(&id)?);
    match passkey::remove(&app.cx, &visitor.actor, id).await {
        // It is gone either way.
        Ok(()) | Err(identity::Error::PasskeyNotFound) => Ok(see_other(&format!("{PAGE}?saved=removed"))),
        Err(error @ (identity::Error::LastWayIn | identity::Error::FactorDemanded)) => {
            let refused = Refused::from(error);
            let page = show(&app, visitor, None, Trouble::of(&refused, visitor.locale)).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
        Err(error) => Err(error.into()),
    }
}

fn id_of(text: &str) -> Result<PasskeyId, Refused> {
    text.parse().map_err(|_| EdgeError::NotFound.into())
}
