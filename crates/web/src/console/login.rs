//! Staff sign in here. Customers are told that the console is not for them; no session is kept then.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use identity::session::SessionKind;
use identity::signin::{Arrival, LogIn};
use kernel::Kind;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::Tried;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, form as posted};
use crate::i18n::StaffEntry;
use crate::portal::auth;
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
    if visitor.pending.is_some() {
        return posted::see_other(&auth::onward("/login/second", next));
    }
    view(&visitor.page_cx(&app), next, &Tried::default()).into_response()
}

async fn sign_in(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    match try_sign_in(&app, &headers, &form).await {
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

async fn try_sign_in(app: &App, headers: &HeaderMap, form: &PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    // Whoever was signed in stays so until this succeeds.
    let arrival = Arrival { previous: None, ..visitor.arrival(app, SessionKind::Cookie) };
    let wish =
        LogIn { contact: form.get("contact").to_owned(), password: form.get("password").to_owned(), arrival };
    let step = identity::signin::log_in(&app.cx, &app.hasher, &visitor.actor, wish).await;
    let step = crate::edge::shield::tried(app, visitor, form.get("contact"), step)?;
    let session = step.session();
    if !session.roles.iter().any(|role| role.is_staff()) {
        identity::session::log_out(&app.cx, &visitor.actor, session.token.expose()).await?;
        return Err(EdgeError::StaffOnly.into());
    }
    if let Some(previous) = &visitor.token {
        identity::session::log_out(&app.cx, &visitor.actor, previous).await?;
    }
    auth::enter(app, visitor, headers, step, within(form.get("next"))).await
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
