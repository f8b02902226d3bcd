//! Another phone number or e-mail address: asking, entering the code, and the link with which the old one takes it back.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::contact::{self, ContactKind};
use maud::{Markup, html};
use serde::Deserialize;

use super::ask;
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{FactorWords, SecurityWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, form, shell};

const HERE: &str = "/me/security/contact";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(HERE, get(look).post(ask_new))
        .route("/me/security/contact/confirm", post(confirm))
        .route("/undo/{token}", get(look_at_undo).post(undo))
}

#[derive(Debug, Deserialize)]
struct Which {
    kind: Option<String>,
    /// A code was sent.
    sent: Option<String>,
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Refused> {
    visitor.account()?;
    // The proof comes first: nobody types an address and is then sent away.
    if !visitor.actor.has_fresh_proof(app.cx.now()) {
        return Err(identity::Error::ProofNeeded.into());
    }
    let kind = which.kind.as_deref().and_then(ContactKind::from_name).unwrap_or(ContactKind::Phone);
    let waiting = match which.sent {
        Some(_) => contact::waiting(&app.cx, &visitor.actor, kind).await?,
        None => None,
    };
    let view = View {
        kind,
        contact: "",
        waiting: waiting.as_deref(),
        demo: app.is_demo(),
        trouble: Trouble::default(),
    };
    Ok(contact_page(&visitor.page_cx(&app), &view).into_response())
}

async fn ask_new(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, contact) = (&form.visitor, form.get("contact"));
    match contact::ask(&app.cx, &visitor.guard(&app), &visitor.actor, contact).await {
        Ok(sent) => {
            let kind = if sent.purpose.is_phone() { ContactKind::Phone } else { ContactKind::Email };
            Ok(see_other(&format!("{HERE}?sent=1&kind={}", kind.name())))
        }
        Err(error) => {
            let kind = ContactKind::from_name(form.get("kind")).unwrap_or(ContactKind::Phone);
            let cx = here(visitor, &app, kind);
            let page = |trouble| {
                contact_page(&cx, &View { kind, contact, waiting: None, demo: app.is_demo(), trouble })
            };
            reply::again(error.into(), page, visitor.locale)
        }
    }
}

/// The page of a refused form has an address that can be looked at.
fn here(visitor: &Visitor, app: &App, kind: ContactKind) -> PageCx {
    let mut cx = visitor.page_cx(app);
    cx.path = format!("{HERE}?kind={}", kind.name());
    cx
}

async fn confirm(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let kind = ContactKind::from_name(form.get("kind")).unwrap_or(ContactKind::Phone);
    let done = contact::confirm(&app.cx, &visitor.actor, kind, form.get("code")).await;
    let Err(error) = done else { return Ok(see_other("/me/security?saved=contact")) };
    let waiting = contact::waiting(&app.cx, &visitor.actor, kind).await?;
    let cx = here(visitor, &app, kind);
    let page = |trouble: Trouble| {
        let about_code = trouble.code.starts_with("identity.code_") && waiting.is_some();
        let trouble = if about_code { trouble.at("code") } else { trouble };
        let waiting = waiting.as_deref();
        contact_page(&cx, &View { kind, contact: "", waiting, demo: app.is_demo(), trouble })
    };
    reply::again(error.into(), page, visitor.locale)
}

/// The two forms.
pub(crate) struct View<'a> {
    pub kind: ContactKind,
    pub contact: &'a str,
    /// Where a code went, masked.
    pub waiting: Option<&'a str>,
    pub demo: bool,
    pub trouble: Trouble,
}

/// `/me/security/contact`
pub(crate) fn contact_page(cx: &PageCx, view: &View<'_>) -> Markup {
    let (t, s, f) = (SecurityWords::of(cx.locale), SettingsWords::of(cx.locale), FactorWords::of(cx.locale));
    let kind = html! { input type="hidden" name="kind" value=(view.kind.name()); };
    let wanted = Field::new("contact", t.contact_new).hint(t.contact_hint).value(view.contact);
    let ask_form = html! {
        (kind)
        (wanted.error(view.trouble.on("contact")).autocomplete("off").text(cx, 254))
        (form::actions(cx, t.btn_next, None))
    };
    let enter_form = html! {
        (kind)
        (Field::new("code", f.code).hint(f.code_hint).error(view.trouble.on("code")).otp(cx))
        (form::actions(cx, f.btn_confirm, None))
    };
    let body = html! {
        (shell::back_link("/me/security", s.security))
        h1 { (t.contact_change) }
        (view.trouble.summary(cx, html! {}))
        @match view.waiting {
            None => { (form::form(cx, "contact", HERE, None, ask_form)) }
            Some(to) => {
                p { (f.code_to(to)) }
                (ask::demo_note(cx, view.demo))
                (form::form(cx, "confirm", "/me/security/contact/confirm", None, enter_form))
                p { (ui::link(&format!("{HERE}?kind={}", view.kind.name()), t.contact_other)) }
            }
        }
    };
    let page =
        Page::new(t.contact_change).nav(Nav::Me).narrow().errors(view.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

async fn look_at_undo(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    let cx = visitor.page_cx(&app);
    match contact::look_at_undo(&app.cx, &token).await {
        Ok(kind) => Ok(undo_page(&cx, &token, kind).into_response()),
        Err(identity::Error::UndoInvalid) => Ok((StatusCode::NOT_FOUND, dead_page(&cx)).into_response()),
        Err(error) => Err(error.into()),
    }
}

async fn undo(
    State(app): State<App>,
    Path(token): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let cx = form.visitor.page_cx(&app);
    match contact::undo(&app.cx, &form.visitor.actor, &token).await {
        Ok(()) => Ok(undone_page(&cx).into_response()),
        Err(identity::Error::UndoInvalid) => Ok((StatusCode::NOT_FOUND, dead_page(&cx)).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `/undo/{token}`: the question before it; opening a link changes nothing.
pub(crate) fn undo_page(cx: &PageCx, token: &str, kind: ContactKind) -> Markup {
    let t = SecurityWords::of(cx.locale);
    let lead = match kind {
        ContactKind::Phone => t.undo_phone,
        ContactKind::Email => t.undo_email,
    };
    let body = html! {
        h1 { (t.undo) }
        p { (lead) }
        (ui::post_button(cx, &format!("/undo/{token}"), t.btn_undo, "main", &[]))
    };
    shell::portal(cx, &Page::new(t.undo).narrow(), body)
}

fn undone_page(cx: &PageCx) -> Markup {
    let t = SecurityWords::of(cx.locale);
    let body = html! {
        h1 { (t.undo) }
        (banner::banner(Kind::Ok, t.undone, html! {}))
        div.acts { (ui::button_link("/login", FactorWords::of(cx.locale).btn_login, "main")) }
    };
    shell::portal(cx, &Page::new(t.undo).narrow(), body)
}

/// For a link that is used, too old or made up.
pub(crate) fn dead_page(cx: &PageCx) -> Markup {
    let t = SecurityWords::of(cx.locale);
    let body = html! {
        h1 { (t.undo_dead) }
        p { (t.undo_dead_body) }
    };
    shell::portal(cx, &Page::new(t.undo_dead).narrow(), body)
}
