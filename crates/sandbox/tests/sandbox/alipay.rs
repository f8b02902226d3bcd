use axum::body::Bytes;
use connectors::gateway::{CallbackError, Checkout, Report, Screen, Taken};
use connectors::protocol::SignatureError;
use connectors::{
    AlipayPay, Begun, BillKind, Capture, Gateway, GatewayError, NewPayment, NewRefund, Payment, PaymentState,
    RefundState,
};
use http::{HeaderMap, StatusCode};
use kernel::{Currency, Duration, Money};
use sandbox::Desk;
use serde_json::json;

use crate::support::{World, page_of, world, world_with};

/// Follows the signed address to the cashier, as the payer's browser does.
async fn cashier(world: &World, payment: &Payment) -> String {
    let reply = world.get(page_of(payment)).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", String::from_utf8_lossy(&reply.body));
    reply.headers["location"].to_str().unwrap().to_owned()
}

async fn pay(world: &World, attempt: &str, fen: i64, way: &str) -> Payment {
    let gateway = world.alipay();
    let new = world.payment(attempt, fen);
    let payment = gateway.create_attempt(&new).await.unwrap();
    let page = cashier(world, &payment).await;
    let reply = world.press(&page, way).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    if way != "decline" {
        assert_eq!(reply.headers["location"], new.return_url.as_str());
    }
    gateway.query(&world.begun(attempt)).await.unwrap()
}

/// Takes what comes, answering as our acknowledgement does.
async fn notices(world: &World) -> Vec<Bytes> {
    world.receiver.say_success();
    world.callbacks().await.into_iter().map(|callback| callback.body).collect()
}

fn hear(gateway: &AlipayPay, body: &[u8]) -> Result<Payment, CallbackError> {
    match gateway.verify_callback(&HeaderMap::new(), body)?.report {
        Report::Payment(payment) => Ok(payment),
        other => panic!("{other:?}"),
    }
}

fn give_back(refund: &str, fen: i64) -> NewRefund {
    NewRefund {
        refund_id: refund.to_owned(),
        attempt_id: "pat_001".to_owned(),
        amount: Money::cny(fen),
        reason: "客户取消".to_owned(),
    }
}

#[tokio::test]
async fn a_page_for_computers_and_one_for_phones_are_paid_and_told_of() {
    let world = world().await;
    let gateway = world.alipay();
    for (attempt, screen, method) in [
        ("pat_001", Screen::Computer, "alipay.trade.page.pay"),
        ("pat_002", Screen::Phone, "alipay.trade.wap.pay"),
        ("pat_003", Screen::Inside { payer: "2088".to_owned() }, "alipay.trade.wap.pay"),
    ] {
        let new = NewPayment { screen, ..world.payment(attempt, 13_000) };
        let payment = gateway.create_attempt(&new).await.unwrap();
        assert_eq!((payment.state.name(), payment.sequence), ("open", 1));
        assert!(page_of(&payment).contains(&format!("method={method}")));
        let page = cashier(&world, &payment).await;
        world.press(&page, "pay").await;
        let paid = gateway.query(&world.begun(attempt)).await.unwrap();
        assert_eq!((paid.state.name(), paid.sequence), ("captured", 4));
        assert_eq!(paid.agrees(Money::cny(13_000)), Ok(()));
        assert_eq!(hear(&gateway, &notices(&world).await[0]).unwrap(), paid);
    }
}

#[tokio::test]
async fn a_code_is_scanned_where_settings_say_so() {
    let world = world().await;
    let mut settings = world.config.alipay("alipay").unwrap();
    settings.code = true;
    let gateway = AlipayPay::new(settings, world.http.clone(), world.clock.clone());
    let payment = gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    let Some(Checkout::Code { text }) = &payment.checkout else { panic!() };
    let begun = Begun { checkout: payment.checkout.clone(), ..world.begun("pat_001") };
    assert_eq!(gateway.query(&begun).await.unwrap().state, PaymentState::Open, "not scanned yet");
    assert_eq!(world.get(text).await.status, StatusCode::OK);
    world.press(text, "pay").await;
    assert_eq!(gateway.query(&world.begun("pat_001")).await.unwrap().state.name(), "captured");
    let phone = NewPayment { screen: Screen::Phone, ..world.payment("pat_002", 100) };
    assert!(gateway.create_attempt(&phone).await.unwrap().checkout.unwrap().page().is_some());
}

