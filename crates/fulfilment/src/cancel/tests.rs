//! Cancelling work under way: taken back, refused, or for a person to decide.

use kernel::{Duration, Money, Refusal as _};
use ordering::order::{MoneyState, OrderId, OrderState};
use serde_json::json;

use crate::cancel::{CancelView, Possible, can_cancel};
use crate::flow::FlowState;
use crate::task::{self, Decision, Filter, TaskKind};
use crate::testing::{Counter, Reply, address, done, page, phone};

async fn cancel(c: &Counter, order: OrderId) {
    ordering::order::ops::cancel(c.cx(), &c.customer, order, "changed my mind", None).await.unwrap();
    c.work().await;
}

async fn view(c: &Counter, order: OrderId) -> CancelView {
    can_cancel(c.cx(), &c.services, &c.customer, order).await.unwrap()
}

#[testkit::db_test]
async fn o4_what_can_be_taken_back_is_and_the_money_comes_back(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Done, Reply::Later, Reply::Done, Reply::Done]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    assert_eq!(view(&c, order).await.possible, Possible::Now);
    cancel(&c, order).await;
    assert_eq!(c.state(order).await, OrderState::Cancelled);
    assert_eq!(c.script.asked(), ["first-do1", "second-do1", "second-undo1", "first-undo1"]);
    assert_eq!(c.available().await, 100_000);
    assert_eq!(view(&c, order).await.possible, Possible::No);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn a_cancellation_costs_what_was_shown_before_the_click(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("careful", "one", phone())]).await;
    c.work().await;
    let shown = view(&c, order).await;
    assert_eq!((shown.possible, shown.fee), (Possible::Now, Some(Money::cny(3_00))));
    assert!(shown.texts[0].zh.contains("手续费"));
    cancel(&c, order).await;
    let order = c.view(order).await.order;
    assert_eq!((order.state, order.money), (OrderState::Cancelled, MoneyState::PartCaptured));
    assert_eq!(c.available().await, 99_700);
    c.sound().await;
}

#[testkit::db_test]
async fn o4_after_the_limit_it_is_refused_with_the_rules_words(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.work().await;
    assert_eq!(view(&c, order).await.possible, Possible::No);
    cancel(&c, order).await;
    assert_eq!(c.state(order).await, OrderState::InProgress);
    let events = c.view(order).await.events;
    let refused = events.iter().find(|event| event.code == "cancel_refused").unwrap();
    assert_eq!(refused.text.as_ref().unwrap().zh, "提交给运营商前可取消并全额退款");
    c.script.say("top-up-do1", done(json!({})));
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o4_before_the_work_began_it_is_simply_cancelled(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    assert_eq!(view(&c, order).await.possible, Possible::Now);
    cancel(&c, order).await;
    assert_eq!(c.state(order).await, OrderState::Cancelled);
    assert!(c.script.asked().is_empty());
    assert_eq!(c.available().await, 100_000);
    c.idle().await;
}

#[testkit::db_test]
async fn o4_a_provider_that_says_too_late_turns_it_into_a_request(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later, Reply::Refuse]);
    let order = c.place(vec![("wifi-router", "wifi6-white", json!({"address": address()}))]).await;
    c.work().await;
    assert_eq!(view(&c, order).await.possible, Possible::Now);
    cancel(&c, order).await;
    assert_eq!(c.state(order).await, OrderState::InProgress);
    assert_eq!(c.flow(order).await.state, FlowState::Running);
    assert!(c.codes(order).await.contains(&"refund_requested".to_owned()));
    let open =
        task::list(c.cx(), &c.operator, &Filter::Queue("refunds".to_owned()), &page()).await.unwrap().items;
    assert_eq!((open.len(), open[0].kind), (1, TaskKind::RefundRequest));
    let by_operator = task::decide_refund(
        c.cx(),
        &c.services,
        &c.operator,
        open[0].id,
        Decision::Grant,
        "kind to the customer",
    );
    assert_eq!(by_operator.await.unwrap_err().code(), "fulfilment.forbidden");
    // The parcel still arrives meanwhile or not: the work has gone on.
    c.script.say("deliver-do1", crate::testing::later("shipped", json!({"tracking_number": "SX1"})));
    c.pass(Duration::from_mins(11)).await;
    let who = &crate::testing::proven(c.cx(), &c.administrator);
    task::decide_refund(c.cx(), &c.services, who, open[0].id, Decision::Grant, "kind to the customer")
        .await
        .unwrap();
    assert_eq!(c.state(order).await, OrderState::Failed);
    assert_eq!(c.available().await, 100_000);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn a_late_cancellation_is_decided_by_a_person_even_when_the_work_is_done_meanwhile(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Done, Reply::Done, Reply::Later]);
    let order = c.place(vec![("careful", "one", phone())]).await;
    c.work().await;
    assert_eq!(view(&c, order).await.possible, Possible::Request);
    cancel(&c, order).await;
    let who = &c.administrator;
    let task = task::list(c.cx(), who, &Filter::All, &page()).await.unwrap().items.remove(0);
    c.script.say("third-do1", done(json!({})));
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    let who = &crate::testing::proven(c.cx(), who);
    let decide =
        |decision| task::decide_refund(c.cx(), &c.services, who, task.id, decision, "it was delivered");
    decide(Decision::Deny).await.unwrap();
    assert!(c.codes(order).await.contains(&"refund_denied".to_owned()));
    assert_eq!((c.state(order).await, c.available().await), (OrderState::Completed, 98_000));
    assert_eq!(decide(Decision::Grant).await.unwrap_err().code(), "fulfilment.task_ended");
    c.sound().await;
}

