//! Registering, signing in and out, and verifying an address.
//!
//! A session is a cookie that script cannot read; signing in always makes a new one and ends the one the browser had.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::account::{Profile, Register};
use identity::session::{NewSession, SessionKind, Stage};
use identity::signin::{LogIn, Step};
use kernel::{Actor, ActorKind, mask_email, mask_phone};
use maud::{Markup, html};
use serde::Deserialize;

use super::display;
use super::passkeys;
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::cookie::{self, Name};
use crate::edge::form::{encode, local_path, see_other};
use crate::edge::middleware::append_cookie;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::AuthWords;
use crate::ui::form::Field;
use crate::ui::{self, Kind, Page, PageCx, banner, form, shell};

/// As long as identity remembers a device that is not used: 400 days, the longest browsers keep a cookie.
const DEVICE_SECS: i64 = 34_560_000;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/login", get(login).post(log_in))
        .route("/logout", post(log_out))
        .route("/register", get(register).post(make_account))
        .route("/register/verify", get(verify).post(enter_code))
        .route("/register/verify/resend", post(resend))
}

/// Where to go on afterwards.
#[derive(Debug, Deserialize)]
pub(crate) struct Onward {
    next: Option<String>,
    sent: Option<String>,
}

impl Onward {
    pub(crate) fn is_sent(&self) -> bool {
        self.sent.is_some()
    }

    pub(crate) fn next(&self) -> &str {
        local_path(self.next.as_deref().unwrap_or_default())
    }
}

async fn login(State(app): State<App>, visitor: Visitor, Query(onward): Query<Onward>) -> Response {
    if visitor.signed_in.is_some() {
        return see_other(onward.next());
    }
    if let Some(pending) = &visitor.pending {
        return see_other(&onward_to(pending.stage, onward.next()));
    }
    let form = Login { contact: "", next: onward.next(), trouble: Trouble::default() };
    login_page(&visitor.page_cx(&app), &form).into_response()
}

async fn log_in(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    let (visitor, next) = (&form.visitor, local_path(form.get("next")));
    match sign_in(&app, visitor, form.get("contact"), form.get("password")).await {
        Ok(step) => enter(&app, visitor, &headers, step, next).await,
        Err(refused) => {
            let cx = visitor.page_cx(&app);
            let page = |trouble| login_page(&cx, &Login { contact: form.get("contact"), next, trouble });
            reply::again(refused, page, visitor.locale)
        }
    }
}

/// Signs a browser in with a password.
pub(crate) async fn sign_in(
    app: &App,
    visitor: &Visitor,
    contact: &str,
    password: &str,
) -> Result<Step, Refused> {
    let input = LogIn {
        contact: contact.to_owned(),
        password: password.to_owned(),
        arrival: visitor.arrival(app, SessionKind::Cookie),
    };
    let step = identity::signin::log_in(&app.cx, &app.hasher, &visitor.actor, input).await;
    crate::edge::shield::tried(app, visitor, contact, step)
}

/// The end of every way in for a browser: hands the session over and goes on to `next`, or first to the page that asks for one
/// more factor.
pub(crate) async fn enter(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    step: Step,
    next: &str,
) -> Result<Response, Refused> {
    let session = step.session();
    let staff_home = next == "/" && session.roles.iter().any(|role| role.is_staff());
    let next = if staff_home { "/console" } else { next };
    let mut response = see_other(&onward_to(session.stage, next));
    hand_over(app, visitor, headers, session, &mut response).await?;
    Ok(response)
}

/// Where a session of this stage goes on.
fn onward_to(stage: Stage, next: &str) -> String {
    match stage {
        Stage::Open => next.to_owned(),
        Stage::SecondFactor => onward("/login/second", next),
        Stage::Enrol => onward("/login/enrol", next),
    }
}

/// Gives the browser a session and what it is known by. What the guest had chosen for the display goes along into the account.
pub(crate) async fn hand_over(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    session: &NewSession,
    response: &mut Response,
) -> Result<(), Refused> {
    if visitor.signed_in.is_none() && session.stage == Stage::Open {
        let wish = display::carried(session.preferences, visitor, headers, &app.settings);
        if wish != session.preferences {
            let kind = ActorKind::account(session.account, session.roles.clone());
            let actor = Actor { kind, ..visitor.actor.clone() };
            identity::account::set_preferences(&app.cx, &actor, wish).await?;
        }
        display::forget(response.headers_mut(), &app.settings);
    }
    let seconds = session.expires_at.since(app.cx.now()).as_secs();
    let cookie = cookie::set(&app.settings, Name::Session, session.token.expose(), seconds);
    append_cookie(response.headers_mut(), &cookie);
    if let Some(device) = &session.device_token {
        let cookie = cookie::set(&app.settings, Name::Device, device.expose(), DEVICE_SECS);
        append_cookie(response.headers_mut(), &cookie);
    }
    Ok(())
}