#[tokio::test]
async fn p7_a_page_that_nobody_opened_is_no_end_until_its_time_is_over() {
    let world = world().await;
    let gateway = world.alipay();
    let payment = gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    // Where nobody was told how to pay it is not known; and never closed.
    assert_eq!(gateway.query(&world.begun("pat_001")).await, Err(GatewayError::NotKnown));
    let unpaid = gateway.close(&world.begun("pat_001")).await;
    assert!(matches!(unpaid, Err(GatewayError::Unknown { .. })), "it may still be paid");
    // What was handed out is told by who asks, so a restarted node and another one say the same.
    let restarted = world.alipay();
    let begun = Begun { checkout: payment.checkout.clone(), ..world.begun("pat_001") };
    let asked = restarted.query(&begun).await.unwrap();
    assert_eq!((asked.sequence, asked.agrees(Money::cny(100))), (1, Ok(())));
    assert_eq!((asked.state, asked.checkout), (PaymentState::Open, payment.checkout.clone()));
    assert!(matches!(restarted.close(&begun).await, Err(GatewayError::Unknown { .. })));
    // Somebody does pay it, after all that.
    let page = cashier(&world, &payment).await;
    world.press(&page, "pay").await;
    assert_eq!(restarted.close(&world.begun("pat_001")).await.unwrap().state.name(), "captured");

    let late = gateway.create_attempt(&world.payment("pat_002", 100)).await.unwrap();
    world.clock.advance(Duration::from_mins(31));
    let begun = Begun { checkout: late.checkout.clone(), ..world.begun("pat_002") };
    assert_eq!(gateway.query(&begun).await.unwrap().state, PaymentState::Open, "clocks may differ");
    world.clock.advance(Duration::from_mins(4));
    for told in [gateway.query(&begun).await.unwrap(), gateway.close(&begun).await.unwrap()] {
        assert_eq!((told.state, told.sequence, told.checkout), (PaymentState::Closed, 3, None));
    }
    assert_eq!(world.get(page_of(&late)).await.status, StatusCode::BAD_REQUEST, "and nobody can open it");
}

