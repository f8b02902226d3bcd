use connectors::gateway::{AmountMismatch, CallbackError, Report};
use connectors::{Gateway as _, GatewayError, NewRefund, Payment, PaymentState, RefundState};
use http::StatusCode;
use kernel::{Clock as _, Currency, Duration, Money};
use sandbox::Desk;
use serde_json::json;

use crate::support::{World, page_of, world};

/// Opens a payment and lets the payer choose a card.
async fn pay(world: &World, attempt: &str, fen: i64, card: &str) -> Payment {
    let payment = world.gateway().create_attempt(&world.payment(attempt, fen)).await.unwrap();
    let reply = world.choose(page_of(&payment), card).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(reply.headers["location"], world.payment(attempt, fen).return_url);
    world.gateway().query(&world.begun(attempt)).await.unwrap()
}

/// The reports that came by callback, verified.
async fn reports(world: &World) -> Vec<Report> {
    let callbacks = world.callbacks().await;
    let gateway = world.gateway();
    callbacks.iter().map(|c| gateway.verify_callback(&c.headers, &c.body).unwrap().report).collect()
}

#[tokio::test]
async fn a_payment_is_captured_when_the_payer_pays_and_reported_once() {
    let world = world().await;
    let payment = pay(&world, "at_1", 13_000, "pay").await;
    assert_eq!(payment.state.name(), "captured");
    assert_eq!(payment.agrees(Money::cny(13_000)), Ok(()));
    let PaymentState::Captured { card, .. } = &payment.state else { panic!() };
    let card = card.as_ref().unwrap();
    assert_eq!((card.brand.as_str(), card.last4.as_str()), ("visa", "4242"));
    assert_eq!(reports(&world).await, [Report::Payment(payment)]);
}

#[tokio::test]
async fn what_the_payer_chooses_decides_what_is_reported() {
    let world = world().await;
    for (card, now, callbacks, last) in [
        ("decline", "declined", 1, "declined"),
        ("silent", "captured", 0, "captured"),
        ("expired", "declined", 1, "declined"),
        ("slow", "processing", 2, "captured"),
        ("late", "declined", 2, "captured"),
        ("back", "open", 0, "open"),
    ] {
        let attempt = format!("at_{card}");
        assert_eq!(pay(&world, &attempt, 100, card).await.state.name(), now, "{card}");
        assert_eq!(reports(&world).await.len(), callbacks, "{card}");
        assert_eq!(world.gateway().query(&world.begun(&attempt)).await.unwrap().state.name(), last, "{card}");
    }
}

#[tokio::test]
async fn the_same_attempt_gets_the_same_payment_and_is_paid_once() {
    let world = world().await;
    let new = world.payment("at_1", 100);
    let first = world.gateway().create_attempt(&new).await.unwrap();
    assert_eq!(world.gateway().create_attempt(&new).await.unwrap(), first);
    let error = world.gateway().create_attempt(&world.payment("at_1", 200)).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused { code, .. } if code == "idempotency_error"));
    let url = page_of(&first).to_owned();
    for card in ["pay", "pay", "decline"] {
        world.choose(&url, card).await;
    }
    assert_eq!(world.gateway().query(&world.begun("at_1")).await.unwrap().state.name(), "captured");
    assert_eq!(reports(&world).await.len(), 1);
}

#[tokio::test]
async fn p7_an_unanswered_create_is_unknown_and_a_query_resolves_it() {
    let world = world().await;
    world.set(Desk::Card, json!({ "hang_percent": 100 }));
    let impatient = world.impatient_gateway(Duration::from_millis(200));
    let new = world.payment("at_1", 100);
    assert!(matches!(impatient.create_attempt(&new).await, Err(GatewayError::Unknown { .. })));
    world.set(Desk::Card, json!({}));
    assert_eq!(impatient.query(&world.begun("at_1")).await.unwrap().state, PaymentState::Open);
    assert_eq!(impatient.query(&world.begun("at_2")).await, Err(GatewayError::NotKnown));
}

