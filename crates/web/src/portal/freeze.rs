//! The emergency brake: freezing one's own account, and the longer way back.

use axum::Router;
use axum::extract::State;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::account::StateCommand;
use identity::freeze::{self, Unfreezing};
use identity::signin::{Way, Ways};
use maud::{Markup, html};

use super::ask;
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::cookie::{self, Name};
use crate::edge::middleware::append_cookie;
use crate::edge::{PostForm, Refused, Visitor, shield};
use crate::i18n::{FactorWords, SecurityWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, form, shell};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/me/security/freeze", get(sure).post(freeze))
        .route("/login/unfreeze", get(look).post(begin))
        .route("/login/unfreeze/finish", post(finish))
}

async fn sure(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(sure_page(&visitor.page(&app).await?).into_response())
}

async fn freeze(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let id = visitor.account()?;
    let reason = SecurityWords::of(visitor.locale).freeze_reason;
    freeze::change_state(&app.cx, &visitor.actor, id, StateCommand::Freeze, reason).await?;
    let cx = PageCx::guest(visitor.locale, "/login", app.cx.now());
    let mut response =
        frozen_page(&PageCx { theme: visitor.theme, text_size: visitor.text_size, ..cx }).into_response();
    let headers = response.headers_mut();
    append_cookie(headers, &cookie::set(&app.settings, Name::Session, "", 0));
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
    headers.insert(HeaderName::from_static("clear-site-data"), clear);
    Ok(response)
}

async fn look(State(app): State<App>, visitor: Visitor) -> Response {
    unfreeze_page(&visitor.page_cx(&app), "", Trouble::default()).into_response()
}

async fn begin(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, contact) = (&form.visitor, form.get("contact"));
    let cx = here(visitor, &app);
    let begun = freeze::begin_unfreezing(&app.cx, &app.hasher, &visitor.actor, contact, form.get("password"));
    match shield::tried(&app, visitor, contact, begun.await) {
        Ok(begun) => {
            let Unfreezing { ticket, ways, sent } = begun;
            let view = Finish {
                ticket: &ticket,
                ways: &ways,
                to: &sent.masked_to,
                demo: app.is_demo(),
                trouble: Trouble::default(),
            };
            Ok(finish_page(&cx, &view).into_response())
        }
        Err(refused) => reply::again(refused, |trouble| unfreeze_page(&cx, contact, trouble), visitor.locale),
    }
}

fn here(visitor: &Visitor, app: &App) -> PageCx {
    let mut cx = visitor.page_cx(app);
    "/login/unfreeze".clone_into(&mut cx.path);
    cx
}

async fn finish(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let (proof, ticket) = (ask::shown(&form), form.get("ticket"));
    let method = proof.method().name();
    let cx = here(visitor, &app);
    let done =
        freeze::finish_unfreezing(&app.cx, &app.hasher, &visitor.actor, ticket, (form.get("sms"), proof));
    match shield::tried_ticket(&app, visitor, ticket, done.await) {
        Ok(()) => Ok(unfrozen_page(&cx).into_response()),
        Err(refused) => {
            let ways = Ways(vec![Way::Totp, Way::RecoveryCode]);
            let page = |trouble: Trouble| {
                let trouble = if trouble.code.starts_with("identity.code_") {
                    trouble.at("sms")
                } else {
                    ask::blamed(trouble, method)
                };
                let to = form.get("to");
                finish_page(&cx, &Finish { ticket, ways: &ways, to, demo: app.is_demo(), trouble })
            };
            reply::again(refused, page, visitor.locale)
        }
    }
}

/// `/me/security/freeze`: the question before it.
pub(crate) fn sure_page(cx: &PageCx) -> Markup {
    let (t, s) = (SecurityWords::of(cx.locale), SettingsWords::of(cx.locale));
    let body = html! {
        (shell::back_link("/me/security", s.security))
        h1 { (t.freeze_title) }
        p { (t.freeze_lead) }
        p.muted { (t.freeze_note) }
        div.acts {
            (ui::post_button(cx, "/me/security/freeze", t.btn_confirm_freeze, "danger", &[]))
            (ui::button_link("/me/security", t.keep, "sec"))
        }
    };
    shell::portal(cx, &Page::new(t.freeze_title).nav(Nav::Me).narrow(), body)
}

