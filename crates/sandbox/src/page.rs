//! What the sandbox's pages share: the frame, the style, the language. No script anywhere.

use std::collections::BTreeMap;

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use kernel::Locale;
use maud::{DOCTYPE, Markup, html};

/// The language asked for in the address, else by the browser, else `fallback`.
pub(crate) fn locale(
    query: &BTreeMap<String, String>,
    headers: &HeaderMap,
    fallback: Option<Locale>,
) -> Locale {
    let asked = query.get("lang").and_then(|tag| Locale::from_tag(tag));
    let browser = || {
        let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        Locale::from_accept_language(header)
    };
    asked.or(fallback).or_else(browser).unwrap_or_default()
}

/// A whole page. `form_targets` are the origins, besides our own, that a form may lead to.
pub(crate) fn document(
    locale: Locale,
    base: &str,
    title: &str,
    main: &Markup,
    form_targets: &str,
) -> Response {
    let other = locale.pick(Locale::En, Locale::Zh);
    let page = html! {
        (DOCTYPE)
        html lang=(locale.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href={ (base) "/sandbox/style.css" };
                link rel="icon" href="data:,";
            }
            body {
                header {
                    p { strong { (locale.pick("沙箱", "Sandbox")) } " · " (locale.pick("不动真钱", "no real money")) }
                    a href={ "?lang=" (other.tag()) } lang=(other.tag()) hreflang=(other.tag()) {
                        (other.pick("中文", "English"))
                    }
                }
                main { (main) }
            }
        }
    };
    let mut response = Html(page.into_string()).into_response();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' {form_targets}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A form sent from another site is not meant by the person in front of the browser.
pub(crate) fn from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

pub(crate) async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("style.css")).into_response()
}
