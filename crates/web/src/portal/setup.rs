//! How staff accounts begin: a one-time link, for the first administrator or for somebody who was invited.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use identity::setup::{LinkView, Redeem};
use kernel::Role;
use maud::{Markup, html};

use super::auth;
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::AuthWords;
use crate::ui::form::Field;
use crate::ui::{self, Page, PageCx, form, shell, time};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/setup/{token}", get(look).post(redeem))
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    let cx = visitor.page_cx(&app);
    match identity::setup::look_at_link(&app.cx, &token).await {
        Ok(link) => {
            let form = Setup { token: &token, link, contact: "", name: "", trouble: Trouble::default() };
            Ok(setup_page(&cx, &form).into_response())
        }
        Err(identity::Error::LinkInvalid) => Ok(dead(&cx)),
        Err(error) => Err(error.into()),
    }
}

async fn redeem(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let (contact, name, password) = (form.get("contact"), form.get("name"), form.get("password"));
    let input = Redeem {
        token: token.clone(),
        contact: contact.to_owned(),
        name: Some(name.to_owned()),
        password: password.to_owned(),
    };
    let cx = visitor.page_cx(&app);
    match identity::setup::redeem(&app.cx, &app.hasher, &visitor.actor, input).await {
        Ok(_) => {
            let step = auth::sign_in(&app, visitor, contact, password).await?;
            auth::enter(&app, visitor, &headers, step, "/console").await
        }
        Err(identity::Error::LinkInvalid) => Ok(dead(&cx)),
        Err(error) => {
            let link = identity::setup::look_at_link(&app.cx, &token).await?;
            let page = |trouble| setup_page(&cx, &Setup { token: &token, link, contact, name, trouble });
            reply::again(error.into(), page, visitor.locale)
        }
    }
}

fn dead(cx: &PageCx) -> Response {
    (StatusCode::NOT_FOUND, dead_page(cx)).into_response()
}

/// The form behind a link.
#[derive(Debug)]
pub(crate) struct Setup<'a> {
    pub token: &'a str,
    pub link: LinkView,
    pub contact: &'a str,
    pub name: &'a str,
    pub trouble: Trouble,
}

/// `/setup/{token}`
pub(crate) fn setup_page(cx: &PageCx, form: &Setup<'_>) -> Markup {
    let t = AuthWords::of(cx.locale);
    let title = if form.link.role == Role::ADMINISTRATOR { t.setup_admin } else { t.setup_staff };
    let wrong = |name| form.trouble.on(name);
    let inside = html! {
        (Field::new("contact", t.contact).value(form.contact).error(wrong("contact")).sign_in_name(cx))
        (Field::new("name", t.name).value(form.name).error(wrong("name")).optional().autocomplete("name").text(cx, 50))
        (Field::new("password", t.password_new).hint(&t.password_hint(cx.password_least)).error(wrong("password")).password(cx, "new-password"))
        (form::actions(cx, t.btn_setup, None))
    };
    let body = html! {
        h1 { (title) }
        p { (t.setup_lead) }
        p.muted { (t.setup_role) " " (ui::role::name(form.link.role, cx.locale)) " · " (t.setup_until) " " (time::full(cx, form.link.expires_at)) }
        (form.trouble.summary(cx, html! {}))
        (form::form(cx, "setup", &format!("/setup/{}", form.token), None, inside))
    };
    shell::portal(cx, &Page::new(title).narrow().errors(form.trouble.any()).scripts(&["form"]), body)
}

/// The page for a link that is used, too old or made up.
pub(crate) fn dead_page(cx: &PageCx) -> Markup {
    let t = AuthWords::of(cx.locale);
    let body = html! {
        h1 { (t.link_dead) }
        p { (t.link_dead_next) }
        div.acts { (ui::button_link("/login", t.btn_login, "sec")) }
    };
    shell::portal(cx, &Page::new(t.link_dead).narrow(), body)
}
