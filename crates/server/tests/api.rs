//! The API as a program meets it: over real HTTP, on both databases.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

mod common;

use common::{TestApp, order, read, top_up_order};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{TestDb, db_test};

#[db_test]
async fn the_whole_journey_from_registering_to_the_receipt(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    app.top_up(&lin, 50_000).await;
    let (_, wallet) = app.get("/api/v1/wallet", &lin).await;
    assert_eq!(wallet["available"]["minor"], 50_000);
    let placed = app.post("/api/v1/orders", &lin, "k1", &top_up_order("13800000011")).await;
    assert_eq!(placed.status(), 201);
    let place = placed.headers()["location"].to_str().unwrap().to_owned();
    app.settle().await;
    let (status, seen) = app.get(&place, &lin).await;
    assert_eq!((status.as_u16(), &seen["state"]), (200, &json!("completed")), "{seen}");
    assert_eq!(seen["money_state"], "captured");
    let (status, receipts) = app.get(&format!("{place}/receipt"), &lin).await;
    assert_eq!(status, 200);
    assert!(receipts.to_string().contains("壹拾元整"), "{receipts}");
    let (_, wallet) = app.get("/api/v1/wallet", &lin).await;
    assert_eq!((&wallet["available"]["minor"], &wallet["held"]["minor"]), (&json!(49_000), &json!(0)));
    let (_, entries) = app.get("/api/v1/wallet/entries", &lin).await;
    assert_eq!(entries["items"].as_array().unwrap().len(), 2);
    assert_eq!(durable::job_counts(&app.t.cx).await.unwrap().total, 0, "no job is left over");
    app.sound().await;
}

#[db_test]
async fn an_order_by_card_is_paid_on_the_gateways_page_and_done(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    let body = json!({"payment_method": "card", "lines": top_up_order("13800000011")["lines"], "total": {"minor": 1000, "currency": "CNY"}});
    let (status, placed) = read(app.post("/api/v1/orders", &lin, "k1", &body).await).await;
    assert_eq!((status.as_u16(), &placed["state"]), (201, &json!("awaiting_payment")));
    let id = placed["id"].as_str().unwrap();
    let (status, started) =
        read(app.post(&format!("/api/v1/orders/{id}/payments"), &lin, "p1", &json!({})).await).await;
    assert!(status.is_success(), "{started}");
    app.pay_on_page(started["checkout_url"].as_str().unwrap()).await;
    app.settle().await;
    let (_, seen) = app.get(&format!("/api/v1/orders/{id}"), &lin).await;
    assert_eq!((&seen["state"], &seen["money_state"]), (&json!("completed"), &json!("captured")), "{seen}");
    app.sound().await;
}

#[db_test]
async fn p3_a_refused_callback_is_answered_in_the_words_of_its_gateway(t: TestDb) {
    let app = TestApp::start(t).await;
    for (gateway, kind, said) in [
        ("wechat", "application/json", r#"{"code":"FAIL","message":"验签失败"}"#),
        ("alipay", "text/plain; charset=utf-8", "failure"),
        ("card", "application/problem+json", "payment.bad_signature"),
    ] {
        let forged = app.request(Method::POST, &format!("/callbacks/gateways/{gateway}"), "").body("{}");
        let answer = forged.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{gateway}");
        assert_eq!(answer.headers()["content-type"], kind, "{gateway}");
        let body = answer.text().await.unwrap();
        assert!(if gateway == "card" { body.contains(said) } else { body == said }, "{gateway}: {body}");
    }
    app.sound().await;
}

#[db_test]
async fn i1_i2_i3_keys_over_http(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    app.top_up(&lin, 50_000).await;
    let body = top_up_order("13800000011");
    let (status, missing) = read(app.post("/api/v1/orders", &lin, "", &body).await).await;
    assert_eq!((status.as_u16(), &missing["code"]), (400, &json!("ordering.idempotency_key_required")));
    let first = app.post("/api/v1/orders", &lin, "k1", &body).await;
    assert_eq!(first.status(), 201);
    assert!(first.headers().get("idempotent-replayed").is_none());
    let first = first.text().await.unwrap();
    app.settle().await;
    let again = app.post("/api/v1/orders", &lin, "\"k1\"", &body).await;
    assert_eq!(
        (again.status().as_u16(), again.headers()["idempotent-replayed"].to_str().unwrap()),
        (201, "true")
    );
    assert_eq!(first, again.text().await.unwrap(), "the same body, although the order went on");
    // Member order does not matter; another number does.
    let text = r#"{"total":{"currency":"CNY","minor":1000},"payment_method":"balance","lines":[{"answers":{"phone":"13800000011"},"offering":"y10","service":"mobile-top-up"}]}"#;
    let reordered: Value = serde_json::from_str(text).unwrap();
    assert_eq!(app.post("/api/v1/orders", &lin, "k1", &reordered).await.status(), 201);
    let (status, other) =
        read(app.post("/api/v1/orders", &lin, "k1", &top_up_order("13800000012")).await).await;
    assert_eq!((status.as_u16(), &other["code"]), (422, &json!("ordering.idempotency_conflict")));
    assert_eq!(app.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 1);
}

#[db_test]
async fn i10_a_changed_price_is_told_with_the_new_total_and_nothing_is_charged(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    app.top_up(&lin, 50_000).await;
    let stale = order("mobile-top-up", "y10", json!({"phone": "13800000011"}), 900);
    let (status, refused) = read(app.post("/api/v1/orders", &lin, "k1", &stale).await).await;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &json!("ordering.price_changed")));
    assert!(refused["detail"].as_str().unwrap().contains("10.00"), "{refused}");
    let (_, wallet) = app.get("/api/v1/wallet", &lin).await;
    assert_eq!(wallet["available"]["minor"], 50_000);
}

