//! Payments by transfer to the merchant's account: right, wrong, late, in parts, of nobody; sent back; stated.

use connectors::bank::{BankSettings, BankTransfer, Told, code_of, is_code};
use connectors::gateway::{AmountMismatch, CallbackError, Report};
use connectors::{
    BaseUrl, BillKind, Capture, Checkout, Gateway as _, GatewayError, NewPayment, NewRefund, Payment,
    PaymentState, RefundState,
};
use http::{Method, StatusCode};
use kernel::{Clock as _, Duration, Money};
use sandbox::Desk;
use serde_json::json;

use crate::support::{Callback, World, client, world, world_with};

fn gateway_within(world: &World, told: Told, patience: Duration) -> BankTransfer {
    let settings = BankSettings {
        base: BaseUrl::parse(&world.config.base_url(Desk::Bank)).unwrap(),
        merchant_id: world.config.merchant_id.clone(),
        keys: world.config.keys(Desk::Bank).unwrap().clone(),
        told,
    };
    BankTransfer::new("bank_transfer", settings, client(patience), world.clock.clone())
}

fn gateway(world: &World) -> BankTransfer {
    gateway_within(world, Told::Code, Duration::from_secs(10))
}

/// Where to and with which purpose the payer is to send money.
fn way(payment: &Payment) -> (String, String) {
    match payment.checkout.clone().unwrap() {
        Checkout::BankTransfer { account, reference, .. } => (account, reference),
        other => panic!("{other:?}"),
    }
}

async fn send(world: &World, account: &str, purpose: &str, amount: &str) -> StatusCode {
    let url = format!("{}/bank/send", world.config.public_url);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let payer = "payer=%E6%9D%8E%E5%9B%9B&payer_account=622202000000000000000";
    let body = format!("account={account}&amount={amount}&purpose={purpose}&{payer}");
    world.send(Method::POST, &url, &form, &body).await.status
}

async fn open(world: &World, attempt: &str) -> (Payment, String, String) {
    let payment = gateway(world).create_attempt(&world.payment(attempt, 10_000)).await.unwrap();
    let (account, code) = way(&payment);
    (payment, account, code)
}

fn told(gateway: &BankTransfer, callbacks: &[Callback]) -> Vec<Report> {
    callbacks.iter().map(|c| gateway.verify_callback(&c.headers, &c.body).unwrap().report).collect()
}

#[tokio::test]
async fn money_with_the_code_of_a_payment_pays_it_and_is_reported_once() {
    let world = world().await;
    let (payment, account, code) = open(&world, "at_1").await;
    assert_eq!((code.as_str(), is_code(&code)), (code_of("at_1").as_str(), true));
    assert_eq!(payment.state, PaymentState::Open);
    assert_eq!(
        gateway(&world).query(&world.begun("at_1")).await.unwrap(),
        payment,
        "the way stays known while it is open"
    );
    let purpose = format!("%E8%AE%A2%E5%8D%95+{}-{}", &code[..4], &code[4..]);
    assert_eq!(send(&world, &account, &purpose, "100.00").await, StatusCode::OK);
    let paid = gateway(&world).query(&world.begun("at_1")).await.unwrap();
    assert_eq!(paid.agrees(Money::cny(10_000)), Ok(()));
    assert_eq!((paid.state.name(), paid.checkout.clone()), ("captured", None));
    assert_eq!(told(&gateway(&world), &world.callbacks().await), [Report::Payment(paid)]);
}

