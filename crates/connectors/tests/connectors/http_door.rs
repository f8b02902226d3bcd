use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use connectors::card::{ApiKey, SigningSecrets};
use connectors::http::{ConfigError, Request};
use connectors::{
    BaseUrl, Begun, CardGateway, CardSettings, Gateway as _, GatewayError, Http, HttpError, HttpProvider,
    Keys, Limits, Operation, Provider as _, ProviderError, Secret,
};
use kernel::{Duration, SeededRng, SystemClock};

/// Serves `router` until the test ends.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[allow(clippy::disallowed_methods, reason = "ends with the runtime of the test")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn http() -> Http {
    let limits =
        Limits { connect: Duration::from_millis(500), total: Duration::from_millis(300), answer_bytes: 1024 };
    Http::new(limits).unwrap()
}

fn keys() -> Keys {
    Keys::one(Secret::generate(&SeededRng::new(1)))
}

fn provider(base: &str) -> HttpProvider {
    HttpProvider::new("telecom", BaseUrl::parse(base).unwrap(), keys(), http(), Arc::new(SystemClock))
}

fn operation() -> Operation {
    let text = r#"{"operation_id":"op_1","operation":"submit","service":"s","quantity":1,"reference":"r"}"#;
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn each_way_to_fail_has_its_own_error() {
    let hang = || async { std::future::pending::<()>().await };
    let router = Router::new()
        .route("/ok", get(|| async { "fine" }))
        .route("/hang", get(hang))
        .route("/large", get(|| async { "x".repeat(2000) }))
        .route("/away", get(|| async { Redirect::to("/ok") }))
        .route("/sick", get(|| async { StatusCode::BAD_GATEWAY }));
    let base = BaseUrl::parse(&serve(router).await).unwrap();
    let http = http();
    let get = async |path: &str| {
        let url = base.join(&[path]);
        http.send(Request { method: axum::http::Method::GET, url, headers: &[], body: Vec::new() }).await
    };
    assert_eq!(get("ok").await.unwrap().body, b"fine");
    assert!(matches!(get("hang").await, Err(HttpError::Timeout)));
    assert!(matches!(get("large").await, Err(HttpError::TooLarge { limit: 1024 })));
    assert_eq!(get("away").await.unwrap().status, StatusCode::SEE_OTHER, "redirects are not followed");
    let status = get("sick").await.unwrap().json::<String>();
    assert!(matches!(status, Err(HttpError::Status(reply)) if reply.status == StatusCode::BAD_GATEWAY));
    assert!(matches!(get("ok").await.unwrap().json::<u64>(), Err(HttpError::Malformed(_))));
}

#[tokio::test]
async fn nothing_was_sent_when_nobody_listens() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = provider(&base).operate(&operation()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { code, retriable: true, .. } if code == "unreachable"));
}

#[tokio::test]
async fn only_a_problem_document_is_a_refusal_and_all_else_is_unknown() {
    let problem = |code: &'static str| format!(r#"{{"code":"{code}","title":"","detail":"d"}}"#);
    let answer = |id: &str| {
        format!(
            r#"{{"operation_id":"{id}","sequence":1,"at":"2026-11-21T00:00:00Z","outcome":"done","result":{{}}}}"#
        )
    };
    let refused = |code: &str, retriable| {
        Some(ProviderError::Refused { code: code.to_owned(), detail: "d".to_owned(), retriable })
    };
    let cases = [
        (StatusCode::OK, answer("op_1"), None),
        (StatusCode::BAD_REQUEST, problem("malformed"), refused("malformed", false)),
        (StatusCode::TOO_MANY_REQUESTS, problem("busy"), refused("busy", true)),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            problem("operation_conflict"),
            refused("operation_conflict", false),
        ),
        (StatusCode::NOT_FOUND, problem("unknown_operation"), Some(ProviderError::NotKnown)),
    ];
    let unknown = [
        (StatusCode::OK, answer("op_2")),
        (StatusCode::OK, String::new()),
        (StatusCode::OK, "{\"outcome\":\"do".to_owned()),
        (StatusCode::OK, r#"{"outcome":"maybe"}"#.to_owned()),
        (StatusCode::NOT_FOUND, "<h1>404</h1>".to_owned()),
        (StatusCode::INTERNAL_SERVER_ERROR, problem("malformed")),
        (StatusCode::BAD_GATEWAY, String::new()),
        (StatusCode::FOUND, String::new()),
        (StatusCode::OK, "x".repeat(5000)),
    ];
    let routed = async |status: StatusCode, body: String| {
        let respond = move || async move { (status, body).into_response() };
        let base = serve(Router::new().fallback(respond)).await;
        provider(&base).operate(&operation()).await.err()
    };
    for (status, body, want) in cases {
        assert_eq!(routed(status, body.clone()).await, want, "{status} {body}");
    }
    for (status, body) in unknown {
        let error = routed(status, body.clone()).await;
        assert!(matches!(error, Some(ProviderError::Unknown { .. })), "{status} {body}: {error:?}");
    }
}

#[tokio::test]
async fn p7_a_gateway_that_does_not_answer_in_time_leaves_the_payment_unknown() {
    let base = serve(Router::new().fallback(|| async { std::future::pending::<()>().await })).await;
    let base = BaseUrl::parse(&base).unwrap();
    let settings = CardSettings {
        base,
        merchant_id: "acct_1".to_owned(),
        secret_key: ApiKey::parse("sk_test_0123456789abcdef").unwrap(),
        webhook: SigningSecrets::parse("whsec_0123456789abcdefgh").unwrap(),
    };
    let gateway = CardGateway::new("card", settings, http(), Arc::new(SystemClock));
    let begun = Begun {
        attempt_id: "at_1".to_owned(),
        amount: kernel::Money::cny(100),
        expires_at: kernel::Timestamp::from_secs(0),
        checkout: None,
    };
    assert!(matches!(gateway.query(&begun).await, Err(GatewayError::Unknown { .. })));
    assert!(matches!(gateway.close(&begun).await, Err(GatewayError::Unknown { .. })));
}

#[tokio::test]
async fn an_operation_that_breaks_the_protocol_is_not_sent() {
    let provider = provider("http://127.0.0.1:1");
    let error = provider.operate(&Operation { quantity: 0, ..operation() }).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { code, .. } if code == "malformed"));
    let answers = serde_json::from_value(serde_json::json!({ "note": "x".repeat(70_000) })).unwrap();
    let error = provider.operate(&Operation { answers, ..operation() }).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { .. }), "too large to send");
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for good in
        ["https://example.com/api", "http://127.0.0.1:8025", "http://localhost:1", "http://[::1]:80/x/"]
    {
        assert!(BaseUrl::parse(good).is_ok(), "{good}");
    }
    assert!(matches!(BaseUrl::parse("http://example.com"), Err(ConfigError::Insecure(_))));
    assert!(matches!(BaseUrl::parse("http://127.0.0.1.example.com"), Err(ConfigError::Insecure(_))));
    for bad in ["ftp://example.com", "example.com", "https://user:pass@example.com", "javascript:alert(1)"] {
        assert!(matches!(BaseUrl::parse(bad), Err(ConfigError::NotAnAddress(_))), "{bad}");
    }
    let joined = BaseUrl::parse("https://example.com/api/").unwrap().join(&["v1", "a/b?c"]);
    assert_eq!(joined.as_str(), "https://example.com/api/v1/a%2Fb%3Fc");
}
