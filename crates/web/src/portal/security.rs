//! The security centre: ways to sign in, second steps, devices and sessions, what was tried, and the emergency brake.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::account::{ChangePassword, Others, Profile};
use identity::device::{DeviceView, LoginView};
use identity::factor::{self, Enrolled};
use identity::session::{SessionId, SessionKind, SessionView};
use kernel::{PageRequest, mask_email, mask_phone};
use maud::{Markup, html};

use super::devices;
use super::reply::{self, Trouble};
use super::settings::{Saved, device_name};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, shield};
use crate::i18n::{SecurityWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, shell, status, time};

const HOME: &str = "/me/security";
/// Of the history so many stand on this page.
const LATEST: u16 = 5;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(HOME, get(security))
        .route("/me/security/password", post(change_password))
        .route("/me/security/sessions/end-others", post(end_others))
        .route("/me/security/sessions/{id}/end", post(end))
        .route("/.well-known/change-password", get(to_change_password))
}

/// Where password managers send people (W3C change-password).
async fn to_change_password() -> Response {
    (StatusCode::FOUND, [(LOCATION, "/me/security#password")]).into_response()
}

async fn security(
    State(app): State<App>,
    visitor: Visitor,
    Query(saved): Query<Saved>,
) -> Result<Response, Refused> {
    const DONE: [&str; 6] = ["password", "ended", "others", "forgotten", "contact", "app-off"];
    let done = DONE.into_iter().find(|what| saved.is(what));
    Ok(look(&app, &visitor, done, Trouble::default()).await?.into_response())
}

async fn look(app: &App, visitor: &Visitor, done: Option<&str>, trouble: Trouble) -> Result<Markup, Refused> {
    let (cx, actor) = (&app.cx, &visitor.actor);
    let current = visitor.signed_in.as_ref().ok_or(EdgeError::SignInNeeded)?.session;
    let sessions = identity::session::list_sessions(cx, actor).await?;
    let known = identity::device::list_devices(cx, actor).await?;
    let logins = identity::device::list_logins(cx, actor, PageRequest::new(None, LATEST)).await?;
    let profile = identity::account::profile(cx, actor).await?;
    let view = Security {
        profile: &profile,
        enrolled: factor::enrolled_of(cx, actor).await?,
        sessions: &sessions,
        current,
        devices: &known,
        logins: &logins.items,
        done,
        trouble,
    };
    Ok(security_page(&visitor.page(app).await?, &view))
}

async fn change_password(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let signed_in = visitor.signed_in.as_ref().ok_or(EdgeError::SignInNeeded)?;
    let input = ChangePassword {
        current: form.get("current").to_owned(),
        new: form.get("password").to_owned(),
        others: if form.has("end_others") { Others::End } else { Others::Keep },
    };
    let (session, account) = (signed_in.session, signed_in.account);
    let changed =
        identity::account::change_password(&app.cx, &app.hasher, &visitor.actor, session, input).await;
    let changed = shield::tried_factor(&app, visitor, account, changed);
    let Err(refused) = changed else { return Ok(see_other("/me/security?saved=password")) };
    if refused.code().ends_with(".proof_needed") {
        return Err(refused);
    }
    let trouble = Trouble::of(&refused, visitor.locale);
    let about_current = refused.code().starts_with("identity.wrong_credentials");
    let page = look(&app, visitor, None, if about_current { trouble.at("current") } else { trouble }).await?;
    reply::again(refused, |_| page, visitor.locale)
}

async fn end(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let id: SessionId = id.parse().map_err(|_| EdgeError::NotFound)?;
    match identity::session::end_session(&app.cx, &form.visitor.actor, id).await {
        // It is over either way.
        Ok(()) | Err(identity::Error::SessionNotFound) => Ok(see_other("/me/security?saved=ended")),
        Err(error) => Err(error.into()),
    }
}

async fn end_others(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let current = visitor.signed_in.as_ref().ok_or(EdgeError::SignInNeeded)?.session;
    identity::session::end_other_sessions(&app.cx, &visitor.actor, current).await?;
    Ok(see_other("/me/security?saved=others"))
}

/// What `/me/security` shows.
pub(crate) struct Security<'a> {
    pub profile: &'a Profile,
    pub enrolled: Enrolled,
    pub sessions: &'a [SessionView],
    pub current: SessionId,
    pub devices: &'a [DeviceView],
    /// The latest tries to sign in.
    pub logins: &'a [LoginView],
    /// What was just done: `password`, `ended`, `others`, …
    pub done: Option<&'a str>,
    pub trouble: Trouble,
}

