//! Language, colours and text size. What somebody sets while signed in belongs to the account and holds on every device; what a
//! guest sets, or asks for by `?lang=`, stays in this browser as a cookie, which wins over the account there.

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::account::{self, Preferences};
use kernel::Locale;
use maud::{Markup, html};

use crate::app::{App, Settings};
use crate::edge::cookie::{self, Name};
use crate::edge::form::{local_path, see_other};
use crate::edge::middleware::append_cookie;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::SettingsWords;
use crate::ui::form::{Choice, Field};
use crate::ui::{Kind, Page, PageCx, TextSize, Theme, banner, form, shell};

use super::settings::Saved;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/display", post(switch)).route("/me/display", get(show).post(save))
}

/// A language asked for in the address stays for the pages after it.
pub(crate) async fn keep_language(State(app): State<App>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "lang")
        .and_then(|(_, tag)| Locale::from_tag(&tag))
        .filter(|_| request.method() == Method::GET);
    let mut response = next.run(request).await;
    let is_page =
        response.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some(locale) = asked.filter(|_| is_page) {
        append_cookie(response.headers_mut(), &cookie::remember(&app.settings, Name::Language, locale.tag()));
    }
    response
}

/// The switches in the bar on top: one thing at a time, then back to the page.
async fn switch(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    keep(&app, &form, local_path(form.get("return"))).await
}

/// The page with all three.
async fn save(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    keep(&app, &form, "/me/display?saved=display").await
}

async fn keep(app: &App, form: &PostForm, to: &str) -> Result<Response, Refused> {
    let mut visitor = form.visitor.clone();
    let mut chosen = Vec::new();
    if form.has("theme") {
        visitor.theme = Theme::from_name(form.get("theme"));
        chosen.push(Name::Theme);
    }
    if form.has("text") {
        visitor.text_size = TextSize::from_name(form.get("text"));
        chosen.push(Name::TextSize);
    }
    if let Some(locale) = Locale::from_tag(form.get("lang")) {
        visitor.locale = locale;
        chosen.push(Name::Language);
    }
    let mut response = see_other(to);
    if visitor.signed_in.is_some() {
        account::set_preferences(&app.cx, &visitor.actor, preferences(&visitor)).await?;
        forget(response.headers_mut(), &app.settings);
    } else {
        remember(response.headers_mut(), &app.settings, &visitor, &chosen);
    }
    Ok(response)
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(saved): Query<Saved>,
) -> Result<Response, Refused> {
    let cx = visitor.page(&app).await?;
    Ok(display_page(&cx, saved.is("display")).into_response())
}

/// How pages look for a visitor now, as an account keeps it.
fn preferences(visitor: &Visitor) -> Preferences {
    Preferences {
        locale: visitor.locale,
        theme: match visitor.theme {
            Theme::System => account::Theme::Auto,
            Theme::Light => account::Theme::Light,
            Theme::Dark => account::Theme::Dark,
        },
        text_size: match visitor.text_size {
            TextSize::Normal => account::TextSize::Standard,
            TextSize::Large => account::TextSize::Large,
        },
    }
}

/// What an account keeps after a guest signed in: the language chosen in this browser, and its colours and text size where the
/// account has no wish of its own.
pub(crate) fn carried(
    kept: Preferences,
    guest: &Visitor,
    headers: &HeaderMap,
    settings: &Settings,
) -> Preferences {
    let now = preferences(guest);
    let chose_language = cookie::get(headers, settings, Name::Language).is_some();
    let usual = Preferences::default();
    Preferences {
        locale: if chose_language { now.locale } else { kept.locale },
        theme: if kept.theme == usual.theme { now.theme } else { kept.theme },
        text_size: if kept.text_size == usual.text_size { now.text_size } else { kept.text_size },
    }
}

/// What this browser can keep of how pages look.
pub(crate) const LOOK: [Name; 3] = [Name::Language, Name::Theme, Name::TextSize];

/// Keeps in this browser how pages look for a visitor. What is as usual needs no cookie.
pub(crate) fn remember(headers: &mut HeaderMap, settings: &Settings, visitor: &Visitor, what: &[Name]) {
    for name in what {
        let (usual, word) = match name {
            Name::Theme => (visitor.theme == Theme::System, visitor.theme.name()),
            Name::TextSize => (visitor.text_size == TextSize::Normal, visitor.text_size.name()),
            Name::Language => (false, visitor.locale.tag()),
            Name::Session | Name::Guest | Name::Device | Name::Way => continue,
        };
        let cookie =
            if usual { cookie::set(settings, *name, "", 0) } else { cookie::remember(settings, *name, word) };
        append_cookie(headers, &cookie);
    }
}

/// Leaves the look of pages to the account.
pub(crate) fn forget(headers: &mut HeaderMap, settings: &Settings) {
    for name in LOOK {
        append_cookie(headers, &cookie::set(settings, name, "", 0));
    }
}

/// `/me/display`
pub(crate) fn display_page(cx: &PageCx, saved: bool) -> Markup {
    let t = SettingsWords::of(cx.locale);
    let languages = [Choice::new(Locale::Zh.tag(), t.zh), Choice::new(Locale::En.tag(), t.en)];
    let themes = [
        Choice::new(Theme::System.name(), t.theme_system),
        Choice::new(Theme::Light.name(), t.theme_light),
        Choice::new(Theme::Dark.name(), t.theme_dark),
    ];
    let sizes = [
        Choice::new(TextSize::Normal.name(), t.text_normal),
        Choice { hint: Some(t.text_large_hint), ..Choice::new(TextSize::Large.name(), t.text_large) },
    ];
    let inside = html! {
        (Field::new("lang", t.language).value(cx.locale.tag()).pills(cx, &languages))
        (Field::new("theme", t.theme).value(cx.theme.name()).pills(cx, &themes))
        (Field::new("text", t.text).value(cx.text_size.name()).pills(cx, &sizes))
        (form::actions(cx, t.btn_save_display, None))
    };
    let body = html! {
        (shell::back_link("/me", t.me))
        h1 { (t.display) }
        @if saved { (banner::banner(Kind::Ok, t.display_saved, html! {})) }
        p.muted { (if cx.signed_in() { t.display_lead } else { t.display_guest }) }
        (form::form(cx, "display", "/me/display", None, inside))
    };
    shell::portal(cx, &Page::new(t.display).nav(crate::ui::Nav::Me).narrow(), body)
}