#[tokio::test]
async fn p9_a_closed_payment_cannot_be_paid_and_a_paid_one_cannot_be_closed() {
    let world = world().await;
    let open = world.gateway().create_attempt(&world.payment("at_1", 100)).await.unwrap();
    assert_eq!(world.gateway().close(&world.begun("at_1")).await.unwrap().state, PaymentState::Closed);
    world.choose(page_of(&open), "pay").await;
    assert_eq!(world.gateway().query(&world.begun("at_1")).await.unwrap().state, PaymentState::Closed);

    pay(&world, "at_2", 100, "pay").await;
    assert_eq!(world.gateway().close(&world.begun("at_2")).await.unwrap().state.name(), "captured");
    pay(&world, "at_3", 100, "slow").await;
    assert_eq!(world.gateway().close(&world.begun("at_3")).await.unwrap().state.name(), "processing");
}

#[tokio::test]
async fn a_payment_nobody_pays_is_closed_at_its_time_and_not_before() {
    let world = world().await;
    let open = world.gateway().create_attempt(&world.payment("at_1", 100)).await.unwrap();
    assert_eq!(reports(&world).await, [], "hurrying the future does not take the page away");
    // The gateway keeps a page open for half an hour at least, so it is open for that much longer than the time to pay.
    world.clock.advance(Duration::from_mins(60));
    assert_eq!(reports(&world).await, []);
    world.clock.advance(Duration::from_mins(1));
    world.choose(page_of(&open), "pay").await;
    let Report::Payment(payment) = reports(&world).await.remove(0) else { panic!() };
    assert_eq!(payment.state, PaymentState::Closed);
}

#[tokio::test]
async fn a_payment_that_is_begun_in_the_last_moment_is_taken_by_a_gateway_that_wants_half_an_hour() {
    let world = world().await;
    let expires_at = world.clock.now().plus(Duration::from_secs(1));
    let late = connectors::NewPayment { expires_at, ..world.payment("at_1", 100) };
    assert_eq!(world.gateway().create_attempt(&late).await.unwrap().state, PaymentState::Open);
}

#[tokio::test]
async fn p3_a_callback_with_wrong_amount_currency_merchant_or_signature_is_not_bookable() {
    let world = world().await;
    let verify = async |attempt: &str, knobs| {
        world.set(Desk::Card, knobs);
        pay(&world, attempt, 100, "pay").await;
        let callback = world.callbacks().await.pop().unwrap();
        world.gateway().verify_callback(&callback.headers, &callback.body)
    };
    let wrong = |reported| Err(AmountMismatch { reported, expected: Money::cny(100) });
    for (attempt, knobs, reported) in [
        ("at_1", json!({ "wrong_amount_percent": 100 }), Money::cny(101)),
        ("at_2", json!({ "wrong_currency_percent": 100 }), Money::new(100, Currency::USD)),
    ] {
        let Report::Payment(payment) = verify(attempt, knobs).await.unwrap().report else { panic!() };
        assert_eq!(payment.agrees(Money::cny(100)), wrong(reported));
        let truth = world.gateway().query(&world.begun(attempt)).await.unwrap();
        assert_eq!(truth.agrees(Money::cny(100)), Ok(()), "a query tells the truth");
    }
    let merchant = verify("at_3", json!({ "wrong_merchant_percent": 100 })).await.unwrap_err();
    assert!(matches!(merchant, CallbackError::WrongMerchant(_)));
    let signature = verify("at_4", json!({ "bad_signature_percent": 100 })).await.unwrap_err();
    assert!(matches!(signature, CallbackError::Signature(_)));
}

#[tokio::test]
async fn p4_a_hundred_copies_of_a_callback_are_one_event() {
    let world = world().await;
    world.set(Desk::Card, json!({ "duplicate_callbacks": 99 }));
    pay(&world, "at_1", 100, "pay").await;
    let gateway = world.gateway();
    let callbacks = world.callbacks().await;
    assert_eq!(callbacks.len(), 100);
    let event = |c: &crate::support::Callback| gateway.verify_callback(&c.headers, &c.body).unwrap();
    assert!(callbacks.iter().all(|copy| event(copy) == event(&callbacks[0])));
}

