//! The end of payments nobody paid, and money that comes after it.

use kernel::Duration;
use ledger::AccountName;

use super::Till;
use super::gateway::Fault;
use crate::order::{self, MoneyState, OrderState};
use crate::payment::{AttemptState, PaymentState, Status, attempt as attempts, topic, watch};

pub(super) const LONG: Duration = Duration::from_mins(31);

#[testkit::db_test]
async fn p9_nothing_is_closed_before_the_gateway_was_asked(t: testkit::TestDb) {
    let till = Till::open(t).await;
    // Nobody paid: closed there, then here.
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.card.calls();
    till.t.clock.advance(LONG);
    watch::expire_due(&till.svc).await.unwrap();
    assert_eq!(till.card.calls(), [format!("query {attempt}"), format!("close {attempt}")]);
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    assert_eq!(till.view(payment).await.status, Status::Closed);
    // Paid in the last moment, without a word: the order goes on.
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.card.pay(attempt);
    till.t.clock.advance(LONG);
    watch::expire_due(&till.svc).await.unwrap();
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.view(payment).await.status, Status::Paid);
    till.sound().await;
}

#[testkit::db_test]
async fn p9_what_the_bank_still_decides_or_nobody_knows_is_waited_for(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (slow, slow_payment) = till.order().await;
    let attempt = till.begin(slow_payment, "card").await;
    till.card.decide(attempt, connectors::PaymentState::Processing);
    let (silent, silent_payment) = till.order().await;
    till.begin(silent_payment, "wechat").await;
    till.t.clock.advance(LONG);
    till.other.fail_next(&[Fault::Lost, Fault::Lost]);
    watch::expire_due(&till.svc).await.unwrap();
    for order in [slow, silent] {
        till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    }
    assert_eq!(till.view(silent_payment).await.attempts[0].state, AttemptState::Unknown);
    assert_eq!(watch::expire_due(&till.svc).await.unwrap(), 0, "not again at once");
    till.card.pay(attempt);
    till.work_in(Duration::from_mins(1)).await;
    till.check_order(slow, OrderState::InProgress, MoneyState::Held).await;
    till.check_order(silent, OrderState::Cancelled, MoneyState::Released).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p8_money_after_the_end_of_an_order_is_booked_goes_back_and_the_customer_is_told(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.t.clock.advance(LONG);
    watch::expire_due(&till.svc).await.unwrap();
    let late = till.card.pay(attempt);
    for _ in 0..3 {
        till.callback(&late).await.unwrap();
    }
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    assert_eq!(till.balance(AccountName::Suspense("overpaid")).await, (10_000, 10_000));
    let told: crate::payment::PaymentFact = till.facts(topic::SURPLUS).await[0].read().unwrap();
    assert_eq!((told.order, told.reason.as_str()), (Some(order), "expired"));
    assert_eq!(till.facts(topic::SURPLUS).await.len(), 1);
    till.work().await;
    assert_eq!(till.balance(AccountName::Gateway("card")).await, (0, 0));
    let codes = till.history(order).await;
    assert_eq!(codes[codes.len() - 2..], ["overpaid", "surplus_refunded"]);
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    assert_eq!(till.view(payment).await.payment.state, PaymentState::Closed);
    till.sound().await;
}

#[testkit::db_test]
async fn p8_money_paid_after_the_close_is_found_without_a_callback(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.t.clock.advance(LONG);
    watch::expire_due(&till.svc).await.unwrap();
    till.card.pay(attempt);
    till.work_in(Duration::from_mins(59)).await;
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Closed);
    till.work_in(Duration::from_mins(1)).await;
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Surplus);
    assert_eq!(till.card.refunds().len(), 1);
    assert_eq!(till.balance(AccountName::Gateway("card")).await, (0, 0));
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p8_what_ended_without_money_is_asked_about_until_its_gateway_answers_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.t.clock.advance(LONG);
    watch::expire_due(&till.svc).await.unwrap();
    till.card.calls();
    till.card.fail_next(&[Fault::Lost]);
    let mut pauses = Vec::new();
    while let Some(next) = till.view(payment).await.attempts[0].next_poll_at {
        pauses.push(next.since(till.t.cx.now()).as_secs());
        till.t.clock.set(next);
        assert_eq!(watch::poll_due(&till.svc).await.unwrap(), 1);
    }
    assert_eq!(pauses, [3_600, 7_200]);
    assert_eq!(till.card.calls(), [format!("query {attempt}"), format!("query {attempt}")]);
    assert!(till.facts(topic::REVIEW).await.is_empty(), "nobody has to look");
    till.sound().await;
}

