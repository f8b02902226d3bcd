//! Booking what gateways report: once, whatever comes in whatever order.

use std::sync::atomic::Ordering;

use kernel::{Currency, Duration, Money, Refusal as _};
use ledger::AccountName;

use super::gateway::{Fault, captured, payload, signed};
use super::till::{PRICE, Till};
use crate::order::{MoneyState, OrderState};
use crate::payment::{AttemptState, Error, PaymentState, Started, Status, ops, topic, watch};

const CARD: AccountName<'static> = AccountName::Gateway("card");
const OVERPAID: AccountName<'static> = AccountName::Suspense("overpaid");

#[testkit::db_test]
async fn a_captured_payment_is_set_aside_for_the_seller_and_the_order_goes_on(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    let view = till.view(payment).await;
    assert_eq!((view.payment.state, view.status), (PaymentState::Paid, Status::Paid));
    assert_eq!(view.attempts[0].card, Some(("visa".to_owned(), "4242".to_owned())));
    assert_eq!(view.attempts[0].captured, PRICE);
    assert_eq!(till.balance(CARD).await, (10_000, 0));
    assert_eq!(till.balance(till.escrow()).await, (10_000, 10_000));
    let fact = till.facts(topic::PAID).await;
    assert_eq!(fact.len(), 1);
    till.sound().await;
}

#[testkit::db_test]
async fn an_order_of_several_sellers_is_held_for_all_of_them(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order_of(&[("telecom", 7_000), ("warehouse", 3_000)], None).await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.balance(till.escrow()).await, (10_000, 10_000));
    till.sound().await;
}

#[testkit::db_test]
async fn p1_a_second_success_is_booked_and_goes_back_while_the_order_stays_paid(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let first = till.begin(payment, "card").await;
    let second = till.begin(payment, "wechat").await;
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Closed);
    // The first gateway said closed and took the money all the same.
    for (gateway, report) in [("card", till.card.pay(first)), ("wechat", till.other.pay(second))] {
        ops::callback(&till.svc, gateway, &signed(), &payload(&report)).await.unwrap();
    }
    let states: Vec<_> = till.view(payment).await.attempts.iter().map(|a| a.state).collect();
    assert_eq!(states, [AttemptState::Captured, AttemptState::Surplus]);
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.balance(OVERPAID).await, (10_000, 10_000));
    let surplus: crate::payment::PaymentFact = till.facts(topic::SURPLUS).await[0].read().unwrap();
    assert_eq!((surplus.attempt, surplus.reason.as_str()), (second, "paid_twice"));
    assert!(till.history(order).await.contains(&"overpaid".to_owned()));
    till.work().await;
    assert_eq!(till.balance(OVERPAID).await, (0, 0));
    assert_eq!(till.balance(AccountName::Gateway("wechat")).await, (0, 0));
    assert_eq!(till.balance(till.escrow()).await, (10_000, 10_000));
    assert_eq!(till.other.refunds().len(), 1);
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert!(till.history(order).await.contains(&"surplus_refunded".to_owned()));
    till.sound().await;
}