#[tokio::test]
async fn an_address_that_somebody_changed_opens_no_cashier() {
    let world = world().await;
    let payment = world.alipay().create_attempt(&world.payment("pat_001", 13_000)).await.unwrap();
    let cheaper = page_of(&payment).replace("130.00", "1.00");
    assert_ne!(cheaper, page_of(&payment));
    assert_eq!(world.get(&cheaper).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn p7_an_answer_that_does_not_come_or_is_not_believed_is_unknown() {
    let world = world().await;
    let gateway = world.impatient_alipay(Duration::from_millis(300));
    let payment = gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    cashier(&world, &payment).await;
    for trouble in [
        json!({ "hang_percent": 100 }),
        json!({ "garbage_percent": 100 }),
        json!({ "cut_percent": 100 }),
        json!({ "unsigned_answer_percent": 100 }),
        json!({ "forged_answer_percent": 100 }),
        json!({ "failure_percent": 100 }),
    ] {
        world.set(Desk::Alipay, trouble.clone());
        assert!(
            matches!(gateway.query(&world.begun("pat_001")).await, Err(GatewayError::Unknown { .. })),
            "{trouble}"
        );
        assert!(
            matches!(gateway.close(&world.begun("pat_001")).await, Err(GatewayError::Unknown { .. })),
            "{trouble}"
        );
        let refund = gateway.refund(&give_back("prf_1", 1)).await;
        assert!(matches!(refund, Err(GatewayError::Unknown { .. })), "{trouble}");
    }
    world.set(Desk::Alipay, json!({}));
    assert_eq!(gateway.query(&world.begun("pat_001")).await.unwrap().state, PaymentState::Closed);
}

#[tokio::test]
async fn p9_a_closed_trade_cannot_be_paid_and_a_paid_one_cannot_be_closed() {
    let world = world().await;
    let gateway = world.alipay();
    let open = gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    let page = cashier(&world, &open).await;
    assert_eq!(gateway.close(&world.begun("pat_001")).await.unwrap().state, PaymentState::Closed);
    world.press(&page, "pay").await;
    assert_eq!(gateway.close(&world.begun("pat_001")).await.unwrap().state, PaymentState::Closed);
    pay(&world, "pat_002", 100, "pay").await;
    assert_eq!(gateway.close(&world.begun("pat_002")).await.unwrap().state.name(), "captured");
    assert_eq!(pay(&world, "pat_003", 100, "decline").await.state, PaymentState::Open, "another card may do");
}

#[tokio::test]
async fn p8_a_payment_that_succeeds_after_it_was_closed_is_newer_than_the_closing() {
    let world = world().await;
    world.set(Desk::Alipay, json!({ "paid_after_close_percent": 100 }));
    let gateway = world.alipay();
    let open = gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    cashier(&world, &open).await;
    let closed = gateway.close(&world.begun("pat_001")).await.unwrap();
    let paid = hear(&gateway, &notices(&world).await[0]).unwrap();
    assert_eq!((closed.state.name(), paid.state.name()), ("closed", "captured"));
    assert!(paid.sequence > closed.sequence);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let world = world().await;
    let gateway = world.alipay();
    let new = world.payment("pat_001", 100);
    for (wrong, code) in [
        (world.payment("pat 1", 100), "malformed"),
        (world.payment("pat_001", 0), "bad_amount"),
        (NewPayment { amount: Money::new(1, Currency::USD), ..new.clone() }, "bad_amount"),
        (NewPayment { capture: Capture::Later, ..new }, "not_offered"),
    ] {
        let refused = gateway.create_attempt(&wrong).await;
        assert!(matches!(refused, Err(GatewayError::Refused { code: said, .. }) if said == code));
    }
}

#[tokio::test]
async fn p3_a_notice_with_wrong_amount_currency_merchant_or_signature_is_not_bookable() {
    let world = world().await;
    let gateway = world.alipay();
    let verify = async |attempt: &str, knobs| {
        world.set(Desk::Alipay, knobs);
        pay(&world, attempt, 100, "pay").await;
        hear(&gateway, &notices(&world).await.pop().unwrap())
    };
    for (attempt, knobs, reported) in [
        ("pat_001", json!({ "wrong_amount_percent": 100 }), Money::cny(101)),
        ("pat_002", json!({ "wrong_currency_percent": 100 }), Money::new(100, Currency::USD)),
    ] {
        let payment = verify(attempt, knobs).await.unwrap();
        assert_eq!(payment.agrees(Money::cny(100)).unwrap_err().reported, reported);
        assert_eq!(
            gateway.query(&world.begun(attempt)).await.unwrap().agrees(Money::cny(100)),
            Ok(()),
            "a query tells the truth"
        );
    }
    let merchant = verify("pat_003", json!({ "wrong_merchant_percent": 100 })).await.unwrap_err();
    assert!(matches!(merchant, CallbackError::WrongMerchant(_)));
    let signature = verify("pat_004", json!({ "bad_signature_percent": 100 })).await.unwrap_err();
    assert!(matches!(signature, CallbackError::Signature(SignatureError::Wrong)));
}

#[tokio::test]
async fn p3_whatever_is_changed_about_a_notice_makes_it_unbelieved() {
    let world = world().await;
    let gateway = world.alipay();
    pay(&world, "pat_001", 100, "pay").await;
    let body = notices(&world).await.remove(0);
    let good = std::str::from_utf8(&body).unwrap();
    assert!(hear(&gateway, good.as_bytes()).is_ok());
    let cut = &good[..good.len() - 3];
    for (wrong, forged) in [
        ("more", good.replace("total_amount=1.00", "total_amount=100.00")),
        ("another status", good.replace("TRADE_SUCCESS", "TRADE_FINISHED")),
        ("something added", format!("{good}&refund_fee=1.00")),
        ("something twice", format!("{good}&total_amount=1.00")),
        ("another algorithm", good.replace("sign_type=RSA2", "sign_type=RSA")),
        ("cut off", cut.to_owned()),
    ] {
        assert_ne!(forged, good, "{wrong}");
        let result = hear(&gateway, forged.as_bytes());
        assert!(
            matches!(result, Err(CallbackError::Signature(SignatureError::Wrong))),
            "{wrong}: {result:?}"
        );
    }
    let unsigned = good.split("&sign_type").next().unwrap();
    assert!(matches!(
        hear(&gateway, unsigned.as_bytes()),
        Err(CallbackError::Signature(SignatureError::Missing))
    ));
    assert!(matches!(hear(&gateway, &vec![b'a'; 65 * 1024]), Err(CallbackError::TooLarge)));
    let mut other = world.config.alipay("alipay").unwrap();
    other.app_id = "2021000000000000".to_owned();
    let other = AlipayPay::new(other, world.http.clone(), world.clock.clone());
    assert!(matches!(hear(&other, good.as_bytes()), Err(CallbackError::WrongMerchant(_))));
}

#[tokio::test]
async fn p4_copies_of_a_notice_are_one_event_and_it_comes_again_until_the_answer_is_success() {
    let world = world().await;
    world.set(Desk::Alipay, json!({ "duplicate_callbacks": 9 }));
    let gateway = world.alipay();
    pay(&world, "pat_001", 100, "pay").await;
    world.running.sandbox.flush().await;
    let copies = world.receiver.take();
    assert_eq!(copies.len(), 10);
    let event = |body: &[u8]| gateway.verify_callback(&HeaderMap::new(), body).unwrap();
    assert!(copies.iter().all(|copy| event(&copy.body) == event(&copies[0].body)));
    // The receiver said 204, which is not the word.
    world.clock.advance(Duration::from_mins(4));
    world.running.sandbox.flush().await;
    assert_eq!(world.receiver.take().len(), 10);
    let all = [Taken::In, Taken::NotBelieved, Taken::Refused, Taken::Later];
    let answers = all.map(|taken| gateway.acknowledge(taken));
    assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 401, 422, 503]);
    assert_eq!(answers.map(|answer| answer.body), ["success", "failure", "failure", "failure"]);
}