/// Ends the session and clears what the browser kept of it. How pages look stays as it was.
async fn log_out(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    if let Some(token) = &form.visitor.token {
        identity::session::log_out(&app.cx, &form.visitor.actor, token).await?;
    }
    let mut response = see_other(local_path(form.get("next")));
    let headers = response.headers_mut();
    append_cookie(headers, &cookie::set(&app.settings, Name::Session, "", 0));
    display::remember(headers, &app.settings, &form.visitor, &display::LOOK);
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
    headers.insert(HeaderName::from_static("clear-site-data"), clear);
    Ok(response)
}

async fn register(State(app): State<App>, visitor: Visitor, Query(onward): Query<Onward>) -> Response {
    if visitor.signed_in.is_some() {
        return see_other(onward.next());
    }
    let form = SignUp { contact: "", name: "", next: onward.next(), trouble: Trouble::default() };
    register_page(&visitor.page_cx(&app), &form).into_response()
}

async fn make_account(
    State(app): State<App>,
    headers: HeaderMap,
    form: PostForm,
) -> Result<Response, Refused> {
    let (visitor, next) = (&form.visitor, local_path(form.get("next")));
    let (contact, name, password) = (form.get("contact"), form.get("name"), form.get("password"));
    let input = Register {
        contact: contact.to_owned(),
        name: Some(name.to_owned()),
        password: password.to_owned(),
        locale: visitor.locale,
    };
    let guard = visitor.guard(&app);
    match identity::account::register(&app.cx, &app.hasher, &guard, &visitor.actor, input).await {
        Ok(_) => {
            let step = sign_in(&app, visitor, contact, password).await?;
            enter(&app, visitor, &headers, step, &format!("/register/verify?next={}", encode(next))).await
        }
        Err(error) => {
            let cx = visitor.page_cx(&app);
            let page = |trouble| register_page(&cx, &SignUp { contact, name, next, trouble });
            reply::again(error.into(), page, visitor.locale)
        }
    }
}

async fn verify(
    State(app): State<App>,
    visitor: Visitor,
    Query(onward): Query<Onward>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let profile = identity::account::profile(&app.cx, &visitor.actor).await?;
    let Some(to) = unverified(&profile) else { return Ok(see_other(onward.next())) };
    let form = Verify {
        to: &to,
        next: onward.next(),
        sent_again: onward.sent.is_some(),
        demo: app.is_demo(),
        trouble: Trouble::default(),
    };
    Ok(verify_page(&visitor.page_cx(&app), &form).into_response())
}

async fn enter_code(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    form.visitor.account()?;
    let done = identity::code::verify_contact(&app.cx, &form.visitor.actor, form.get("code")).await;
    verified(&app, &form, done.map_err(Refused::from), "").await
}

async fn resend(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    form.visitor.account()?;
    let done = identity::code::resend_code(&app.cx, &form.visitor.actor).await.map(|_| ());
    let to = format!("/register/verify?sent=1&next={}", encode(local_path(form.get("next"))));
    verified(&app, &form, done.map_err(Refused::from), &to).await
}

/// After a code was entered or sent: on to `to` (blank: to where the person wanted to go), or the page again.
async fn verified(
    app: &App,
    form: &PostForm,
    done: Result<(), Refused>,
    to: &str,
) -> Result<Response, Refused> {
    let (visitor, next) = (&form.visitor, local_path(form.get("next")));
    let refused = match done {
        Ok(()) => return Ok(see_other(if to.is_empty() { next } else { to })),
        Err(refused) if refused.code() == "identity.already_verified" => return Ok(see_other(next)),
        Err(refused) => refused,
    };
    let profile = identity::account::profile(&app.cx, &visitor.actor).await?;
    let to = unverified(&profile).unwrap_or_default();
    let cx = visitor.page_cx(app);
    let about_code = refused.code().starts_with("identity.code_");
    let page = |trouble: Trouble| {
        let trouble = if about_code { trouble.at("code") } else { trouble };
        verify_page(&cx, &Verify { to: &to, next, sent_again: false, demo: app.is_demo(), trouble })
    };
    reply::again(refused, page, visitor.locale)
}

/// The address a code was sent to, masked; `None` when nothing is left to verify.
pub(crate) fn unverified(profile: &Profile) -> Option<String> {
    let phone = profile.phone.as_deref().filter(|_| !profile.phone_verified).map(mask_phone);
    phone.or_else(|| profile.email.as_deref().filter(|_| !profile.email_verified).map(mask_email))
}

/// The sign-in form as it was sent.
#[derive(Debug)]
pub(crate) struct Login<'a> {
    pub contact: &'a str,
    pub next: &'a str,
    pub trouble: Trouble,
}

