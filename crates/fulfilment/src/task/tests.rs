//! Work for people: claimed by one, checked, given back, overdue.

use kernel::{Actor, Duration, Refusal as _, Role};
use ordering::order::{OrderId, OrderState};
use serde_json::{Value, json};

use crate::flow::FlowState;
use crate::task::{self, Filter, Task, TaskState};
use crate::testing::{Counter, actor, address, page};
use crate::{fallout, level};

/// A visit ordered for the first free time.
pub(crate) async fn visit(c: &Counter) -> OrderId {
    let service = c.services.shelf.service("appliance-cleaning").unwrap();
    let mut tx = c.cx().read().await.unwrap();
    let slots = catalogue::stock::free_slots(&mut tx, &service.service, c.cx().now()).await.unwrap();
    drop(tx);
    let slot = slots.into_iter().find(|slot| slot.available > 0).unwrap();
    c.place(vec![("appliance-cleaning", "hood", json!({"visit": slot.sku, "address": address()}))]).await
}

async fn tasks(c: &Counter, who: &Actor, filter: Filter) -> Vec<Task> {
    task::list(c.cx(), who, &filter, &page()).await.unwrap().items
}

async fn complete(c: &Counter, who: &Actor, id: task::TaskId, answers: Value) -> Result<Task, crate::Error> {
    task::complete(c.cx(), &c.services, who, id, &answers).await
}

#[testkit::db_test]
async fn a_visit_is_planned_waited_for_and_done_by_staff(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = visit(&c).await;
    c.work().await;
    let assign = tasks(&c, &c.operator, Filter::Queue("visits".to_owned())).await.remove(0);
    let view = task::get(c.cx(), &c.services, &c.operator, assign.id).await.unwrap();
    assert_eq!(view.form.unwrap().fields()[0].name, "technician");
    assert_eq!(
        complete(&c, &c.operator, assign.id, json!({})).await.unwrap_err().code(),
        "fulfilment.task_not_claimed"
    );
    task::claim(c.cx(), &c.operator, assign.id).await.unwrap();
    let wrong = complete(&c, &c.operator, assign.id, json!({"technician": ""})).await.unwrap_err();
    assert_eq!((wrong.code(), wrong.fields().len()), ("fulfilment.invalid_input", 1));
    complete(&c, &c.operator, assign.id, json!({"technician": "王师傅"})).await.unwrap();
    assert_eq!(
        complete(&c, &c.operator, assign.id, json!({"technician": "王师傅"})).await.unwrap_err().code(),
        "fulfilment.task_ended"
    );
    c.work().await;
    assert!(tasks(&c, &c.operator, Filter::All).await.is_empty(), "the visit has not begun");
    let sku = c.view(order).await.lines[0].sku.clone().unwrap();
    let begins = crate::flow::rules::slot_begins(&sku).unwrap();
    c.t.clock.set(begins.minus(Duration::from_secs(1)));
    c.work().await;
    assert!(tasks(&c, &c.operator, Filter::All).await.is_empty());
    c.t.clock.set(begins);
    c.work().await;
    let visit = tasks(&c, &c.operator, Filter::All).await.remove(0);
    task::claim(c.cx(), &c.operator, visit.id).await.unwrap();
    complete(&c, &c.operator, visit.id, json!({"result": "done"})).await.unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.view(order).await.lines[0].result, Some(json!({"technician": "王师傅", "result": "done"})));
    let ended = task::of_order(c.cx(), &c.operator, order).await.unwrap();
    assert!(ended.iter().all(|task| task.state == TaskState::Done));
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn one_of_several_gets_a_task_and_only_that_one_may_do_it_or_give_it_back(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    visit(&c).await;
    c.work().await;
    let id = tasks(&c, &c.operator, Filter::All).await[0].id;
    let colleague = actor(c.cx(), Role::OPERATOR);
    let (a, b) = tokio::join!(task::claim(c.cx(), &c.operator, id), task::claim(c.cx(), &colleague, id));
    assert!(a.is_ok() != b.is_ok(), "exactly one");
    let (winner, loser) = if a.is_ok() { (&c.operator, &colleague) } else { (&colleague, &c.operator) };
    assert!(task::claim(c.cx(), winner, id).await.is_ok(), "one's own again");
    for refused in [
        task::claim(c.cx(), loser, id).await.unwrap_err(),
        task::release(c.cx(), loser, id).await.unwrap_err(),
        complete(&c, loser, id, json!({"technician": "王师傅"})).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), "fulfilment.task_taken");
    }
    assert_eq!(tasks(&c, winner, Filter::Mine).await.len(), 1);
    assert!(tasks(&c, loser, Filter::Mine).await.is_empty());
    task::release(c.cx(), &c.administrator, id).await.unwrap();
    assert!(task::claim(c.cx(), loser, id).await.is_ok());
    let counts = task::queues(c.cx(), loser).await.unwrap();
    assert_eq!((counts[0].queue.as_str(), counts[0].open, counts[0].unclaimed), ("visits", 1, 0));
}