#[testkit::db_test]
async fn p3_a_callback_with_a_bad_signature_is_refused_and_written_down(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    let good = payload(&till.card.pay(attempt));
    let mut other = till.card.payment(attempt);
    other.merchant_id = "somebody".to_owned();
    for (headers, body, code) in [
        (http::HeaderMap::new(), good.clone(), "payment.bad_signature"),
        (signed(), b"{".to_vec(), "payment.bad_callback"),
        (signed(), payload(&other), "payment.wrong_merchant"),
    ] {
        let error = ops::callback(&till.svc, "card", &headers, &body).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    assert!(matches!(ops::callback(&till.svc, "nobody", &signed(), &good).await, Err(Error::NotFound)));
    assert!(matches!(ops::callback(&till.svc, "wechat", &signed(), &good).await, Err(Error::NotFound)));
    assert_eq!(till.audited("payment.callback_refused").await, 3);
    assert_eq!(till.facts(topic::ALARM).await.len(), 1);
    assert_eq!(till.transfers().await, 0);
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p3_a_report_of_another_amount_or_currency_books_nothing_and_rings(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let money = |minor, currency| Money::new(minor, currency);
    for (asked, taken) in [
        (PRICE, money(10_001, Currency::CNY)),
        (PRICE, money(10_000, Currency::USD)),
        (money(9_999, Currency::CNY), PRICE),
        (PRICE, money(-10_000, Currency::CNY)),
    ] {
        let (order, payment) = till.order().await;
        let attempt = till.begin(payment, "card").await;
        let truth = till.card.pay(attempt);
        let mut lie = truth.clone();
        lie.amount = asked;
        lie.state = captured(taken);
        let alarms = till.facts(topic::ALARM).await.len();
        till.callback(&lie).await.unwrap();
        till.callback(&lie).await.unwrap();
        assert_eq!(till.facts(topic::ALARM).await.len(), alarms + 1, "one alarm for one lie");
        let view = till.view(payment).await;
        assert_eq!((view.attempts[0].state, view.status), (AttemptState::Mismatch, Status::Confirming));
        till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
        assert_eq!(till.balance(till.escrow()).await.1, 10_000 * i64::try_from(alarms).unwrap());
        // The truth, asked for, still gets in.
        till.returned(attempt).await;
        till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    }
    till.sound().await;
}

#[testkit::db_test]
async fn p4_the_same_callback_once_twice_and_a_hundred_times_in_parallel_is_booked_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    // Callbacks hold transactions of their own all the time here.
    till.card.watch.store(false, Ordering::SeqCst);
    for (round, times) in (1_i64..).zip([1_usize, 2, 100]) {
        let (order, payment) = till.order().await;
        let attempt = till.begin(payment, "card").await;
        let report = till.card.pay(attempt);
        let calls = (0..times).map(|_| till.callback(&report));
        let answers = futures_util::future::join_all(calls).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
        assert_eq!(till.transfers().await, round);
        assert_eq!(till.facts(topic::PAID).await.len(), usize::try_from(round).unwrap());
        let paid = till.history(order).await.iter().filter(|code| *code == "paid").count();
        assert_eq!(paid, 1);
    }
    till.sound().await;
}

#[testkit::db_test]
async fn p5_callback_return_and_poll_end_in_the_same_state_in_every_order(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let orders = ["crp", "cpr", "rcp", "rpc", "pcr", "prc", "c", "r", "p"];
    for (round, sequence) in (1_i64..).zip(orders) {
        let (order, payment) = till.order().await;
        let attempt = till.begin(payment, "card").await;
        let report = till.card.pay(attempt);
        till.t.clock.advance(Duration::from_secs(20));
        for way in sequence.chars() {
            match way {
                'c' => till.callback(&report).await.unwrap(),
                'r' => drop(till.returned(attempt).await),
                _ => drop(watch::poll_due(&till.svc).await.unwrap()),
            }
        }
        till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
        let view = till.view(payment).await;
        assert_eq!((view.status, view.attempts.len()), (Status::Paid, 1), "{sequence}");
        assert_eq!(view.attempts[0].next_poll_at, None);
        assert_eq!(till.transfers().await, round, "{sequence}");
        let codes: Vec<String> = till.history(order).await;
        assert_eq!(codes, ["paid", "state"], "{sequence}");
    }
    till.sound().await;
}

#[testkit::db_test]
async fn p5_a_callback_before_our_own_commit_of_the_gateways_answer_wins(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    till.card.slow_create.store(true, Ordering::SeqCst);
    let quick_payer = async {
        till.card.created.acquire().await.unwrap().forget();
        let attempt = till.view(payment).await.attempts[0].id;
        assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Opening);
        till.callback(&till.card.pay(attempt)).await.unwrap();
        till.card.go.add_permits(1);
    };
    // The answer that arrives last tells of an open payment.
    let (started, ()) = tokio::join!(till.start(payment, "card"), quick_payer);
    assert_eq!(started.unwrap(), Started::AlreadyPaid);
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Captured);
    till.sound().await;
}