#[tokio::test]
async fn p10_refunds_never_exceed_what_was_captured_and_a_repeated_one_is_the_same() {
    let world = world().await;
    let gateway = world.alipay();
    pay(&world, "pat_001", 100, "pay").await;
    notices(&world).await;
    let code = |result: Result<connectors::Refund, GatewayError>| match result {
        Ok(refund) => format!("{:?} {}", refund.state, refund.amount.minor).to_lowercase(),
        Err(GatewayError::Refused { code, .. }) => code,
        Err(other) => other.to_string(),
    };
    for (refund, want) in [
        (give_back("prf_1", 60), "succeeded 60"),
        (give_back("prf_1", 60), "succeeded 60"),
        (give_back("prf_1", 10), "discordant_repeat_request"),
        (give_back("prf_2", 41), "refund_amt_not_equal_total"),
        (give_back("prf_3", 0), "bad_amount"),
        (give_back("prf_4", 40), "succeeded 40"),
        (give_back("prf_5", 1), "refund_amt_not_equal_total"),
    ] {
        assert_eq!(code(gateway.refund(&refund).await), want, "{}", refund.refund_id);
    }
    assert_eq!(gateway.query_refund("pat_001", "prf_4").await.unwrap().state, RefundState::Succeeded);
    assert_eq!(gateway.query_refund("pat_001", "prf_9").await, Err(GatewayError::NotKnown));
    let payment = gateway.query(&world.begun("pat_001")).await.unwrap();
    assert_eq!(
        (payment.state.name(), payment.refunded.minor),
        ("captured", 100),
        "closed because it went back"
    );
    let told: Vec<_> = notices(&world).await.iter().map(|body| hear(&gateway, body).unwrap()).collect();
    let mut told: Vec<_> = told.iter().map(|p| (p.state.name(), p.refunded.minor, p.sequence)).collect();
    told.sort_unstable();
    assert_eq!(told, [("captured", 60, 64), ("captured", 100, 104)]);
}

