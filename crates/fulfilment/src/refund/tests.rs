//! Paying back what is done and booked.

use kernel::{AccountId, Actor, ActorKind, Duration, Refusal as _, Role, Text};
use ordering::order::{LineId, MoneyState, OrderId, OrderState};
use risk::rule::{self, NewRule, RuleState};
use risk::{DecisionId, Outcome, Point, decision};
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
    request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap();
    request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap();
    decide(&c, Decision::Grant).await.unwrap();
    let view = c.view(order).await;
    assert_eq!((view.order.state, view.order.money), (OrderState::Completed, MoneyState::Refunded));
    assert_eq!(c.available().await, 100_000);
    let again = request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap_err();
    assert_eq!(again.code(), "fulfilment.already_refunded");
    assert!(refundable(c.cx(), &c.services, &c.customer, order).await.unwrap().is_empty());
    c.sound().await;
}

#[testkit::db_test]
async fn a_denied_request_leaves_the_money_and_may_be_asked_again_in_time(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = delivered(&c).await;
    let line = c.view(order).await.lines[0].id;
    request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap();
    decide(&c, Decision::Deny).await.unwrap();
    assert_eq!(c.available().await, 80_100);
    request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap();
    c.t.clock.advance(Duration::from_days(8));
    let late = request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap_err();
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
    let not_offered = request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap_err();
    assert_eq!(not_offered.code(), "fulfilment.refund_not_offered");
    let order = delivered(&c).await;
    let line = c.view(order).await.lines[0].id;
    let stranger = actor(c.cx(), kernel::Role::CUSTOMER);
    for (who, why, code) in [
        (&stranger, WHY, "fulfilment.not_found"),
        (&c.operator, WHY, "fulfilment.not_found"),
        (&c.customer, "no", "fulfilment.reason_needed"),
    ] {
        assert_eq!(request(c.cx(), &c.services, &c.guard, who, line, why).await.unwrap_err().code(), code);
    }
}

/// A live rule for refunds, and a delivered line whose money is asked back from a known device.
async fn judged(c: &Counter, outcome: Outcome) -> LineId {
    let officer = |id| Actor {
        kind: ActorKind::account(AccountId(id), vec![Role::RISK_OFFICER]),
        ..Actor::system("test")
    };
    let new = NewRule {
        code: "for_test".to_owned(),
        name: Text::new("测试规则", "A rule for a test"),
        points: vec![Point::Refund],
        source: "act.amount > 10000 && facts.service == 'wifi-router'".to_owned(),
        outcome,
    };
    let id = rule::draft(c.cx(), &officer(5), &new).await.unwrap();
    rule::ask(c.cx(), &officer(5), id, RuleState::Shadow, "to be seen beside").await.unwrap();
    rule::ask(c.cx(), &officer(5), id, RuleState::Live, "it did well beside").await.unwrap();
    rule::approve(c.cx(), &officer(6), id).await.unwrap();
    c.guard.engine.reload(c.cx()).await.unwrap();
    let order = delivered(c).await;
    c.view(order).await.lines[0].id
}

async fn count(c: &Counter, sql: &str) -> i64 {
    c.t.raw(sql, Vec::new()).await[0].reader().get().unwrap()
}

async fn end_review(c: &Counter, released: bool) {
    let officer =
        Actor { kind: ActorKind::account(AccountId(5), vec![Role::RISK_OFFICER]), ..Actor::system("test") };
    let id = DecisionId(count(c, "SELECT id FROM risk_review WHERE state = 'pending'").await);
    if released {
        decision::release(c.cx(), &officer, id, "the parcel came back").await.unwrap();
    } else {
        decision::reject(c.cx(), &officer, id, "the parcel was empty").await.unwrap();
    }
    c.work().await;
}

const REVIEWS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM risk_review";

#[testkit::db_test]
async fn r2_a_refund_under_review_is_not_granted_before_the_risk_desk_has_decided(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let line = judged(&c, Outcome::Review).await;
    request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap();
    request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap();
    assert_eq!(count(&c, REVIEWS).await, 1);
    assert_eq!(decide(&c, Decision::Grant).await.unwrap_err().code(), "fulfilment.refund_under_review");
    assert_eq!(c.available().await, 80_100, "nothing moved");
    end_review(&c, true).await;
    decide(&c, Decision::Grant).await.unwrap();
    assert_eq!(c.available().await, 100_000);
    c.sound().await;
}

#[testkit::db_test]
async fn r2_a_refund_that_the_risk_desk_turns_down_is_denied_and_stays_so_for_a_day(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let line = judged(&c, Outcome::Review).await;
    request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap();
    end_review(&c, false).await;
    let open = task::list(c.cx(), &c.administrator, &Filter::All, &page()).await.unwrap().items;
    assert!(open.is_empty(), "nobody is to decide any more");
    let again = request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap_err();
    assert_eq!(again.code(), "fulfilment.refund_not_accepted");
    assert!(!again.message(kernel::Locale::Zh).contains("规则"), "never why");
    assert_eq!(c.available().await, 80_100);
    c.sound().await;
}

#[testkit::db_test]
async fn r2_a_refund_that_staff_deny_leaves_no_review_open(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let line = judged(&c, Outcome::Review).await;
    request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap();
    decide(&c, Decision::Deny).await.unwrap();
    assert_eq!(
        count(&c, "SELECT CAST(COUNT(*) AS BIGINT) FROM risk_review WHERE state = 'withdrawn'").await,
        1
    );
}

#[testkit::db_test]
async fn r2_a_refund_that_needs_a_proof_is_asked_for_with_one(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let line = judged(&c, Outcome::StepUp).await;
    let bare = request(c.cx(), &c.services, &c.guard, &c.customer, line, WHY).await.unwrap_err();
    assert_eq!(bare.code(), "fulfilment.proof_needed");
    let decisions = "SELECT CAST(COUNT(*) AS BIGINT) FROM risk_decision WHERE point = 'refund'";
    assert_eq!(count(&c, decisions).await, 1, "what was said stands");
    let proved = proven(c.cx(), &c.customer);
    request(c.cx(), &c.services, &c.guard, &proved, line, WHY).await.unwrap();
    assert_eq!((count(&c, decisions).await, count(&c, REVIEWS).await), (2, 0));
    decide(&c, Decision::Grant).await.unwrap();
    c.sound().await;
}
