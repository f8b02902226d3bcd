//! Asking the customer.

use kernel::Refusal as _;
use ordering::order::OrderState;
use serde_json::json;

use crate::question::{ask_customer, list, report_information};
use crate::testing::{Counter, Reply, actor, done, phone};

#[testkit::db_test]
async fn o4_an_order_waits_for_the_customers_answer_and_goes_on(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    let line = c.view(order).await.lines[0].id;
    assert_eq!(
        ask_customer(c.cx(), &c.customer, line, "？").await.unwrap_err().code(),
        "fulfilment.forbidden"
    );
    assert_eq!(
        ask_customer(c.cx(), &c.operator, line, " ").await.unwrap_err().code(),
        "fulfilment.text_needed"
    );
    ask_customer(c.cx(), &c.operator, line, "号码的机主姓名是？").await.unwrap();
    assert_eq!(c.state(order).await, OrderState::InformationRequired);
    let stranger = actor(c.cx(), kernel::Role::CUSTOMER);
    for foreign in [
        report_information(c.cx(), &stranger, order, "张三").await.map(|_| ()),
        list(c.cx(), &stranger, order).await.map(|_| ()),
    ] {
        assert_eq!(foreign.unwrap_err().code(), "fulfilment.not_found");
    }
    report_information(c.cx(), &c.customer, order, "林晓 🦀 <b>'; DROP TABLE orders</b>").await.unwrap();
    assert_eq!(c.state(order).await, OrderState::InProgress);
    let twice = report_information(c.cx(), &c.customer, order, "林晓").await.unwrap_err();
    assert_eq!(twice.code(), "fulfilment.nothing_asked");
    let asked = list(c.cx(), &c.customer, order).await.unwrap();
    assert_eq!(asked[0].text, "号码的机主姓名是？");
    assert_eq!(asked[0].answer.as_deref(), Some("林晓 🦀 <b>'; DROP TABLE orders</b>"));
    assert!(asked[0].asked_by.is_empty(), "customers do not see who asked");
    assert!(!list(c.cx(), &c.operator, order).await.unwrap()[0].asked_by.is_empty());
    c.script.say("first-do1", done(json!({})));
    c.pass(kernel::Duration::from_mins(1)).await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    let late = ask_customer(c.cx(), &c.operator, line, "还有问题").await.unwrap_err();
    assert_eq!(late.code(), "fulfilment.illegal_transition");
    c.sound().await;
}

#[testkit::db_test]
async fn work_that_ends_meanwhile_does_not_wait_for_the_answer(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.work().await;
    let line = c.view(order).await.lines[0].id;
    ask_customer(c.cx(), &c.operator, line, "号码对吗？").await.unwrap();
    c.script.say("top-up-do1", done(json!({})));
    c.pass(kernel::Duration::from_mins(1)).await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert!(report_information(c.cx(), &c.customer, order, "对").await.is_ok(), "the answer is still kept");
}
