//! Calls as programs make them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::server::{PASSWORD, Server};

fn top_up(phone: &str, fen: i64) -> Value {
    json!({
        "lines": [{"service": "mobile-top-up", "offering": "y10", "answers": {"phone": phone}}],
        "payment_method": "balance",
        "total": {"minor": fen, "currency": "CNY"},
    })
}

#[testkit::db_test]
async fn a_program_registers_signs_in_orders_and_follows(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = server.customer("13800000001", 5_000).await;
    let me = server.get("/api/v1/me", &token).await;
    assert_eq!(
        (me.json()["phone"].as_str(), me.header("cache-control")),
        (Some("+8613800000001"), "no-store")
    );

    let placed = server.post("/api/v1/orders", &token, "k1", &top_up("13800000001", 1_000)).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.json());
    let id = placed.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(placed.header("location"), format!("/api/v1/orders/{id}"));
    let order = server.get(&format!("/api/v1/orders/{id}"), &token).await.json();
    assert_eq!(order["state"], "in_progress");
    assert_eq!(order["lines"][0]["answers"]["phone"], "+8613800000001");
    assert_eq!(order["actions"], json!(["cancel"]));
    assert!(order["timeline"].as_array().unwrap().len() > 1, "{order}");
    let wallet = server.get("/api/v1/wallet", &token).await.json();
    assert_eq!((&wallet["held"]["minor"], &wallet["available"]["minor"]), (&json!(1_000), &json!(4_000)));
    let entries = server.get("/api/v1/wallet/entries", &token).await.json();
    assert_eq!(entries["items"][0]["kind"], "top_up");
    let receipt = server.get(&format!("/api/v1/orders/{id}/receipt"), &token).await;
    assert_eq!(receipt.json(), json!({"items": []}));

    let out = server.call(Method::DELETE, "/api/v1/sessions/current", Some(&token), &[], None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    let gone = server.get("/api/v1/me", &token).await;
    assert_eq!((gone.status, gone.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"));
}

#[testkit::db_test]
async fn i1_i2_i3_keys_are_needed_replayed_and_not_reused(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = server.customer("13800000001", 5_000).await;
    let order = top_up("13800000001", 1_000);
    let without = server.post("/api/v1/orders", &token, "", &order).await;
    assert_eq!(
        (without.status.as_u16(), without.code().as_str()),
        (400, "ordering.idempotency_key_required")
    );
    let first = server.post("/api/v1/orders", &token, "k1", &order).await;
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = server.post("/api/v1/orders", &token, "\"k1\"", &order).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::CREATED, "true"));
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("location"), first.header("location"));
    let other = server.post("/api/v1/orders", &token, "k1", &top_up("13800000002", 1_000)).await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "ordering.idempotency_conflict"));

    let cancel = format!("{}/cancel", first.header("location"));
    let cancelled = server.post(&cancel, &token, "c1", &json!({"reason": "by mistake"})).await;
    assert_eq!(cancelled.status, StatusCode::OK, "{}", cancelled.json());
    let again = server.post(&cancel, &token, "c1", &json!({"reason": "by mistake"})).await;
    assert_eq!((again.json(), again.header("idempotent-replayed")), (cancelled.json(), "true"));
    let other = server.post(&cancel, &token, "c1", &json!({"reason": "another"})).await;
    assert_eq!(other.status.as_u16(), 422);
    let top_up = server
        .post("/api/v1/wallet/top-ups", &token, "", &json!({"amount": {"minor": 100, "currency": "CNY"}}))
        .await;
    assert_eq!(top_up.status.as_u16(), 400);
}