#[testkit::db_test]
async fn w2_customers_see_and_touch_no_task(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = visit(&c).await;
    c.work().await;
    let id = tasks(&c, &c.operator, Filter::All).await[0].id;
    for refused in [
        task::list(c.cx(), &c.customer, &Filter::All, &page()).await.map(|_| ()),
        task::queues(c.cx(), &c.customer).await.map(|_| ()),
        task::get(c.cx(), &c.services, &c.customer, id).await.map(|_| ()),
        task::claim(c.cx(), &c.customer, id).await.map(|_| ()),
        task::release(c.cx(), &c.customer, id).await.map(|_| ()),
        complete(&c, &c.customer, id, json!({})).await.map(|_| ()),
        task::hand_over(c.cx(), &c.services, &c.customer, id, "cannot do it").await.map(|_| ()),
        task::of_order(c.cx(), &c.customer, order).await.map(|_| ()),
    ] {
        assert_eq!(refused.unwrap_err().code(), "fulfilment.forbidden");
    }
    let nothing = task::get(c.cx(), &c.services, &c.operator, task::TaskId(1)).await.unwrap_err();
    assert_eq!(nothing.code(), "fulfilment.not_found");
}

#[testkit::db_test]
async fn what_cannot_be_done_goes_to_the_fallout_desk_and_back(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = visit(&c).await;
    c.work().await;
    let id = tasks(&c, &c.operator, Filter::All).await[0].id;
    task::claim(c.cx(), &c.operator, id).await.unwrap();
    let short = task::hand_over(c.cx(), &c.services, &c.operator, id, "no").await.unwrap_err();
    assert_eq!(short.code(), "fulfilment.reason_needed");
    task::hand_over(c.cx(), &c.services, &c.operator, id, "all technicians are ill").await.unwrap();
    assert_eq!(c.state(order).await, OrderState::Fallout);
    let flow = c.flow(order).await;
    assert_eq!((flow.state, flow.cause.as_deref()), (FlowState::Fallout, Some("handed_over")));
    fallout::retry(c.cx(), &c.services, &c.operator, flow.id, "one is well again").await.unwrap();
    c.work().await;
    let again = tasks(&c, &c.operator, Filter::All).await;
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].id, id);
    assert_eq!(c.told(order).await, ["assign do 1 dropped", "assign do 2 waiting"]);
}

#[testkit::db_test]
async fn an_overdue_task_raises_an_alarm_once(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    visit(&c).await;
    c.work().await;
    c.pass(Duration::from_hours(4)).await;
    for _ in 0..3 {
        c.pass(Duration::from_mins(1)).await;
        level::watch(c.cx()).await.unwrap();
    }
    let audited = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_entry WHERE verb = 'task.overdue'";
    assert_eq!(c.number(audited).await, 1);
    assert_eq!(level::counts(c.cx()).await.unwrap().overdue_tasks, 1);
    c.sound().await;
}

#[testkit::db_test]
async fn tasks_come_most_urgent_first_page_by_page(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    for _ in 0..5 {
        visit(&c).await;
        c.work().await;
        c.t.clock.advance(Duration::from_mins(1));
    }
    let all: Vec<_> = tasks(&c, &c.operator, Filter::All).await.iter().map(|task| task.id).collect();
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let page = task::list(
            c.cx(),
            &c.operator,
            &Filter::Queue("visits".to_owned()),
            &kernel::PageRequest::new(after, 2),
        )
        .await
        .unwrap();
        paged.extend(page.items.iter().map(|task| task.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((paged.len(), &paged), (5, &all));
}
