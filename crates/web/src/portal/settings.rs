//! What a person sees and sets about themselves: profile, devices that are signed in, password.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::account::{ChangePassword, Profile};
use identity::session::{SessionId, SessionKind, SessionView};
use kernel::{Role, mask_email, mask_phone};
use maud::{Markup, html};
use serde::Deserialize;

use super::reply::{self, Trouble};
use super::setup::role_word;
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{AuthWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, shell, status, time};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/me", get(me))
        .route("/me/name", post(rename))
        .route("/me/security", get(security))
        .route("/me/security/password", post(change_password))
        .route("/me/security/sessions/end-others", post(end_others))
        .route("/me/security/sessions/{id}/end", post(end))
}

/// What was just done, said once on the page that follows: `?saved=name`.
#[derive(Debug, Deserialize)]
pub(crate) struct Saved {
    saved: Option<String>,
}

impl Saved {
    pub(crate) fn is(&self, what: &str) -> bool {
        self.saved.as_deref() == Some(what)
    }
}

async fn me(
    State(app): State<App>,
    visitor: Visitor,
    Query(saved): Query<Saved>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let profile = identity::account::profile(&app.cx, &visitor.actor).await?;
    let page = Me {
        name: profile.name.as_deref(),
        profile: &profile,
        saved: saved.is("name"),
        trouble: Trouble::default(),
    };
    Ok(me_page(&visitor.page(&app).await?, &page).into_response())
}

async fn rename(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    visitor.account()?;
    let name = form.get("name");
    let Err(error) = identity::account::set_name(&app.cx, &visitor.actor, name).await else {
        return Ok(see_other("/me?saved=name"));
    };
    let profile = identity::account::profile(&app.cx, &visitor.actor).await?;
    let cx = visitor.page(&app).await?;
    let page = |trouble| me_page(&cx, &Me { profile: &profile, name: Some(name), saved: false, trouble });
    reply::again(error.into(), page, visitor.locale)
}

async fn security(
    State(app): State<App>,
    visitor: Visitor,
    Query(saved): Query<Saved>,
) -> Result<Response, Refused> {
    let done = ["password", "ended", "others"].into_iter().find(|what| saved.is(what));
    Ok(look(&app, &visitor, done, Trouble::default()).await?.into_response())
}

async fn look(app: &App, visitor: &Visitor, done: Option<&str>, trouble: Trouble) -> Result<Markup, Refused> {
    let current = visitor.signed_in.as_ref().ok_or(crate::edge::problem::EdgeError::SignInNeeded)?.session;
    let sessions = identity::session::list_sessions(&app.cx, &visitor.actor).await?;
    let cx = visitor.page(app).await?;
    Ok(security_page(&cx, &Security { sessions: &sessions, current, done, trouble }))
}

async fn change_password(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let current = visitor.signed_in.as_ref().ok_or(crate::edge::problem::EdgeError::SignInNeeded)?.session;
    let input =
        ChangePassword { current: form.get("current").to_owned(), new: form.get("password").to_owned() };
    let changed =
        identity::account::change_password(&app.cx, &app.hasher, &visitor.actor, current, input).await;
    let Err(error) = changed else { return Ok(see_other("/me/security?saved=password")) };
    let refused = Refused::from(error);
    let trouble = Trouble::of(&refused, visitor.locale);
    let about_current = refused.code().starts_with("identity.wrong_credentials");
    let page = look(&app, visitor, None, if about_current { trouble.at("current") } else { trouble }).await?;
    reply::again(refused, |_| page, visitor.locale)
}

async fn end(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let id: SessionId = id.parse().map_err(|_| crate::edge::problem::EdgeError::NotFound)?;
    match identity::session::end_session(&app.cx, &form.visitor.actor, id).await {
        // It is over either way.
        Ok(()) | Err(identity::Error::SessionNotFound) => Ok(see_other("/me/security?saved=ended")),
        Err(error) => Err(error.into()),
    }
}

async fn end_others(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let current = visitor.signed_in.as_ref().ok_or(crate::edge::problem::EdgeError::SignInNeeded)?.session;
    identity::session::end_other_sessions(&app.cx, &visitor.actor, current).await?;
    Ok(see_other("/me/security?saved=others"))
}

/// What `/me` shows.
pub(crate) struct Me<'a> {
    pub profile: &'a Profile,
    /// As kept, or as it was just typed.
    pub name: Option<&'a str>,
    pub saved: bool,
    pub trouble: Trouble,
}

/// `/me`
pub(crate) fn me_page(cx: &PageCx, me: &Me<'_>) -> Markup {
    let t = SettingsWords::of(cx.locale);
    let name = Field::new("name", t.name)
        .hint(t.name_hint)
        .value(me.name.unwrap_or_default())
        .error(me.trouble.on("name"))
        .optional()
        .autocomplete("name");
    let body = html! {
        h1 { (t.me) }
        (me.trouble.summary(cx, html! {}))
        @if me.saved { (banner::banner(Kind::Ok, t.name_saved, html! {})) }
        div.grid {
            (card::card("profile", t.profile, None, html! {
                (facts(cx, me.profile))
                (form::form(cx, "name", "/me/name", None, html! {
                    (name.text(cx, 50))
                    (form::actions(cx, t.btn_save_name, None))
                }))
            }))
            (card::card("shortcuts", t.shortcuts, None, shortcuts(cx)))
        }
    };
    shell::portal(cx, &Page::new(t.me).nav(Nav::Me).errors(me.trouble.any()), body)
}

