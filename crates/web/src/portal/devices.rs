//! Devices an account was used on, and every try to sign in to it.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::device::{DeviceId, DeviceView, LoginView, Outcome};
use identity::signin::Method;
use maud::{Markup, html};
use serde::Deserialize;

use super::settings::device_name;
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, seal};
use crate::i18n::{Common, SecurityWords, SettingsWords};
use crate::ui::{self, Kind, Nav, Page, PageCx, card, form, shell, status, time};

const LIST: &str = "me.logins";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/me/security/devices/{id}/forget", post(forget))
        .route("/me/security/logins", get(logins))
}

async fn forget(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let id: DeviceId = id.parse().map_err(|_| EdgeError::NotFound)?;
    let visitor = &form.visitor;
    let current = visitor.signed_in.as_ref().map(|signed_in| signed_in.session);
    match identity::device::forget_device(&app.cx, &visitor.actor, id, current).await {
        // It is gone either way.
        Ok(()) | Err(identity::Error::DeviceNotFound) => Ok(see_other("/me/security?saved=forgotten")),
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Deserialize)]
struct Turned {
    after: Option<String>,
}

async fn logins(
    State(app): State<App>,
    visitor: Visitor,
    Query(turned): Query<Turned>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let page = seal::page(&app, LIST, turned.after.as_deref(), None, 30)?;
    let found = identity::device::list_logins(&app.cx, &visitor.actor, page).await?;
    let more = found.next.map(|position| seal::cursor(&app, LIST, position));
    Ok(logins_page(&visitor.page(&app).await?, &found.items, more.as_deref()).into_response())
}

/// The card of the security centre.
pub(crate) fn devices_card(cx: &PageCx, devices: &[DeviceView]) -> Markup {
    let t = SecurityWords::of(cx.locale);
    card::card(
        "devices",
        t.devices,
        None,
        html! {
            p.muted.sm { (t.devices_lead) }
            ul.rows { @for device in devices { (device_row(cx, device)) } }
        },
    )
}

fn device_row(cx: &PageCx, device: &DeviceView) -> Markup {
    let t = SecurityWords::of(cx.locale);
    let name = name_of(cx, &device.device);
    let action = format!("/me/security/devices/{}/forget", device.id);
    html! {
        li.row {
            div.grow {
                b { (name) }
                div.muted.sm {
                    (t.seen) " " (time::ago(cx, device.seen_at))
                    @if !device.address.is_empty() { " · " span.num { (t.from_address(&device.address)) } }
                    @if let Some(until) = device.remembered_until { " · " (t.remembered) " " (time::date(until)) }
                }
            }
            form.inline method="post" action=(action) data-once {
                (form::csrf(cx))
                button.btn.sec.small aria-label=(t.end_what(&name)) { (t.btn_forget) }
            }
        }
    }
}

fn name_of(cx: &PageCx, agent: &str) -> String {
    let unknown = || SecurityWords::of(cx.locale).unknown_device.to_owned();
    let plain = || agent.split_whitespace().next().map(|word| word.chars().take(40).collect::<String>());
    device_name(agent).or_else(plain).unwrap_or_else(unknown)
}

/// The latest tries, on the security centre.
pub(crate) fn history_card(cx: &PageCx, logins: &[LoginView]) -> Markup {
    let t = SecurityWords::of(cx.locale);
    let more = ui::link("/me/security/logins", t.history_all);
    card::card("history", t.history, Some(more), list(cx, logins))
}

/// `/me/security/logins`
pub(crate) fn logins_page(cx: &PageCx, logins: &[LoginView], more: Option<&str>) -> Markup {
    let (t, s) = (SecurityWords::of(cx.locale), SettingsWords::of(cx.locale));
    let body = html! {
        (shell::back_link("/me/security", s.security))
        h1 { (t.history) }
        p.muted { (t.history_lead) }
        (card::plain(list(cx, logins)))
        @if let Some(after) = more {
            p { (ui::link(&format!("/me/security/logins?after={after}"), Common::of(cx.locale).more)) }
        }
    };
    shell::portal(cx, &Page::new(t.history).nav(Nav::Me).narrow(), body)
}

fn list(cx: &PageCx, logins: &[LoginView]) -> Markup {
    html! {
        @if logins.is_empty() { p.muted { (SecurityWords::of(cx.locale).history_empty) } }
        ul.rows { @for login in logins { (login_row(cx, login)) } }
    }
}

fn login_row(cx: &PageCx, login: &LoginView) -> Markup {
    let t = SecurityWords::of(cx.locale);
    let (tone, outcome) = match login.outcome {
        Outcome::Open => (Kind::Ok, t.outcome_open),
        Outcome::SecondFactor => (Kind::Info, t.outcome_second_factor),
        Outcome::Enrol => (Kind::Info, t.outcome_enrol),
        Outcome::Wrong => (Kind::Warn, t.outcome_wrong),
        Outcome::Refused => (Kind::Warn, t.outcome_refused),
        Outcome::Denied => (Kind::Bad, t.outcome_denied),
    };
    let reasons: Vec<&str> = login.reasons.iter().map(|code| reason(cx, code)).collect();
    html! {
        li.row {
            div.grow {
                (status::tag(tone, outcome)) " " b { (name_of(cx, &login.device)) }
                div.muted.sm {
                    (time::stamp(cx, login.at)) " · " (method(t, login.method))
                    @if !login.address.is_empty() { " · " span.num { (t.from_address(&login.address)) } }
                }
                @if !reasons.is_empty() {
                    div.sm { (t.unusual) (cx.pick("：", ": ")) (reasons.join(cx.pick("、", ", "))) }
                }
            }
        }
    }
}

fn method(t: &SecurityWords, method: Method) -> &'static str {
    match method {
        Method::Password => t.by_password,
        Method::Code => t.by_code,
        Method::Passkey => t.by_passkey,
        Method::Federated => t.by_federated,
        Method::Totp => t.by_totp,
        Method::RecoveryCode => t.by_recovery_code,
    }
}

/// What the risk engine found, in its own words; a code it no longer knows stays unsaid.
fn reason(cx: &PageCx, code: &str) -> &'static str {
    risk::Reason::from_code(code)
        .map_or(SecurityWords::of(cx.locale).reason_other, |reason| reason.words(cx.locale))
}

#[cfg(test)]
mod tests {
    use kernel::{Locale, Timestamp};
    use risk::Reason;

    use super::*;

    #[test]
    fn every_reason_of_the_risk_engine_is_said_in_its_own_words() {
        for locale in [Locale::Zh, Locale::En] {
            let cx = PageCx::guest(locale, "/me/security".to_owned(), Timestamp::from_secs(1));
            for known in Reason::ALL {
                assert_eq!(reason(&cx, known.code()), known.words(locale), "{}", known.code());
            }
            assert_eq!(reason(&cx, "of_long_ago"), SecurityWords::of(locale).reason_other);
        }
    }
}
