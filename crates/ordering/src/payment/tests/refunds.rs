//! Money on its way back.

use std::sync::atomic::Ordering;

use connectors::gateway;
use kernel::{Actor, Duration, Money, Refusal as _};
use ledger::AccountName;

use super::gateway::{Fault, refund_body, signed};
use super::till::{PRICE, Till};
use crate::order::{self, LineState, MoneyState, NewEvent, OrderId, OrderState, RefundDue};
use crate::payment::{Error, PaymentId, RefundId, RefundState, give_back, ops, topic};

const CARD: AccountName<'static> = AccountName::Gateway("card");

fn due(order: OrderId, fen: i64, key: &str) -> RefundDue {
    RefundDue { order, amount: Money::cny(fen), reason: "cancelled".to_owned(), business_key: key.to_owned() }
}

async fn open(till: &Till, due: &RefundDue) -> Result<Vec<RefundId>, Error> {
    give_back::open_due(&till.t.cx, &Actor::system("test"), due).await
}

/// An order paid by card.
async fn paid(till: &Till, lines: &[(&str, i64)]) -> (OrderId, PaymentId) {
    let (order, payment) = till.order_of(lines, None).await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    (order, payment)
}

/// Ends the lines of an order one after the other.
pub(super) async fn end(till: &Till, order: OrderId, states: &[LineState]) {
    let cx = &till.t.cx;
    let lines = order::ops::lines(&mut cx.read().await.unwrap(), cx, order).await.unwrap();
    for (line, &to) in lines.iter().zip(states) {
        for to in [LineState::InProgress, to] {
            let mut tx = cx.begin().await.unwrap();
            let actor = Actor::system("test");
            order::ops::change_line(&mut tx, cx, &actor, line.id, to, NewEvent::public("line"))
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }
}

/// A paid order whose money lies free in escrow, with the refund that settling opens still waiting in the outbox.
async fn free(till: &Till) -> (OrderId, PaymentId) {
    let (order, payment) = paid(till, &[("telecom", PRICE.minor)]).await;
    end(till, order, &[LineState::Failed]).await;
    till.check_order(order, OrderState::Failed, MoneyState::Refunding).await;
    (order, payment)
}

#[testkit::db_test]
async fn an_order_that_fails_gives_all_of_its_money_back_once_the_gateway_confirms(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = free(&till).await;
    till.card.slow_refunds.store(true, Ordering::SeqCst);
    till.work().await;
    let refund = till.view(payment).await.refunds[0].clone();
    assert_eq!((refund.state, refund.amount), (RefundState::Processing, PRICE));
    assert_eq!(till.balance(till.escrow()).await, (10_000, 10_000), "set aside until then");
    till.check_order(order, OrderState::Failed, MoneyState::Refunding).await;
    let done = till.card.decide_refund(refund.id, gateway::RefundState::Succeeded);
    for _ in 0..3 {
        ops::callback(&till.svc, "card", &signed(), &refund_body(&done)).await.unwrap();
    }
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    assert_eq!(till.balance(CARD).await, (0, 0));
    assert_eq!(till.facts(topic::REFUNDED).await.len(), 1);
    till.work_in(Duration::from_hours(1)).await;
    assert_eq!(till.facts(topic::REFUNDED).await.len(), 1);
    till.sound().await;
}

#[testkit::db_test]
async fn an_order_done_in_part_gives_the_rest_back(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = paid(&till, &[("telecom", 7_000), ("warehouse", 3_000)]).await;
    end(&till, order, &[LineState::Completed, LineState::Failed]).await;
    till.check_order(order, OrderState::Partial, MoneyState::Refunding).await;
    till.work().await;
    till.check_order(order, OrderState::Partial, MoneyState::PartCaptured).await;
    assert_eq!(till.view(payment).await.refunds[0].amount, Money::cny(3_000));
    assert_eq!(till.balance(AccountName::Revenue("telecom")).await, (7_000, 0));
    assert_eq!(till.balance(CARD).await, (7_000, 0));
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn p10_concurrent_refunds_never_exceed_what_was_captured_and_the_exact_remainder_is_accepted(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    till.card.watch.store(false, Ordering::SeqCst);
    let (order, payment) = free(&till).await;
    let wishes: Vec<RefundDue> = (0..10).map(|n| due(order, 3_000, &format!("k{n}"))).collect();
    let answers = futures_util::future::join_all(wishes.iter().map(|wish| open(&till, wish))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refused.code(), "payment.more_than_captured");
    }
    let error = open(&till, &due(order, 1_001, "more")).await.unwrap_err();
    assert!(matches!(error, Error::MoreThanCaptured { left } if left == Money::cny(1_000)));
    open(&till, &due(order, 1_000, "rest")).await.unwrap();
    let promised: i64 = till.view(payment).await.refunds.iter().map(|refund| refund.amount.minor).sum();
    assert_eq!(promised, 10_000);
    // What settling asked for is more than what is left now: a person is called, nothing is lost.
    till.work().await;
    let given: i64 = till.card.refunds().iter().map(|refund| refund.amount.minor).sum();
    assert_eq!(given, 10_000);
    assert_eq!(till.balance(CARD).await, (0, 0));
    assert_eq!(till.facts(topic::REVIEW).await.len(), 1);
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    till.sound().await;
}

#[testkit::db_test]
async fn the_same_refund_is_opened_once_however_often_it_is_asked_for(t: testkit::TestDb) {
    let till = Till::open(t).await;
    till.card.watch.store(false, Ordering::SeqCst);
    let (order, payment) = free(&till).await;
    let wish = due(order, 4_000, "once");
    let answers = futures_util::future::join_all((0..20).map(|_| open(&till, &wish))).await;
    let ids: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(till.view(payment).await.refunds.len(), 1);
    till.sound().await;
}

#[testkit::db_test]
async fn a_refund_without_an_answer_is_asked_for_until_it_is_known(t: testkit::TestDb) {
    let till = Till::open(t).await;
    // Carried out and not answered; then not answered at all; then asked, and there it is.
    let (order, payment) = free(&till).await;
    till.card.fail_next(&[Fault::Hang, Fault::Lost]);
    till.work().await;
    assert_eq!(till.view(payment).await.refunds[0].state, RefundState::Unknown);
    till.work_in(Duration::from_secs(15)).await;
    assert_eq!(till.view(payment).await.refunds[0].state, RefundState::Unknown);
    till.work_in(Duration::from_secs(30)).await;
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    // Lost on the way: asked, not known, sent again.
    let (order, payment) = free(&till).await;
    till.card.fail_next(&[Fault::Lost]);
    till.work().await;
    let refund = till.view(payment).await.refunds[0].id;
    till.card.calls();
    till.work_in(Duration::from_secs(15)).await;
    assert_eq!(till.card.calls(), [format!("query_refund {refund}"), format!("refund {refund}")]);
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    assert_eq!(till.balance(CARD).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn a_refund_the_gateway_refuses_leaves_the_money_in_escrow_for_a_person_to_decide(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = free(&till).await;
    till.card.slow_refunds.store(true, Ordering::SeqCst);
    till.work().await;
    let first = till.view(payment).await.refunds[0].id;
    let failed = till.card.refuse_refund(first);
    ops::callback(&till.svc, "card", &signed(), &refund_body(&failed)).await.unwrap();
    let view = till.view(payment).await;
    assert_eq!(view.refunds[0].state, RefundState::Failed);
    assert_eq!(view.refunds[0].outcome.as_deref(), Some("card_closed"));
    assert_eq!(till.balance(till.escrow()).await, (10_000, 0));
    assert_eq!(till.facts(topic::REVIEW).await.len(), 1);
    till.check_order(order, OrderState::Failed, MoneyState::Refunding).await;
    // The person has it tried again.
    till.card.slow_refunds.store(false, Ordering::SeqCst);
    open(&till, &due(order, 10_000, "again")).await.unwrap();
    till.work().await;
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn a_refund_report_of_another_amount_books_nothing_and_rings_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment) = free(&till).await;
    till.card.slow_refunds.store(true, Ordering::SeqCst);
    till.work().await;
    let id = till.view(payment).await.refunds[0].id;
    let mut lie = till.card.decide_refund(id, gateway::RefundState::Succeeded);
    lie.amount = Money::cny(1);
    for _ in 0..3 {
        ops::callback(&till.svc, "card", &signed(), &refund_body(&lie)).await.unwrap();
    }
    assert_eq!(till.balance(till.escrow()).await, (10_000, 10_000));
    assert_eq!(till.facts(topic::ALARM).await.len(), 1);
    till.work_in(Duration::from_secs(15)).await;
    assert_eq!(till.view(payment).await.refunds[0].state, RefundState::Succeeded);
    till.sound().await;
}

/// A refund that the gateway refused, and its order and payment.
pub(super) async fn refused(till: &Till) -> (OrderId, PaymentId, RefundId) {
    let (order, payment) = free(till).await;
    till.card.slow_refunds.store(true, Ordering::SeqCst);
    till.work().await;
    let refund = till.view(payment).await.refunds[0].id;
    let failed = till.card.refuse_refund(refund);
    ops::callback(&till.svc, "card", &signed(), &refund_body(&failed)).await.unwrap();
    assert_eq!(till.view(payment).await.refunds[0].state, RefundState::Failed);
    (order, payment, refund)
}

#[testkit::db_test]
async fn l7_a_refund_the_gateway_makes_after_it_had_refused_is_booked_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment, refund) = refused(&till).await;
    let done = till.card.decide_refund(refund, gateway::RefundState::Succeeded);
    for _ in 0..3 {
        ops::callback(&till.svc, "card", &signed(), &refund_body(&done)).await.unwrap();
    }
    assert_eq!(till.view(payment).await.refunds[0].state, RefundState::Succeeded);
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    assert_eq!(till.balance(CARD).await, (0, 0));
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    assert_eq!(till.facts(topic::REFUNDED).await.len(), 1);
    // What is gone cannot be promised a second time.
    let error = open(&till, &due(order, 1, "again")).await.unwrap_err();
    assert!(matches!(error, Error::MoreThanCaptured { left } if left == Money::cny(0)));
    till.sound().await;
}

