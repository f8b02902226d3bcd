//! Signing in with other parties, linking and unlinking them.
//!
//! The way to a party leaves the site: a link begins it where nobody is signed in; where somebody is, a form with its token
//! does, and a page with the address follows, because the security policy lets no form lead elsewhere.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use connectors::oidc::Issuer;
use identity::federation::{self, Begin, Claimant, Finished, Purpose, RegisterClaimed, Return};
use identity::link::{self, LinkId, LinkView};
use identity::session::SessionKind;
use kernel::{Locale, hex};
use maud::Markup;
use serde::Deserialize;

use super::auth;
use super::federation_view::{self as view, Claim, Failed, Links};
use super::reply::{self, Trouble};
use super::settings::Saved;
use crate::app::App;
use crate::edge::cookie::{self, Name};
use crate::edge::form::{encode, local_path, see_other};
use crate::edge::middleware::append_cookie;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::FederationWords;
use crate::ui::PageCx;

pub(crate) const LINKS: &str = "/me/security/links";
const CLAIM: &str = "/login/claim";
/// Longer than anybody may stay away.
const WAY_SECS: i64 = 1800;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/login/with/{provider}", get(go))
        .route("/login/return/{provider}", get(come_back))
        .route("/login/claim", get(choose))
        .route("/login/claim/register", post(register))
        .route("/login/prove/{provider}", post(go_prove))
        .route("/me/security/links", get(links))
        .route("/me/security/links/claim", get(look_at_claim).post(adopt))
        .route("/me/security/links/add/{provider}", post(go_link))
        .route("/me/security/links/{id}/remove", post(unlink))
}

/// A party as pages show it: its name in addresses and what people read.
pub(crate) type PartyView = (String, String);

/// Every party that is connected.
pub(crate) fn parties(app: &App, locale: Locale) -> Vec<PartyView> {
    let view = |issuer: &std::sync::Arc<dyn Issuer>| {
        (issuer.name().to_owned(), issuer.label().get(locale).to_owned())
    };
    app.parties.issuers.iter().map(view).collect()
}

/// The buttons of the sign-in page; nothing where no party is connected.
pub(crate) fn buttons(cx: &PageCx, next: &str) -> Markup {
    view::buttons(cx, next)
}

/// For the page that asks for a fresh proof: parties among `links` that can give one.
pub(crate) async fn proof_buttons(
    cx: &PageCx,
    app: &App,
    visitor: &Visitor,
    next: &str,
) -> Result<Markup, Refused> {
    let links = link::list(&app.cx, &visitor.actor).await?;
    let enrolled = identity::factor::enrolled_of(&app.cx, &visitor.actor).await?;
    let fit = |(name, _): &PartyView| {
        !enrolled.any()
            && app.parties.issuers.get(name).is_some_and(|issuer| issuer.proves_afresh())
            && links.iter().any(|link| link.provider == *name)
    };
    let parties: Vec<_> = parties(app, cx.locale).into_iter().filter(fit).collect();
    Ok(view::proof_buttons(cx, &parties, next))
}

#[derive(Debug, Deserialize)]
struct Onward {
    next: Option<String>,
}

/// What a party sends back. Its names are those of OAuth and, for the code, Alipay's.
#[derive(Debug, Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    auth_code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// What this browser is known by on the way: its cookie, or a new value for one.
fn way(app: &App, headers: &HeaderMap) -> String {
    known_way(app, headers).unwrap_or_else(|| {
        let mut bytes = [0; 16];
        app.cx.rng.fill(&mut bytes);
        hex::encode(&bytes)
    })
}

fn known_way(app: &App, headers: &HeaderMap) -> Option<String> {
    let plain = |text: &String| text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    cookie::get(headers, &app.settings, Name::Way).filter(plain)
}

fn redirect(app: &App, provider: &str) -> String {
    format!("{}/login/return/{provider}", app.settings.public_url)
}

/// Begins a way: the address to go to and the cookie that ties it to this browser.
async fn begin(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    (provider, purpose, next): (&str, Purpose, &str),
) -> Result<(String, String), Refused> {
    let browser = way(app, headers);
    let redirect = redirect(app, provider);
    let wish = Begin { provider, purpose, browser: &browser, redirect: &redirect, next };
    let away = federation::begin(&app.cx, &app.parties.issuers, &visitor.actor, wish).await?;
    Ok((away.url, cookie::set(&app.settings, Name::Way, &browser, WAY_SECS)))
}