fn give_back(refund_id: &str, fen: i64) -> NewRefund {
    NewRefund {
        refund_id: refund_id.to_owned(),
        attempt_id: "at_1".to_owned(),
        amount: Money::cny(fen),
        reason: "客户取消".to_owned(),
    }
}

#[tokio::test]
async fn p10_refunds_never_exceed_what_was_captured_and_the_exact_remainder_is_accepted() {
    let world = world().await;
    let gateway = world.gateway();
    let code = |result: Result<connectors::Refund, GatewayError>| match result {
        Ok(refund) => match refund.state {
            RefundState::Succeeded => "succeeded".to_owned(),
            other => format!("{other:?}"),
        },
        Err(GatewayError::Refused { code, .. }) => code,
        Err(other) => other.to_string(),
    };
    gateway.create_attempt(&world.payment("at_1", 100)).await.unwrap();
    assert_eq!(code(gateway.refund(&give_back("r0", 1)).await), "payment_intent_unexpected_state");
    pay(&world, "at_1", 100, "pay").await;
    for (refund, want) in [
        (give_back("r1", 60), "succeeded"),
        (give_back("r1", 60), "succeeded"),
        (give_back("r1", 10), "idempotency_error"),
        (give_back("r2", 41), "amount_too_large"),
        (give_back("r3", 0), "parameter_invalid_integer"),
        (give_back("r4", -5), "parameter_invalid_integer"),
        (NewRefund { amount: Money::new(1, Currency::USD), ..give_back("r5", 1) }, "bad_amount"),
        (give_back("r6", 40), "succeeded"),
        (give_back("r7", 1), "charge_already_refunded"),
    ] {
        assert_eq!(code(gateway.refund(&refund).await), want, "{refund:?}");
    }
    assert_eq!(gateway.query(&world.begun("at_1")).await.unwrap().refunded, Money::cny(100));
    let refunds = reports(&world).await.into_iter().filter(|r| matches!(r, Report::Refund(_)));
    assert_eq!(refunds.count(), 2);
    assert_eq!(gateway.query_refund("at_1", "r2").await, Err(GatewayError::NotKnown));
}

#[tokio::test]
async fn a_refund_may_be_pending_first_or_fail_and_a_failed_one_frees_its_amount() {
    let world = world().await;
    let gateway = world.gateway();
    pay(&world, "at_1", 100, "pay").await;
    world.set(Desk::Card, json!({ "refusal_percent": 100 }));
    let failed = gateway.refund(&give_back("r1", 100)).await.unwrap();
    assert!(matches!(failed.state, RefundState::Failed { .. }));
    world.set(Desk::Card, json!({ "answer": "later" }));
    assert_eq!(gateway.refund(&give_back("r2", 100)).await.unwrap().state, RefundState::Pending);
    assert!(gateway.refund(&give_back("r3", 1)).await.is_err(), "what is pending is spoken for");
    world.callbacks().await;
    assert_eq!(gateway.query_refund("at_1", "r2").await.unwrap().state, RefundState::Succeeded);
}

#[tokio::test]
async fn absurd_payments_are_refused() {
    let world = world().await;
    let good = world.payment("at_1", 100);
    for (case, new) in [
        ("nothing", world.payment("at_1", 0)),
        ("negative", world.payment("at_1", -1)),
        (
            "no address",
            connectors::NewPayment { return_url: "javascript:alert(1)".to_owned(), ..good.clone() },
        ),
        ("past", connectors::NewPayment { expires_at: crate::support::START, ..good.clone() }),
        ("bad id", world.payment("at.1", 100)),
    ] {
        let result = world.gateway().create_attempt(&new).await;
        assert!(matches!(result, Err(GatewayError::Refused { retriable: false, .. })), "{case}: {result:?}");
    }
    assert!(world.gateway().create_attempt(&good).await.is_ok());
}
