use std::time::Duration as StdDuration;

use connectors::protocol::{MAX_BODY_BYTES, SignatureError};
use connectors::signed::CallbackError;
use connectors::{Keys, Outcome, Provider as _, ProviderError, Secret};
use http::{Method, StatusCode};
use kernel::{Clock as _, Duration, SeededRng, Timestamp};
use sandbox::Desk;
use serde_json::json;

use crate::support::{Callback, World, id, world};

const DESK: Desk = Desk::Telecom;

#[tokio::test]
async fn a_failure_is_unknown_and_repeating_the_operation_resolves_it() {
    let world = world().await;
    world.set(DESK, json!({ "failure_percent": 100 }));
    let operation = world.top_up("op_1", "13800001234");
    let error = world.provider(DESK).operate(&operation).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unknown { .. }));
    world.set(DESK, json!({}));
    assert_eq!(world.provider(DESK).poll(&id("op_1")).await, Err(ProviderError::NotKnown));
    assert_eq!(world.provider(DESK).operate(&operation).await.unwrap().sequence, 1);
}

#[tokio::test]
async fn a_request_that_hangs_is_unknown_and_has_happened() {
    let world = world().await;
    world.set(DESK, json!({ "hang_percent": 100, "answer": "now" }));
    let operation = world.top_up("op_1", "13800001234");
    let impatient = world.impatient_provider(DESK, Duration::from_millis(200));
    assert!(matches!(impatient.operate(&operation).await, Err(ProviderError::Unknown { .. })));
    world.set(DESK, json!({}));
    let known = impatient.poll(&id("op_1")).await.unwrap();
    assert!(matches!(known.outcome, Outcome::Done { .. }));
    assert_eq!(impatient.operate(&operation).await.unwrap(), known);
}

#[tokio::test]
async fn garbage_for_an_answer_is_unknown_and_has_happened() {
    let world = world().await;
    world.set(DESK, json!({ "garbage_percent": 100, "answer": "now" }));
    let operation = world.top_up("op_1", "13800001234");
    let error = world.provider(DESK).operate(&operation).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unknown { .. }));
    world.set(DESK, json!({}));
    assert!(world.provider(DESK).poll(&id("op_1")).await.unwrap().outcome.is_final());
}

#[tokio::test]
async fn a_busy_provider_has_done_nothing_and_may_be_asked_again() {
    let world = world().await;
    world.set(DESK, json!({ "busy_percent": 100 }));
    let error = world.provider(DESK).operate(&world.top_up("op_1", "13800001234")).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { code, retriable: true, .. } if code == "busy"));
    world.set(DESK, json!({}));
    assert_eq!(world.provider(DESK).poll(&id("op_1")).await, Err(ProviderError::NotKnown));
}

#[tokio::test]
async fn a_refusal_by_knob_is_final_and_a_new_id_may_fare_better() {
    let world = world().await;
    world.set(DESK, json!({ "refusal_percent": 100 }));
    let provider = world.provider(DESK);
    let first = provider.operate(&world.top_up("op_1", "13800001234")).await.unwrap();
    assert!(matches!(&first.outcome, Outcome::Refused { retriable: true, .. }));
    world.set(DESK, json!({}));
    assert_eq!(provider.operate(&world.top_up("op_1", "13800001234")).await.unwrap(), first);
    assert!(!provider.operate(&world.top_up("op_2", "13800001234")).await.unwrap().outcome.is_final());
}

#[tokio::test]
async fn knobs_decide_whether_the_answer_comes_now_or_later() {
    let world = world().await;
    for (name, service, knobs, first) in [
        ("a", "mobile-top-up", json!({ "answer": "now" }), "done"),
        ("b", "data-pack", json!({ "answer": "later" }), "later"),
        ("c", "data-pack", json!({}), "done"),
    ] {
        world.set(DESK, knobs);
        let operation = world.operation(name, service, json!({ "phone": "13800001234" }));
        let answer = world.provider(DESK).operate(&operation).await.unwrap();
        assert_eq!(answer.outcome.name(), first, "{name}");
    }
}

#[tokio::test]
async fn without_delay_the_callback_comes_by_itself() {
    let world = world().await;
    world.set(DESK, json!({ "delay_ms": 0 }));
    world.provider(DESK).operate(&world.top_up("op_1", "13800001234")).await.unwrap();
    let arrived = async {
        loop {
            if let Some(callback) = world.receiver.take().pop() {
                break callback;
            }
            tokio::task::yield_now().await;
        }
    };
    let callback = tokio::time::timeout(StdDuration::from_secs(10), arrived).await.unwrap();
    let answer = world.provider(DESK).verify_callback(&callback.headers, &callback.body).unwrap();
    assert!(answer.outcome.is_final());
}

/// One finished top-up and the callbacks it brought.
async fn finished(world: &World, name: &str) -> Vec<Callback> {
    world.provider(DESK).operate(&world.top_up(name, "13800001234")).await.unwrap();
    world.callbacks().await
}

#[tokio::test]
async fn copies_of_a_callback_carry_the_same_id_and_lost_ones_never_come() {
    let world = world().await;
    world.set(DESK, json!({ "duplicate_callbacks": 99 }));
    let copies = finished(&world, "op_1").await;
    assert_eq!(copies.len(), 100);
    assert!(copies.iter().all(|copy| copy.id() == copies[0].id() && copy.body == copies[0].body));
    world.set(DESK, json!({ "lost_callbacks_percent": 100 }));
    assert_eq!(finished(&world, "op_2").await.len(), 0);
    assert!(world.provider(DESK).poll(&id("op_2")).await.unwrap().outcome.is_final(), "a poll still tells");
}

