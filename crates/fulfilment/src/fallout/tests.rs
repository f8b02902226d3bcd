//! The fallout desk: each act, who may, with what reason, and what it leaves behind.

use kernel::{Duration, Refusal as _};
use ordering::order::{OrderId, OrderState};
use serde_json::{Map, Value, json};

use crate::fallout::{self, force_complete, refund, retry, skip};
use crate::flow::FlowId;
use crate::testing::{Counter, Reply, page, phone};

const WHY: &str = "agreed with the provider by phone";

/// An order whose second step got no answer in time.
async fn stuck(c: &Counter) -> (OrderId, FlowId) {
    c.script.then(&[Reply::Done, Reply::Later]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.pass(Duration::from_mins(11)).await;
    assert_eq!(c.state(order).await, OrderState::Fallout);
    (order, c.flow(order).await.id)
}

fn empty() -> Map<String, Value> {
    Map::new()
}

#[testkit::db_test]
async fn o5_retry_asks_on_under_the_same_id(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let (order, flow) = stuck(&c).await;
    retry(c.cx(), &c.services, &c.operator, flow, WHY).await.unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::InProgress);
    c.script.say("second-do1", crate::testing::done(json!({})));
    c.pass(Duration::from_secs(20)).await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.script.asked(), ["first-do1", "second-do1", "third-do1"]);
    c.script.once_each();
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o5_a_retry_has_a_deadline_of_its_own(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let (order, flow) = stuck(&c).await;
    retry(c.cx(), &c.services, &c.operator, flow, WHY).await.unwrap();
    c.pass(Duration::from_mins(9)).await;
    assert_eq!(c.state(order).await, OrderState::InProgress);
    c.pass(Duration::from_mins(2)).await;
    assert_eq!(c.state(order).await, OrderState::Fallout);
}

#[testkit::db_test]
async fn o5_skip_leaves_the_step_out_and_goes_on(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let (order, flow) = stuck(&c).await;
    skip(c.cx(), &c.services, &c.operator, flow, WHY).await.unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.told(order).await[1..3], ["second do 1 skipped", "third do 1 done"]);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o5_force_complete_counts_as_done_and_is_taken_back_like_it(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let (order, flow) = stuck(&c).await;
    c.script.then(&[Reply::Refuse]);
    let result = json!({"reference": "by phone"}).as_object().cloned().unwrap();
    force_complete(c.cx(), &c.services, &c.operator, flow, &result, WHY).await.unwrap();
    assert_eq!(c.view(order).await.lines[0].result, Some(json!({"reference": "by phone"})));
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Failed, "the third step was refused");
    assert_eq!(c.script.asked()[3..], ["second-undo1", "first-undo1"]);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o5_fail_takes_back_what_was_done_and_what_may_have_been(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let (order, flow) = stuck(&c).await;
    fallout::fail(c.cx(), &c.services, &c.operator, flow, WHY).await.unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Failed);
    assert_eq!(c.script.asked(), ["first-do1", "second-do1", "second-undo1", "first-undo1"]);
    assert_eq!(c.available().await, 100_000);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o5_refund_gives_the_money_back_at_once_and_takes_nothing_back(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let (order, flow) = stuck(&c).await;
    let by_operator = refund(c.cx(), &c.services, &c.operator, flow, WHY).await.unwrap_err();
    assert_eq!(by_operator.code(), "fulfilment.forbidden");
    let stale = refund(c.cx(), &c.services, &c.administrator, flow, WHY).await.unwrap_err();
    assert_eq!(stale.code(), "fulfilment.proof_needed", "W8");
    let clerk = crate::testing::proven(c.cx(), &c.administrator);
    refund(c.cx(), &c.services, &clerk, flow, WHY).await.unwrap();
    assert_eq!(c.state(order).await, OrderState::Failed);
    assert_eq!(c.available().await, 100_000);
    c.work().await;
    assert_eq!(c.script.asked(), ["first-do1", "second-do1"]);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o5_each_act_needs_permission_reason_and_the_right_state_and_is_audited(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let (order, flow) = stuck(&c).await;
    for (who, why, code) in [
        (&c.customer, WHY, "fulfilment.forbidden"),
        (&c.operator, "", "fulfilment.reason_needed"),
        (&c.operator, " abc  ", "fulfilment.reason_needed"),
    ] {
        for refused in [
            retry(c.cx(), &c.services, who, flow, why).await.unwrap_err(),
            skip(c.cx(), &c.services, who, flow, why).await.unwrap_err(),
            force_complete(c.cx(), &c.services, who, flow, &empty(), why).await.unwrap_err(),
            fallout::fail(c.cx(), &c.services, who, flow, why).await.unwrap_err(),
        ] {
            assert_eq!(refused.code(), code);
        }
    }
    let item = fallout::get(c.cx(), &c.services, &c.operator, flow).await.unwrap();
    assert_eq!(item.repairs, ["retry", "skip", "force_complete", "fail", "refund"]);
    assert_eq!(item.step.unwrap().zh, "第二步");
    fallout::fail(c.cx(), &c.services, &c.operator, flow, WHY).await.unwrap();
    c.work().await;
    // O1: what has ended is not repaired.
    let ended = retry(c.cx(), &c.services, &c.operator, flow, WHY).await.unwrap_err();
    assert_eq!((ended.code(), ended.kind()), ("fulfilment.illegal_transition", kernel::Kind::Conflict));
    let unknown = retry(c.cx(), &c.services, &c.operator, FlowId(1), WHY).await.unwrap_err();
    assert_eq!(unknown.code(), "fulfilment.not_found");
    assert!(fallout::list(c.cx(), &c.services, &c.operator, &page()).await.unwrap().items.is_empty());
    assert!(fallout::list(c.cx(), &c.services, &c.customer, &page()).await.is_err());
    let all = audit::search(c.cx(), &audit::Filter::default(), &kernel::PageRequest::new(None, 100)).await;
    let mut acts = all.unwrap().items;
    acts.retain(|entry| entry.verb.starts_with("fallout."));
    let acts: Vec<_> =
        acts.iter().map(|act| (act.verb.as_str(), act.reason.as_deref(), act.object_id)).collect();
    assert_eq!(acts, [("fallout.fail", Some(WHY), order.raw())]);
    c.sound().await;
}

#[testkit::db_test]
async fn the_longest_waiting_comes_first_page_by_page(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let mut want = Vec::new();
    for _ in 0..3 {
        want.push(stuck(&c).await.1);
    }
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let request = kernel::PageRequest::new(after, 1);
        let page = fallout::list(c.cx(), &c.services, &c.operator, &request).await.unwrap();
        found.extend(page.items.iter().map(|item| item.flow.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, want);
    assert_eq!(fallout::count(c.cx(), &c.operator).await.unwrap(), 3);
}