#[testkit::db_test]
async fn p8_a_late_top_up_is_still_possible_and_is_credited(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let payment = till.top_up().await;
    let attempt = till.begin(payment, "card").await;
    till.t.clock.advance(LONG);
    watch::expire_due(&till.svc).await.unwrap();
    assert_eq!(till.view(payment).await.status, Status::Closed);
    till.callback(&till.card.pay(attempt)).await.unwrap();
    assert_eq!(till.view(payment).await.status, Status::Paid);
    assert_eq!(till.balance(till.wallet()).await, (10_000, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn p8_when_the_stock_is_gone_the_order_ends_and_the_money_goes_back(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let cx = &till.t.cx;
    let (order, payment) = till.order_of(&[("warehouse", 10_000)], Some("router")).await;
    // One piece, promised to this order, lapsed, and promised to another.
    let now = cx.now();
    let values = db::params![cx.id(), now];
    let item = "INSERT INTO stock_item (id, sku, on_hand, allocated, reserved, updated_at) VALUES ($1, 'router', 1, 0, 0, $2)";
    till.t.raw(item, values).await;
    let (rival, _) = till.order_of(&[("warehouse", 10_000)], Some("router")).await;
    for (id, minutes) in [(order, 5), (rival, 60)] {
        catalogue::stock::expire_due(cx).await.unwrap();
        let mut tx = cx.begin().await.unwrap();
        let wish = catalogue::stock::Reserve {
            order_id: id.raw(),
            customer: till.customer,
            sku: "router".to_owned(),
            quantity: 1,
            expires_at: cx.now().plus(Duration::from_mins(minutes)),
        };
        assert!(catalogue::stock::reserve_many(&mut tx, cx, &[wish]).await.unwrap());
        tx.commit().await.unwrap();
        till.t.clock.advance(Duration::from_mins(6));
    }
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Surplus);
    till.work().await;
    assert_eq!(till.card.refunds().len(), 1);
    assert_eq!(till.balance(AccountName::Gateway("card")).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn a_cancelled_order_is_closed_at_the_gateway_at_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    order::ops::cancel(&till.t.cx, &till.actor, order, "changed_mind", None).await.unwrap();
    till.work().await;
    assert_eq!(till.view(payment).await.status, Status::Closed);
    assert_eq!(till.card.payment(attempt).state, connectors::PaymentState::Closed);
    assert!(till.start(payment, "card").await.is_err());
    till.sound().await;
}

#[testkit::db_test]
async fn p11_no_gateway_is_called_while_a_transaction_is_open(t: testkit::TestDb) {
    let till = Till::open(t).await;
    // The watch works: with the writer taken, a call is noticed.
    let (_, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    let mut tx = till.t.cx.begin().await.unwrap();
    tx.raw("SELECT 1", Vec::new()).await.unwrap();
    let gateway = till.svc.gateways.get("card").unwrap();
    gateway.query(&attempts::begun(&till.svc, attempt).await.unwrap()).await.unwrap();
    drop(tx);
    assert_eq!(till.card.violations().len(), 1);
    // Every way to a gateway: start, again, return, poll, expiry, withdrawal, refund.
    let other = till.begin(payment, "wechat").await;
    till.returned(other).await;
    till.work_in(Duration::from_secs(15)).await;
    till.other.pay(other);
    till.work_in(Duration::from_secs(30)).await;
    let late = till.card.pay(attempt);
    till.callback(&late).await.unwrap();
    till.work_in(LONG).await;
    let (lost, _) = till.order().await;
    till.work_in(LONG).await;
    till.check_order(lost, OrderState::Cancelled, MoneyState::Released).await;
    let calls = [till.card.calls(), till.other.calls()].concat();
    for verb in ["create", "query", "close", "refund"] {
        assert!(calls.iter().any(|call| call.starts_with(verb)), "{verb} was never called: {calls:?}");
    }
    assert_eq!(till.card.violations().len(), 1);
    assert_eq!(till.other.violations().len(), 0);
}

#[testkit::db_test]
async fn p9_what_a_gateway_has_forgotten_ends_when_the_time_to_pay_is_over_for_good(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.card.forget(attempt);
    till.work_in(LONG).await;
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Unknown, "it may still be paid");
    till.work_in(Duration::from_mins(10)).await;
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    till.work_in(Duration::from_mins(5)).await;
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    let ended = till.view(payment).await.attempts[0].clone();
    assert_eq!((ended.state, ended.outcome.as_deref()), (AttemptState::Closed, Some("not_known")));
    till.sound().await;
}

#[testkit::db_test]
async fn p7_what_a_bank_was_deciding_is_never_ended_because_its_gateway_has_forgotten_it(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.decide(attempt, connectors::PaymentState::Processing)).await.unwrap();
    till.card.forget(attempt);
    till.work_in(LONG).await;
    till.work_in(Duration::from_hours(1)).await;
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Processing);
    till.sound().await;
}