async fn go(
    State(app): State<App>,
    visitor: Visitor,
    Path(provider): Path<String>,
    Query(onward): Query<Onward>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let next = local_path(onward.next.as_deref().unwrap_or_default());
    match begin(&app, &visitor, &headers, (&provider, Purpose::SignIn, next)).await {
        Ok((url, cookie)) => {
            let mut response = see_other(&url);
            append_cookie(response.headers_mut(), &cookie);
            Ok(response)
        }
        Err(refused) => failed(&app, &visitor, &provider, refused),
    }
}

/// The page between a form of ours and the party: it leads on by itself, and by a button.
pub(crate) async fn hop(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    way: (&str, Purpose, &str),
) -> Result<Response, Refused> {
    let provider = way.0;
    match begin(app, visitor, headers, way).await {
        Ok((url, cookie)) => {
            let mut response = view::hop_page(&visitor.page_cx(app), &url).into_response();
            append_cookie(response.headers_mut(), &cookie);
            if let Ok(value) = HeaderValue::from_str(&format!("0; url={url}")) {
                response.headers_mut().insert(HeaderName::from_static("refresh"), value);
            }
            Ok(response)
        }
        Err(refused) => failed(app, visitor, provider, refused),
    }
}

async fn go_link(
    State(app): State<App>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    form: PostForm,
) -> Result<Response, Refused> {
    hop(&app, &form.visitor, &headers, (&provider, Purpose::Link, LINKS)).await
}

async fn go_prove(
    State(app): State<App>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    form: PostForm,
) -> Result<Response, Refused> {
    let next = local_path(form.get("next"));
    hop(&app, &form.visitor, &headers, (&provider, Purpose::Proof, next)).await
}

async fn come_back(
    State(app): State<App>,
    visitor: Visitor,
    Path(provider): Path<String>,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let browser = known_way(&app, &headers);
    let redirect = redirect(&app, &provider);
    let session = visitor.signed_in.as_ref().zip(visitor.token.as_deref());
    let back = Return {
        provider: &provider,
        browser: browser.as_deref(),
        state: answer.state.as_deref().unwrap_or_default(),
        code: answer.code.as_deref().or(answer.auth_code.as_deref()),
        error: answer.error.as_deref(),
        iss: answer.iss.as_deref(),
        redirect: &redirect,
        arrival: visitor.arrival(&app, SessionKind::Cookie),
        session,
    };
    match federation::finish(&app.cx, &app.parties.issuers, &visitor.actor, back).await {
        Ok(Finished::Entered { step, next }) => {
            auth::enter(&app, &visitor, &headers, step, local_path(&next)).await
        }
        Ok(Finished::Unknown { .. }) => Ok(see_other(CLAIM)),
        Ok(Finished::Linked { next }) => Ok(see_other(&format!("{}?saved=linked", local_path(&next)))),
        Ok(Finished::OtherProved) => Ok(see_other("/me/security/merge/confirm")),
        Ok(Finished::Proved { token, next }) => {
            let mut response = see_other(local_path(&next));
            let until = visitor.signed_in.as_ref().map(|signed_in| signed_in.expires_at);
            let seconds = until.map_or(0, |until| until.since(app.cx.now()).as_secs());
            let cookie = cookie::set(&app.settings, Name::Session, token.expose(), seconds);
            append_cookie(response.headers_mut(), &cookie);
            Ok(response)
        }
        Err(error) => failed(&app, &visitor, &provider, error.into()),
    }
}

/// The way ended nowhere: what happened, and the ways on. Bugs, missing sign-in and missing proof have pages of their own.
fn failed(app: &App, visitor: &Visitor, provider: &str, refused: Refused) -> Result<Response, Refused> {
    let code = refused.code();
    if code.ends_with(".proof_needed") || refused.kind() == kernel::Kind::NotFound {
        return Err(refused);
    }
    let cx = visitor.page_cx(app);
    let page = |trouble: Trouble| {
        view::failed_page(
            &cx,
            &Failed { provider, is_signed_in: visitor.signed_in.is_some(), trouble: &trouble },
        )
    };
    reply::again(refused, page, visitor.locale)
}

