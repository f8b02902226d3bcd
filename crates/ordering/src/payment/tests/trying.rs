//! Starting attempts: what went before is resolved first, nobody is led to pay twice.

use std::sync::atomic::Ordering;

use kernel::{AccountId, Duration, Refusal as _};

use super::gateway::Fault;
use super::{Till, customer_of};
use crate::order::{MoneyState, OrderState};
use crate::payment::{AttemptState, Error, StartAttempt, Started, Status, attempt, ops};

#[testkit::db_test]
async fn p2_open_attempts_are_queried_and_closed_before_a_new_one(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment) = till.order().await;
    let first = till.begin(payment, "card").await;
    assert_eq!(till.card.calls(), [format!("create {first}")]);
    assert_eq!(till.begin(payment, "card").await, first, "the same gateway's page is used again");
    assert_eq!(till.card.calls(), [format!("query {first}")]);
    let second = till.begin(payment, "wechat").await;
    assert_eq!(till.card.calls(), [format!("query {first}"), format!("close {first}")]);
    assert_eq!(till.other.calls(), [format!("create {second}")]);
    let states: Vec<_> = till.view(payment).await.attempts.iter().map(|a| a.state).collect();
    assert_eq!(states, [AttemptState::Closed, AttemptState::Open]);
    till.sound().await;
}

#[testkit::db_test]
async fn p2_what_was_paid_meanwhile_is_found_instead_of_paid_again(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let first = till.begin(payment, "card").await;
    till.card.pay(first);
    assert_eq!(till.start(payment, "wechat").await.unwrap(), Started::AlreadyPaid);
    assert_eq!(till.other.calls(), Vec::<String>::new());
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.start(payment, "card").await.unwrap(), Started::AlreadyPaid);
    till.sound().await;
}

#[testkit::db_test]
async fn p2_while_the_bank_decides_nobody_pays_again(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let first = till.begin(payment, "card").await;
    till.card.decide(first, connectors::PaymentState::Processing);
    assert_eq!(till.start(payment, "wechat").await.unwrap(), Started::Confirming);
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    assert_eq!(till.view(payment).await.status, Status::Confirming);
    till.card.decline(first);
    till.begin(payment, "wechat").await;
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p7_no_answer_leaves_the_attempt_unknown_and_the_next_operation_resolves_it(t: testkit::TestDb) {
    let till = Till::open(t).await;
    // It happened: the page of the first attempt is found.
    let (order, payment) = till.order().await;
    till.card.fail_next(&[Fault::Hang]);
    assert_eq!(till.start(payment, "card").await.unwrap(), Started::Confirming);
    let unknown = till.view(payment).await.attempts[0].clone();
    assert_eq!((unknown.state, unknown.next_poll_at.is_some()), (AttemptState::Unknown, true));
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    assert_eq!(till.begin(payment, "card").await, unknown.id);
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    // It did not happen: another attempt begins.
    let (_, payment) = till.order().await;
    till.card.fail_next(&[Fault::Lost]);
    assert_eq!(till.start(payment, "card").await.unwrap(), Started::Confirming);
    till.begin(payment, "card").await;
    let states: Vec<_> = till.view(payment).await.attempts.iter().map(|a| a.state).collect();
    assert_eq!(states, [AttemptState::Closed, AttemptState::Open]);
    // Still no answer: nobody pays again.
    let (_, payment) = till.order().await;
    till.card.fail_next(&[Fault::Hang, Fault::Lost]);
    assert_eq!(till.start(payment, "card").await.unwrap(), Started::Confirming);
    assert_eq!(till.start(payment, "wechat").await.unwrap(), Started::Confirming);
    till.sound().await;
}

#[testkit::db_test]
async fn p7_a_close_without_an_answer_keeps_the_customer_from_paying_twice(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    till.begin(payment, "card").await;
    till.card.fail_next(&[Fault::None, Fault::Hang]);
    assert_eq!(till.start(payment, "wechat").await.unwrap(), Started::Confirming);
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    till.begin(payment, "wechat").await;
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    // A question without an answer opens nothing elsewhere either.
    till.other.fail_next(&[Fault::Lost]);
    assert_eq!(till.start(payment, "card").await.unwrap_err().code(), "payment.gateway_unavailable");
    till.sound().await;
}

#[testkit::db_test]
async fn a_gateway_that_says_no_leaves_the_order_to_be_paid_otherwise(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    for (fault, code) in
        [(Fault::Refuse, "payment.gateway_refused"), (Fault::Unreachable, "payment.gateway_unavailable")]
    {
        till.card.fail_next(&[fault]);
        assert_eq!(till.start(payment, "card").await.unwrap_err().code(), code);
    }
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.decline(attempt)).await.unwrap();
    let view = till.view(payment).await;
    assert_eq!(view.status, Status::Declined);
    let last = view.attempts.last().unwrap();
    assert_eq!(last.outcome.as_deref(), Some("insufficient_funds"));
    assert!(till.history(order).await.contains(&"payment_declined".to_owned()));
    till.begin(payment, "card").await;
    till.sound().await;
}

