//! Ways back in: setting a new password by code, and asking to have a lost second factor removed. Pages say the same whether there
//! is an account or not.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::account::Profile;
use identity::factor::Enrolled;
use identity::recovery::{self, RecoveryState, RecoveryView, ResetPassword};
use identity::session::{SessionKind, Stage};
use kernel::{mask_email, mask_phone};
use maud::{Markup, html};

use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, shield};
use crate::i18n::{RecoverWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, shell, status, time};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/recover", get(look).post(ask))
        .route("/recover/enter", post(reset))
        .route("/recover/stop/{token}", get(sure_to_stop).post(stop))
        .route("/me/security/recovery", get(about))
        .route("/login/recover", get(lost).post(request))
        .route("/login/recover/finish", post(finish))
}

async fn look(State(app): State<App>, visitor: Visitor) -> Response {
    reset_page(&visitor.page_cx(&app), &Reset::default()).into_response()
}

async fn about(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    let profile = identity::account::profile(&app.cx, &visitor.actor).await?;
    let left = identity::factor::enrolled_of(&app.cx, &visitor.actor).await?;
    Ok(about_page(&visitor.page(&app).await?, &profile, left).into_response())
}

/// The page as if it were asked for: switches of language and colours lead there.
fn here(app: &App, visitor: &Visitor, path: &str) -> PageCx {
    let mut cx = visitor.page_cx(app);
    path.clone_into(&mut cx.path);
    cx
}

async fn ask(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, contact) = (&form.visitor, form.get("contact"));
    let cx = here(&app, visitor, "/recover");
    match recovery::ask_reset(&app.cx, &visitor.actor, contact).await {
        Ok(asked) => {
            let sent_to = Some(asked.masked_to.as_str());
            let view = Reset { contact, sent_to, demo: app.is_demo(), trouble: Trouble::default() };
            Ok(reset_page(&cx, &view).into_response())
        }
        Err(error) => {
            let page = |trouble| reset_page(&cx, &Reset { contact, trouble, ..Reset::default() });
            reply::again(error.into(), page, visitor.locale)
        }
    }
}

async fn reset(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, contact) = (&form.visitor, form.get("contact"));
    let cx = here(&app, visitor, "/recover");
    let input = ResetPassword {
        contact: contact.to_owned(),
        code: form.get("code").to_owned(),
        password: form.get("password").to_owned(),
    };
    let arrival = visitor.arrival(&app, SessionKind::Cookie);
    let done = recovery::reset_password(&app.cx, &app.hasher, &visitor.actor, input, &arrival).await;
    match shield::tried(&app, visitor, contact, done) {
        Ok(()) => Ok(done_page(&cx, Done::Reset).into_response()),
        Err(refused) => {
            let masked = identity::account::parse_contact(contact).map(|contact| contact.masked());
            let sent_to = masked.as_deref().ok();
            let page = |trouble: Trouble| {
                let about_code = trouble.code == "identity.sign_in_code_wrong";
                let trouble = if about_code { trouble.at("code") } else { trouble };
                reset_page(&cx, &Reset { contact, sent_to, demo: app.is_demo(), trouble })
            };
            reply::again(refused, page, visitor.locale)
        }
    }
}

async fn lost(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    let page = lost_now(&app, &visitor, Trouble::default()).await?;
    Ok(page.into_response())
}

async fn lost_now(app: &App, visitor: &Visitor, trouble: Trouble) -> Result<Markup, Refused> {
    let (pending, _) = visitor.waiting(Stage::SecondFactor)?;
    let known = recovery::of_pending(&app.cx, pending).await?;
    let cx = here(app, visitor, "/login/recover");
    Ok(lost_page(&cx, known.as_ref(), &trouble))
}

