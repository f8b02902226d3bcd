//! The page after the first factor: one more, with which the session opens (W5, W7).

use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::session::{SessionKind, Stage};
use identity::signin::{self, Proof, Remember, Step};
use maud::{Markup, html};

use super::ask::{self, Asking};
use super::auth::{self, Onward, onward};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::{local_path, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, shield};
use crate::i18n::FactorWords;
use crate::ui::{self, Page, PageCx, shell};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/login/second", get(look).post(show)).route("/login/second/code", post(send_code))
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Onward>,
) -> Result<Response, Refused> {
    if visitor.signed_in.is_some() {
        return Ok(see_other(query.next()));
    }
    if visitor.waiting(Stage::Enrol).is_ok() {
        return Ok(see_other(&onward("/login/enrol", query.next())));
    }
    let page = page(&app, &visitor, query.next(), query.is_sent(), Trouble::default()).await?;
    Ok(page.into_response())
}

async fn show(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    show_second(&app, &headers, &form, ask::shown(&form)).await
}

/// Shows a second factor: the session opens, or the page comes again.
pub(crate) async fn show_second(
    app: &App,
    headers: &HeaderMap,
    form: &PostForm,
    proof: Proof,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let pending = visitor.waiting(Stage::SecondFactor)?;
    let actor = visitor.pending_actor(app).ok_or(EdgeError::SignInNeeded)?;
    let remember = if form.has("remember") { Remember::ThisDevice } else { Remember::No };
    let method = proof.method();
    let arrival = visitor.arrival(app, SessionKind::Cookie);
    let shown = signin::show_second(&app.cx, &app.hasher, &actor, pending, (proof, remember), arrival).await;
    match shield::tried_factor(app, visitor, pending.0.account, shown) {
        Ok(session) => {
            let next = local_path(form.get("next"));
            auth::enter(app, visitor, headers, Step::Open(session), next).await
        }
        Err(refused) => second_again(app, form, refused, method.name()).await,
    }
}

/// The page again, with what was wrong with the factor of this name.
pub(crate) async fn second_again(
    app: &App,
    form: &PostForm,
    refused: Refused,
    method: &str,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let trouble = ask::blamed(Trouble::of(&refused, visitor.locale), method);
    let page = page(app, visitor, local_path(form.get("next")), method == "code", trouble).await?;
    reply::again(refused, |_| page, visitor.locale)
}

async fn send_code(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let (pending, _) = visitor.waiting(Stage::SecondFactor)?;
    let actor = visitor.pending_actor(&app).ok_or(EdgeError::SignInNeeded)?;
    match signin::send_second_code(&app.cx, &actor, pending).await {
        Ok(_) => Ok(see_other(&sent_at("/login/second", local_path(form.get("next"))))),
        Err(error) => second_again(&app, &form, error.into(), "").await,
    }
}

/// The page that says that a code was sent.
pub(crate) fn sent_at(path: &str, next: &str) -> String {
    let to = onward(path, next);
    let mark = if to.contains('?') { '&' } else { '?' };
    format!("{to}{mark}sent=1")
}

async fn page(
    app: &App,
    visitor: &Visitor,
    next: &str,
    sent: bool,
    trouble: Trouble,
) -> Result<Markup, Refused> {
    let (pending, _) = visitor.waiting(Stage::SecondFactor)?;
    let ways = signin::ways_on(&app.cx, pending).await?;
    let asking = Asking {
        action: "/login/second",
        ways: &ways,
        next,
        carried: "",
        sent,
        remember: true,
        demo: app.is_demo(),
        trouble,
    };
    Ok(second_page(&visitor.page_cx(app), &asking))
}

/// `/login/second`
pub(crate) fn second_page(cx: &PageCx, asking: &Asking<'_>) -> Markup {
    let t = FactorWords::of(cx.locale);
    let body = html! {
        h1 { (t.second) }
        (asking.trouble.summary(cx, html! {}))
        p.muted { (t.second_lead) }
        (ask::forms(cx, asking))
        p.muted.sm { (t.lost) " " (ui::link("/login/recover", t.lost_link)) }
        (ui::post_button(cx, "/logout", t.btn_leave, "text", &[("next", "/login")]))
    };
    let page = Page::new(t.second).narrow().errors(asking.trouble.any()).scripts(&["form", "passkey"]);
    shell::portal(cx, &page, body)
}