#[testkit::db_test]
async fn p10_a_refund_made_after_all_whose_money_went_back_another_way_is_not_booked_and_rings_once(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    let (order, payment, refund) = refused(&till).await;
    till.card.slow_refunds.store(false, Ordering::SeqCst);
    open(&till, &due(order, 10_000, "again")).await.unwrap();
    till.work().await;
    let done = till.card.decide_refund(refund, gateway::RefundState::Succeeded);
    for _ in 0..3 {
        ops::callback(&till.svc, "card", &signed(), &refund_body(&done)).await.unwrap();
    }
    let states: Vec<_> = till.view(payment).await.refunds.iter().map(|one| one.state).collect();
    assert_eq!(states, [RefundState::Failed, RefundState::Succeeded]);
    assert_eq!(till.facts(topic::ALARM).await.len(), 1);
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn a_refund_whose_day_is_over_calls_a_person_once_and_is_asked_for_daily(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = free(&till).await;
    till.card.slow_refunds.store(true, Ordering::SeqCst);
    till.work().await;
    for _ in 0..40 {
        till.work_in(Duration::from_hours(3)).await;
    }
    assert_eq!(till.facts(topic::REVIEW).await.len(), 1);
    let refund = till.view(payment).await.refunds[0].id;
    till.card.decide_refund(refund, gateway::RefundState::Succeeded);
    till.work_in(Duration::from_hours(24)).await;
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p10_a_refund_made_after_all_is_not_booked_out_of_what_another_order_has(t: testkit::TestDb) {
    let till = Till::open(t).await;
    refused(&till).await;
    // Of this one a part was refused and given back again, so the rest of it is what its seller got.
    let (order, payment) = paid(&till, &[("telecom", 6_000), ("warehouse", 4_000)]).await;
    end(&till, order, &[LineState::Completed, LineState::Failed]).await;
    till.work().await;
    let refund = till.view(payment).await.refunds[0].id;
    let failed = till.card.refuse_refund(refund);
    ops::callback(&till.svc, "card", &signed(), &refund_body(&failed)).await.unwrap();
    till.card.slow_refunds.store(false, Ordering::SeqCst);
    open(&till, &due(order, 4_000, "again")).await.unwrap();
    till.work().await;
    let done = till.card.decide_refund(refund, gateway::RefundState::Succeeded);
    ops::callback(&till.svc, "card", &signed(), &refund_body(&done)).await.unwrap();
    assert_eq!(till.view(payment).await.refunds[0].outcome.as_deref(), Some("refund_twice"));
    assert_eq!(till.balance(till.escrow()).await, (10_000, 0), "the other order's");
    assert_eq!(till.facts(topic::ALARM).await.len(), 1);
    till.sound().await;
}
