//! Paying from the balance what waits for a card: once, and never both.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use catalogue::service::{PaymentMethod, Shelf};
use kernel::{AccountId, Duration, Money, Refusal as _};
use ledger::AccountName;

use super::gateway::Fault;
use super::till::{PRICE, Till, customer_of};
use crate::order::{MoneyState, OrderState};
use crate::payment::{AttemptState, Error, FromBalance, PaymentId, PaymentState, Started, Status, wallet};

/// A till at which the customer has this much, in fen.
async fn open(t: testkit::TestDb, fen: i64) -> (Till, Arc<Shelf>) {
    let till = Till::open(t).await;
    let shelf = crate::testing::shelf(&till.t).await;
    if fen > 0 {
        let mut tx = till.t.cx.begin().await.unwrap();
        let (customer, amount) = (till.customer, Money::cny(fen));
        let top_up = ledger::TopUp { customer, gateway: "card", amount, business_key: "before".to_owned() };
        let lane = crate::lane(&tx);
        ledger::credit_top_up(&mut tx, &till.t.cx, lane, top_up).await.unwrap();
        tx.commit().await.unwrap();
    }
    (till, shelf)
}

async fn pay(till: &Till, shelf: &Shelf, payment: PaymentId) -> Result<FromBalance, Error> {
    wallet::pay_from_balance(&till.svc, shelf, &till.actor, payment).await
}

#[testkit::db_test]
async fn an_order_that_waits_for_a_card_is_paid_from_the_balance_once(t: testkit::TestDb) {
    let (till, shelf) = open(t, 30_000).await;
    let (order, payment) = till.order().await;
    assert_eq!(pay(&till, &shelf, payment).await.unwrap(), FromBalance::Paid);
    assert_eq!(pay(&till, &shelf, payment).await.unwrap(), FromBalance::AlreadyPaid);
    assert_eq!(till.start(payment, "card").await.unwrap(), Started::AlreadyPaid);
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.order_now(order).await.payment, PaymentMethod::Balance);
    assert_eq!(till.balance(till.wallet()).await, (30_000, 10_000));
    let view = till.view(payment).await;
    assert_eq!((view.status, view.attempts.len()), (Status::Paid, 0));
    assert_eq!(till.facts("order.accepted").await.len(), 1);
    assert_eq!(till.audited("payment.from_balance").await, 1);
    assert_eq!(till.card.calls(), Vec::<String>::new());
    till.sound().await;
}

#[testkit::db_test]
async fn p2_what_is_open_at_a_gateway_is_closed_there_first_and_its_late_money_goes_back(t: testkit::TestDb) {
    let (till, shelf) = open(t, 30_000).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.card.calls();
    assert_eq!(pay(&till, &shelf, payment).await.unwrap(), FromBalance::Paid);
    assert_eq!(till.card.calls(), [format!("query {attempt}"), format!("close {attempt}")]);
    // The gateway said closed and took the money all the same.
    till.callback(&till.card.pay(attempt)).await.unwrap();
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Surplus);
    till.work().await;
    assert_eq!(till.card.refunds().len(), 1);
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.balance(till.wallet()).await, (30_000, 10_000));
    assert_eq!(till.balance(AccountName::Suspense("overpaid")).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn p2_while_the_bank_decides_or_says_nothing_the_balance_is_not_touched(t: testkit::TestDb) {
    let (till, shelf) = open(t, 30_000).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.card.decide(attempt, connectors::PaymentState::Processing);
    assert_eq!(pay(&till, &shelf, payment).await.unwrap(), FromBalance::Confirming);
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    // It was paid meanwhile: found out, not paid again.
    till.card.pay(attempt);
    assert_eq!(pay(&till, &shelf, payment).await.unwrap(), FromBalance::AlreadyPaid);
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.order_now(order).await.payment, PaymentMethod::Card);
    let (_, silent) = till.order().await;
    till.begin(silent, "wechat").await;
    till.other.fail_next(&[Fault::Lost]);
    assert!(matches!(pay(&till, &shelf, silent).await, Err(Error::GatewayUnavailable { .. })));
    assert_eq!(till.balance(till.wallet()).await, (30_000, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn what_cannot_be_paid_so_is_refused_and_nothing_has_moved(t: testkit::TestDb) {
    let (till, shelf) = open(t, 9_999).await;
    let (order, payment) = till.order().await;
    let stranger = customer_of(AccountId(77));
    let foreign = wallet::pay_from_balance(&till.svc, &shelf, &stranger, payment).await.unwrap_err();
    let top_up = till.top_up().await;
    let refusals = [
        (pay(&till, &shelf, payment).await.unwrap_err(), "payment.insufficient_funds"),
        (foreign, "payment.not_found"),
        (pay(&till, &shelf, top_up).await.unwrap_err(), "payment.not_from_balance"),
    ];
    for (error, code) in &refusals {
        assert_eq!(error.code(), *code);
    }
    assert!(matches!(refusals[0].0, Error::InsufficientFunds { short } if short.minor == 1));
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Unpaid).await;
    // A card still can.
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    let (_, late) = till.order().await;
    till.t.clock.advance(Duration::from_mins(31));
    assert!(matches!(pay(&till, &shelf, late).await, Err(Error::Ended)));
    assert_eq!(till.balance(till.wallet()).await, (9_999, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn p1_card_and_balance_at_the_same_moment_pay_once(t: testkit::TestDb) {
    let (till, shelf) = open(t, 200_000).await;
    till.card.watch.store(false, Ordering::SeqCst);
    for round in 0..6 {
        let (order, payment) = till.order().await;
        let attempt = till.begin(payment, "card").await;
        let report = till.card.pay(attempt);
        let card = futures_util::future::join_all((0..3).map(|_| till.callback(&report)));
        let balance = futures_util::future::join_all((0..3).map(|_| pay(&till, &shelf, payment)));
        let (told, answers) =
            if round % 2 == 0 { tokio::join!(card, balance) } else { swap(tokio::join!(balance, card)) };
        assert!(told.iter().all(Result::is_ok), "{told:?}");
        let paid = answers.iter().filter(|answer| matches!(answer, Ok(FromBalance::Paid))).count();
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        till.work().await;
        till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
        let view = till.view(payment).await;
        assert_eq!(view.payment.state, PaymentState::Paid);
        // Whoever was second gives back, or took nothing.
        let (method, state) = match paid {
            0 => (PaymentMethod::Card, AttemptState::Captured),
            _ => (PaymentMethod::Balance, AttemptState::Surplus),
        };
        assert!(paid <= 1);
        assert_eq!((till.order_now(order).await.payment, view.attempts[0].state), (method, state));
    }
    let held = till.balance(till.wallet()).await.1 + till.balance(till.escrow()).await.1;
    assert_eq!(held, 6 * PRICE.minor, "each order was paid once");
    till.sound().await;
}

fn swap<A, B>((a, b): (A, B)) -> (B, A) {
    (b, a)
}

#[testkit::db_test]
async fn many_wishes_to_pay_one_order_from_the_balance_take_the_money_once(t: testkit::TestDb) {
    let (till, shelf) = open(t, 200_000).await;
    let (order, payment) = till.order().await;
    let answers = futures_util::future::join_all((0..20).map(|_| pay(&till, &shelf, payment))).await;
    let paid = answers.iter().filter(|answer| matches!(answer, Ok(FromBalance::Paid))).count();
    assert_eq!((paid, answers.iter().all(Result::is_ok)), (1, true), "{answers:?}");
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.balance(till.wallet()).await, (200_000, 10_000));
    till.sound().await;
}