#[testkit::db_test]
async fn an_order_of_which_one_line_is_past_its_limit_goes_on_whole(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later, Reply::Later]);
    let order = c.place(vec![("chain", "one", phone()), ("mobile-top-up", "y10", phone())]).await;
    c.work().await;
    assert_eq!(view(&c, order).await.possible, Possible::No);
    cancel(&c, order).await;
    assert_eq!(c.state(order).await, OrderState::InProgress);
    assert_eq!(c.script.asked().len(), 2, "nothing was taken back");
}

#[testkit::db_test]
async fn o8_a_cancellation_that_is_killed_goes_on(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    for place in ["cancel", "before_call", "after_call", "before_commit", "after_commit"] {
        c.script.then(&[Reply::Later]);
        let order = c.place(vec![("chain", "one", phone())]).await;
        c.work().await;
        c.die_at(place, 1);
        cancel(&c, order).await;
        c.pass(Duration::from_mins(1)).await;
        assert!(c.died(), "{place}");
        assert_eq!(c.state(order).await, OrderState::Cancelled, "killed at {place}");
    }
    c.script.once_each();
    assert_eq!(c.available().await, 100_000);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn a_failed_undo_of_a_cancellation_resumes_where_the_answer_came_meanwhile(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later, Reply::Later]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    cancel(&c, order).await;
    assert_eq!(c.state(order).await, OrderState::AssessingCancellation);
    let arrived = c.script.say("first-do1", done(json!({"reference": "R9"})));
    c.callback("telecom", &arrived).await.unwrap();
    let too_late = c.script.say("first-undo1", crate::testing::refused(false));
    c.callback("telecom", &too_late).await.unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert!(c.codes(order).await.contains(&"cancel_refused".to_owned()));
    c.script.once_each();
    c.idle().await;
}

#[testkit::db_test]
async fn w2_a_foreign_order_cannot_be_looked_at(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("chain", "one", phone())]).await;
    let stranger = crate::testing::actor(c.cx(), kernel::Role::CUSTOMER);
    let refused = can_cancel(c.cx(), &c.services, &stranger, order).await.unwrap_err();
    assert_eq!(refused.code(), "fulfilment.not_found");
}
