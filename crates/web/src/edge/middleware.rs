//! What happens to every request: a number, the guest's token, headers that browsers hold us to, a measure of its time.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use kernel::{RequestId, hex};

use super::cookie::{self, Name};
use super::visitor::RequestMarks;
use crate::app::{App, Settings};

/// Nothing from elsewhere, nothing inline, nothing framed.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
    object-src 'none'; base-uri 'none'; form-action 'self'{gateways}; frame-src 'none'; frame-ancestors 'none'; worker-src 'none'; \
    require-trusted-types-for 'script'; trusted-types patch";
/// What browsers are held to whatever is answered (ASVS 5.0 3.4).
const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), bluetooth=(), hid=(), midi=(), \
         display-capture=(), accelerometer=(), gyroscope=(), magnetometer=(), browsing-topics=(), \
         publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
];
/// A guest's token lives as long as the browser keeps the tab's cookies, at most a day.
const GUEST_SECS: i64 = 86_400;

/// Gives the request its number and the guest a token, and marks the answer with both.
pub async fn mark(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let number = RequestId::new(&app.cx.ids, app.cx.now());
    let known = cookie::get(request.headers(), &app.settings, Name::Guest).filter(|token| is_token(token));
    let new = known.is_none().then(|| {
        let mut bytes = [0; 16];
        app.cx.rng.fill(&mut bytes);
        hex::encode(&bytes)
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

/// The headers of every answer, made once.
#[derive(Debug, Clone)]
pub struct Secure(Arc<[(HeaderName, HeaderValue)]>);

impl Secure {
    pub fn of(settings: &Settings) -> Self {
        let gateways: Vec<String> =
            settings.gateway_origins.iter().map(|origin| format!(" {origin}")).collect();
        let mut policy = POLICY.replace("{gateways}", &gateways.concat());
        let mut all: Vec<(HeaderName, HeaderValue)> = FIXED
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        if !settings.insecure {
            policy.push_str("; upgrade-insecure-requests");
            let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            all.push((HeaderName::from_static("strict-transport-security"), year));
        }
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            all.push((HeaderName::from_static("content-security-policy"), policy));
        }
        Self(all.into())
    }
}

/// Adds them. Personal pages are never stored: public ones say so themselves.
pub async fn secure(State(Secure(fixed)): State<Secure>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // A document somebody uploaded brings a stricter policy of its own.
    let own = headers.get(CONTENT_SECURITY_POLICY).cloned();
    for (name, value) in fixed.iter() {
        headers.insert(name.clone(), value.clone());
    }
    if let Some(policy) = own {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
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