#[testkit::db_test]
async fn w2_what_belongs_to_others_does_not_exist(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let owner = server.customer("13800000001", 5_000).await;
    let other = server.customer("13800000002", 0).await;
    let placed = server.post("/api/v1/orders", &owner, "k1", &top_up("13800000001", 1_000)).await;
    let id = placed.json()["id"].as_str().unwrap().to_owned();
    for path in ["", "/events", "/receipt"] {
        let answer = server.get(&format!("/api/v1/orders/{id}{path}"), &other).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/cancel", "/payments"] {
        let answer = server.post(&format!("/api/v1/orders/{id}{path}"), &other, "k", &json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(server.get("/api/v1/orders", &other).await.json(), json!({"items": [], "next": null}));
    for path in ["/api/v1/orders/nonsense", "/api/v1/payments/ord_1", "/api/v1/quotes/%00"] {
        assert_eq!(server.get(path, &other).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[testkit::db_test]
async fn cookies_mean_nothing_to_the_api(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = server.customer("13800000001", 5_000).await;
    let cookie = format!("__Host-everlit={token}; everlit={token}");
    let headers = [("cookie", cookie.as_str()), ("idempotency-key", "k")];
    for (method, path) in
        [(Method::GET, "/api/v1/me"), (Method::GET, "/api/v1/orders"), (Method::POST, "/api/v1/orders")]
    {
        let body = (method == Method::POST).then(|| top_up("13800000001", 1_000).to_string());
        let answer = server.call(method, path, None, &headers, body.as_deref()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[testkit::db_test]
async fn lists_go_on_by_cursor_and_refuse_invented_ones(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = server.customer("13800000001", 10_000).await;
    for number in 0..3 {
        let placed =
            server.post("/api/v1/orders", &token, &format!("k{number}"), &top_up("13800000001", 1_000)).await;
        assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.json());
    }
    let first = server.get("/api/v1/orders?limit=2&which=open", &token).await;
    let next = first.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(first.json()["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        first.header("link"),
        format!("</api/v1/orders?limit=2&which=open&after={next}>; rel=\"next\"")
    );
    let second = server.get(&format!("/api/v1/orders?after={next}"), &token).await.json();
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    for (query, code) in [
        ("after=nonsense", "web.bad_cursor"),
        ("after=🦀", "web.bad_cursor"),
        (&format!("after={next}0"), "web.bad_cursor"),
        ("limit=0", "web.bad_query"),
        ("limit=-1", "web.bad_query"),
        ("limit=many", "web.bad_query"),
        ("which=some", "web.bad_query"),
        ("page=2", "web.bad_query"),
    ] {
        let path = format!("/api/v1/orders?{}", query.replace('🦀', "%F0%9F%A6%80"));
        let answer = server.get(&path, &token).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, code), "{query}");
    }
    assert_eq!(server.get("/api/v1/orders?limit=60000", &token).await.status, StatusCode::OK);
    let elsewhere = server.get(&format!("/api/v1/wallet/entries?after={next}"), &token).await;
    assert_eq!(elsewhere.code(), "web.bad_cursor");
}

#[testkit::db_test]
async fn the_catalogue_may_be_kept_and_says_when_it_changed(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let list = server.call(Method::GET, "/api/v1/services?q=huafei", None, &[], None).await;
    assert_eq!(list.json()["items"][0]["code"], "mobile-top-up");
    assert!(list.header("cache-control").starts_with("public"), "{}", list.header("cache-control"));
    for path in ["/api/v1/services", "/api/v1/services?vertical=telecom", "/api/v1/services/mobile-top-up"] {
        let answer = server.call(Method::GET, path, None, &[], None).await;
        let known = [("if-none-match", answer.header("etag"))];
        let again = server.call(Method::GET, path, None, &known, None).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        let head = server.call(Method::HEAD, path, None, &[], None).await;
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
        assert_eq!(head.header("etag"), answer.header("etag"));
    }
    let service = server.call(Method::GET, "/api/v1/services/mobile-top-up", None, &[], None).await.json();
    let form = &service["offerings"][0]["form"];
    assert!(form["properties"]["phone"].is_object() && form["properties"]["amount"].is_null(), "{form}");
    let validator = jsonschema::draft202012::new(form).unwrap();
    assert!(validator.is_valid(&json!({"phone": "+8613800000001"})));
    let unknown = server.call(Method::GET, "/api/v1/services/nothing", None, &[], None).await;
    assert_eq!((unknown.status, unknown.header("cache-control")), (StatusCode::NOT_FOUND, "no-store"));
}

#[testkit::db_test]
async fn bad_input_is_told_in_the_callers_language_and_never_a_5xx(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = server.customer("13800000001", 5_000).await;
    let large = format!("\"{}\"", "x".repeat(300_000));
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        "1e999",
        "{\"lines\": []}",
        "\"\\u0000\"",
        "{\"__proto__\": {}}",
        large.as_str(),
        r#"{"lines": [{"service": "'; DROP TABLE orders; --", "offering": "<script>", "quantity": 9223372036854775807, "answers": {"phone": "🦀\u202e"}}], "payment_method": "balance", "total": {"minor": -9223372036854775808, "currency": "CNY"}}"#,
        r#"{"service": "mobile-top-up", "offering": "custom", "quantity": -1, "answers": {"phone": "١٣٨", "amount": 1e18}}"#,
        r#"{"amount": {"minor": 9223372036854775807, "currency": "USD"}, "return_url": "javascript:alert(1)"}"#,
        r#"{"contact": "مرحبا@<b>", "password": "\ud83e\udd80", "name": "\u202e"}"#,
        r#"{"reason": "\u0001'--"}"#,
    ];
    let id = "ord_0000000000001";
    let paths = [
        "accounts",
        "sessions",
        "session-codes",
        "sessions/current/proof",
        "orders",
        "quotes",
        "wallet/top-ups",
        &format!("orders/{id}/cancel"),
        &format!("orders/{id}/payments"),
    ];
    for path in paths {
        for body in bodies {
            let headers = [("idempotency-key", "k"), ("accept-language", "en")];
            let answer = server
                .call(Method::POST, &format!("/api/v1/{path}"), Some(&token), &headers, Some(body))
                .await;
            let shown: String = body.chars().take(80).collect();
            assert!(answer.status.is_client_error(), "{path} {shown}: {} {}", answer.status, answer.json());
            assert_eq!(answer.header("content-type"), "application/problem+json", "{path} {shown}");
            let problem = answer.json();
            assert_eq!(problem["status"], answer.status.as_u16());
            let han =
                problem["detail"].as_str().unwrap().chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
            assert!(!han, "{problem}");
        }
    }
    let text = server
        .call(Method::POST, "/api/v1/orders", Some(&token), &[("content-type", "text/plain")], Some("{}"))
        .await;
    assert_eq!((text.status.as_u16(), text.code().as_str()), (415, "web.unsupported_media_type"));
    let wrong =
        server.post("/api/v1/orders", &token, "k", &json!({"lines": [{"service": "mobile-top-up"}]})).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/lines/0/offering");
    assert_eq!(wrong.json()["errors"][0]["detail"], "缺少这一项，补上后再提交");
    let answers = json!({
        "lines": [{"service": "mobile-top-up", "offering": "y10", "answers": {"phone": "12"}}],
        "payment_method": "balance", "total": {"minor": 1000, "currency": "CNY"},
    });
    let wrong = server.post("/api/v1/orders", &token, "k", &answers).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/lines/0/answers/phone");
}

#[testkit::db_test]
async fn sign_in_refusals_say_when_to_come_back(t: testkit::TestDb) {
    let server = Server::open(t).await;
    server.customer("13800000001", 0).await;
    let wrong = json!({"contact": "13800000001", "password": "not this one, surely"}).to_string();
    let mut last = 0;
    for _ in 0..12 {
        let answer = server.call(Method::POST, "/api/v1/sessions", None, &[], Some(&wrong)).await;
        last = answer.status.as_u16();
        assert!([401, 429].contains(&last), "{last}");
        if last == 429 {
            assert!(!answer.header("retry-after").is_empty());
            break;
        }
    }
    assert_eq!(last, 429);
    let twice = json!({"contact": "13800000001", "password": PASSWORD}).to_string();
    let answer = server.call(Method::POST, "/api/v1/accounts", None, &[], Some(&twice)).await;
    assert_eq!(answer.code(), "identity.already_registered");
}

#[testkit::db_test]
async fn a_stream_begins_with_the_current_state_and_ends_with_the_order(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let token = server.customer("13800000001", 0).await;
    let mut order = top_up("13800000001", 1_000);
    order["payment_method"] = json!("card");
    let placed = server.post("/api/v1/orders", &token, "k1", &order).await;
    assert_eq!(placed.json()["state"], "awaiting_payment", "{}", placed.json());
    let base = placed.header("location").to_owned();
    let path = format!("{base}/events");
    let follow = server.get(&path, &token);
    let cancel = async {
        tokio::task::yield_now().await;
        server.post(&format!("{base}/cancel"), &token, "c1", &json!({})).await
    };
    let (stream, cancelled) = tokio::join!(follow, cancel);
    assert_eq!(cancelled.json()["state"], "cancelled", "{}", cancelled.json());
    assert_eq!(stream.header("content-type"), "text/event-stream");
    assert_eq!(stream.header("content-encoding"), "");
    let text = String::from_utf8(stream.bytes).unwrap();
    let last_id = text.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap();
    assert!(last_id.ends_with("-cancelled"), "{text}");
    assert!(text.contains("event: order\n"));
    let headers = [("last-event-id", last_id)];
    let again = server.call(Method::GET, &path, Some(&token), &headers, None).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    let other = server.get(&path, &token).await;
    assert_eq!(String::from_utf8(other.bytes).unwrap().matches("event: order").count(), 1);
}
