//! Taking back.

use kernel::Duration;
use ordering::order::OrderState;
use serde_json::json;

use crate::flow::FlowState;
use crate::testing::{Counter, Reply, done, phone, refused};

#[testkit::db_test]
async fn a_final_refusal_takes_back_what_was_done_in_reverse_and_tells_why(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Done, Reply::Done, Reply::Refuse]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    assert_eq!(c.script.asked(), ["first-do1", "second-do1", "third-do1", "second-undo1", "first-undo1"]);
    let cancel = c.script.request("second-undo1");
    assert!(cancel.cancels.unwrap().as_str().ends_with("second-do1"));
    let view = c.view(order).await;
    assert_eq!(view.order.state, OrderState::Failed);
    let failed = view.events.iter().find(|event| event.code == "line_failed").unwrap();
    assert_eq!(failed.text.as_ref().unwrap().zh, "该号码是空号");
    assert!(!failed.internal);
    assert_eq!(c.available().await, 100_000);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn taking_back_waits_for_an_answer_that_comes_later(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Done, Reply::Refuse, Reply::LaterUnheard]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.flow(order).await.state, FlowState::Undoing);
    assert_eq!(c.state(order).await, OrderState::InProgress);
    c.script.say("first-undo1", done(json!({})));
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.state(order).await, OrderState::Failed);
    c.script.once_each();
    c.idle().await;
}

#[testkit::db_test]
async fn what_the_provider_does_not_take_back_is_a_persons_business(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Done, Reply::Refuse, Reply::Refuse]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    let flow = c.flow(order).await;
    assert_eq!((flow.state, flow.cause.as_deref()), (FlowState::Fallout, Some("undo_refused")));
    assert_eq!(c.state(order).await, OrderState::Fallout);
    // Tried again under a new id; the second time it works.
    crate::fallout::retry(c.cx(), &c.services, &c.operator, flow.id, "provider says yes by phone")
        .await
        .unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Failed);
    assert_eq!(c.script.asked(), ["first-do1", "second-do1", "first-undo1", "first-undo2"]);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn a_cancelled_operation_that_reports_its_refusal_first_does_not_disturb_the_undoing(
    t: testkit::TestDb,
) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later, Reply::Later]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    ordering::order::ops::cancel(c.cx(), &c.customer, order, "changed my mind", None).await.unwrap();
    c.work().await;
    let late = c.script.say("first-do1", refused(false));
    c.callback("telecom", &late).await.unwrap();
    assert_eq!(c.flow(order).await.state, FlowState::Undoing);
    let undone = c.script.say("first-undo1", done(json!({})));
    c.callback("telecom", &undone).await.unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Cancelled);
    c.idle().await;
}