/// `/me/security`
pub(crate) fn security_page(cx: &PageCx, view: &Security<'_>) -> Markup {
    let (t, s) = (SettingsWords::of(cx.locale), SecurityWords::of(cx.locale));
    let done = view.done.map(|what| match what {
        "password" => t.password_changed,
        "others" => t.others_ended,
        "forgotten" => s.forgotten,
        "contact" => s.contact_done,
        "app-off" => s.app_off,
        _ => t.ended,
    });
    let others = view.sessions.iter().any(|session| session.id != view.current);
    let freeze = html! {
        p { (s.freeze_lead) }
        (ui::button_link("/me/security/freeze", s.btn_freeze, "danger"))
    };
    let body = html! {
        (shell::back_link("/me", t.me))
        h1 { (t.security) }
        (view.trouble.summary(cx, html! {}))
        @if let Some(done) = done { (banner::banner(Kind::Ok, done, html! {})) }
        (card::card("ways", s.ways, None, ways(cx, view)))
        (card::card("second", s.second, None, second(cx, view.enrolled)))
        (card::card("sessions", t.sessions, None, html! {
            p.muted.sm { (t.sessions_lead) }
            ul.rows { @for session in view.sessions { (session_row(cx, session, session.id == view.current)) } }
            @if others { (ui::post_button(cx, "/me/security/sessions/end-others", t.btn_end_others, "sec", &[])) }
        }))
        (devices::devices_card(cx, view.devices))
        (devices::history_card(cx, view.logins))
        (card::card("password", t.change_password, None, password_form(cx, &view.trouble)))
        @if !cx.is_staff { (card::card("freeze", s.freeze, None, freeze)) }
    };
    let page = Page::new(t.security).nav(Nav::Me).narrow().errors(view.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

fn password_form(cx: &PageCx, trouble: &Trouble) -> Markup {
    let (t, s) = (SettingsWords::of(cx.locale), SecurityWords::of(cx.locale));
    let inside = html! {
        (Field::new("current", t.password_current).error(trouble.on("current")).password(cx, "current-password"))
        (Field::new("password", t.password_new).hint(&t.password_hint(cx.password_least)).error(trouble.on("password")).password(cx, "new-password"))
        p.muted.sm { (s.password_advice) }
        label.check { input type="checkbox" name="end_others" value="true" checked; span { (s.end_others_too) } }
        (form::actions(cx, t.btn_change_password, None))
    };
    form::form(cx, "change-password", "/me/security/password", None, inside)
}

/// What signs this person in, each with the way to change it.
fn ways(cx: &PageCx, view: &Security<'_>) -> Markup {
    let s = SecurityWords::of(cx.locale);
    let profile = view.profile;
    let contact = |label: &str, kind: &str, shown: Option<String>, verified: bool| {
        let link = if shown.is_some() { s.change } else { s.add };
        let words = shown.unwrap_or_else(|| s.password_none.to_owned());
        card::row(
            &format!("/me/security/contact?kind={kind}"),
            html! { (label) },
            html! {
                span.num { (words) } " "
                @if verified { (status::tag(Kind::Ok, SettingsWords::of(cx.locale).verified)) }
            },
            html! { (link) },
        )
    };
    let rows = [
        contact(s.phone, "phone", profile.phone.as_deref().map(mask_phone), profile.phone_verified),
        contact(s.email, "email", profile.email.as_deref().map(mask_email), profile.email_verified),
        row("#password", s.password, s.password_advice, s.change),
        row("/me/security/passkeys", s.passkeys, s.passkeys_hint, s.manage),
        row("/me/security/links", s.links, s.links_hint, s.manage),
        row("/me/identity", s.identity, s.identity_hint, s.manage),
        row("/me/security/recovery", s.account_recovery, s.account_recovery_hint, s.manage),
    ];
    card::rows(&rows)
}

fn row(href: &str, title: &str, hint: &str, end: &str) -> Markup {
    card::row(href, html! { (title) }, html! { (hint) }, html! { (end) })
}

fn second(cx: &PageCx, enrolled: Enrolled) -> Markup {
    let s = SecurityWords::of(cx.locale);
    let f = crate::i18n::FactorWords::of(cx.locale);
    let app = if enrolled.totp { (s.on, s.manage) } else { (s.off, s.set_up) };
    let mut rows = vec![row("/me/security/app", s.app, app.0, app.1)];
    if enrolled.any() {
        let left = f.codes_left(enrolled.recovery_codes);
        rows.push(row("/me/security/recovery-codes", s.recovery, &left, s.manage));
    }
    html! {
        p.muted.sm { (s.second_lead) }
        @if enrolled.any() && enrolled.recovery_codes <= 3 { (banner::banner(Kind::Warn, f.recovery_low, html! {})) }
        (card::rows(&rows))
    }
}

fn session_row(cx: &PageCx, session: &SessionView, is_current: bool) -> Markup {
    let t = SettingsWords::of(cx.locale);
    let device = match (session.kind, device_name(&session.device)) {
        (SessionKind::Bearer, _) => t.program.to_owned(),
        (SessionKind::Cookie, Some(name)) => name,
        (SessionKind::Cookie, None) => t.unknown_device.to_owned(),
    };
    let action = format!("/me/security/sessions/{}/end", session.id);
    html! {
        li.row {
            div.grow {
                b { (device) } " " @if is_current { (status::tag(Kind::Ok, t.this_one)) }
                div.muted.sm {
                    (t.seen) " " (time::ago(cx, session.seen_at)) " · " (t.began) " " (time::stamp(cx, session.created_at))
                    @if !session.address.is_empty() { " · " span.num { (t.from_address(&session.address)) } }
                }
            }
            @if !is_current {
                form.inline method="post" action=(action) data-once {
                    (form::csrf(cx))
                    button.btn.sec.small aria-label=(t.end_what(&device)) { (t.btn_end) }
                }
            }
        }
    }
}
