//! Access tokens for programs: OAuth 2.1 client credentials (RFC 6749, 4.4), described by RFC 8414 metadata.
//!
//! The answers have the shapes of that protocol, not of ours: `error` and `error_description` instead of a problem.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Kind, Permission, Permissions, Refusal as _};
use serde_json::{Value, json};

use crate::app::App;
use crate::edge::shield::TriedAs;

const FORM: &[u8] = b"application/x-www-form-urlencoded";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/.well-known/oauth-authorization-server", get(metadata))
}

async fn metadata(State(app): State<App>) -> Json<Value> {
    let base = &app.settings.public_url;
    let scopes: Vec<&str> = Permission::ALL.iter().map(|permission| permission.name()).collect();
    Json(json!({
        "issuer": base,
        "token_endpoint": format!("{base}/oauth/token"),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": scopes,
        "service_documentation": format!("{base}/api/docs"),
    }))
}

async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if !kind.starts_with(FORM) {
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", "send application/x-www-form-urlencoded");
    }
    let pairs: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let get = |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    if get("grant_type") != Some("client_credentials") {
        let (code, why) = ("unsupported_grant_type", "grant_type must be client_credentials");
        return refuse(StatusCode::BAD_REQUEST, code, why);
    }
    let by_header = basic(&headers);
    if by_header.is_some() && get("client_secret").is_some() {
        let why = "authenticate either by header or by body, not by both";
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", why);
    }
    let given = by_header.or_else(|| Some((get("client_id")?.to_owned(), get("client_secret")?.to_owned())));
    let Some((client, secret)) = given else {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "client_id and client_secret are missing");
    };
    let scopes = match get("scope").map(scopes) {
        Some(None) => return refuse(StatusCode::BAD_REQUEST, "invalid_scope", "an unknown scope"),
        Some(Some(scopes)) => Some(scopes),
        None => None,
    };
    match identity::client::grant(&app.cx, &client, &secret, scopes).await {
        Ok(granted) => {
            let scope: Vec<&str> = granted.scopes.iter().map(Permission::name).collect();
            let body = json!({
                "access_token": granted.token.expose(),
                "token_type": "Bearer",
                "expires_in": granted.lasts.as_secs(),
                "scope": scope.join(" "),
            });
            ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
        }
        Err(error) => match error.kind() {
            Kind::Unauthenticated => {
                let why = "unknown client or wrong secret";
                let mut answer = refuse(StatusCode::UNAUTHORIZED, "invalid_client", why);
                answer.extensions_mut().insert(TriedAs(client));
                answer
            }
            Kind::Invalid => refuse(StatusCode::BAD_REQUEST, "invalid_scope", "more than this client may"),
            _ => {
                tracing::error!(%error, "no access token could be given");
                refuse(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "try again later")
            }
        },
    }
}

/// `scope` as a set; `None` when a name is unknown.
fn scopes(text: &str) -> Option<Permissions> {
    text.split_ascii_whitespace().map(Permission::from_name).collect()
}

/// Client and secret from `Authorization: Basic`, each percent-encoded as RFC 6749 2.3.1 wants it.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client, secret) = text.split_once(':')?;
    let plain = |part: &str| {
        form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
    };
    Some((plain(client), plain(secret)))
}

fn refuse(status: StatusCode, error: &str, why: &str) -> Response {
    let mut response = (status, Json(json!({ "error": error, "error_description": why }))).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"everlit\""));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_read_from_the_header_as_the_protocol_encodes_it() {
        let encode = |text: &str| {
            let mut headers = HeaderMap::new();
            let value = format!("Basic {}", STANDARD.encode(text));
            headers.insert(AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
            basic(&headers)
        };
        assert_eq!(encode("cli_1:evl_a%2Db"), Some(("cli_1".to_owned(), "evl_a-b".to_owned())));
        assert_eq!(encode("no colon"), None);
        assert_eq!(scopes("read_orders read_stock").unwrap().iter().count(), 2);
        assert_eq!(scopes("read_orders everything"), None);
    }
}
