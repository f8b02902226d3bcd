use connectors::gateway::{CallbackError, Checkout, GatewayEvent, Report, Screen};
use connectors::{
    BillKind, Capture, Gateway, GatewayError, NewPayment, NewRefund, Payment, PaymentState, RefundState,
    WechatPay,
};
use http::StatusCode;
use kernel::{Currency, Duration, Money};
use sandbox::{Believed, Desk};
use serde_json::json;

use crate::support::{Callback, World, page_of, world, world_with};

const WAYS: [Believed; 3] = [Believed::PublicKey, Believed::Certificate, Believed::Fetched];

/// The page a payment leads to, whichever way.
pub fn page(world: &World, payment: &Payment) -> String {
    match payment.checkout.as_ref().unwrap() {
        Checkout::Code { text } => text.clone(),
        Checkout::Page { url } => url.clone(),
        Checkout::Script { arguments } => {
            let prepay = arguments["package"].as_str().unwrap().strip_prefix("prepay_id=").unwrap();
            format!("{}/wechat-pay/pay/{prepay}", world.config.public_url)
        }
        Checkout::BankTransfer { .. } => panic!(),
    }
}

pub async fn pay(world: &World, attempt: &str, fen: i64, way: &str) -> Payment {
    let gateway = world.wechat(Believed::PublicKey);
    let payment = gateway.create_attempt(&world.payment(attempt, fen)).await.unwrap();
    assert_eq!(world.press(&page(world, &payment), way).await.status, StatusCode::SEE_OTHER);
    gateway.query(&world.begun(attempt)).await.unwrap()
}

pub fn hear(gateway: &WechatPay, callback: &Callback) -> Result<GatewayEvent, CallbackError> {
    gateway.verify_callback(&callback.headers, &callback.body)
}

