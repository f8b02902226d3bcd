//! What a person sees and sets about themselves.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::account::Profile;
use kernel::{Role, mask_email, mask_phone};
use maud::{Markup, html};
use serde::Deserialize;

use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{IdentityWords, KeyWords, OrgWords, PayeeWords, PrivacyWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, shell, status, time};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/me", get(me)).route("/me/name", post(rename))
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
    let t = SettingsWords::of(cx.locale);
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
    let staff: Vec<std::borrow::Cow<'static, str>> = profile
        .roles
        .iter()
        .filter(|role| **role != Role::CUSTOMER)
        .map(|role| ui::role::name(*role, cx.locale))
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
        ("/me/payees", PayeeWords::of(cx.locale).title, t.payees_hint),
        ("/messages", t.messages, t.messages_hint),
        ("/me/security", t.security, t.security_hint),
        ("/me/identity", IdentityWords::of(cx.locale).title, IdentityWords::of(cx.locale).shortcut_hint),
        ("/me/privacy", PrivacyWords::of(cx.locale).title, t.privacy_hint),
        ("/org", OrgWords::of(cx.locale).title, t.org_hint),
        ("/me/keys", KeyWords::of(cx.locale).title, t.keys_hint),
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

/// A browser and system as people call them, from how the browser calls itself; `None` when it says nothing we know.
pub(crate) fn device_name(agent: &str) -> Option<String> {
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
