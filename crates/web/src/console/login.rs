//! Staff sign in here. Customers are told that the console is not for them; no session is kept then.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use identity::session::{LogIn, SessionKind};
use kernel::Kind;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::Tried;
use crate::app::App;
use crate::edge::cookie::{self, Name};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, form as posted, middleware};
use crate::i18n::StaffEntry;
use crate::ui::form::{self, Field};
use crate::ui::{self, Kind as Tone, Page, PageCx, banner, shell};

const HOME: &str = "/console";

pub(crate) fn router() -> Router<App> {
    Router::new().route("/console/login", get(page).post(sign_in))
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
struct Wish {
    next: Option<String>,
}

async fn page(State(app): State<App>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    let next = within(wish.next.as_deref().unwrap_or_default());
    if visitor.signed_in.as_ref().is_some_and(identity::SignedIn::is_staff) {
        return posted::see_other(next);
    }
    view(&visitor.page_cx(&app), next, &Tried::default()).into_response()
}

async fn sign_in(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    match try_sign_in(&app, &form).await {
        Ok(response) => Ok(response),
        Err(refused) if refused.kind() == Kind::Bug => Err(refused),
        Err(refused) => {
            let tried = Tried::new(&refused, &form, "contact");
            let page = view(&form.visitor.page_cx(&app), within(form.get("next")), &tried);
            // The refusal's own answer brings its status and the time to wait.
            let mut answer = (refused.status(), page).into_response();
            if let Some(wait) = refused.into_response().headers().get(axum::http::header::RETRY_AFTER) {
                answer.headers_mut().insert(axum::http::header::RETRY_AFTER, wait.clone());
            }
            Ok(answer)
        }
    }
}

async fn try_sign_in(app: &App, form: &PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let wish = LogIn {
        contact: form.get("contact").to_owned(),
        password: form.get("password").to_owned(),
        kind: SessionKind::Cookie,
        device: visitor.device.clone(),
        // Whoever was signed in stays so until this succeeds.
        previous: None,
    };
    let session = identity::session::log_in(&app.cx, &app.hasher, &visitor.actor, wish).await?;
    let token = session.token.expose();
    if !session.roles.iter().any(|role| role.is_staff()) {
        identity::session::log_out(&app.cx, &visitor.actor, token).await?;
        return Err(EdgeError::StaffOnly.into());
    }
    if let Some(previous) = &visitor.token {
        identity::session::log_out(&app.cx, &visitor.actor, previous).await?;
    }
    let mut response = posted::see_other(within(form.get("next")));
    let seconds = session.expires_at.since(app.cx.now()).as_secs();
    let cookie = cookie::set(&app.settings, Name::Session, token, seconds);
    middleware::append_cookie(response.headers_mut(), &cookie);
    Ok(response)
}

/// A page of the console; anything else is its first page.
fn within(next: &str) -> &str {
    let local = posted::local_path(next);
    let inside = local == HOME || local.starts_with("/console/") || local.starts_with("/console?");
    if inside && !local.starts_with("/console/login") { local } else { HOME }
}

fn view(cx: &PageCx, next: &str, tried: &Tried) -> Markup {
    let t = StaffEntry::of(cx.locale);
    let fields = html! {
        input type="hidden" name="next" value=(next);
        (tried.field("contact", t.account).sign_in_name(cx))
        (Field::new("password", t.password).error(tried.error("password")).password(cx, "current-password"))
        (form::actions(cx, t.btn_sign_in, None))
    };
    let body = html! {
        h1 { (t.title) }
        (tried.summary_called(cx, t.not_signed_in))
        @if cx.signed_in() && !cx.is_staff { (banner::banner(Tone::Warn, t.not_staff, html! {})) }
        p.muted { (t.intro) }
        (form::form(cx, "sign-in", "/console/login", None, fields))
        p { (ui::link("/login", t.customers)) }
    };
    shell::portal(cx, &entry(t.title, tried), html! { div.stack { (body) } })
}

fn entry<'a>(title: &'a str, tried: &Tried) -> Page<'a> {
    Page::new(title).narrow().errors(tried.is_refused())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::each_language;

    #[test]
    fn signing_in_leads_only_into_the_console() {
        assert_eq!(within("/console/orders?state=held"), "/console/orders?state=held");
        for foreign in
            ["", "/orders", "//evil.example", "/console/login", "https://evil.example", "/consoles"]
        {
            assert_eq!(within(foreign), HOME, "{foreign}");
        }
    }

    #[test]
    fn the_sign_in_page_says_that_the_console_is_for_staff() {
        each_language(|cx| {
            let page = view(cx, HOME, &Tried::default()).into_string();
            assert!(page.contains(StaffEntry::of(cx.locale).intro));
            assert!(page.contains(r#"name="csrf""#) && page.contains(r#"autocomplete="current-password""#));
            page
        });
    }
}
