//! Which budget a request draws on. Pure, and by path alone: it is asked before routing.

use axum::http::Method;
use shield::Class;

/// Beginnings of paths under which somebody tries to get in.
const LOGIN: &[&str] = &[
    "/login",
    "/console/login",
    "/setup",
    "/register/verify",
    "/me/security/contact/confirm",
    "/me/security/merge",
    "/api/v1/sessions",
    "/api/v1/password-resets",
    "/api/v1/unfreezings",
    "/api/v1/me/contacts",
    "/api/v1/me/verification",
    "/oauth/token",
];
/// Where other identity providers send people back to: a GET, and a try to get in.
const RETURNS: &[&str] = &["/login/return", "/login/claim"];
/// Where accounts are made.
const REGISTER: &[&str] = &["/register", "/api/v1/accounts"];
/// Last parts of paths that send an SMS or an e-mail.
const CODE: &[&str] = &["resend", "code", "codes", "session-codes"];
/// Paths that send one with what they begin.
const BEGINS: &[&str] = &[
    "/recover",
    "/login/unfreeze",
    "/me/security/contact",
    "/api/v1/recoveries",
    "/api/v1/password-resets",
    "/api/v1/unfreezings",
    "/api/v1/me/contacts",
];
/// Last parts of paths that take files.
const UPLOAD: &[&str] = &["documents", "upload", "uploads", "files"];

/// The class of a request.
pub(super) fn of(method: &Method, path: &str) -> Class {
    if path.starts_with("/health/") || path == "/metrics" {
        return Class::Health;
    }
    if path.starts_with("/assets/")
        || matches!(path, "/favicon.svg" | "/favicon.ico" | "/manifest.webmanifest")
    {
        return Class::Asset;
    }
    if path.starts_with("/callbacks/") {
        return Class::Callback;
    }
    let path = path.trim_end_matches('/');
    let under = |start: &&str| {
        path.strip_prefix(start.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if reads {
        return match (RETURNS.iter().any(under), is_for_programs(path)) {
            (true, _) => Class::Login,
            (false, true) => Class::ApiRead,
            (false, false) => Class::Page,
        };
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    if CODE.contains(&last) || BEGINS.contains(&path) {
        Class::Code
    } else if UPLOAD.contains(&last) {
        Class::Upload
    } else if LOGIN.iter().any(under) && *method != Method::DELETE {
        Class::Login
    } else if REGISTER.contains(&path) {
        Class::Register
    } else if is_for_programs(path) {
        Class::ApiWrite
    } else {
        Class::Form
    }
}

/// Paths whose answers are read by programs.
pub(super) fn is_for_programs(path: &str) -> bool {
    let programs = ["/api/v", "/callbacks/", "/oauth/", "/health/"];
    programs.iter().any(|start| path.starts_with(start))
        || matches!(path, "/api" | "/openapi.json" | "/metrics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_draws_on_its_own_budget() {
        for (method, path, class) in [
            (Method::GET, "/", Class::Page),
            (Method::GET, "/login", Class::Page),
            (Method::GET, "/login/return/acme", Class::Login),
            (Method::POST, "/login", Class::Login),
            (Method::POST, "/login/", Class::Login),
            (Method::POST, "/login/second", Class::Login),
            (Method::POST, "/loginx", Class::Form),
            (Method::POST, "/console/login", Class::Login),
            (Method::POST, "/api/v1/sessions", Class::Login),
            (Method::DELETE, "/api/v1/sessions/current", Class::ApiWrite),
            (Method::POST, "/register", Class::Register),
            (Method::POST, "/api/v1/accounts", Class::Register),
            (Method::POST, "/register/verify", Class::Login),
            (Method::POST, "/api/v1/session-codes", Class::Code),
            (Method::POST, "/api/v1/sessions/current/codes", Class::Code),
            (Method::POST, "/api/v1/sessions/current/proof", Class::Login),
            (Method::POST, "/api/v1/password-resets", Class::Code),
            (Method::POST, "/api/v1/password-resets/current", Class::Login),
            (Method::POST, "/api/v1/unfreezings", Class::Code),
            (Method::POST, "/api/v1/unfreezings/current", Class::Login),
            (Method::POST, "/api/v1/me/contacts", Class::Code),
            (Method::POST, "/api/v1/me/contacts/phone/confirm", Class::Login),
            (Method::POST, "/api/v1/me/verification/codes", Class::Code),
            (Method::POST, "/api/v1/me/verification", Class::Login),
            (Method::POST, "/oauth/token", Class::Login),
            (Method::POST, "/register/verify/resend", Class::Code),
            (Method::POST, "/login/code", Class::Code),
            (Method::POST, "/me/identity/documents", Class::Upload),
            (Method::POST, "/cart/checkout", Class::Form),
            (Method::GET, "/api/v1/orders", Class::ApiRead),
            (Method::POST, "/api/v1/orders", Class::ApiWrite),
            (Method::GET, "/api/docs", Class::Page),
            (Method::POST, "/callbacks/gateways/card", Class::Callback),
            (Method::GET, "/assets/app.12345678.css", Class::Asset),
            (Method::GET, "/health/ready", Class::Health),
            (Method::GET, "/metrics", Class::Health),
        ] {
            assert_eq!(of(&method, path), class, "{method} {path}");
        }
    }
}