async fn request(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let (pending, _) = visitor.waiting(Stage::SecondFactor)?;
    let actor = visitor.pending_actor(&app).ok_or(EdgeError::SignInNeeded)?;
    match recovery::request(&app.cx, &actor, pending, form.get("reason")).await {
        Ok(_) => Ok(see_other("/login/recover")),
        Err(error) => {
            let refused = Refused::from(error);
            let page = lost_now(&app, visitor, Trouble::of(&refused, visitor.locale)).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
    }
}

async fn finish(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let (pending, _) = visitor.waiting(Stage::SecondFactor)?;
    let actor = visitor.pending_actor(&app).ok_or(EdgeError::SignInNeeded)?;
    match recovery::complete(&app.cx, &actor, pending).await {
        Ok(()) => Ok(done_page(&here(&app, visitor, "/login"), Done::Removed).into_response()),
        Err(error) => {
            let refused = Refused::from(error);
            let page = lost_now(&app, visitor, Trouble::of(&refused, visitor.locale)).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
    }
}

/// A link in a message never acts by being opened: programs that look at mail open links too.
async fn sure_to_stop(State(app): State<App>, visitor: Visitor, Path(token): Path<String>) -> Response {
    stop_page(&visitor.page_cx(&app), &token).into_response()
}

async fn stop(
    State(app): State<App>,
    Path(token): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let cx = here(&app, visitor, "/login");
    match recovery::stop(&app.cx, &visitor.actor, &token).await {
        Ok(()) => Ok(done_page(&cx, Done::Stopped).into_response()),
        Err(error) => reply::again(error.into(), |_| done_page(&cx, Done::Gone), visitor.locale),
    }
}

/// The two forms of a new password, as they were sent.
#[derive(Debug, Default)]
pub(crate) struct Reset<'a> {
    pub contact: &'a str,
    /// Masked; `None` while no code was asked for.
    pub sent_to: Option<&'a str>,
    pub demo: bool,
    pub trouble: Trouble,
}

/// `/recover`
pub(crate) fn reset_page(cx: &PageCx, view: &Reset<'_>) -> Markup {
    let t = RecoverWords::of(cx.locale);
    let wrong = |name| view.trouble.on(name);
    let body = html! {
        h1 { (t.reset) }
        (view.trouble.summary(cx, html! {}))
        @match view.sent_to {
            None => {
                p.muted { (t.reset_lead) }
                (form::form(cx, "recover", "/recover", None, html! {
                    (Field::new("contact", t.contact).value(view.contact).error(wrong("contact")).sign_in_name(cx))
                    (form::actions(cx, t.btn_get_code, None))
                }))
            }
            Some(to) => {
                p { (t.sent(to)) }
                @if view.demo {
                    (banner::banner(Kind::Info, t.demo_outbox, html! { (ui::link("/demo/outbox", t.demo_link)) }))
                }
                (form::form(cx, "reset", "/recover/enter", None, html! {
                    input type="hidden" name="contact" value=(view.contact);
                    (Field::new("code", t.code).hint(t.code_hint).error(wrong("code")).otp(cx))
                    (Field::new("password", t.password).hint(&t.password_hint(cx.password_least)).error(wrong("password")).password(cx, "new-password"))
                    (form::actions(cx, t.btn_reset, None))
                }))
                p.muted.sm { (t.factor_stays) }
            }
        }
        p { (ui::link("/login", t.back)) }
    };
    shell::portal(cx, &Page::new(t.reset).narrow().errors(view.trouble.any()).scripts(&["form"]), body)
}

/// `/me/security/recovery`: what would help if the phone were gone.
pub(crate) fn about_page(cx: &PageCx, profile: &Profile, enrolled: Enrolled) -> Markup {
    let t = RecoverWords::of(cx.locale);
    let address = |verified: bool, shown: Option<String>| {
        html! {
            @match shown.filter(|_| verified) {
                Some(text) => { (status::tag(Kind::Ok, &text)) }
                None => { (status::tag(Kind::Warn, t.not_ready)) }
            }
        }
    };
    let body = html! {
        (shell::back_link("/me/security", SettingsWords::of(cx.locale).security))
        h1 { (t.about) }
        p.muted { (t.about_lead) }
        dl.sum {
            div { dt { (t.about_phone) } dd { (address(profile.phone_verified, profile.phone.as_deref().map(mask_phone))) } }
            div { dt { (t.about_email) } dd { (address(profile.email_verified, profile.email.as_deref().map(mask_email))) } }
            @if enrolled.any() {
                div { dt { (t.about_codes) } dd.num { (enrolled.recovery_codes) }
                    dd.act { (ui::link("/me/security/recovery-codes", t.about_new_codes)) } }
            }
        }
        (card::card("reset", t.reset, None, html! { p { (t.reset_lead) } p.muted.sm { (t.factor_stays) } }))
        (card::card("lost", t.lost, None, html! { p { (t.lost_lead) } }))
    };
    shell::portal(cx, &Page::new(t.about).narrow().nav(Nav::Me), body)
}

/// `/login/recover`
pub(crate) fn lost_page(cx: &PageCx, known: Option<&RecoveryView>, trouble: &Trouble) -> Markup {
    let t = RecoverWords::of(cx.locale);
    let body = html! {
        h1 { (t.lost) }
        (trouble.summary(cx, html! {}))
        @match known {
            None => {
                p { (t.lost_lead) }
                (form::form(cx, "lost", "/login/recover", None, html! {
                    (Field::new("reason", t.why).hint(t.why_hint).error(trouble.on("reason")).textarea(cx, 500))
                    (form::actions(cx, t.btn_ask, None))
                }))
            }
            Some(request) => { (standing(cx, request)) }
        }
        p { (ui::link("/login/second", t.back)) }
    };
    shell::portal(cx, &Page::new(t.lost).narrow().errors(trouble.any()).scripts(&["form"]), body)
}

fn standing(cx: &PageCx, request: &RecoveryView) -> Markup {
    let t = RecoverWords::of(cx.locale);
    let approved = request.state == RecoveryState::Approved;
    html! {
        @if approved { (banner::banner(Kind::Ok, t.approved, html! {})) }
        @else { (banner::banner(Kind::Info, t.waiting, html! { p { (t.waiting_next) } })) }
        dl.sum {
            div { dt { (t.approved_from) } dd { (time::full(cx, request.opens_at)) } }
            div { dt { (t.until) } dd { (time::full(cx, request.expires_at)) } }
        }
        @if approved && cx.now >= request.opens_at {
            (ui::post_button(cx, "/login/recover/finish", t.btn_finish, "danger", &[]))
        }
    }
}

/// `/recover/stop/{token}`
pub(crate) fn stop_page(cx: &PageCx, token: &str) -> Markup {
    let t = RecoverWords::of(cx.locale);
    let action = format!("/recover/stop/{}", crate::edge::form::encode(token));
    let body = html! {
        h1 { (t.stop) }
        p { (t.stop_lead) }
        (ui::post_button(cx, &action, t.btn_stop, "danger", &[]))
    };
    shell::portal(cx, &Page::new(t.stop).narrow(), body)
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Done {
    Reset,
    Removed,
    Stopped,
    Gone,
}

/// The end of each way.
pub(crate) fn done_page(cx: &PageCx, done: Done) -> Markup {
    let t = RecoverWords::of(cx.locale);
    let (title, text) = match done {
        Done::Reset => (t.reset, t.reset_done),
        Done::Removed => (t.lost, t.finished),
        Done::Stopped => (t.stop, t.stopped),
        Done::Gone => (t.stop, t.dead),
    };
    let kind = if matches!(done, Done::Gone) { Kind::Warn } else { Kind::Ok };
    let body = html! {
        h1 { (title) }
        (banner::banner(kind, text, html! { @if matches!(done, Done::Reset) { p { (t.factor_stays) } } }))
        div.acts { (ui::button_link("/login", t.to_login, "")) }
    };
    shell::portal(cx, &Page::new(title).narrow(), body)
}