#[testkit::db_test]
async fn an_older_report_never_replaces_a_newer_one(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    let processing = till.card.decide(attempt, connectors::PaymentState::Processing);
    let declined = till.card.decline(attempt);
    till.callback(&declined).await.unwrap();
    till.callback(&processing).await.unwrap();
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Declined);
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p6_a_second_card_on_the_page_that_declined_the_first_is_noticed_without_a_callback(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    till.work().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.decline_for_now(attempt)).await.unwrap();
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    till.card.pay(attempt);
    till.work_in(Duration::from_secs(15)).await;
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p9_a_page_on_which_a_card_was_declined_is_closed_when_the_time_to_pay_is_over(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.decline_for_now(attempt)).await.unwrap();
    till.work_in(Duration::from_hours(1)).await;
    assert_eq!(till.card.payment(attempt).state, connectors::PaymentState::Closed);
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Closed);
    assert_eq!(till.order_now(order).await.state, OrderState::Cancelled);
    till.sound().await;
}

#[testkit::db_test]
async fn p6_without_a_callback_the_poller_settles(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    till.work().await;
    let attempt = till.begin(payment, "card").await;
    till.card.pay(attempt);
    till.work_in(Duration::from_secs(14)).await;
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    till.work_in(Duration::from_secs(1)).await;
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p6_a_gateway_that_never_answers_is_asked_for_a_day_and_then_a_person_looks(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let payment = till.top_up().await;
    till.card.fail_next(&[Fault::Hang]);
    assert_eq!(till.start(payment, "card").await.unwrap(), Started::Confirming);
    let begun = till.t.cx.now();
    till.card.fail_next(&[Fault::Lost; 20]);
    let mut pauses = Vec::new();
    while let Some(next) = till.view(payment).await.attempts[0].next_poll_at {
        pauses.push(next.since(till.t.cx.now()).as_secs());
        till.t.clock.set(next);
        assert_eq!(watch::poll_due(&till.svc).await.unwrap(), 1);
        assert_eq!(watch::poll_due(&till.svc).await.unwrap(), 0);
    }
    assert_eq!(pauses[..6], [15, 30, 180, 600, 1_800, 3_600]);
    assert_eq!(till.t.cx.now().since(begun), Duration::from_hours(24));
    let review: crate::payment::ReviewFact = till.facts(topic::REVIEW).await[0].read().unwrap();
    assert_eq!((review.payment, review.reason.as_str()), (Some(payment), "no_answer"));
    assert_eq!(till.facts(topic::REVIEW).await.len(), 1);
    till.sound().await;
}

#[testkit::db_test]
async fn p12_order_and_money_are_two_states_and_what_was_overpaid_is_seen(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let first = till.begin(payment, "card").await;
    let second = till.begin(payment, "wechat").await;
    // The first was closed for the second, and is paid all the same; then the second too.
    till.callback(&till.card.pay(first)).await.unwrap();
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    till.other.slow_refunds.store(true, std::sync::atomic::Ordering::SeqCst);
    till.other.pay(second);
    till.returned(second).await;
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    let view = till.view(payment).await;
    let seen: Vec<_> = view.attempts.iter().map(|a| (a.state, a.captured)).collect();
    assert_eq!(seen, [(AttemptState::Captured, PRICE), (AttemptState::Surplus, PRICE)]);
    assert_eq!(view.refunds[0].attempt, second, "the second one goes back, not the order's own money");
    assert_eq!(till.balance(AccountName::Suspense("overpaid")).await, (PRICE.minor, PRICE.minor));
    assert!(till.history(order).await.contains(&"overpaid".to_owned()));
    till.sound().await;
}
