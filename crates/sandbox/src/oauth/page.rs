//! The page on which somebody chooses whom to be, or refuses. Works without script, on a phone, by keyboard.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Redirect, Response};
use connectors::http::web_address;
use http::{HeaderMap, StatusCode};
use kernel::Locale;
use maud::{Markup, html};

use super::{Party, Person};
use crate::{Sandbox, page};

/// Names and values of an address or a form.
pub(super) type Pairs = BTreeMap<String, String>;

/// One value of a form by its name; empty when it is missing.
type Get<'a> = dyn Fn(&str) -> &'a str + 'a;

/// What is added to the address that the browser goes back to.
type Answers<'a> = Vec<(&'static str, &'a str)>;

/// How one party calls what the browser comes with and goes back with.
pub(super) struct Dialect {
    pub party: Party,
    pub path: &'static str,
    /// What the page was asked with, to be sent again with the choice.
    pub sent: &'static [&'static str],
    /// What the party says about a request it does not take.
    pub refused: fn(&Sandbox, &Pairs) -> Option<&'static str>,
    /// What the browser takes back: with a code, or without one when the person refused.
    pub returned: for<'a> fn(&Get<'a>, Option<&'a str>) -> Answers<'a>,
}

impl Dialect {
    /// The page, or why there is none.
    pub fn show(&self, sandbox: &Sandbox, locale: Locale, query: &Pairs) -> Response {
        match (self.refused)(sandbox, query) {
            Some(what) => wrong(sandbox, locale, what),
            None => self.render(sandbox, locale, query),
        }
    }

    /// Takes the choice and leads back to the shop.
    pub fn choose(&self, sandbox: &Sandbox, headers: &HeaderMap, form: &Pairs) -> Response {
        if page::from_elsewhere(headers) {
            return (StatusCode::FORBIDDEN, "cross-site form").into_response();
        }
        if let Some(what) = (self.refused)(sandbox, form) {
            return wrong(sandbox, page::locale(&Pairs::new(), headers, None), what);
        }
        let get = |name: &str| form.get(name).map_or("", String::as_str);
        let (seed, now) = (sandbox.0.config.seed, sandbox.now());
        let chosen = Person::from_key(get("person"));
        let code = chosen.map(|person| sandbox.oauth().give_code(seed, self.party, person, now));
        back(get("redirect_uri"), &(self.returned)(&get, code.as_deref()))
    }

    fn render(&self, sandbox: &Sandbox, locale: Locale, query: &Pairs) -> Response {
        let (title, lead) = words(locale, self.party);
        let base = &sandbox.0.config.public_url;
        let action = format!("{base}{}", self.path);
        let get = |name: &str| query.get(name).map_or("", String::as_str);
        let main = html! {
            div class="narrow" {
                h1 { (title) }
                p { (lead) }
                form method="post" action=(action) {
                    @for name in self.sent { input type="hidden" name=(name) value=(get(name)); }
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
        let shop = web_address(get("redirect_uri")).map(|url| url.origin().ascii_serialization());
        page::document(locale, base, title, &main, &shop.unwrap_or_default())
    }
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
fn wrong(sandbox: &Sandbox, locale: Locale, what: &str) -> Response {
    let title = locale.pick("链接参数不对", "The link is wrong");
    let main: Markup = html! { div class="narrow" { h1 { (title) } p { (what) } } };
    let page = page::document(locale, &sandbox.0.config.public_url, title, &main, "");
    (StatusCode::BAD_REQUEST, page).into_response()
}

/// Back to the shop with these answers.
fn back(redirect: &str, pairs: &[(&str, &str)]) -> Response {
    match web_address(redirect) {
        Some(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            Redirect::to(url.as_str()).into_response()
        }
        None => (StatusCode::BAD_REQUEST, "redirect").into_response(),
    }
}
