//! The page on which somebody chooses whom to be, or refuses. Works without script, on a phone, by keyboard.

use axum::response::{IntoResponse, Redirect, Response};
use connectors::http::web_address;
use http::StatusCode;
use kernel::Locale;
use maud::{Markup, html};

use super::{Party, Person};
use crate::{Sandbox, page};

/// What the browser came with.
pub(super) struct Asked<'a> {
    pub party: Party,
    pub path: &'static str,
    /// The shop's number, parameter by parameter, to be sent again with the choice.
    pub hidden: &'a [(&'static str, String)],
    pub redirect: &'a str,
}

pub(super) fn render(sandbox: &Sandbox, locale: Locale, asked: &Asked<'_>) -> Response {
    let (title, lead) = words(locale, asked.party);
    let base = &sandbox.0.config.public_url;
    let action = format!("{base}{}", asked.path);
    let main = html! {
        div class="narrow" {
            h1 { (title) }
            p { (lead) }
            form method="post" action=(action) {
                @for (name, value) in asked.hidden { input type="hidden" name=(name) value=(value); }
                fieldset {
                    legend { (locale.pick("您是谁？点一个就同意", "Who are you? Pressing one agrees")) }
                    div class="cards" {
                        @for (index, person) in Person::ALL.into_iter().enumerate() {
                            button name="person" value=(person.key) class=[(index == 0).then_some("main")] {
                                (person.name(locale))
                            }
                        }
                        button name="person" value="refuse" { (locale.pick("拒绝", "Refuse")) }
                    }
                }
            }
        }
    };
    // The answer to the form is a redirect to the shop, which the policy has to allow.
    let shop = web_address(asked.redirect).map(|url| url.origin().ascii_serialization());
    page::document(locale, base, title, &main, &shop.unwrap_or_default())
}

fn words(locale: Locale, party: Party) -> (&'static str, &'static str) {
    match party {
        Party::WeChat => (
            locale.pick("微信登录（沙箱）", "WeChat sign-in (sandbox)"),
            locale.pick("应用想知道您的昵称。", "An application wants to know your nickname."),
        ),
        Party::Alipay => (
            locale.pick("支付宝登录（沙箱）", "Alipay sign-in (sandbox)"),
            locale.pick("应用想知道您的昵称。", "An application wants to know your nickname."),
        ),
    }
}

/// A request that a real platform would not show its page for.
pub(super) fn wrong(sandbox: &Sandbox, locale: Locale, what: &str) -> Response {
    let title = locale.pick("链接参数不对", "The link is wrong");
    let main: Markup = html! { div class="narrow" { h1 { (title) } p { (what) } } };
    let page = page::document(locale, &sandbox.0.config.public_url, title, &main, "");
    (StatusCode::BAD_REQUEST, page).into_response()
}

/// Back to the shop with these answers.
pub(super) fn back(redirect: &str, pairs: &[(&str, &str)]) -> Response {
    match web_address(redirect) {
        Some(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            Redirect::to(url.as_str()).into_response()
        }
        None => (StatusCode::BAD_REQUEST, "redirect").into_response(),
    }
}
