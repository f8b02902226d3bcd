//! Setting up an authenticator app and recovery codes, also as the first thing a new member of staff does (W5).

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::factor::{self, Enrolled, TotpOffer};
use identity::session::{SessionKind, Stage};
use identity::signin::{self, Step};
use kernel::{Actor, Timestamp};
use maud::{Markup, html};

use super::auth::{self, Onward};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::{local_path, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{FactorWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, shell, status, time};

const CODES: &str = "web.recovery_codes";
const SECURITY: &str = "/me/security";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/login/enrol", get(enrol).post(confirm))
        .route("/me/security/app", get(app_page).post(confirm))
        .route("/me/security/app/remove", post(remove))
        .route("/me/security/recovery-codes", get(codes_about).post(new_codes))
        .route("/me/security/recovery-codes/file", post(file))
}

/// Who sets up a factor: somebody signed in, or somebody who has to before anything else.
fn owner(app: &App, visitor: &Visitor) -> Result<Actor, Refused> {
    if visitor.signed_in.is_some() {
        return Ok(visitor.actor.clone());
    }
    visitor.waiting(Stage::Enrol)?;
    Ok(visitor.pending_actor(app).ok_or(EdgeError::SignInNeeded)?)
}

async fn enrol(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Onward>,
) -> Result<Response, Refused> {
    if visitor.signed_in.is_some() {
        return Ok(see_other(query.next()));
    }
    look(&app, &visitor, query.next(), Trouble::default()).await.map(IntoResponse::into_response)
}

async fn app_page(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    look(&app, &visitor, SECURITY, Trouble::default()).await.map(IntoResponse::into_response)
}

async fn look(app: &App, visitor: &Visitor, next: &str, trouble: Trouble) -> Result<Markup, Refused> {
    let actor = owner(app, visitor)?;
    let offer = factor::offer_totp(&app.cx, &actor).await?;
    let state = factor::totp_state(&app.cx, &actor).await?;
    let setup = Setup {
        offer: &offer,
        since: state.confirmed_at,
        enrolling: visitor.signed_in.is_none(),
        next,
        trouble,
    };
    Ok(setup_page(&visitor.page(app).await?, &setup))
}

async fn confirm(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    let (visitor, next) = (&form.visitor, local_path(form.get("next")));
    let actor = owner(&app, visitor)?;
    let codes = match factor::confirm_totp(&app.cx, &actor, form.get("code")).await {
        Ok(codes) => codes,
        Err(error) => {
            let refused = Refused::from(error);
            if refused.code().ends_with(".proof_needed") {
                return Err(refused);
            }
            let trouble = Trouble::of(&refused, visitor.locale).at("code");
            let page = look(&app, visitor, next, trouble).await?;
            return reply::again(refused, |_| page, visitor.locale);
        }
    };
    go_on(&app, visitor, &headers, codes, next).await
}

/// After a factor was added: a session that waited for it opens, and recovery codes that came along are shown once.
pub(crate) async fn go_on(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    codes: Option<Vec<String>>,
    next: &str,
) -> Result<Response, Refused> {
    let mut cx = visitor.page_cx(app);
    let (opened, next) = match visitor.waiting(Stage::Enrol) {
        Ok(pending) => {
            let actor = visitor.pending_actor(app).ok_or(EdgeError::SignInNeeded)?;
            let arrival = visitor.arrival(app, SessionKind::Cookie);
            let session = signin::finish_enrolment(&app.cx, &actor, pending, arrival).await?;
            let next = if next == "/" { "/console" } else { next };
            cx.csrf = identity::session::csrf_token(&app.cx.vault, session.token.expose());
            (Some(auth::enter(app, visitor, headers, Step::Open(session), next).await?), next)
        }
        Err(_) => (None, next),
    };
    let Some(codes) = codes else { return Ok(opened.unwrap_or_else(|| see_other(next))) };
    let mut page = codes_page(&cx, &Codes::seal(app, &codes)?, next).into_response();
    for cookie in opened.iter().flat_map(|opened| opened.headers().get_all(SET_COOKIE)) {
        page.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    Ok(page)
}

async fn remove(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    visitor.account()?;
    match factor::remove_totp(&app.cx, &visitor.actor).await {
        // It is off either way.
        Ok(()) | Err(identity::Error::FactorUnfit) => Ok(see_other("/me/security?saved=app-off")),
        Err(error @ identity::Error::FactorDemanded) => {
            let refused = Refused::from(error);
            let trouble = Trouble::of(&refused, visitor.locale);
            let page = look(&app, visitor, SECURITY, trouble).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
        Err(error) => Err(error.into()),
    }
}

async fn codes_about(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    let enrolled = factor::enrolled_of(&app.cx, &visitor.actor).await?;
    Ok(about_page(&visitor.page(&app).await?, enrolled).into_response())
}

async fn new_codes(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let codes = factor::new_recovery_codes(&app.cx, &visitor.actor).await?;
    let codes = Codes::seal(&app, &codes)?;
    Ok(codes_page(&visitor.page_cx(&app), &codes, SECURITY).into_response())
}

/// The codes of the page as a text file. They are nowhere else in clear: the page sends them sealed.
async fn file(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    form.visitor.account()?;
    let codes = Codes::open(&app, form.get("codes")).ok_or(EdgeError::NotFound)?;
    let title = FactorWords::of(form.visitor.locale).file_title;
    let text = format!("{title}\r\n\r\n{}\r\n", codes.replace('\n', "\r\n"));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (
            CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"everlit-recovery-codes.txt\""),
        ),
    ];
    Ok((headers, text).into_response())
}

