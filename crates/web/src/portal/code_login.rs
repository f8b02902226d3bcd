//! Signing in with a one-time code: asking for one, and entering it. Both pages say the same whether there is an account or not.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::session::SessionKind;
use identity::signin::{LogInByCode, ask_code, log_in_by_code};
use maud::{Markup, html};

use super::ask;
use super::auth::{self, Onward, onward};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::{local_path, see_other};
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::FactorWords;
use crate::ui::form::Field;
use crate::ui::{self, Page, PageCx, form, shell};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/login/code", get(look).post(ask)).route("/login/code/enter", post(enter))
}

async fn look(State(app): State<App>, visitor: Visitor, Query(query): Query<Onward>) -> Response {
    if visitor.signed_in.is_some() {
        return see_other(query.next());
    }
    let form = CodeLogin { next: query.next(), ..CodeLogin::default() };
    code_page(&visitor.page_cx(&app), &form).into_response()
}

async fn ask(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, next, contact) = (&form.visitor, local_path(form.get("next")), form.get("contact"));
    let mut cx = visitor.page_cx(&app);
    cx.path = onward("/login/code", next);
    match ask_code(&app.cx, &visitor.actor, contact).await {
        Ok(asked) => {
            let sent_to = Some(asked.masked_to.as_str());
            let form = CodeLogin { contact, next, sent_to, demo: app.is_demo(), trouble: Trouble::default() };
            Ok(code_page(&cx, &form).into_response())
        }
        Err(error) => {
            let page =
                |trouble| code_page(&cx, &CodeLogin { contact, next, trouble, ..CodeLogin::default() });
            reply::again(error.into(), page, visitor.locale)
        }
    }
}

async fn enter(State(app): State<App>, headers: HeaderMap, form: PostForm) -> Result<Response, Refused> {
    let (visitor, next, contact) = (&form.visitor, local_path(form.get("next")), form.get("contact"));
    let input = LogInByCode {
        contact: contact.to_owned(),
        code: form.get("code").to_owned(),
        arrival: visitor.arrival(&app, SessionKind::Cookie),
    };
    let step = log_in_by_code(&app.cx, &visitor.actor, input).await;
    match crate::edge::shield::tried(&app, visitor, contact, step) {
        Ok(step) => auth::enter(&app, visitor, &headers, step, next).await,
        Err(error) => {
            let mut cx = visitor.page_cx(&app);
            cx.path = onward("/login/code", next);
            let masked = identity::account::parse_contact(contact).map(|contact| contact.masked());
            let sent_to = masked.as_deref().ok();
            let page = |trouble: Trouble| {
                let about_code = trouble.code == "identity.sign_in_code_wrong";
                let trouble = if about_code { trouble.at("code") } else { trouble };
                code_page(&cx, &CodeLogin { contact, next, sent_to, demo: app.is_demo(), trouble })
            };
            reply::again(error, page, visitor.locale)
        }
    }
}

/// The two forms as they were sent.
#[derive(Debug, Default)]
pub(crate) struct CodeLogin<'a> {
    pub contact: &'a str,
    pub next: &'a str,
    /// Masked; `None` while no code was asked for.
    pub sent_to: Option<&'a str>,
    pub demo: bool,
    pub trouble: Trouble,
}

/// `/login/code`
pub(crate) fn code_page(cx: &PageCx, view: &CodeLogin<'_>) -> Markup {
    let t = FactorWords::of(cx.locale);
    let body = html! {
        h1 { (t.code_login) }
        (view.trouble.summary(cx, html! {}))
        @match view.sent_to {
            None => { (ask_form(cx, view)) }
            Some(to) => { (enter_form(cx, view, to)) }
        }
        p { (ui::link(&onward("/login", view.next), t.with_password)) }
    };
    let page = Page::new(t.code_login).narrow().errors(view.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

fn ask_form(cx: &PageCx, view: &CodeLogin<'_>) -> Markup {
    let t = FactorWords::of(cx.locale);
    let contact = Field::new("contact", t.contact).value(view.contact).error(view.trouble.on("contact"));
    let inside = html! {
        input type="hidden" name="next" value=(view.next);
        (contact.sign_in_name(cx))
        (form::actions(cx, t.btn_get_code, None))
    };
    html! {
        p.muted { (t.code_login_lead) }
        (form::form(cx, "ask-code", "/login/code", None, inside))
    }
}

fn enter_form(cx: &PageCx, view: &CodeLogin<'_>, to: &str) -> Markup {
    let t = FactorWords::of(cx.locale);
    let hidden = html! {
        input type="hidden" name="next" value=(view.next);
        input type="hidden" name="contact" value=(view.contact);
    };
    let inside = html! {
        (hidden)
        (Field::new("code", t.code).hint(t.code_hint).error(view.trouble.on("code")).otp(cx))
        (form::actions(cx, t.btn_login, None))
    };
    html! {
        p { (t.code_maybe_to(to)) }
        (ask::demo_note(cx, view.demo))
        (form::form(cx, "enter-code", "/login/code/enter", None, inside))
        form.inline method="post" action="/login/code" data-once {
            (form::csrf(cx))
            (hidden)
            button.btn.text { (t.btn_resend) }
        }
        p { (ui::link(&onward("/login/code", view.next), t.other_contact)) }
    }
}