/// The identity that waits in this browser, and what its party is called.
async fn waiting(app: &App, visitor: &Visitor, headers: &HeaderMap) -> Result<(Claimant, String), Refused> {
    let browser = known_way(app, headers).unwrap_or_default();
    let claimant = federation::claimant(&app.cx, &browser).await?;
    let label = label_of(app, &claimant.provider, visitor.locale);
    Ok((claimant, label))
}

fn label_of(app: &App, provider: &str, locale: Locale) -> String {
    let found = app.parties.issuers.get(provider);
    found.map_or(provider, |issuer| issuer.label().get(locale)).to_owned()
}

async fn choose(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Refused> {
    if visitor.signed_in.is_some() {
        return Ok(see_other("/me/security/links/claim"));
    }
    let (claimant, label) = match waiting(&app, &visitor, &headers).await {
        Ok(found) => found,
        Err(refused) => return failed(&app, &visitor, "", refused),
    };
    let (name, contact) =
        (claimant.name.clone().unwrap_or_default(), claimant.email.clone().unwrap_or_default());
    let claim = Claim {
        label: &label,
        known_as: claimant.name.as_deref(),
        name: &name,
        contact: &contact,
        trouble: Trouble::default(),
    };
    Ok(view::claim_page(&visitor.page_cx(&app), &claim).into_response())
}

async fn register(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let browser = known_way(&app, &headers).unwrap_or_default();
    let (claimant, label) = match waiting(&app, visitor, &headers).await {
        Ok(found) => found,
        Err(refused) => return failed(&app, visitor, "", refused),
    };
    let (contact, name) = (form.get("contact"), form.get("name"));
    let input = RegisterClaimed {
        contact: contact.to_owned(),
        name: name.to_owned(),
        locale: visitor.locale,
        arrival: visitor.arrival(&app, SessionKind::Cookie),
    };
    match federation::register(&app.cx, &visitor.guard(&app), &visitor.actor, &browser, input).await {
        Ok(made) => {
            let to = format!("/register/verify?next={}", encode(local_path(&claimant.next)));
            auth::enter(&app, visitor, &headers, made.step, &to).await
        }
        Err(error) => {
            let cx = visitor.page_cx(&app);
            let known_as = claimant.name.as_deref();
            let page =
                |trouble| view::claim_page(&cx, &Claim { label: &label, known_as, name, contact, trouble });
            reply::again(error.into(), page, visitor.locale)
        }
    }
}

async fn look_at_claim(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    visitor.account()?;
    match waiting(&app, &visitor, &headers).await {
        Ok((claimant, label)) => {
            let cx = visitor.page_cx(&app);
            Ok(view::adopt_page(&cx, &label, claimant.name.as_deref()).into_response())
        }
        Err(refused) => failed(&app, &visitor, "", refused),
    }
}

async fn adopt(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    visitor.account()?;
    let browser = known_way(&app, &headers).unwrap_or_default();
    match federation::adopt(&app.cx, &visitor.actor, &browser).await {
        Ok(()) => Ok(see_other(&format!("{LINKS}?saved=linked"))),
        Err(error) => failed(&app, visitor, "", error.into()),
    }
}

async fn links(
    State(app): State<App>,
    visitor: Visitor,
    Query(saved): Query<Saved>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let t = FederationWords::of(visitor.locale);
    let done = [("linked", t.linked), ("unlinked", t.unlinked), ("merged", t.merged)];
    let done = done.into_iter().find(|(what, _)| saved.is(what)).map(|(_, words)| words);
    Ok(look(&app, &visitor, done, Trouble::default()).await?.into_response())
}

async fn look(app: &App, visitor: &Visitor, done: Option<&str>, trouble: Trouble) -> Result<Markup, Refused> {
    let links: Vec<LinkView> = link::list(&app.cx, &visitor.actor).await?;
    let parties = parties(app, visitor.locale);
    Ok(view::links_page(
        &visitor.page(app).await?,
        &Links { parties: &parties, links: &links, done, trouble },
    ))
}

async fn unlink(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    visitor.account()?;
    let id: LinkId = id.parse().map_err(|_| EdgeError::NotFound)?;
    match link::remove(&app.cx, &visitor.actor, id).await {
        Ok(()) => Ok(see_other(&format!("{LINKS}?saved=unlinked"))),
        Err(identity::Error::LastWayIn) => {
            let refused = Refused::from(identity::Error::LastWayIn);
            let page = look(&app, visitor, None, Trouble::of(&refused, visitor.locale)).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
        Err(error) => Err(error.into()),
    }
}