#[db_test]
async fn bad_input_is_always_a_clear_4xx_in_the_callers_language(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    let nasty = [
        "😀🎉",
        "\u{202E}مرحبا",
        "'; DROP TABLE orders;--",
        "<script>alert(1)</script>",
        "\u{0}",
        "A\u{301}",
    ];
    let mut bodies: Vec<(String, &str)> = vec![
        ("{".to_owned(), "web.malformed_json"),
        ("[]".to_owned(), ""),
        ("null".to_owned(), ""),
        ("{}".to_owned(), ""),
        (
            r#"{"lines":[],"payment_method":"balance","total":{"minor":0,"currency":"CNY"}}"#.to_owned(),
            "ordering.no_lines",
        ),
        (r#"{"lines":"x","payment_method":"balance","total":{"minor":0,"currency":"CNY"}}"#.to_owned(), ""),
        (r#"{"lines":[],"payment_method":"gold","total":{"minor":0,"currency":"CNY"}}"#.to_owned(), ""),
        (
            r#"{"lines":[],"payment_method":"balance","total":{"minor":1e400,"currency":"CNY"}}"#.to_owned(),
            "",
        ),
        (
            r#"{"lines":[],"payment_method":"balance","total":{"minor":0,"currency":"XXX"},"extra":1}"#
                .to_owned(),
            "",
        ),
        (format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)), ""),
    ];
    for text in nasty {
        bodies.push((order("mobile-top-up", text, json!({"phone": text}), 1_000).to_string(), ""));
        bodies.push((order(text, "y10", json!({text: text}), i64::MAX).to_string(), ""));
        bodies.push((
            order("mobile-top-up", "custom", json!({"phone": "13800000011", "amount": -1}), i64::MIN)
                .to_string(),
            "",
        ));
    }
    for (body, code) in bodies {
        let shown: String = body.chars().take(90).collect();
        for language in ["zh-CN", "en"] {
            let sent = app
                .request(Method::POST, "/api/v1/orders", &lin)
                .header("Idempotency-Key", "k")
                .header("Content-Type", "application/json");
            let answer = sent.header("Accept-Language", language).body(body.clone()).send().await.unwrap();
            assert!(answer.status().is_client_error(), "{shown}: {}", answer.status());
            assert_eq!(answer.headers()["content-type"], "application/problem+json", "{shown}");
            let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            let han =
                problem["detail"].as_str().unwrap().chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert_eq!(han, language == "zh-CN", "{problem}");
            assert!(code.is_empty() || problem["code"] == code, "{shown}: {problem}");
        }
    }
    let large = app
        .request(Method::POST, "/api/v1/orders", &lin)
        .header("Idempotency-Key", "k")
        .json(&json!({"x": "y".repeat(400_000)}));
    assert_eq!(large.send().await.unwrap().status(), 413);
    let form =
        app.request(Method::POST, "/api/v1/orders", &lin).header("Idempotency-Key", "k").form(&[("a", "b")]);
    assert_eq!(form.send().await.unwrap().status(), 415);
    assert_eq!(app.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 0);
}

