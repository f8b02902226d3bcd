//! Merging another account of the same person into the one that is signed in: proving it, looking at it, merging it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::SignedIn;
use identity::federation::Purpose;
use identity::merge::{self, ProveByPassword};
use identity::signin::Proof;
use maud::Markup;

use super::federation::{LINKS, hop, parties};
use super::federation_view::{self as view, Confirm, Prove};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, shield};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/me/security/merge", get(ask_other).post(prove_other))
        .route("/me/security/merge/with/{provider}", post(go_merge))
        .route("/me/security/merge/confirm", get(look_at_merge).post(do_merge))
}

async fn go_merge(
    State(app): State<App>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    form: PostForm,
) -> Result<Response, Refused> {
    hop(&app, &form.visitor, &headers, (&provider, Purpose::Merge, LINKS)).await
}

/// The session that merges: a customer's own.
fn own(visitor: &Visitor) -> Result<&SignedIn, Refused> {
    visitor.signed_in.as_ref().ok_or_else(|| EdgeError::SignInNeeded.into())
}

async fn ask_other(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    own(&visitor)?;
    let parties = parties(&app, visitor.locale);
    let prove = Prove { parties: &parties, contact: "", trouble: Trouble::default() };
    Ok(view::prove_page(&visitor.page(&app).await?, &prove).into_response())
}

async fn prove_other(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let session = own(visitor)?;
    let contact = form.get("contact");
    let input = ProveByPassword { contact: contact.to_owned(), password: form.get("password").to_owned() };
    let proved = merge::prove_by_password(&app.cx, &app.hasher, &visitor.actor, session, input).await;
    let proved = shield::tried(&app, visitor, contact, proved);
    let Err(refused) = proved else { return Ok(see_other("/me/security/merge/confirm")) };
    if refused.code().ends_with(".proof_needed") {
        return Err(refused);
    }
    let (cx, parties) = (visitor.page(&app).await?, parties(&app, visitor.locale));
    let page = |trouble| view::prove_page(&cx, &Prove { parties: &parties, contact, trouble });
    reply::again(refused, page, visitor.locale)
}

async fn confirm_page(app: &App, visitor: &Visitor, trouble: Trouble) -> Result<Markup, Refused> {
    let session = own(visitor)?;
    let standing = app.parties.standing.as_ref();
    let candidate = merge::candidate(&app.cx, &visitor.actor, session, standing).await?;
    Ok(view::confirm_page(&visitor.page(app).await?, &Confirm { candidate: &candidate, trouble }))
}

async fn look_at_merge(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    match confirm_page(&app, &visitor, Trouble::default()).await {
        Ok(page) => Ok(page.into_response()),
        Err(refused) if refused.code() == "identity.merge_expired" => Ok(see_other("/me/security/merge")),
        Err(refused) => Err(refused),
    }
}

async fn do_merge(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let session = own(visitor)?;
    let typed = kernel::normalise_digits(form.get("second"));
    let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    // Six digits are a code from an app; recovery codes are longer.
    let second = match code.len() {
        0 => None,
        6 if code.bytes().all(|b| b.is_ascii_digit()) => Some(Proof::Totp(code)),
        _ => Some(Proof::RecoveryCode(code)),
    };
    let standing = app.parties.standing.as_ref();
    let merged = merge::merge(&app.cx, &app.hasher, &visitor.actor, session, standing, second).await;
    let merged = shield::tried_factor(&app, visitor, session.account, merged);
    let Err(refused) = merged else { return Ok(see_other(&format!("{LINKS}?saved=merged"))) };
    if refused.code().ends_with(".proof_needed") {
        return Err(refused);
    }
    let trouble = Trouble::of(&refused, visitor.locale);
    let about_second = matches!(refused.code(), "identity.factor_wrong" | "identity.factor_unfit");
    let trouble = if about_second { trouble.at("second") } else { trouble };
    let page = confirm_page(&app, visitor, trouble).await?;
    reply::again(refused, |_| page, visitor.locale)
}