/// Recovery codes on the page that shows them, once in clear and once sealed for the file.
pub(crate) struct Codes {
    clear: Vec<String>,
    sealed: String,
}

impl Codes {
    fn seal(app: &App, codes: &[String]) -> Result<Self, Refused> {
        let text = codes.join("\n");
        let sealed = app.cx.vault.seal_text(app.cx.rng.as_ref(), CODES, &text).map_err(EdgeError::bug)?;
        Ok(Self { clear: codes.to_vec(), sealed: URL_SAFE_NO_PAD.encode(sealed) })
    }

    fn open(app: &App, text: &str) -> Option<String> {
        app.cx.vault.open_text(CODES, &URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

/// What the page of the app shows.
pub(crate) struct Setup<'a> {
    pub offer: &'a TotpOffer,
    /// Since when there is one.
    pub since: Option<Timestamp>,
    /// Nothing else is open until this is done.
    pub enrolling: bool,
    pub next: &'a str,
    pub trouble: Trouble,
}

/// `/me/security/app` and `/login/enrol`
pub(crate) fn setup_page(cx: &PageCx, setup: &Setup<'_>) -> Markup {
    let (t, s) = (FactorWords::of(cx.locale), SettingsWords::of(cx.locale));
    let title = if setup.enrolling { t.enrol } else { t.app_title };
    let action = if setup.enrolling { "/login/enrol" } else { "/me/security/app" };
    let inside = html! {
        input type="hidden" name="next" value=(setup.next);
        div.qr { (ui::qr::code(&setup.offer.uri, t.app_qr)) }
        p { (t.app_key) " " code.num { (setup.offer.secret) } }
        (Field::new("code", t.totp).hint(t.totp_hint).error(setup.trouble.on("code")).otp(cx))
        (form::actions(cx, t.btn_enable, None))
    };
    let body = html! {
        @if !setup.enrolling { (shell::back_link(SECURITY, s.security)) }
        h1 { (title) }
        (setup.trouble.summary(cx, html! {}))
        @if setup.enrolling { p { (t.enrol_lead) } }
        @if let Some(since) = setup.since {
            p { (status::tag(Kind::Ok, t.app_on)) " " (t.app_since) " " (time::date(since)) }
            h2 { (t.app_replace) }
            p { (t.app_replace_lead) }
        } @else {
            p { (t.app_lead) }
        }
        p.muted.sm { (t.app_which) }
        (form::form(cx, "app", action, None, inside))
        @if setup.enrolling {
            p { (t.other_passkey) " " (ui::link("/me/security/passkeys", t.other_passkey_link)) }
            (ui::post_button(cx, "/logout", t.btn_leave, "text", &[("next", "/login")]))
        }
        @if setup.since.is_some() {
            section.card aria-labelledby="off" {
                header { h2 #off { (t.btn_remove_app) } }
                p.muted { (t.remove_app_note) }
                (ui::post_button(cx, "/me/security/app/remove", t.btn_remove_app, "danger", &[]))
            }
        }
    };
    let page = Page::new(title).nav(Nav::Me).narrow().errors(setup.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

/// `/me/security/recovery-codes`: how many are left, and the way to new ones.
pub(crate) fn about_page(cx: &PageCx, enrolled: Enrolled) -> Markup {
    let (t, s) = (FactorWords::of(cx.locale), SettingsWords::of(cx.locale));
    let body = html! {
        (shell::back_link(SECURITY, s.security))
        h1 { (t.recovery_title) }
        p { (t.recovery_about) }
        @if enrolled.any() {
            p { b { (t.codes_left(enrolled.recovery_codes)) } }
            @if enrolled.recovery_codes <= 3 { (banner::banner(Kind::Warn, t.recovery_low, html! {})) }
            p.muted { (t.recovery_new) }
            (ui::post_button(cx, "/me/security/recovery-codes", t.btn_new_codes, "main", &[]))
        } @else {
            p { (ui::link("/me/security/app", t.app_title)) }
        }
    };
    shell::portal(cx, &Page::new(t.recovery_title).nav(Nav::Me).narrow(), body)
}

/// A new set of recovery codes, shown once.
fn codes_page(cx: &PageCx, codes: &Codes, next: &str) -> Markup {
    let t = FactorWords::of(cx.locale);
    let body = html! {
        h1 { (t.recovery_title) }
        p { (t.recovery_lead) }
        (card::plain(html! { ul.codes.num { @for code in &codes.clear { li { code { (code) } } } } }))
        div.acts {
            (ui::button_link(next, t.saved_go_on, "main"))
            (ui::post_button(cx, "/me/security/recovery-codes/file", t.btn_download, "sec", &[("codes", &codes.sealed)]))
        }
    };
    shell::portal(cx, &Page::new(t.recovery_title).nav(Nav::Me).narrow(), body)
}
