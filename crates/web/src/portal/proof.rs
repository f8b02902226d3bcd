//! Confirming that it is really you before something sensitive (W8). A form that was refused for want of a proof is kept
//! sealed in the page that asks, and submitted again by one press afterwards: nothing that was typed is lost, without script.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::Token;
use identity::signin::{self, Proof};
use kernel::{AccountId, Duration, Timestamp};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::ask::{self, Asking};
use super::auth::{Onward, onward};
use super::federation;
use super::reply::{self, Trouble};
use super::second::sent_at;
use crate::app::App;
use crate::edge::cookie::{self, Name};
use crate::edge::form::{encode, local_path, see_other};
use crate::edge::middleware::append_cookie;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, shield};
use crate::i18n::FactorWords;
use crate::ui::{self, Page, PageCx, form, shell};

const CARRIED: &str = "web.proof.carried";
/// How long a form waits for its proof.
const KEPT: Duration = Duration::from_mins(30);
/// Sealed and encoded a form grows by a third, and has to pass the limit for bodies again.
const MOST_BYTES: usize = 128 * 1024;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/login/proof", get(look).post(show)).route("/login/proof/code", post(send_code))
}

/// What was posted, for when it is refused for want of a proof. Put into the request by the layer around the pages, filled when
/// the form is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed(Arc<OnceLock<Vec<(String, String)>>>);

impl Typed {
    pub(crate) fn keep(&self, pairs: &[(String, String)]) {
        // A request is read once.
        let _ = self.0.set(pairs.to_vec());
    }
}

/// A form on its way through the proof.
#[derive(Serialize, Deserialize)]
struct Carried {
    account: AccountId,
    path: String,
    pairs: Vec<(String, String)>,
    until: Timestamp,
}

/// The answer to a request that was refused for want of a proof: the page that asks for one, with the form in it. `None` when
/// there is nobody to ask.
pub(crate) async fn ask_first(
    app: &App,
    method: &Method,
    visitor: &Visitor,
    typed: &Typed,
) -> Option<Response> {
    let path = local_path(&visitor.path);
    if method == Method::GET {
        return Some(see_other(&format!("/login/proof?next={}", encode(path))));
    }
    let pairs = typed.0.get()?;
    let account = visitor.actor.account()?;
    let carried =
        Carried { account, path: path.to_owned(), pairs: pairs.clone(), until: app.cx.now().plus(KEPT) };
    let carried = seal(app, &carried).unwrap_or_default();
    let page = page(app, visitor, "/me/security", &carried, false, Trouble::default()).await.ok()?;
    let mut response = (axum::http::StatusCode::FORBIDDEN, page).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(response)
}

fn seal(app: &App, carried: &Carried) -> Option<String> {
    let bytes = serde_json::to_vec(carried).ok().filter(|bytes| bytes.len() <= MOST_BYTES)?;
    let sealed = app.cx.vault.seal(app.cx.rng.as_ref(), CARRIED, &bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(sealed))
}

/// A form that this account sealed not long ago; anything else is none.
fn unseal(app: &App, account: AccountId, text: &str) -> Option<Carried> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    let carried: Carried = serde_json::from_slice(&app.cx.vault.open(CARRIED, &sealed).ok()?).ok()?;
    (carried.account == account && app.cx.now() < carried.until).then_some(carried)
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Onward>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let page = page(&app, &visitor, query.next(), "", query.is_sent(), Trouble::default()).await?;
    Ok(page.into_response())
}

async fn show(State(app): State<App>, _: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    prove(&app, &form, ask::shown(&form)).await
}