fn facts(cx: &PageCx, profile: &Profile) -> Markup {
    let (t, roles) = (SettingsWords::of(cx.locale), AuthWords::of(cx.locale));
    let contact = |shown: Option<String>, verified: bool| {
        html! {
            @match shown {
                Some(text) => {
                    span.num { (text) } " "
                    @if verified { (status::tag(Kind::Ok, t.verified)) }
                    @else {
                        (status::tag(Kind::Warn, t.unverified)) " "
                        (ui::link("/register/verify?next=/me", t.verify_now))
                    }
                }
                None => { span.muted { (t.not_given) } }
            }
        }
    };
    let staff: Vec<&str> = profile
        .roles
        .iter()
        .filter(|role| **role != Role::Customer)
        .map(|role| role_word(*role, roles))
        .collect();
    html! {
        dl.sum {
            div { dt { (t.phone) } dd { (contact(profile.phone.as_deref().map(mask_phone), profile.phone_verified)) } }
            div { dt { (t.email) } dd { (contact(profile.email.as_deref().map(mask_email), profile.email_verified)) } }
            @if !staff.is_empty() { div { dt { (t.roles) } dd { (staff.join(cx.pick("、", ", "))) } } }
            div { dt { (t.since) } dd { (time::date(profile.created_at)) } }
        }
    }
}

fn shortcuts(cx: &PageCx) -> Markup {
    let t = SettingsWords::of(cx.locale);
    let mut places = vec![
        ("/account", t.account, t.account_hint),
        ("/orders", t.orders, t.orders_hint),
        ("/messages", t.messages, t.messages_hint),
        ("/me/security", t.security, t.security_hint),
        ("/me/display", t.display, t.display_hint),
        ("/help", t.help, t.help_hint),
    ];
    if cx.is_staff {
        places.insert(0, ("/console", t.console, t.console_hint));
    }
    let rows: Vec<Markup> = places
        .into_iter()
        .map(|(href, title, hint)| card::row(href, html! { (title) }, html! { (hint) }, html! {}))
        .collect();
    card::rows(&rows)
}

/// What `/me/security` shows.
#[derive(Debug)]
pub(crate) struct Security<'a> {
    pub sessions: &'a [SessionView],
    pub current: SessionId,
    /// What was just done: `password`, `ended`, `others`.
    pub done: Option<&'a str>,
    pub trouble: Trouble,
}

/// `/me/security`
pub(crate) fn security_page(cx: &PageCx, view: &Security<'_>) -> Markup {
    let t = SettingsWords::of(cx.locale);
    let done = view.done.map(|what| match what {
        "password" => t.password_changed,
        "others" => t.others_ended,
        _ => t.ended,
    });
    let wrong = |name| view.trouble.on(name);
    let password = html! {
        (Field::new("current", t.password_current).error(wrong("current")).password(cx, "current-password"))
        (Field::new("password", t.password_new).hint(t.password_hint).error(wrong("password")).password(cx, "new-password"))
        p.muted.sm { (t.password_note) }
        (form::actions(cx, t.btn_change_password, None))
    };
    let others = view.sessions.iter().any(|session| session.id != view.current);
    let body = html! {
        (shell::back_link("/me", t.me))
        h1 { (t.security) }
        (view.trouble.summary(cx, html! {}))
        @if let Some(done) = done { (banner::banner(Kind::Ok, done, html! {})) }
        (card::card("sessions", t.sessions, None, html! {
            p.muted.sm { (t.sessions_lead) }
            ul.rows { @for session in view.sessions { (device_row(cx, session, session.id == view.current)) } }
            @if others { (ui::post_button(cx, "/me/security/sessions/end-others", t.btn_end_others, "sec", &[])) }
        }))
        (card::card("password", t.change_password, None, form::form(cx, "change-password", "/me/security/password", None, password)))
    };
    let page = Page::new(t.security).nav(Nav::Me).narrow().errors(view.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

fn device_row(cx: &PageCx, session: &SessionView, is_current: bool) -> Markup {
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

/// A browser and system as people call them, from how the browser calls itself; `None` when it says nothing we know.
fn device_name(agent: &str) -> Option<String> {
    // Order matters: browsers name the ones they descend from as well.
    const BROWSERS: [(&str, &str); 7] = [
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let known = |list: [(&str, &'static str); 7]| {
        list.into_iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| name)
    };
    match (known(BROWSERS), known(SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} · {system}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::device_name;

    #[test]
    fn devices_are_called_as_people_call_them() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
                Some("Edge · Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1",
                Some("Safari · iPhone"),
            ),
            ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 MicroMessenger/8.0", Some("WeChat · Android")),
            ("curl/8.9", None),
            ("", None),
        ] {
            assert_eq!(device_name(agent).as_deref(), name, "{agent}");
        }
    }
}