/// `/login`
pub(crate) fn login_page(cx: &PageCx, form: &Login<'_>) -> Markup {
    let t = AuthWords::of(cx.locale);
    let inside = html! {
        input type="hidden" name="next" value=(form.next);
        // `webauthn` has browsers offer passkeys among the suggestions of this field.
        (Field::new("contact", t.contact).value(form.contact).error(form.trouble.on("contact"))
            .autocomplete("username webauthn").text(cx, 254))
        (Field::new("password", t.password).error(form.trouble.on("password")).password(cx, "current-password"))
        (form::actions(cx, t.btn_login, None))
    };
    let body = html! {
        h1 { (t.login) }
        @if form.next != "/" && !form.trouble.any() { p.muted { (t.login_next) } }
        (form.trouble.summary(cx, html! {
            @if form.trouble.code == "identity.account_frozen" { (ui::link("/login/unfreeze", t.unfreeze_link)) }
            @else { (ui::link("/help/sign-in", t.login_trouble)) }
        }))
        (form::form(cx, "login", "/login", None, inside))
        (passkeys::sign_in_parts(cx, form.next))
        (super::federation::buttons(cx, form.next))
        p { (ui::link(&onward("/login/code", form.next), t.code_login_link)) }
        p { (t.no_account) " " (ui::link(&onward("/register", form.next), t.register_link)) }
        p { (ui::link("/help/sign-in", t.login_trouble)) }
    };
    shell::portal(cx, &page(t.login, &form.trouble).scripts(&["form", "passkey"]), body)
}

/// The registration as it was sent.
#[derive(Debug)]
pub(crate) struct SignUp<'a> {
    pub contact: &'a str,
    pub name: &'a str,
    pub next: &'a str,
    pub trouble: Trouble,
}

/// `/register`
pub(crate) fn register_page(cx: &PageCx, form: &SignUp<'_>) -> Markup {
    let t = AuthWords::of(cx.locale);
    let wrong = |name| form.trouble.on(name);
    let inside = html! {
        input type="hidden" name="next" value=(form.next);
        (Field::new("contact", t.contact).hint(t.contact_hint).value(form.contact).error(wrong("contact")).sign_in_name(cx))
        (Field::new("password", t.password_new).hint(&t.password_hint(cx.password_least)).error(wrong("password")).password(cx, "new-password"))
        (Field::new("name", t.name).hint(t.name_hint).value(form.name).error(wrong("name")).optional().autocomplete("name").text(cx, 50))
        p.muted.sm { (t.privacy_note) " " (ui::link("/help/privacy", t.privacy_link)) }
        (form::actions(cx, t.btn_register, None))
    };
    let sign_in = onward("/login", form.next);
    let body = html! {
        h1 { (t.register) }
        p.muted { (t.register_lead) }
        (form.trouble.summary(cx, html! {
            @if form.trouble.code == "identity.already_registered" { (ui::link(&sign_in, t.login_link)) }
        }))
        (form::form(cx, "register", "/register", None, inside))
        p { (t.have_account) " " (ui::link(&sign_in, t.login_link)) }
    };
    shell::portal(cx, &page(t.register, &form.trouble).scripts(&["form"]), body)
}

/// The page that asks for the code.
#[derive(Debug)]
pub(crate) struct Verify<'a> {
    /// Masked.
    pub to: &'a str,
    pub next: &'a str,
    pub sent_again: bool,
    /// Messages are shown in the outbox of the demo.
    pub demo: bool,
    pub trouble: Trouble,
}

/// `/register/verify`
pub(crate) fn verify_page(cx: &PageCx, form: &Verify<'_>) -> Markup {
    let t = AuthWords::of(cx.locale);
    let inside = html! {
        input type="hidden" name="next" value=(form.next);
        (Field::new("code", t.code).hint(t.code_hint).error(form.trouble.on("code")).otp(cx))
        (form::actions(cx, t.btn_verify, Some(ui::button_link(form.next, t.skip, "sec"))))
    };
    let body = html! {
        h1 { (t.verify) }
        (form.trouble.summary(cx, html! {}))
        @if form.sent_again { (banner::banner(Kind::Ok, t.sent_again, html! {})) }
        p { (t.code_sent(form.to)) }
        @if form.demo {
            (banner::banner(Kind::Info, t.demo_title, html! {
                p { (t.demo_outbox) " " (ui::link("/demo/outbox", t.demo_outbox_link)) }
            }))
        }
        (form::form(cx, "verify", "/register/verify", None, inside))
        p.muted.sm { (t.skip_note) }
        div { (t.not_received) " " (ui::post_button(cx, "/register/verify/resend", t.btn_resend, "text", &[("next", form.next)])) }
    };
    shell::portal(cx, &page(t.verify, &form.trouble), body)
}

fn page<'a>(title: &'a str, trouble: &Trouble) -> Page<'a> {
    Page::new(title).narrow().errors(trouble.any())
}

/// A link that keeps where the person wants to go.
pub(crate) fn onward(path: &str, next: &str) -> String {
    if next == "/" { path.to_owned() } else { format!("{path}?next={}", encode(next)) }
}