#[testkit::db_test]
async fn p2_a_page_on_which_a_card_was_declined_is_closed_before_another_way_to_pay(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let first = till.begin(payment, "card").await;
    till.callback(&till.card.decline_for_now(first)).await.unwrap();
    let view = till.view(payment).await;
    assert_eq!(view.status, Status::Declined);
    assert_eq!(view.attempts[0].outcome.as_deref(), Some("insufficient_funds"));
    let told =
        || async { till.history(order).await.iter().filter(|code| *code == "payment_declined").count() };
    assert_eq!(told().await, 1);
    // The same again says nothing new.
    till.returned(first).await;
    assert_eq!((till.view(payment).await.status, told().await), (Status::Declined, 1));

    let second = till.begin(payment, "wechat").await;
    assert_ne!(first, second);
    assert_eq!(till.card.payment(first).state, connectors::PaymentState::Closed);
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Closed);
    assert_eq!(till.view(payment).await.status, Status::ToPay);
    till.sound().await;
}

#[testkit::db_test]
async fn two_starts_at_once_open_one_attempt(t: testkit::TestDb) {
    let till = Till::open(t).await;
    till.card.watch.store(false, Ordering::SeqCst);
    let (_, payment) = till.order().await;
    let starts = (0..8).map(|_| till.start(payment, "card"));
    let answers = futures_util::future::join_all(starts).await;
    let attempts = till.view(payment).await.attempts;
    assert_eq!(attempts.len(), 1);
    for answer in answers {
        match answer.unwrap() {
            Started::Checkout { attempt, .. } => assert_eq!(attempt, attempts[0].id),
            other => assert_eq!(other, Started::Confirming),
        }
    }
    till.sound().await;
}

#[testkit::db_test]
async fn w2_a_foreign_payment_does_not_exist(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    let stranger = customer_of(AccountId::new(&till.t.cx.ids, till.t.cx.now()));
    let input = StartAttempt {
        payment,
        gateway: "card".to_owned(),
        locale: kernel::Locale::Zh,
        return_url: "https://everlit.example".to_owned(),
        screen: connectors::Screen::default(),
        payer_address: None,
    };
    assert!(matches!(
        attempt::start_attempt(&till.svc, &stranger, input.clone()).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(attempt::returned(&till.svc, &stranger, attempt).await, Err(Error::NotFound)));
    assert!(matches!(ops::view(&till.t.cx, &stranger, payment).await, Err(Error::NotFound)));
    assert!(matches!(ops::of_order(&till.t.cx, &stranger, order).await, Err(Error::NotFound)));
    assert!(ops::of_order(&till.t.cx, &till.actor, order).await.unwrap().is_some());
    let unknown = StartAttempt { gateway: "cash".to_owned(), ..input.clone() };
    let error = attempt::start_attempt(&till.svc, &till.actor, unknown).await.unwrap_err();
    assert_eq!(error.code(), "payment.gateway_unknown");
    let (_, payment) = till.order().await;
    let elsewhere = StartAttempt { payment, return_url: "javascript:alert(1)".to_owned(), ..input };
    let error = attempt::start_attempt(&till.svc, &till.actor, elsewhere).await.unwrap_err();
    assert_eq!(error.code(), "payment.bad_return_address");
    till.t.clock.advance(Duration::from_mins(31));
    assert_eq!(till.start(payment, "card").await.unwrap_err().code(), "payment.ended");
    till.sound().await;
}
