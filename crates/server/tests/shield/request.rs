//! What a request may be: for our host, well formed, not too large, not too slow; and streams, which may be slow.

use std::time::Duration;

use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use shield::Settings;
use testkit::{TestDb, db_test};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{TestApp, read, top_up_order};
use crate::{behind_proxy, from, get};

#[db_test]
async fn a_foreign_host_is_misdirected_and_no_link_is_built_from_it(t: TestDb) {
    let app = behind_proxy(t, Settings::off()).await;
    for host in ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "counter@evil.example"] {
        for path in ["/", "/login", "/api/v1/services", "/assets/x.css"] {
            let answer = app.request(Method::GET, path, "").header("host", host).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST, "{host} {path}");
            assert!(!answer.text().await.unwrap().contains("evil"));
        }
    }
    let probe =
        app.request(Method::GET, "/health/live", "").header("host", "10.0.0.5:8024").send().await.unwrap();
    assert_eq!(probe.status(), StatusCode::OK, "machines that watch call by address");
    let told = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "host=evil.example"),
    ];
    for path in ["/", "/login", "/services", "/orders", "/api/docs"] {
        let mut request = app.request(Method::GET, path, "");
        for (name, value) in told {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        assert!(!format!("{:?}", answer.headers()).contains("evil"), "{path}");
        let page = answer.text().await.unwrap();
        assert!(!page.contains("evil") && !page.contains("gopher"), "{path}");
    }
    app.tasks.stop().await;
}

/// Sends bytes as they are; everything that comes back.
async fn raw(app: &TestApp, bytes: &[u8]) -> String {
    let address = app.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut said = Vec::new();
    let patience = Duration::from_secs(10);
    let _ = tokio::time::timeout(patience, stream.read_to_end(&mut said)).await.expect("it ends");
    String::from_utf8_lossy(&said).into_owned()
}

#[db_test]
async fn line_breaks_never_reach_a_header(t: TestDb) {
    let app = behind_proxy(t, Settings::off()).await;
    for path in [
        "/login?next=%2Fa%0d%0aX-Evil:%201",
        "/orders?x=%0d%0aX-Evil:%201",
        "/%0d%0aX-Evil:%201",
        "/?lang=en%0d%0aX-Evil:%201",
    ] {
        let answer = app.request(Method::GET, path, "").send().await.unwrap();
        assert!(answer.headers().get("x-evil").is_none(), "{path}");
    }
    let split = raw(&app, b"GET /login HTTP/1.1\r\nHost: localhost\r\nCookie: everlit_lang=en\rX-Evil: 1\r\nConnection: close\r\n\r\n").await;
    assert!(split.starts_with("HTTP/1.1 400"), "{split}");
    app.tasks.stop().await;
}

#[db_test]
async fn malformed_requests_are_refused_before_anybody_looks_at_them(t: TestDb) {
    let app = behind_proxy(t, Settings::off()).await;
    for (request, status) in [
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "400"),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "400"),
        (
            "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "4",
        ),
        ("NONSENSE\r\n\r\n", "400"),
    ] {
        let said = raw(&app, request.as_bytes()).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{request:?}: {said}");
    }
    app.tasks.stop().await;
}

#[db_test]
async fn what_is_too_large_is_refused_in_its_own_words(t: TestDb) {
    let app = behind_proxy(t, Settings::off()).await;
    let long = get(&app, "192.0.2.1", &format!("/search?q={}", "x".repeat(9_000))).await;
    assert_eq!(long.status(), StatusCode::URI_TOO_LONG);
    let heavy =
        from(&app, "192.0.2.1", Method::GET, "/").header("cookie", "x".repeat(40_000)).send().await.unwrap();
    assert_eq!(heavy.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let mut many = from(&app, "192.0.2.1", Method::GET, "/");
    for n in 0..99 {
        many = many.header(format!("x-{n}"), "y");
    }
    assert_eq!(many.send().await.unwrap().status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let body = "x".repeat(300_000);
    let sized = from(&app, "192.0.2.1", Method::POST, "/api/v1/sessions").body(body.clone());
    let sized = sized.header("content-type", "application/json").send().await.unwrap();
    assert_eq!(sized.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(read(sized).await.1["code"], "web.too_large");
    // Without a length it is counted as it comes.
    let parts: Vec<Result<String, std::io::Error>> = (0..30).map(|_| Ok("x".repeat(10_000))).collect();
    let chunked = from(&app, "192.0.2.1", Method::POST, "/api/v1/sessions")
        .header("content-type", "application/json")
        .body(Body::wrap_stream(futures_util::stream::iter(parts)));
    assert_eq!(chunked.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    app.tasks.stop().await;
}

#[db_test]
async fn a_body_that_drips_is_given_up(t: TestDb) {
    let mut settings = Settings::off();
    settings.sizes.body_time = Duration::from_millis(200);
    settings.sizes.handler_time = Duration::from_secs(20);
    let app = behind_proxy(t, settings.clone()).await;
    let head = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{";
    let soon = Duration::from_secs(5);
    let said =
        tokio::time::timeout(soon, raw(&app, head.as_bytes())).await.expect("long before the handler's time");
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("shield.too_slow"), "{said}");
    app.tasks.stop().await;
}

#[db_test]
async fn a_handler_that_takes_too_long_is_answered_for(t: TestDb) {
    let mut settings = Settings::off();
    settings.sizes.body_time = Duration::ZERO;
    settings.sizes.handler_time = Duration::from_millis(1);
    let app = behind_proxy(t, settings).await;
    // Checking a password takes longer than that on any machine.
    let body = json!({"contact": "13800000001", "password": "not-the-right-one"}).to_string();
    let head = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let said = raw(&app, format!("{head}{body}").as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("shield.timed_out"), "{said}");
    assert!(said.contains("retry-after: 5"), "{said}");
    app.tasks.stop().await;
}

#[db_test]
async fn streams_live_longer_than_handlers_may(t: TestDb) {
    let mut settings = Settings::off();
    settings.sizes.handler_time = Duration::from_millis(700);
    settings.sizes.body_time = settings.sizes.handler_time;
    let app = behind_proxy(t, settings).await;
    let lin = app.customer("13800000001").await;
    app.top_up(&lin, 5_000).await;
    let placed = app.post("/api/v1/orders", &lin, "k1", &top_up_order("13800000009")).await;
    let order: Value = placed.json().await.unwrap();
    let path = format!("/api/v1/orders/{}/events", order["id"].as_str().unwrap());
    let mut stream = app.request(Method::GET, &path, &lin).send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    assert!(stream.chunk().await.unwrap().is_some());
    // A body that is begun now and never whole is given up after as long as a handler may take.
    let never_whole = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{";
    let said = raw(&app, never_whole.as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("shield.too_slow"), "{said}");
    app.settle().await;
    let next = tokio::time::timeout(Duration::from_secs(10), stream.chunk()).await.unwrap();
    assert!(next.unwrap().is_some(), "it goes on after the time of a handler");
    drop(stream);
    app.tasks.stop().await;
}
