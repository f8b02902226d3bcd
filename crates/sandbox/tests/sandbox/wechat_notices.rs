use connectors::gateway::{CallbackError, Report, Taken};
use connectors::protocol::SignatureError;
use connectors::{Gateway, GatewayError, WechatPay};
use http::{HeaderMap, StatusCode};
use kernel::{Currency, Duration, Money};
use sandbox::{Believed, Desk};
use serde_json::{Value, json};

use crate::support::world;
use crate::wechat::{hear, page, pay};

#[tokio::test]
async fn p3_a_notice_with_wrong_amount_currency_merchant_or_signature_is_not_bookable() {
    let world = world().await;
    let verify = async |attempt: &str, knobs| {
        world.set(Desk::Wechat, knobs);
        pay(&world, attempt, 100, "pay").await;
        hear(&world.wechat(Believed::PublicKey), &world.callbacks().await.pop().unwrap())
    };
    for (attempt, knobs, reported) in [
        ("pat_001", json!({ "wrong_amount_percent": 100 }), Money::cny(101)),
        ("pat_002", json!({ "wrong_currency_percent": 100 }), Money::new(100, Currency::USD)),
    ] {
        let Report::Payment(payment) = verify(attempt, knobs).await.unwrap().report else { panic!() };
        assert_eq!(payment.agrees(Money::cny(100)).unwrap_err().reported, reported);
        let truth = world.wechat(Believed::PublicKey).query(&world.begun(attempt)).await.unwrap();
        assert_eq!(truth.agrees(Money::cny(100)), Ok(()), "a query tells the truth");
    }
    let merchant = verify("pat_003", json!({ "wrong_merchant_percent": 100 })).await.unwrap_err();
    assert!(matches!(merchant, CallbackError::WrongMerchant(_)));
    let signature = verify("pat_004", json!({ "bad_signature_percent": 100 })).await.unwrap_err();
    assert!(matches!(signature, CallbackError::Signature(SignatureError::Wrong)));
    let stale = verify("pat_005", json!({ "stale_timestamp_percent": 100 })).await.unwrap_err();
    assert!(matches!(stale, CallbackError::Signature(SignatureError::Stale)));
}

#[tokio::test]
async fn p3_another_application_of_the_same_merchant_is_not_ours() {
    let world = world().await;
    pay(&world, "pat_001", 100, "pay").await;
    let callback = world.callbacks().await.remove(0);
    let mut settings = world.config.wechat("wechat", Believed::PublicKey).unwrap();
    settings.appid = "wx0000000000000000".to_owned();
    let rng = std::sync::Arc::new(kernel::SeededRng::new(1));
    let other = WechatPay::new(settings, world.http.clone(), world.clock.clone(), rng);
    assert!(matches!(hear(&other, &callback), Err(CallbackError::WrongMerchant(_))));
    assert!(matches!(other.query(&world.begun("pat_001")).await, Err(GatewayError::Unknown { .. })));
}

#[tokio::test]
async fn p3_whatever_is_changed_about_a_notice_makes_it_unbelieved() {
    let world = world().await;
    pay(&world, "pat_001", 100, "pay").await;
    let good = world.callbacks().await.remove(0);
    let gateway = world.wechat(Believed::PublicKey);
    assert!(hear(&gateway, &good).is_ok());
    let with = |name: &'static str, value: &str| {
        let mut headers = good.headers.clone();
        headers.insert(name, value.parse().unwrap());
        gateway.verify_callback(&headers, &good.body)
    };
    let probe = format!("WECHATPAY/SIGNTEST/{}", good.headers["wechatpay-signature"].to_str().unwrap());
    let other_time = (world.seconds() + 1).to_string();
    for (name, value) in [
        ("wechatpay-signature", probe.as_str()),
        ("wechatpay-signature", "bm9uZQ=="),
        ("wechatpay-serial", "3770E0F865E10D49F8851944B5667557A66049EF"),
        ("wechatpay-nonce", "another"),
        ("wechatpay-timestamp", &other_time),
    ] {
        let result = with(name, value);
        assert!(matches!(result, Err(CallbackError::Signature(SignatureError::Wrong))), "{name}: {result:?}");
    }
    for length in [0, 1, good.body.len() / 2, good.body.len() - 1] {
        let result = gateway.verify_callback(&good.headers, &good.body[..length]);
        assert!(matches!(result, Err(CallbackError::Signature(SignatureError::Wrong))), "{length} bytes");
    }
    let result = gateway.verify_callback(&HeaderMap::new(), &good.body);
    assert!(matches!(result, Err(CallbackError::Signature(SignatureError::Missing))));
    let huge = vec![b' '; 65 * 1024];
    assert!(matches!(gateway.verify_callback(&good.headers, &huge), Err(CallbackError::TooLarge)));
    world.clock.advance(Duration::from_mins(6));
    assert!(
        matches!(hear(&gateway, &good), Err(CallbackError::Signature(SignatureError::Stale))),
        "replayed later"
    );
}