async fn reports(world: &World) -> Vec<Report> {
    let gateway = world.wechat(Believed::PublicKey);
    world.callbacks().await.iter().map(|c| hear(&gateway, c).unwrap().report).collect()
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
async fn a_code_an_address_and_a_script_lead_to_the_same_payment_by_public_key_and_by_certificate() {
    let world = world().await;
    let screens = [Screen::Computer, Screen::Phone, Screen::Inside { payer: "oUpF8u".to_owned() }];
    for (n, (believed, screen)) in WAYS.into_iter().zip(screens).enumerate() {
        let gateway = world.wechat(believed);
        let attempt = format!("pat_00{n}");
        let payer_address = Some("203.0.113.9".to_owned());
        let new = NewPayment { screen: screen.clone(), payer_address, ..world.payment(&attempt, 13_000) };
        let payment = gateway.create_attempt(&new).await.unwrap();
        assert_eq!((payment.state.name(), payment.sequence), ("open", 1));
        assert_eq!(payment.agrees(Money::cny(13_000)), Ok(()));
        let page = page(&world, &payment);
        assert_eq!(world.get(&page).await.status, StatusCode::OK);
        let reply = world.press(&page, "pay").await;
        if screen == Screen::Phone {
            assert_eq!(reply.headers["location"], new.return_url.as_str(), "H5 leads back");
        }
        let paid = gateway.query(&world.begun(&attempt)).await.unwrap();
        assert_eq!((paid.state.name(), paid.sequence), ("captured", 4));
        let callback = world.callbacks().await.remove(0);
        // Whichever way it is believed, the notice that is signed for it tells the same.
        let Report::Payment(told) = hear(&gateway, &callback).unwrap().report else { panic!() };
        assert_eq!(told, paid, "{believed:?}");
    }
}

#[tokio::test]
async fn the_script_inside_wechat_is_signed_over_what_it_is_called_with() {
    let world = world().await;
    let screen = Screen::Inside { payer: "oUpF8u".to_owned() };
    let new = NewPayment { screen, ..world.payment("pat_001", 100) };
    let payment = world.wechat(Believed::PublicKey).create_attempt(&new).await.unwrap();
    let Some(Checkout::Script { arguments }) = payment.checkout else { panic!() };
    let get = |name: &str| arguments[name].as_str().unwrap();
    let text = format!("{}\n{}\n{}\n{}\n", get("appId"), get("timeStamp"), get("nonceStr"), get("package"));
    let shop = world.config.wechat("wechat", Believed::PublicKey).unwrap().private_key;
    // PKCS#1 v1.5 gives the same signature for the same text.
    assert_eq!(shop.sign(&text).as_deref(), Some(get("paySign")));
    assert_eq!(get("signType"), "RSA");
}

#[tokio::test]
async fn what_the_payer_chooses_decides_what_is_reported() {
    let world = world().await;
    for (way, now, callbacks, last) in [
        ("decline", "declined", 0, "declined"),
        ("silent", "captured", 0, "captured"),
        ("slow", "processing", 1, "captured"),
    ] {
        let attempt = format!("pat_{way}");
        assert_eq!(pay(&world, &attempt, 100, way).await.state.name(), now, "{way}");
        assert_eq!(reports(&world).await.len(), callbacks, "{way}");
        let gateway = world.wechat(Believed::PublicKey);
        assert_eq!(gateway.query(&world.begun(&attempt)).await.unwrap().state.name(), last, "{way}");
    }
}

#[tokio::test]
async fn the_same_attempt_gets_the_same_payment_and_what_cannot_be_asked_for_is_refused() {
    let world = world().await;
    let gateway = world.wechat(Believed::PublicKey);
    let new = world.payment("pat_001", 100);
    let first = gateway.create_attempt(&new).await.unwrap();
    assert_eq!(gateway.create_attempt(&new).await.unwrap(), first);
    let refusal = async |new: NewPayment| match gateway.create_attempt(&new).await {
        Err(GatewayError::Refused { code, retriable: false, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(world.payment("pat_001", 200)).await, "invalid_request");
    assert_eq!(refusal(world.payment("pat", 200)).await, "malformed");
    assert_eq!(refusal(world.payment("pat_002", 0)).await, "bad_amount");
    let dollars = NewPayment { amount: Money::new(1, Currency::USD), ..new.clone() };
    assert_eq!(refusal(dollars).await, "bad_amount");
    assert_eq!(refusal(NewPayment { capture: Capture::Later, ..new.clone() }).await, "not_offered");
    assert_eq!(refusal(NewPayment { screen: Screen::Phone, ..new }).await, "payer_address_missing");
}

#[tokio::test]
async fn p7_an_answer_that_does_not_come_or_is_not_believed_is_unknown_and_a_query_resolves_it() {
    let world = world().await;
    for (n, trouble) in [
        json!({ "hang_percent": 100 }),
        json!({ "garbage_percent": 100 }),
        json!({ "cut_percent": 100 }),
        json!({ "unsigned_answer_percent": 100 }),
        json!({ "forged_answer_percent": 100 }),
        json!({ "failure_percent": 100 }),
        json!({ "busy_percent": 100 }),
    ]
    .into_iter()
    .enumerate()
    {
        let attempt = format!("pat_00{n}");
        let done = trouble.get("failure_percent").or(trouble.get("busy_percent")).is_none();
        world.set(Desk::Wechat, trouble.clone());
        let impatient = world.impatient_wechat(Believed::PublicKey, Duration::from_millis(300));
        let new = world.payment(&attempt, 100);
        assert!(
            matches!(impatient.create_attempt(&new).await, Err(GatewayError::Unknown { .. })),
            "{trouble}"
        );
        assert!(
            matches!(impatient.query(&world.begun(&attempt)).await, Err(GatewayError::Unknown { .. })),
            "{trouble}"
        );
        assert!(
            matches!(impatient.close(&world.begun(&attempt)).await, Err(GatewayError::Unknown { .. })),
            "{trouble}"
        );
        world.set(Desk::Wechat, json!({}));
        match impatient.query(&world.begun(&attempt)).await {
            Ok(payment) => assert!(done && payment.state == PaymentState::Closed, "{trouble}"),
            Err(error) => assert!(!done && error == GatewayError::NotKnown, "{trouble}: {error}"),
        }
    }
}

#[tokio::test]
async fn p9_a_closed_payment_cannot_be_paid_and_a_paid_one_cannot_be_closed() {
    let world = world().await;
    let gateway = world.wechat(Believed::PublicKey);
    let open = gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    assert_eq!(gateway.close(&world.begun("pat_001")).await.unwrap().state, PaymentState::Closed);
    world.press(&page(&world, &open), "pay").await;
    assert_eq!(gateway.close(&world.begun("pat_001")).await.unwrap().state, PaymentState::Closed);
    pay(&world, "pat_002", 100, "pay").await;
    assert_eq!(gateway.close(&world.begun("pat_002")).await.unwrap().state.name(), "captured");
    pay(&world, "pat_003", 100, "slow").await;
    assert_eq!(gateway.close(&world.begun("pat_003")).await.unwrap().state.name(), "processing");
    assert_eq!(gateway.close(&world.begun("pat_004")).await, Err(GatewayError::NotKnown));
}

#[tokio::test]
async fn p8_a_payment_that_succeeds_after_it_was_closed_is_newer_than_the_closing() {
    let world = world().await;
    world.set(Desk::Wechat, json!({ "paid_after_close_percent": 100 }));
    let gateway = world.wechat(Believed::PublicKey);
    gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    let closed = gateway.close(&world.begun("pat_001")).await.unwrap();
    let Report::Payment(paid) = reports(&world).await.remove(0) else { panic!() };
    assert_eq!((closed.state.name(), paid.state.name()), ("closed", "captured"));
    assert!(paid.sequence > closed.sequence);
}

#[tokio::test]
async fn a_payment_nobody_pays_is_closed_at_its_time() {
    let world = world().await;
    let gateway = world.wechat(Believed::PublicKey);
    let open = gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    assert_eq!(reports(&world).await, []);
    world.clock.advance(Duration::from_mins(30));
    world.press(&page(&world, &open), "pay").await;
    assert_eq!(reports(&world).await, []);
    assert_eq!(gateway.query(&world.begun("pat_001")).await.unwrap().state, PaymentState::Closed);
}

#[tokio::test]
async fn a_merchant_with_another_key_is_not_served() {
    let world = world().await;
    let mut settings = world.config.wechat("wechat", Believed::PublicKey).unwrap();
    settings.private_key = world.config.alipay("alipay").unwrap().private_key;
    let rng = std::sync::Arc::new(kernel::SeededRng::new(1));
    let stranger = WechatPay::new(settings, world.http.clone(), world.clock.clone(), rng);
    let refused = stranger.create_attempt(&world.payment("pat_001", 100)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { code, .. }) if code == "sign_error"));
}

#[tokio::test]
async fn p10_refunds_never_exceed_what_was_captured_and_are_told_of_when_they_are_done() {
    let world = world().await;
    let gateway = world.wechat(Believed::PublicKey);
    let code = |result: Result<connectors::Refund, GatewayError>| match result {
        Ok(refund) => format!("{:?}", refund.state).to_lowercase(),
        Err(GatewayError::Refused { code, .. }) => code,
        Err(other) => other.to_string(),
    };
    gateway.create_attempt(&world.payment("pat_001", 100)).await.unwrap();
    assert_eq!(code(gateway.refund(&give_back("prf_0", 1)).await), "not_captured");
    pay(&world, "pat_001", 100, "pay").await;
    world.callbacks().await;
    for (refund, want) in [
        (give_back("prf_1", 60), "pending"),
        (give_back("prf_1", 60), "pending"),
        (give_back("prf_1", 10), "invalid_request"),
        (give_back("prf_2", 41), "invalid_request"),
        (give_back("prf_3", 0), "bad_amount"),
        (give_back("prf_4", 40), "pending"),
        (give_back("prf_5", 1), "invalid_request"),
    ] {
        assert_eq!(code(gateway.refund(&refund).await), want, "{}", refund.refund_id);
    }
    let told = reports(&world).await;
    let amounts: Vec<i64> = told
        .iter()
        .map(|report| match report {
            Report::Refund(refund) if refund.state == RefundState::Succeeded => refund.amount.minor,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(amounts.iter().sum::<i64>(), 100);
    let asked = gateway.query_refund("pat_001", "prf_1").await.unwrap();
    assert_eq!((asked.state, asked.amount), (RefundState::Succeeded, Money::cny(60)));
    assert_eq!(gateway.query_refund("pat_001", "prf_9").await, Err(GatewayError::NotKnown));
    let payment = gateway.query(&world.begun("pat_001")).await.unwrap();
    assert_eq!(
        (payment.state.name(), payment.sequence),
        ("captured", 5),
        "money that went back was there once"
    );
}

#[tokio::test]
async fn a_refund_that_the_bank_sends_back_fails() {
    let world = world().await;
    pay(&world, "pat_001", 100, "pay").await;
    world.callbacks().await;
    world.set(Desk::Wechat, json!({ "refusal_percent": 100 }));
    let refund = world.wechat(Believed::PublicKey).refund(&give_back("prf_1", 60)).await.unwrap();
    assert!(matches!(refund.state, RefundState::Failed { .. }));
    let Report::Refund(told) = reports(&world).await.remove(0) else { panic!() };
    assert_eq!(told.state, refund.state);
}

#[tokio::test]
async fn l7_the_bill_of_a_day_has_what_was_booked_and_a_broken_line_stops_no_other() {
    let world = world().await;
    let gateway = world.wechat(Believed::PublicKey);
    let day = jiff::civil::date(2026, 11, 21);
    assert_eq!(gateway.bill(day).await, Err(GatewayError::NotKnown), "the day is not over");
    pay(&world, "pat_001", 13_000, "pay").await;
    pay(&world, "pat_002", 5_000, "silent").await;
    gateway.refund(&give_back("prf_1", 1_000)).await.unwrap();
    world.callbacks().await;
    world.clock.advance(Duration::from_hours(12));
    let bill = gateway.bill(day).await.unwrap();
    let lines: Vec<_> =
        bill.lines.iter().map(|l| (l.our_id.as_str(), l.kind, l.amount.minor, l.fee.minor)).collect();
    let want = [
        ("pat_001", BillKind::Payment, 13_000, 78),
        ("prf_1", BillKind::Refund, 1_000, -6),
        ("pat_002", BillKind::Payment, 5_000, 30),
    ];
    assert_eq!(sorted(&lines), sorted(&want));
    assert_eq!((bill.broken.len(), bill.total), (0, Some(Money::cny(17_000))));
    for (knobs, lines, broken) in [
        (json!({ "broken_bill_percent": 100 }), 3, 3),
        (json!({ "missing_bill_percent": 100 }), 0, 0),
        (json!({ "extra_bill_percent": 100 }), 6, 0),
    ] {
        world.set(Desk::Wechat, knobs.clone());
        let bill = gateway.bill(day).await.unwrap();
        assert_eq!((bill.lines.len(), bill.broken.len()), (lines, broken), "{knobs}");
    }
    world.set(Desk::Wechat, json!({ "wrong_bill_percent": 100 }));
    assert!(gateway.bill(day).await.unwrap().lines.iter().any(|line| line.amount == Money::cny(13_001)));
    let quiet = gateway.bill(jiff::civil::date(2026, 11, 20)).await.unwrap();
    assert_eq!(quiet, connectors::Bill::default());
}

fn sorted<T: Ord + Clone>(items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    items.sort();
    items
}

#[tokio::test]
async fn orders_and_notices_on_their_way_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("sandbox.jsonl");
    let before = world_with(|config| config.journal = Some(journal.clone())).await;
    before.receiver.answer_with(StatusCode::SERVICE_UNAVAILABLE);
    let paid = pay(&before, "pat_001", 100, "pay").await;
    before.running.sandbox.flush().await;
    let World { running, receiver, .. } = before;
    running.stop().await.unwrap();
    let after = world_with(|config| config.journal = Some(journal.clone())).await;
    assert_eq!(after.wechat(Believed::PublicKey).query(&after.begun("pat_001")).await.unwrap(), paid);
    receiver.take();
    receiver.answer_with(StatusCode::NO_CONTENT);
    assert_eq!(after.running.sandbox.flush_all().await.delivered, 1);
    assert!(hear(&after.wechat(Believed::PublicKey), &receiver.take()[0]).is_ok());
}

#[tokio::test]
async fn the_page_of_the_payer_speaks_both_languages_and_leads_nowhere_else() {
    let world = world().await;
    let screen = Screen::Phone;
    let payer_address = Some("203.0.113.9".to_owned());
    let new = NewPayment {
        screen,
        payer_address,
        return_url: "https://elsewhere.example/".to_owned(),
        ..world.payment("pat_001", 100)
    };
    let payment = world.wechat(Believed::PublicKey).create_attempt(&new).await.unwrap();
    let page = page_of(&payment).to_owned();
    let text = async |url: &str| String::from_utf8(world.get(url).await.body).unwrap();
    assert!(text(&page).await.contains("微信支付（沙箱）"));
    assert!(text(&format!("{page}&lang=en")).await.contains("WeChat Pay (sandbox)"));
    let reply = world.press(&page, "pay").await;
    assert!(!reply.headers["location"].to_str().unwrap().contains("elsewhere"));
    assert!(text(&page).await.contains("已付款"));
}