/// Shows a factor: on to what was wanted, under a new token, or the page again.
pub(crate) async fn prove(app: &App, form: &PostForm, proof: Proof) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let signed_in = visitor.signed_in.as_ref().zip(visitor.token.as_deref());
    let (signed_in, token) = signed_in.ok_or(EdgeError::SignInNeeded)?;
    let method = proof.method();
    let proved = signin::prove(&app.cx, &app.hasher, &visitor.actor, (signed_in, token), proof).await;
    let token = match shield::tried_factor(app, visitor, signed_in.account, proved) {
        Ok(token) => token,
        Err(refused) => return prove_again(app, form, refused, method.name()).await,
    };
    let seconds = signed_in.expires_at.since(app.cx.now()).as_secs();
    let mut response = match unseal(app, signed_in.account, form.get("carried")) {
        Some(carried) => go_on_page(&with_token(app, visitor, &token), &carried).into_response(),
        None => see_other(local_path(form.get("next"))),
    };
    let cookie = cookie::set(&app.settings, Name::Session, token.expose(), seconds);
    append_cookie(response.headers_mut(), &cookie);
    Ok(response)
}

/// Forms of this answer belong to the session's new token already.
fn with_token(app: &App, visitor: &Visitor, token: &Token) -> PageCx {
    let mut cx = visitor.page_cx(app);
    cx.csrf = identity::session::csrf_token(&app.cx.vault, token.expose());
    cx
}

/// The page again, with what was wrong with the factor of this name. The form that waits stays in it.
pub(crate) async fn prove_again(
    app: &App,
    form: &PostForm,
    refused: Refused,
    method: &str,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let trouble = ask::blamed(Trouble::of(&refused, visitor.locale), method);
    let next = local_path(form.get("next"));
    let page = page(app, visitor, next, form.get("carried"), method == "code", trouble).await?;
    reply::again(refused, |_| page, visitor.locale)
}

async fn send_code(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, next) = (&form.visitor, local_path(form.get("next")));
    match signin::send_proof_code(&app.cx, &visitor.actor).await {
        Ok(_) if form.get("carried").is_empty() => Ok(see_other(&sent_at("/login/proof", next))),
        Ok(_) => {
            let page = page(&app, visitor, next, form.get("carried"), true, Trouble::default()).await?;
            Ok(page.into_response())
        }
        Err(error) => prove_again(&app, &form, error.into(), "").await,
    }
}

async fn page(
    app: &App,
    visitor: &Visitor,
    next: &str,
    carried: &str,
    sent: bool,
    trouble: Trouble,
) -> Result<Markup, Refused> {
    let ways = signin::ways_to_prove(&app.cx, &visitor.actor).await?;
    let asking = Asking {
        action: "/login/proof",
        ways: &ways,
        next,
        carried,
        sent,
        remember: false,
        demo: app.is_demo(),
        trouble,
    };
    let mut cx = visitor.page_cx(app);
    // The page of a refused form has the form's address, which cannot be looked at.
    cx.path = onward("/login/proof", next);
    // Another site can be asked as well; a form that waits would not survive the way there.
    let others = if carried.is_empty() {
        federation::proof_buttons(&cx, app, visitor, next).await?
    } else {
        html! {}
    };
    Ok(proof_page(&cx, &asking, others))
}

/// `/login/proof`
pub(crate) fn proof_page(cx: &PageCx, asking: &Asking<'_>, others: Markup) -> Markup {
    let t = FactorWords::of(cx.locale);
    let body = html! {
        h1 { (t.proof) }
        (asking.trouble.summary(cx, html! {}))
        p.muted { (t.proof_lead) }
        @if !asking.carried.is_empty() { p { (t.proof_kept) } }
        (ask::forms(cx, asking))
        (others)
    };
    let page = Page::new(t.proof).narrow().errors(asking.trouble.any()).scripts(&["form", "passkey"]);
    shell::portal(cx, &page, body)
}

/// After the proof: the form that waited, to be submitted by one press.
fn go_on_page(cx: &PageCx, carried: &Carried) -> Markup {
    let t = FactorWords::of(cx.locale);
    let inside = html! {
        @for (name, value) in carried.pairs.iter().filter(|(name, _)| name != "csrf") {
            input type="hidden" name=(name) value=(value);
        }
        (form::actions(cx, t.btn_go_on, Some(ui::button_link("/me", t.give_up, "sec"))))
    };
    let body = html! {
        h1 { (t.go_on) }
        p { (t.go_on_lead) }
        (form::form(cx, "go-on", &carried.path, None, inside))
    };
    shell::portal(cx, &Page::new(t.go_on).narrow(), body)
}