#[tokio::test]
async fn p4_a_hundred_copies_of_a_notice_are_one_event_and_overtaken_ones_are_older() {
    let world = world().await;
    world.set(Desk::Wechat, json!({ "duplicate_callbacks": 99 }));
    pay(&world, "pat_001", 100, "pay").await;
    let gateway = world.wechat(Believed::PublicKey);
    let callbacks = world.callbacks().await;
    assert_eq!(callbacks.len(), 100);
    let first = hear(&gateway, &callbacks[0]).unwrap();
    assert!(callbacks.iter().all(|copy| hear(&gateway, copy).unwrap() == first));
}

#[tokio::test]
async fn a_notice_that_was_not_taken_comes_again_on_wechats_timetable() {
    let world = world().await;
    world.receiver.answer_with(StatusCode::SERVICE_UNAVAILABLE);
    pay(&world, "pat_001", 100, "pay").await;
    world.running.sandbox.flush().await;
    assert_eq!(world.receiver.take().len(), 1);
    world.clock.advance(Duration::from_secs(14));
    world.running.sandbox.flush().await;
    assert_eq!(world.receiver.take().len(), 0);
    world.receiver.answer_with(StatusCode::NO_CONTENT);
    world.clock.advance(Duration::from_secs(1));
    world.running.sandbox.flush().await;
    let again = world.receiver.take();
    assert!(hear(&world.wechat(Believed::PublicKey), &again[0]).is_ok(), "signed anew");
}

#[tokio::test]
async fn a_new_certificate_is_fetched_when_it_is_named_and_the_old_one_stays_good() {
    let world = world().await;
    let gateway = world.wechat(Believed::Certificate);
    let open = gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    world.press(&page(&world, &open), "pay").await;
    let before = world.callbacks().await.remove(0);
    world.set(Desk::Wechat, json!({ "next_certificate_percent": 100 }));
    let open = gateway.create_attempt(&world.payment("pat_002", 100)).await.unwrap();
    world.press(&page(&world, &open), "pay").await;
    let after = world.callbacks().await.remove(0);
    assert_ne!(before.headers["wechatpay-serial"], after.headers["wechatpay-serial"]);
    for callback in [&before, &after] {
        assert!(hear(&gateway, callback).is_ok());
    }
    // A client that has heard nothing yet refuses the notice, and knows the certificate after its next question.
    let fresh = world.wechat(Believed::Certificate);
    assert!(hear(&fresh, &after).is_err());
    world.set(Desk::Wechat, json!({}));
    fresh.query(&world.begun("pat_001")).await.unwrap();
    assert!(hear(&fresh, &after).is_ok());
}

#[tokio::test]
async fn certificates_that_another_key_sealed_are_not_taken() {
    let world = world().await;
    let mut settings = world.config.wechat("wechat", Believed::Fetched).unwrap();
    settings.api_v3_key = connectors::ApiV3Key::parse(&"k".repeat(32)).unwrap();
    let rng = std::sync::Arc::new(kernel::SeededRng::new(1));
    let stranger = WechatPay::new(settings, world.http.clone(), world.clock.clone(), rng);
    assert!(matches!(stranger.query(&world.begun("pat_001")).await, Err(GatewayError::Unknown { .. })));
}

#[test]
fn notices_are_answered_as_apiv3_wants_it() {
    let clock = std::sync::Arc::new(kernel::ManualClock::at(crate::support::START));
    let config = sandbox::Config::new("http://127.0.0.1:9", &connectors::Secret::from_digest([7; 32]));
    let http = crate::support::client(Duration::from_secs(1));
    let rng = std::sync::Arc::new(kernel::SeededRng::new(1));
    let gateway = WechatPay::new(config.wechat("wechat", Believed::PublicKey).unwrap(), http, clock, rng);
    assert_eq!((gateway.acknowledge(Taken::In).status, gateway.acknowledge(Taken::In).body), (204, ""));
    for (taken, status) in [(Taken::NotBelieved, 401), (Taken::Refused, 422), (Taken::Later, 500)] {
        let answer = gateway.acknowledge(taken);
        let body: Value = serde_json::from_str(answer.body).unwrap();
        assert_eq!((answer.status, body["code"].as_str()), (status, Some("FAIL")));
    }
}
