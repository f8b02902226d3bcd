//! Late orders.

use kernel::{Duration, Refusal as _};
use serde_json::json;

use crate::level::{Counts, counts, late_orders};
use crate::testing::{Counter, Reply, done, phone};

#[testkit::db_test]
async fn o9_an_order_past_its_service_level_is_noticed_within_a_minute_and_once(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.pass(Duration::from_mins(14)).await;
    assert!(late_orders(c.cx(), &c.operator, 50).await.unwrap().is_empty());
    let audited = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_entry WHERE verb = 'order.late'";
    assert_eq!(c.number(audited).await, 0);
    c.pass(Duration::from_mins(1)).await;
    // At most a minute later, whatever else is going on.
    for _ in 0..4 {
        c.pass(Duration::from_secs(15)).await;
    }
    assert_eq!(c.number(audited).await, 1);
    let late = late_orders(c.cx(), &c.operator, 50).await.unwrap();
    assert_eq!(late.iter().map(|order| order.id).collect::<Vec<_>>(), [order]);
    assert_eq!(late_orders(c.cx(), &c.customer, 50).await.unwrap_err().code(), "fulfilment.forbidden");
    let want = Counts { late_orders: 1, fallout: 1, open_tasks: 0, overdue_tasks: 0 };
    assert_eq!(counts(c.cx()).await.unwrap(), want);
    c.pass(Duration::from_mins(5)).await;
    assert_eq!(c.number(audited).await, 1, "noticed once");
    let events = c.view(order).await.events;
    assert!(events.iter().any(|event| event.code == "late" && event.internal));
    c.script.say("top-up-do1", done(json!({})));
    c.pass(Duration::from_mins(2)).await;
    assert_eq!(counts(c.cx()).await.unwrap(), Counts::default());
    c.sound().await;
}
