//! What happens to every request: a number, the guest's token, headers that browsers hold us to, a measure of its time.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, HeaderName, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use kernel::RequestId;

use super::cookie::{self, Name};
use super::visitor::RequestMarks;
use crate::app::App;

/// Nothing from elsewhere, nothing inline, nothing framed.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
    object-src 'none'; base-uri 'none'; form-action 'self'{gateways}; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types patch";
/// A guest's token lives as long as the browser keeps the tab's cookies, at most a day.
const GUEST_SECS: i64 = 86_400;

/// Gives the request its number and the guest a token, and marks the answer with both.
pub async fn mark(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let number = RequestId::new(&app.cx.ids, app.cx.now());
    let known = cookie::get(request.headers(), &app.settings, Name::Guest).filter(|token| is_token(token));
    let new = known.is_none().then(|| {
        let mut bytes = [0; 16];
        app.cx.rng.fill(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    });
    let guest = known.or_else(|| new.clone()).unwrap_or_default();
    request.extensions_mut().insert(RequestMarks { request: number, guest });
    let mut response = next.run(request).await;
    let is_page =
        response.headers().get("content-type").is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if let Some(token) = new.filter(|_| is_page) {
        append_cookie(response.headers_mut(), &cookie::set(&app.settings, Name::Guest, &token, GUEST_SECS));
    }
    if let Ok(value) = HeaderValue::from_str(&number.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

fn is_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Adds a `Set-Cookie`; our own values always are header text.
pub fn append_cookie(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(SET_COOKIE, value);
    }
}

/// The headers of every answer. Personal pages are never stored: public ones say so themselves.
pub async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let gateways: String = app.settings.gateway_origins.iter().map(|origin| format!(" {origin}")).collect();
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ];
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&POLICY.replace("{gateways}", &gateways)) {
        headers.insert(HeaderName::from_static("content-security-policy"), policy);
    }
    if !app.settings.insecure {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(HeaderName::from_static("strict-transport-security"), year);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Time and outcome by route template, never by raw path.
pub async fn measure(request: Request, next: Next) -> Response {
    let method = request.method().as_str().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let began = tokio::time::Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    let labels = [("method", method), ("route", route), ("status", status)];
    metrics::histogram!("everlit_http_request_duration_seconds", &labels)
        .record(began.elapsed().as_secs_f64());
    response
}
