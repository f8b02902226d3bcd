//! What clients are told: how their budget stands, or that they are kept out.

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONNECTION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use kernel::Refusal as _;
use maud::{DOCTYPE, Markup, html};
use shield::{Class, Error, Reading};

use super::class;
use crate::app::App;
use crate::edge::problem::Refused;
use crate::edge::visitor::Visitor;
use crate::i18n::Gate;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// `RateLimit-Policy: "page";q=1800;w=60` and `RateLimit: "page";r=1799;t=1` (draft-ietf-httpapi-ratelimit-headers), for the address and,
/// when it is known, for the account. Assets are kept by caches, so they carry neither.
pub(super) fn budget(
    headers: &mut HeaderMap,
    class: Class,
    address: Option<Reading>,
    account: Option<Reading>,
) {
    if class == Class::Asset {
        return;
    }
    let all = [(class.name(), address), (class.account_name(), account)];
    let (mut policies, mut lefts) = (String::new(), String::new());
    for (name, reading) in all {
        let Some(reading) = reading else { continue };
        let between = if policies.is_empty() { "" } else { ", " };
        let (requests, window) = (reading.quota.requests, reading.quota.window.as_secs());
        policies.push_str(&format!("{between}\"{name}\";q={requests};w={window}"));
        lefts.push_str(&format!("{between}\"{name}\";r={};t={}", reading.left, reading.reset_secs));
    }
    for (name, value) in [(POLICY, policies), (LEFT, lefts)] {
        if let Some(value) = HeaderValue::from_str(&value).ok().filter(|value| !value.is_empty()) {
            headers.insert(name, value);
        }
    }
}

/// The answer to who is kept out: a problem for programs; for people a page that needs nothing else from here.
pub(super) fn kept_out(app: &App, request: &Request, error: Error) -> Response {
    let visitor = Visitor::brief(app, request.headers(), request.uri(), request.extensions());
    let message = error.message(visitor.locale);
    let mut response = Refused::from(error).into_response();
    if !class::is_for_programs(request.uri().path()) {
        let page = page(Gate::of(visitor.locale), &message, &visitor.request.to_string());
        let (status, after) = (response.status(), response.headers_mut().remove(RETRY_AFTER));
        response = (status, page).into_response();
        response.headers_mut().extend(after.map(|after| (RETRY_AFTER, after)));
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn page(t: &Gate, message: &str, number: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(t.locale.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light dark";
                title { (t.kept_out) }
            }
            body {
                main {
                    h1 { (t.kept_out) }
                    p { (message) }
                    p { (t.get_help) }
                    p { (t.number) " " code { (number) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Duration, Locale};
    use shield::Quota;

    use super::*;

    fn reading(left: i64) -> Reading {
        let quota = Quota { requests: 600, window: Duration::from_secs(60) };
        Reading { quota, left, reset_secs: 7, wait_secs: 0 }
    }

    #[test]
    fn budgets_are_told_as_the_draft_says() {
        let mut headers = HeaderMap::new();
        budget(&mut headers, Class::ApiRead, Some(reading(599)), Some(reading(3)));
        assert_eq!(headers[POLICY], "\"api_read\";q=600;w=60, \"api_read_account\";q=600;w=60");
        assert_eq!(headers[LEFT], "\"api_read\";r=599;t=7, \"api_read_account\";r=3;t=7");
        let mut headers = HeaderMap::new();
        budget(&mut headers, Class::Page, None, None);
        budget(&mut headers, Class::Asset, Some(reading(1)), None);
        assert!(headers.is_empty());
    }

    #[test]
    fn who_is_kept_out_reads_why_and_a_number_in_both_languages() {
        for locale in Locale::ALL {
            let page = page(Gate::of(locale), "因为", "req_1").into_string();
            assert!(page.contains("req_1") && page.contains("因为"));
            assert!(!page.contains("<script") && !page.contains("<link"), "it needs nothing else from here");
        }
    }
}