#[tokio::test]
async fn an_account_of_its_own_needs_no_code() {
    let world = world().await;
    let gateway = gateway_within(&world, Told::Account, Duration::from_secs(10));
    let first = gateway.create_attempt(&world.payment("at_1", 10_000)).await.unwrap();
    let second = gateway.create_attempt(&world.payment("at_2", 10_000)).await.unwrap();
    assert_ne!(way(&first).0, way(&second).0);
    assert_eq!(way(&first).1, "");
    send(&world, &way(&second).0, "", "100").await;
    assert_eq!(gateway.query(&world.begun("at_1")).await.unwrap().state, PaymentState::Open);
    assert_eq!(gateway.query(&world.begun("at_2")).await.unwrap().state.name(), "captured");
    assert_eq!(send(&world, "12345678", "", "100").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send(&world, &way(&first).0, "", "nothing").await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn p3_too_little_or_too_much_is_reported_as_it_is_and_the_rest_may_follow() {
    let world = world().await;
    let (_, account, code) = open(&world, "at_1").await;
    let wrong =
        |reported| Err(AmountMismatch { reported: Money::cny(reported), expected: Money::cny(10_000) });
    let now = async || gateway(&world).query(&world.begun("at_1")).await.unwrap();
    send(&world, &account, &code, "60.00").await;
    let part = now().await;
    assert_eq!(part.agrees(Money::cny(10_000)), wrong(6_000));
    send(&world, &account, &code, "40.00").await;
    let whole = now().await;
    assert!(whole.sequence > part.sequence);
    assert_eq!(whole.agrees(Money::cny(10_000)), Ok(()));
    send(&world, &account, &code, "0.01").await;
    assert_eq!(now().await.agrees(Money::cny(10_000)), wrong(10_001));
    world.set(Desk::Bank, json!({ "wrong_amount_percent": 100 }));
    let (_, account, code) = open(&world, "at_2").await;
    world.callbacks().await;
    send(&world, &account, &code, "100.00").await;
    let Report::Payment(lie) = told(&gateway(&world), &world.callbacks().await).remove(0) else { panic!() };
    assert_eq!(lie.agrees(Money::cny(10_000)), wrong(10_001));
    assert_eq!(gateway(&world).query(&world.begun("at_2")).await.unwrap().agrees(Money::cny(10_000)), Ok(()));
}

#[tokio::test]
async fn p8_p9_what_is_closed_or_lapsed_waits_for_no_money_and_late_money_is_a_late_success() {
    let world = world().await;
    let (_, account, code) = open(&world, "at_1").await;
    assert_eq!(gateway(&world).close(&world.begun("at_1")).await.unwrap().state, PaymentState::Closed);
    let (_, _, other) = open(&world, "at_2").await;
    world.clock.advance(Duration::from_mins(30));
    world.callbacks().await;
    assert_eq!(gateway(&world).query(&world.begun("at_2")).await.unwrap().state, PaymentState::Closed);
    for (attempt, code) in [("at_1", code), ("at_2", other)] {
        let before = gateway(&world).query(&world.begun(attempt)).await.unwrap();
        send(&world, &account, &code, "100.00").await;
        let late = gateway(&world).query(&world.begun(attempt)).await.unwrap();
        assert!(late.state.name() == "captured" && late.sequence > before.sequence);
        assert_eq!(gateway(&world).close(&world.begun(attempt)).await.unwrap().state.name(), "captured");
    }
}

#[tokio::test]
async fn p7_an_unanswered_request_is_unknown_and_repeating_it_gives_the_same() {
    let world = world().await;
    world.set(Desk::Bank, json!({ "hang_percent": 100 }));
    let impatient = gateway_within(&world, Told::Code, Duration::from_millis(200));
    let new = world.payment("at_1", 10_000);
    assert!(matches!(impatient.create_attempt(&new).await, Err(GatewayError::Unknown { .. })));
    world.set(Desk::Bank, json!({}));
    let found = gateway(&world).query(&world.begun("at_1")).await.unwrap();
    assert_eq!(gateway(&world).create_attempt(&new).await.unwrap(), found);
    assert_eq!(gateway(&world).query(&world.begun("at_2")).await, Err(GatewayError::NotKnown));
    for bad in [
        NewPayment { amount: Money::cny(0), ..world.payment("at_3", 1) },
        NewPayment { amount: Money::new(1, kernel::Currency::USD), ..world.payment("at_3", 1) },
        NewPayment { capture: Capture::Later, ..world.payment("at_3", 1) },
        NewPayment { amount: Money::cny(7), ..world.payment("at_1", 1) },
    ] {
        let error = gateway(&world).create_attempt(&bad).await.unwrap_err();
        assert!(matches!(error, GatewayError::Refused { retriable: false, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn p3_p4_callbacks_that_are_forged_foreign_or_repeated_are_seen_as_such() {
    let world = world().await;
    world.set(Desk::Bank, json!({ "duplicate_callbacks": 3 }));
    let (_, account, code) = open(&world, "at_1").await;
    send(&world, &account, &code, "100.00").await;
    let copies = world.callbacks().await;
    assert_eq!(copies.len(), 4);
    let gateway = gateway(&world);
    let event = |c: &Callback| gateway.verify_callback(&c.headers, &c.body).unwrap();
    assert!(copies.iter().all(|copy| event(copy) == event(&copies[0])));
    let cut = &copies[0].body[..copies[0].body.len() - 1];
    assert!(matches!(gateway.verify_callback(&copies[0].headers, cut), Err(CallbackError::Signature(_))));
    for (attempt, knob) in [
        ("at_2", "wrong_merchant_percent"),
        ("at_3", "bad_signature_percent"),
        ("at_4", "stale_timestamp_percent"),
    ] {
        world.set(Desk::Bank, json!({ knob: 100 }));
        let (_, account, code) = open(&world, attempt).await;
        send(&world, &account, &code, "100.00").await;
        let callback = world.callbacks().await.remove(0);
        let error = gateway.verify_callback(&callback.headers, &callback.body).unwrap_err();
        assert_eq!(
            matches!(error, CallbackError::WrongMerchant(_)),
            knob == "wrong_merchant_percent",
            "{error}"
        );
    }
}

fn back(refund: &str, fen: i64) -> NewRefund {
    NewRefund {
        refund_id: refund.to_owned(),
        attempt_id: "at_1".to_owned(),
        amount: Money::cny(fen),
        reason: "客户取消".to_owned(),
    }
}

#[tokio::test]
async fn p10_money_goes_back_to_whom_it_came_from_and_never_more_than_came() {
    let world = world().await;
    let (_, account, code) = open(&world, "at_1").await;
    let gateway = gateway(&world);
    assert!(gateway.refund(&back("r0", 1)).await.is_err(), "nothing came in");
    send(&world, &account, &code, "100.00").await;
    assert_eq!(gateway.refund(&back("r1", 6_000)).await.unwrap().state, RefundState::Succeeded);
    assert_eq!(gateway.refund(&back("r1", 6_000)).await.unwrap().state, RefundState::Succeeded, "once");
    for (refund, fen) in [("r2", 4_001), ("r3", 0), ("r4", -1), ("r1", 10)] {
        assert!(gateway.refund(&back(refund, fen)).await.is_err(), "{refund} {fen}");
    }
    world.set(Desk::Bank, json!({ "refusal_percent": 100 }));
    let failed = gateway.refund(&back("r5", 4_000)).await.unwrap();
    assert!(matches!(failed.state, RefundState::Failed { .. }), "the payer's account is closed");
    world.set(Desk::Bank, json!({ "answer": "later" }));
    assert_eq!(gateway.refund(&back("r6", 4_000)).await.unwrap().state, RefundState::Pending);
    assert!(gateway.refund(&back("r7", 1)).await.is_err(), "what is on its way is spoken for");
    world.callbacks().await;
    assert_eq!(gateway.query_refund("at_1", "r6").await.unwrap().state, RefundState::Succeeded);
    assert_eq!(gateway.query_refund("at_1", "r2").await, Err(GatewayError::NotKnown));
    assert_eq!(gateway.query(&world.begun("at_1")).await.unwrap().refunded, Money::cny(10_000));
}

#[tokio::test]
async fn l7_the_statement_has_what_came_and_went_and_money_of_nobody_with_no_id() {
    let world = world().await;
    let (_, account, code) = open(&world, "at_1").await;
    send(&world, &account, &code, "100.00").await;
    send(&world, &account, "12345678901234", "5.00").await;
    send(&world, &account, "%22a%2C+b%22", "7.50").await;
    gateway(&world).refund(&back("r1", 4_000)).await.unwrap();
    let day = jiff::civil::date(2026, 11, 21);
    assert_eq!(gateway(&world).bill(day).await, Err(GatewayError::NotKnown), "the day is not over");
    world.clock.advance(Duration::from_hours(12));
    assert!(world.clock.now() > crate::support::START);
    let told = async |knobs| {
        world.set(Desk::Bank, knobs);
        gateway(&world).bill(day).await
    };
    let bill = told(json!({})).await.unwrap();
    let mut seen: Vec<_> = bill.lines.iter().map(|l| (l.kind, l.our_id.as_str(), l.amount.minor)).collect();
    seen.sort_unstable();
    let want = [
        (BillKind::Payment, "", 500),
        (BillKind::Payment, "", 750),
        (BillKind::Payment, "at_1", 10_000),
        (BillKind::Refund, "r1", 4_000),
    ];
    assert_eq!((seen.as_slice(), bill.total), (want.as_slice(), Some(Money::cny(7_250))));
    assert!(bill.broken.is_empty());
    let broken = told(json!({ "broken_bill_percent": 100 })).await.unwrap();
    assert_eq!((broken.lines.len(), broken.broken.len()), (0, 4));
    let missing = told(json!({ "missing_bill_percent": 100 })).await.unwrap();
    assert_eq!((missing.lines.len(), missing.total), (0, Some(Money::cny(7_250))), "the sum gives it away");
    let extra = told(json!({ "extra_bill_percent": 100 })).await.unwrap();
    assert_eq!(extra.lines.len(), 8);
    for knob in ["failure_percent", "garbage_percent"] {
        assert!(matches!(told(json!({ knob: 100 })).await, Err(GatewayError::Unknown { .. })), "{knob}");
    }
    world.set(Desk::Bank, json!({}));
    let quiet = gateway(&world).bill(jiff::civil::date(2026, 11, 20)).await.unwrap();
    assert!(quiet.lines.is_empty());
}

#[tokio::test]
async fn after_a_restart_the_bank_remembers_what_it_expects_and_what_came() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.jsonl");
    let before = world_with(|config| config.journal = Some(path.clone())).await;
    let (_, account, code) = open(&before, "at_1").await;
    open(&before, "at_2").await;
    send(&before, &account, &code, "100.00").await;
    before.running.stop().await.unwrap();
    let after = world_with(|config| config.journal = Some(path.clone())).await;
    assert_eq!(gateway(&after).query(&after.begun("at_1")).await.unwrap().state.name(), "captured");
    assert_eq!(gateway(&after).query(&after.begun("at_2")).await.unwrap().state, PaymentState::Open);
    after.clock.advance(Duration::from_hours(12));
    let bill = gateway(&after).bill(jiff::civil::date(2026, 11, 21)).await.unwrap();
    assert_eq!(bill.lines.len(), 1);
}

#[tokio::test]
async fn a_transfer_to_an_account_is_accepted_and_done_or_refused_by_what_is_wrong() {
    use connectors::{Outcome, Provider as _};
    let world = world().await;
    let provider = world.provider(Desk::Bank);
    let card = "6222 0200 0000 0000 000";
    for (case, kind, account, payee, first, last) in [
        ("good", "person", card, "李四", "later", "done"),
        ("company", "company", "12345678", "某某公司", "later", "done"),
        ("slip", "person", "6222020000000000001", "李四", "refused", "invalid_account"),
        ("short", "company", "1234567", "某某公司", "refused", "invalid_account"),
        ("nobody", "person", card, "无此户", "refused", "no_account"),
        ("other name", "person", card, "错名", "later", "name_mismatch"),
        ("closed", "person", card, "打烊", "refused", "bank_closed"),
        ("silent", "person", card, "不回", "later", "later"),
    ] {
        let id = format!("op_{}", case.replace(' ', "_"));
        let answers = json!({"payee_kind": kind, "account": account, "payee": payee, "purpose": "房租"});
        let mut operation = world.operation(&id, "bank-transfer", answers);
        operation.amount = Some(Money::cny(50_000));
        assert_eq!(provider.operate(&operation).await.unwrap().outcome.name(), first, "{case}");
        world.callbacks().await;
        let outcome = provider.poll(&operation.operation_id).await.unwrap().outcome;
        let end = match &outcome {
            Outcome::Refused { reason_code, .. } => reason_code.as_str(),
            other => other.name(),
        };
        assert_eq!(end, last, "{case}");
        if let Outcome::Done { result, .. } = &outcome {
            assert!(result["bank_reference"].as_str().unwrap().starts_with("BK"));
            assert_eq!(
                result["account_tail"].as_str().unwrap().len(),
                4,
                "no whole account number comes back"
            );
        }
    }
    let free = world.operation("op_free", "bank-transfer", json!({"account": card, "payee": "李四"}));
    assert_eq!(provider.operate(&free).await.unwrap().outcome.name(), "refused", "without an amount");
}