#[tokio::test]
async fn callbacks_with_a_bad_signature_or_an_old_timestamp_are_not_believed() {
    let world = world().await;
    for (name, knobs, want) in [
        ("op_1", json!({ "bad_signature_percent": 100 }), SignatureError::Wrong),
        ("op_2", json!({ "stale_timestamp_percent": 100 }), SignatureError::Stale),
    ] {
        world.set(DESK, knobs);
        let callback = finished(&world, name).await.pop().unwrap();
        let error = world.provider(DESK).verify_callback(&callback.headers, &callback.body).unwrap_err();
        assert!(matches!(error, CallbackError::Signature(why) if why == want), "{name}");
        assert_eq!(error.http_status(), 401);
    }
}

#[tokio::test]
async fn a_callback_is_believed_by_its_own_desk_unchanged_and_in_time_only() {
    let world = world().await;
    let callback = finished(&world, "op_1").await.pop().unwrap();
    let provider = world.provider(DESK);
    assert!(provider.verify_callback(&callback.headers, &callback.body).is_ok());
    let cut = callback.body.slice(..callback.body.len() - 1);
    assert!(provider.verify_callback(&callback.headers, &cut).is_err(), "truncated");
    let other = world.provider(Desk::Power).verify_callback(&callback.headers, &callback.body);
    assert!(other.is_err(), "another desk's secret");
    let huge = vec![b'x'; MAX_BODY_BYTES + 1];
    let error = provider.verify_callback(&callback.headers, &huge).unwrap_err();
    assert!(matches!(error, CallbackError::TooLarge));
    world.clock.advance(Duration::from_secs(301));
    assert!(provider.verify_callback(&callback.headers, &callback.body).is_err(), "replayed later");
}

#[tokio::test]
async fn a_callback_is_repeated_with_growing_pauses_until_it_is_taken() {
    let world = world().await;
    world.receiver.answer_with(StatusCode::INTERNAL_SERVER_ERROR);
    let first = finished(&world, "op_1").await;
    assert_eq!(first.len(), 1);
    assert_eq!(world.running.sandbox.flush().await.delivered, 0);
    assert_eq!(world.receiver.take().len(), 0, "not before its pause is over");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.running.sandbox.flush().await.delivered, 0);
    world.clock.advance(Duration::from_secs(1));
    world.running.sandbox.flush().await;
    let second = world.receiver.take();
    assert_eq!(second.len(), 1, "the second pause is longer");
    world.receiver.answer_with(StatusCode::NO_CONTENT);
    world.clock.advance(Duration::from_secs(2));
    world.running.sandbox.flush().await;
    let third = world.receiver.take();
    assert_eq!(third[0].id(), first[0].id(), "one message, one id");
    assert_ne!(third[0].headers["webhook-timestamp"], first[0].headers["webhook-timestamp"]);
    world.running.sandbox.flush_all().await;
    assert_eq!(world.receiver.take().len(), 0, "taken is taken");
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let world = world().await;
    world.receiver.answer_with(StatusCode::GONE);
    assert_eq!(finished(&world, "op_1").await.len(), 1);
    assert_eq!(world.callbacks().await.len(), 0);
}

#[tokio::test]
async fn requests_that_are_not_signed_well_are_refused_and_do_nothing() {
    let world = world().await;
    let url = format!("{}/v1/operations", world.config.base_url(DESK));
    let body = serde_json::to_string(&world.top_up("op_1", "13800001234")).unwrap();
    let now = world.clock.now();
    let keys = world.config.keys(DESK).unwrap();
    let post = async |keys: &Keys, id: &str, at: Timestamp, signed: &str, sent: &str| {
        let headers = keys.sign(id, at, signed.as_bytes());
        world.send(Method::POST, &url, &headers.pairs(), sent).await.status
    };
    let stranger = Keys::one(Secret::generate(&SeededRng::new(9)));
    let old = now.minus(Duration::from_secs(301));
    let large = format!("{body}{}", " ".repeat(MAX_BODY_BYTES));
    let cut = body.get(..body.len() - 1).unwrap();
    let refused = StatusCode::UNAUTHORIZED;
    assert_eq!(world.send(Method::POST, &url, &[], &body).await.status, refused, "unsigned");
    assert_eq!(post(&stranger, "op_1", now, &body, &body).await, refused, "forged");
    assert_eq!(post(keys, "op_1", old, &body, &body).await, refused, "old");
    assert_eq!(post(keys, "op_1", now, &body, cut).await, refused, "truncated");
    assert_eq!(post(keys, "op_2", now, &body, &body).await, StatusCode::BAD_REQUEST, "another id");
    assert_eq!(post(keys, "op_1", now, cut, cut).await, StatusCode::BAD_REQUEST, "no JSON");
    assert_eq!(post(keys, "op_1", now, &large, &large).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        world.provider(DESK).poll(&id("op_1")).await,
        Err(ProviderError::NotKnown),
        "nothing was done"
    );
    assert_eq!(post(keys, "op_1", now, &body, &body).await, StatusCode::OK);
}

#[tokio::test]
async fn a_signed_poll_is_good_for_its_own_operation_only() {
    let world = world().await;
    for name in ["op_1", "op_2"] {
        world.provider(DESK).operate(&world.top_up(name, "13800001234")).await.unwrap();
    }
    let signed = world.config.keys(DESK).unwrap().sign("op_1", world.clock.now(), b"");
    for (name, want) in [("op_1", StatusCode::OK), ("op_2", StatusCode::UNAUTHORIZED)] {
        let url = format!("{}/v1/operations/{name}", world.config.base_url(DESK));
        assert_eq!(world.send(Method::GET, &url, &signed.pairs(), "").await.status, want, "{name}");
    }
}