#[tokio::test]
async fn a_refund_that_is_on_its_way_is_asked_about() {
    let world = world().await;
    let gateway = world.alipay();
    pay(&world, "pat_001", 100, "pay").await;
    world.set(Desk::Alipay, json!({ "answer": "later" }));
    assert_eq!(gateway.refund(&give_back("prf_1", 60)).await.unwrap().state, RefundState::Pending);
    notices(&world).await;
    assert_eq!(gateway.query_refund("pat_001", "prf_1").await.unwrap().state, RefundState::Succeeded);
    world.set(Desk::Alipay, json!({ "refusal_percent": 100 }));
    let refused = gateway.refund(&give_back("prf_2", 40)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { retriable: true, .. })));
}

#[tokio::test]
async fn l7_the_bill_of_a_day_has_what_was_booked_and_a_broken_line_stops_no_other() {
    let world = world().await;
    let gateway = world.alipay();
    let day = jiff::civil::date(2026, 11, 21);
    pay(&world, "pat_001", 13_000, "pay").await;
    pay(&world, "pat_002", 5_000, "silent").await;
    gateway.refund(&give_back("prf_1", 1_000)).await.unwrap();
    assert_eq!(gateway.bill(day).await, Err(GatewayError::NotKnown), "the day is not over");
    world.clock.advance(Duration::from_hours(12));
    let bill = gateway.bill(day).await.unwrap();
    let mut lines: Vec<_> =
        bill.lines.iter().map(|l| (l.our_id.as_str(), l.kind, l.amount.minor, l.fee.minor)).collect();
    lines.sort();
    let want = [
        ("pat_001", BillKind::Payment, 13_000, 78),
        ("pat_002", BillKind::Payment, 5_000, 30),
        ("prf_1", BillKind::Refund, 1_000, -6),
    ];
    assert_eq!(lines, want);
    for (knobs, lines, broken) in [
        (json!({ "broken_bill_percent": 100 }), 3, 3),
        (json!({ "missing_bill_percent": 100 }), 0, 0),
        (json!({ "extra_bill_percent": 100 }), 6, 0),
    ] {
        world.set(Desk::Alipay, knobs.clone());
        let bill = gateway.bill(day).await.unwrap();
        assert_eq!((bill.lines.len(), bill.broken.len()), (lines, broken), "{knobs}");
    }
    world.set(Desk::Alipay, json!({ "wrong_bill_percent": 100 }));
    assert!(gateway.bill(day).await.unwrap().lines.iter().any(|line| line.amount == Money::cny(13_001)));
    assert_eq!(gateway.bill(jiff::civil::date(2026, 11, 20)).await.unwrap(), connectors::Bill::default());
}

#[tokio::test]
async fn trades_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("sandbox.jsonl");
    let before = world_with(|config| config.journal = Some(journal.clone())).await;
    let paid = pay(&before, "pat_001", 100, "silent").await;
    before.running.stop().await.unwrap();
    let after = world_with(|config| config.journal = Some(journal.clone())).await;
    assert_eq!(after.alipay().query(&after.begun("pat_001")).await.unwrap(), paid);
}
