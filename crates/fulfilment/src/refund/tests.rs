//! Paying back what is done and booked.

use kernel::{Duration, Refusal as _};
use ordering::order::{MoneyState, OrderId, OrderState};
use serde_json::json;

use crate::refund::{refundable, request};
use crate::task::{self, Decision, Filter, TaskId};
use crate::testing::{Counter, actor, address, page, phone, proven};

const WHY: &str = "wrong colour, sent back";

async fn delivered(c: &Counter) -> OrderId {
    let order = c.place(vec![("wifi-router", "wifi6-white", json!({"address": address()}))]).await;
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    order
}

async fn decide(c: &Counter, decision: Decision) -> Result<TaskId, crate::Error> {
    let open = task::list(c.cx(), &c.administrator, &Filter::All, &page()).await.unwrap().items;
    assert_eq!(open.len(), 1, "asking twice makes one request");
    let decided = task::decide_refund(
        c.cx(),
        &c.services,
        &proven(c.cx(), &c.administrator),
        open[0].id,
        decision,
        WHY,
    )
    .await;
    decided.map(|task| task.id)
}

#[testkit::db_test]
async fn a_granted_request_pays_back_once_and_the_line_stays_done(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = delivered(&c).await;
    assert_eq!(c.available().await, 80_100);
    let line = c.view(order).await.lines[0].id;
    assert_eq!(refundable(c.cx(), &c.services, &c.customer, order).await.unwrap(), [line]);
    request(c.cx(), &c.services, &c.customer, line, WHY).await.unwrap();
    request(c.cx(), &c.services, &c.customer, line, WHY).await.unwrap();
    decide(&c, Decision::Grant).await.unwrap();
    let view = c.view(order).await;
    assert_eq!((view.order.state, view.order.money), (OrderState::Completed, MoneyState::Refunded));
    assert_eq!(c.available().await, 100_000);
    let again = request(c.cx(), &c.services, &c.customer, line, WHY).await.unwrap_err();
    assert_eq!(again.code(), "fulfilment.already_refunded");
    assert!(refundable(c.cx(), &c.services, &c.customer, order).await.unwrap().is_empty());
    c.sound().await;
}

#[testkit::db_test]
async fn a_denied_request_leaves_the_money_and_may_be_asked_again_in_time(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = delivered(&c).await;
    let line = c.view(order).await.lines[0].id;
    request(c.cx(), &c.services, &c.customer, line, WHY).await.unwrap();
    decide(&c, Decision::Deny).await.unwrap();
    assert_eq!(c.available().await, 80_100);
    request(c.cx(), &c.services, &c.customer, line, WHY).await.unwrap();
    c.t.clock.advance(Duration::from_days(8));
    let late = request(c.cx(), &c.services, &c.customer, line, WHY).await.unwrap_err();
    assert_eq!(late.code(), "fulfilment.refund_not_offered");
    // What was asked in time is still decided.
    decide(&c, Decision::Grant).await.unwrap();
    assert_eq!(c.available().await, 100_000);
    c.sound().await;
}

#[testkit::db_test]
async fn only_the_customer_asks_and_only_where_the_service_offers_it(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.work().await;
    let line = c.view(order).await.lines[0].id;
    let not_offered = request(c.cx(), &c.services, &c.customer, line, WHY).await.unwrap_err();
    assert_eq!(not_offered.code(), "fulfilment.refund_not_offered");
    let order = delivered(&c).await;
    let line = c.view(order).await.lines[0].id;
    let stranger = actor(c.cx(), kernel::Role::CUSTOMER);
    for (who, why, code) in [
        (&stranger, WHY, "fulfilment.not_found"),
        (&c.operator, WHY, "fulfilment.not_found"),
        (&c.customer, "no", "fulfilment.reason_needed"),
    ] {
        assert_eq!(request(c.cx(), &c.services, who, line, why).await.unwrap_err().code(), code);
    }
}