fn frozen_page(cx: &PageCx) -> Markup {
    let t = SecurityWords::of(cx.locale);
    let body = html! {
        h1 { (t.frozen) }
        p { (t.frozen_body) }
        p { (t.freeze_note) }
        p { (ui::link("/login/unfreeze", t.unfreeze)) }
    };
    shell::portal(cx, &Page::new(t.frozen).narrow(), body)
}

/// `/login/unfreeze`
pub(crate) fn unfreeze_page(cx: &PageCx, contact: &str, trouble: Trouble) -> Markup {
    let (t, f) = (SecurityWords::of(cx.locale), FactorWords::of(cx.locale));
    let inside = html! {
        (Field::new("contact", f.contact).value(contact).error(trouble.on("contact")).sign_in_name(cx))
        (Field::new("password", f.password).error(trouble.on("password")).password(cx, "current-password"))
        (form::actions(cx, t.btn_next, None))
    };
    let body = html! {
        h1 { (t.unfreeze) }
        (trouble.summary(cx, html! {}))
        p.muted { (t.unfreeze_lead) }
        (form::form(cx, "unfreeze", "/login/unfreeze", None, inside))
    };
    let page = Page::new(t.unfreeze).narrow().errors(trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

/// The second half.
pub(crate) struct Finish<'a> {
    pub ticket: &'a str,
    pub ways: &'a Ways,
    /// Where the code went, masked.
    pub to: &'a str,
    pub demo: bool,
    pub trouble: Trouble,
}

/// The code, and one second factor of the account's own.
pub(crate) fn finish_page(cx: &PageCx, view: &Finish<'_>) -> Markup {
    let (t, f) = (SecurityWords::of(cx.locale), FactorWords::of(cx.locale));
    let wrong = |name| view.trouble.on(name);
    let totp = view.ways.has(&Way::Totp);
    let part = |way: &str, field: Markup| {
        let inside = html! {
            input type="hidden" name="ticket" value=(view.ticket);
            input type="hidden" name="to" value=(view.to);
            input type="hidden" name="way" value=(way);
            (Field::new("sms", f.code).hint(f.code_hint).error(wrong("sms")).otp(cx))
            (field)
            (form::actions(cx, t.btn_unfreeze, None))
        };
        form::form(cx, &format!("unfreeze-{way}"), "/login/unfreeze/finish", None, inside)
    };
    let recovery =
        Field::new("recovery_code", f.recovery).hint(f.recovery_hint).error(wrong("recovery_code"));
    let body = html! {
        h1 { (t.unfreeze) }
        (view.trouble.summary(cx, html! {}))
        p { (f.code_to(view.to)) }
        p.muted { (t.unfreeze_second) }
        (ask::demo_note(cx, view.demo))
        @if totp {
            (part("totp", Field::new("totp", f.totp).hint(f.totp_hint).error(wrong("totp")).otp(cx)))
        } @else if view.ways.has(&Way::RecoveryCode) {
            (part("recovery_code", recovery.text(cx, 40)))
        } @else {
            p { (f.no_way) }
        }
    };
    let page = Page::new(t.unfreeze).narrow().errors(view.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

fn unfrozen_page(cx: &PageCx) -> Markup {
    let t = SecurityWords::of(cx.locale);
    let body = html! {
        h1 { (t.unfreeze) }
        (banner::banner(Kind::Ok, t.unfrozen, html! {}))
        div.acts { (ui::button_link("/login", FactorWords::of(cx.locale).btn_login, "main")) }
    };
    shell::portal(cx, &Page::new(t.unfreeze).narrow(), body)
}