#[db_test]
async fn w2_a_foreign_id_is_not_found_on_every_route_and_nobody_gets_nothing(t: TestDb) {
    let app = TestApp::start(t).await;
    let (lin, chen) = (app.customer("13800000011").await, app.customer("13800000012").await);
    app.top_up(&lin, 50_000).await;
    let (_, placed) = read(app.post("/api/v1/orders", &lin, "k1", &top_up_order("13800000011")).await).await;
    let order = placed["id"].as_str().unwrap();
    let (_, made) = read(
        app.post(
            "/api/v1/wallet/top-ups",
            &lin,
            "t1",
            &json!({"amount": {"minor": 5000, "currency": "CNY"}}),
        )
        .await,
    )
    .await;
    let payment = made["payment"].as_str().unwrap_or_else(|| panic!("{made}"));
    let quote = json!({"service": "mobile-top-up", "offering": "y10", "answers": {"phone": "13800000011"}});
    let (_, quote) = read(app.post("/api/v1/quotes", &lin, "", &quote).await).await;
    let quote = quote["id"].as_str().unwrap();
    for path in [
        format!("/api/v1/orders/{order}"),
        format!("/api/v1/orders/{order}/events"),
        format!("/api/v1/orders/{order}/receipt"),
        format!("/api/v1/payments/{payment}"),
        format!("/api/v1/quotes/{quote}"),
    ] {
        assert_eq!(app.get(&path, &chen).await.0, 404, "{path} to another customer");
        assert_eq!(app.get(&path, "").await.0, 401, "{path} to nobody");
        assert_eq!(app.get(&path, "evl_made_up").await.0, 401, "{path} with a made-up token");
    }
    for path in [format!("/api/v1/orders/{order}/cancel"), format!("/api/v1/orders/{order}/payments")] {
        assert_eq!(app.post(&path, &chen, "x", &json!({})).await.status(), 404, "{path}");
        assert_eq!(app.post(&path, "", "x", &json!({})).await.status(), 401, "{path}");
    }
    for path in [
        "/api/v1/orders/ord_nonsense",
        "/api/v1/orders/acc_0000000000000",
        "/api/v1/payments/x",
        "/api/v1/nothing",
    ] {
        assert_eq!(app.get(path, &lin).await.0, 404, "{path}");
    }
}

#[db_test]
async fn o1_cancelling_what_ended_says_what_can_be_done_instead(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    app.top_up(&lin, 50_000).await;
    let (_, placed) = read(app.post("/api/v1/orders", &lin, "k1", &top_up_order("13800000011")).await).await;
    app.settle().await;
    let path = format!("/api/v1/orders/{}/cancel", placed["id"].as_str().unwrap());
    let (status, refused) = read(app.post(&path, &lin, "c1", &json!({})).await).await;
    assert_eq!(
        (status.as_u16(), &refused["code"]),
        (409, &json!("ordering.illegal_transition")),
        "{refused}"
    );
}

#[db_test]
async fn an_unpaid_order_can_be_cancelled_and_gives_everything_back(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    let body = json!({"payment_method": "card", "lines": top_up_order("13800000011")["lines"], "total": {"minor": 1000, "currency": "CNY"}});
    let (_, placed) = read(app.post("/api/v1/orders", &lin, "k1", &body).await).await;
    let id = placed["id"].as_str().unwrap();
    let (status, cancelled) =
        read(app.post(&format!("/api/v1/orders/{id}/cancel"), &lin, "c1", &json!({})).await).await;
    assert_eq!((status.as_u16(), &cancelled["state"]), (200, &json!("cancelled")), "{cancelled}");
    app.settle().await;
    app.sound().await;
}

#[db_test]
async fn a_refused_top_up_gives_the_money_back_by_itself(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    app.top_up(&lin, 50_000).await;
    let (status, placed) =
        read(app.post("/api/v1/orders", &lin, "k1", &top_up_order("13800000000")).await).await;
    assert_eq!(status, 201);
    app.settle().await;
    let (_, seen) = app.get(&format!("/api/v1/orders/{}", placed["id"].as_str().unwrap()), &lin).await;
    assert_eq!((&seen["state"], &seen["money_state"]), (&json!("failed"), &json!("released")), "{seen}");
    let (_, wallet) = app.get("/api/v1/wallet", &lin).await;
    assert_eq!((&wallet["available"]["minor"], &wallet["held"]["minor"]), (&json!(50_000), &json!(0)));
    app.sound().await;
}

#[db_test]
async fn o7_a_quote_that_expired_is_refused_and_nothing_is_charged(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    app.top_up(&lin, 100_000).await;
    let line = json!({"service": "power-bill", "offering": "bill", "answers": {"household": "3301001234"}});
    let (status, quote) = read(app.post("/api/v1/quotes", &lin, "", &line).await).await;
    assert!(status.is_success(), "{quote}");
    let id = quote["id"].as_str().unwrap();
    let mut order = order(
        "power-bill",
        "bill",
        json!({"household": "3301001234"}),
        quote["total"]["minor"].as_i64().unwrap(),
    );
    order["lines"][0]["quote"] = json!(id);
    app.t.clock.advance(kernel::Duration::from_mins(31));
    let (status, refused) = read(app.post("/api/v1/orders", &lin, "k1", &order).await).await;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &json!("ordering.quote_expired")), "{refused}");
    let (_, wallet) = app.get("/api/v1/wallet", &lin).await;
    assert_eq!((&wallet["available"]["minor"], &wallet["held"]["minor"]), (&json!(100_000), &json!(0)));
    // A new quote goes through.
    let (_, quote) = read(app.post("/api/v1/quotes", &lin, "", &line).await).await;
    order["lines"][0]["quote"] = quote["id"].clone();
    order["total"] = quote["total"].clone();
    let (status, placed) = read(app.post("/api/v1/orders", &lin, "k2", &order).await).await;
    assert_eq!(status.as_u16(), 201, "{placed}");
    app.settle().await;
    app.sound().await;
}
