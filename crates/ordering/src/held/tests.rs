//! R4: what waits for a person was checked, set aside and reserved at once; a release continues the same order, a rejection and an
//! expiry give everything back; each once.

use kernel::{Actor, Duration};
use testkit::{TestDb, db_test};

use super::{HoldCause, HoldFor, OnExpiry, expire_due, release};
use crate::order::{MoneyState, Order, OrderId, OrderState, ops, query};
use crate::testing::{Counter, by_card, order, router, top_up};
use crate::{Error, PlaceOrder};

const ROUTER: i64 = 39_900;
const ACCEPTED: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE topic = 'order.accepted'";
const STOCK: &str = "SELECT allocated * 1000 + reserved FROM stock_item WHERE sku = 'router-wifi7-black'";

fn held(order: PlaceOrder, on_expiry: OnExpiry) -> PlaceOrder {
    let lasts = Duration::from_hours(2);
    PlaceOrder { hold_for: Some(HoldFor { cause: HoldCause::RiskReview, lasts, on_expiry }), ..order }
}

async fn let_go(c: &Counter, id: OrderId) -> Result<Order, Error> {
    let cx = &c.t.cx;
    let actor = Actor::system("test");
    let mut tx = cx.begin().await?;
    let next = release(&mut tx, cx, &actor, id).await?;
    audit::record(&mut tx, cx, &actor, ops::entry("order.release", &next, serde_json::json!({}), None))
        .await?;
    tx.commit().await?;
    Ok(next)
}

async fn reject(c: &Counter, id: OrderId) -> Result<Order, Error> {
    let cx = &c.t.cx;
    let actor = Actor::system("test");
    let mut tx = cx.begin().await?;
    let next = super::reject(&mut tx, cx, &actor, id, "risk_rejected").await?;
    audit::record(&mut tx, cx, &actor, ops::entry("order.reject", &next, serde_json::json!({}), None))
        .await?;
    tx.commit().await?;
    Ok(next)
}

#[db_test]
async fn r4_a_held_order_has_its_money_and_stock_at_once_and_a_release_continues_the_same_order(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 3).await;
    let lin = c.customer(50_000).await;
    let new = held(order(&lin, "k1", vec![router(1)], ROUTER), OnExpiry::Reject);
    let placed = c.place(new.clone()).await.unwrap();
    assert_eq!((placed.state, placed.money), (OrderState::Held, MoneyState::Held));
    assert_eq!(placed.held_until, Some(placed.placed_at.plus(Duration::from_hours(2))));
    assert_eq!((c.available(&lin).await, c.number(STOCK).await), (50_000 - ROUTER, 1));
    assert_eq!(c.number(ACCEPTED).await, 0, "nothing is begun");
    let again = c.place(new).await.unwrap();
    assert!(again.replayed);
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&placed).unwrap());
    let next = let_go(&c, placed.order).await.unwrap();
    assert_eq!((next.id, next.state, next.money), (placed.order, OrderState::InProgress, MoneyState::Held));
    assert_eq!((c.number(ACCEPTED).await, c.number(STOCK).await), (1, 1_000));
    let second = let_go(&c, placed.order).await.unwrap_err();
    assert!(matches!(second, Error::IllegalTransition { ref state, .. } if state == "in_progress"), "O1");
    assert!(matches!(reject(&c, placed.order).await, Err(Error::IllegalTransition { .. })));
    let view = query::view(&c.t.cx, &lin, placed.order).await.unwrap();
    let codes: Vec<_> = view.events.iter().map(|event| event.code.as_str()).collect();
    assert_eq!(codes, ["placed", "paid", "held", "released", "state"], "O2");
    // What was reserved for the wait is not given back by a schedule later.
    c.t.clock.advance(Duration::from_days(2));
    catalogue::stock::expire_due(&c.t.cx).await.unwrap();
    assert_eq!((expire_due(&c.t.cx).await.unwrap(), c.number(STOCK).await), (0, 1_000));
    c.sound().await;
}

#[db_test]
async fn r4_a_rejection_voids_the_hold_and_gives_the_stock_back(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 3).await;
    let lin = c.customer(50_000).await;
    let placed =
        c.place(held(order(&lin, "k1", vec![router(2)], 2 * ROUTER), OnExpiry::Reject)).await.unwrap_err();
    assert!(matches!(placed, Error::InsufficientFunds { .. }), "a held order is checked as any other");
    let placed = c.place(held(order(&lin, "k1", vec![router(1)], ROUTER), OnExpiry::Reject)).await.unwrap();
    let next = reject(&c, placed.order).await.unwrap();
    assert_eq!((next.state, next.money), (OrderState::Cancelled, MoneyState::Released));
    assert_eq!(next.reason.as_deref(), Some("risk_rejected"));
    assert_eq!((c.available(&lin).await, c.number(STOCK).await), (50_000, 0));
    assert!(matches!(let_go(&c, placed.order).await, Err(Error::IllegalTransition { .. })));
    assert_eq!(c.number(ACCEPTED).await, 0);
    c.sound().await;
}

#[db_test]
async fn r4_an_order_to_be_paid_outside_is_asked_for_its_money_after_the_release(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 3).await;
    let lin = c.customer(0).await;
    let new = held(by_card(order(&lin, "k1", vec![router(1)], ROUTER)), OnExpiry::Reject);
    let placed = c.place(new).await.unwrap();
    assert_eq!((placed.state, placed.money, placed.payment), (OrderState::Held, MoneyState::Unpaid, None));
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM payment").await, 0);
    c.t.clock.advance(Duration::from_mins(119));
    let next = let_go(&c, placed.order).await.unwrap();
    assert_eq!((next.state, next.pay_by.is_some()), (OrderState::AwaitingPayment, true));
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM payment WHERE state = 'open'").await, 1);
    assert_eq!(c.number(ACCEPTED).await, 0);
    // The reservation lasts as long as the payment may.
    c.t.clock.advance(Duration::from_mins(29));
    catalogue::stock::expire_due(&c.t.cx).await.unwrap();
    assert_eq!(c.number(STOCK).await, 1);
    c.sound().await;
}

#[db_test]
async fn r4_what_was_configured_happens_when_nobody_decides(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 3).await;
    let lin = c.customer(100_000).await;
    let by = |name: &str, on| held(order(&lin, name, vec![router(1)], ROUTER), on);
    let ends = c.place(by("k1", OnExpiry::Reject)).await.unwrap();
    let goes_on = c.place(by("k2", OnExpiry::Release)).await.unwrap();
    assert_eq!(expire_due(&c.t.cx).await.unwrap(), 0, "not yet");
    c.t.clock.advance(Duration::from_hours(2));
    let late = let_go(&c, ends.order).await.unwrap_err();
    assert!(matches!(late, Error::IllegalTransition { .. }), "the time to decide is over");
    assert_eq!(expire_due(&c.t.cx).await.unwrap(), 2);
    assert_eq!(expire_due(&c.t.cx).await.unwrap(), 0, "once");
    let state = async |id| query::get(&c.t.cx, &lin, id).await.unwrap();
    let ended = state(ends.order).await;
    assert_eq!((ended.state, ended.reason.as_deref()), (OrderState::Cancelled, Some("hold_expired")));
    assert_eq!(state(goes_on.order).await.state, OrderState::InProgress);
    assert_eq!((c.available(&lin).await, c.number(STOCK).await), (100_000 - ROUTER, 1_000));
    let audited = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_entry WHERE verb = 'order.hold_expired'";
    assert_eq!((c.number(audited).await, c.number(ACCEPTED).await), (2, 1));
    c.sound().await;
}

#[db_test]
async fn r4_an_order_that_was_to_go_on_ends_when_its_stock_is_gone(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 1).await;
    let (lin, chen) = (c.customer(50_000).await, c.customer(50_000).await);
    let placed = c.place(held(order(&lin, "k1", vec![router(1)], ROUTER), OnExpiry::Release)).await.unwrap();
    // Nothing ran for a while; then stock is given back before the wait is looked at.
    c.t.clock.advance(Duration::from_hours(3));
    catalogue::stock::expire_due(&c.t.cx).await.unwrap();
    c.place(order(&chen, "k1", vec![router(1)], ROUTER)).await.unwrap();
    assert_eq!(expire_due(&c.t.cx).await.unwrap(), 1);
    let ended = query::get(&c.t.cx, &lin, placed.order).await.unwrap();
    assert_eq!((ended.state, ended.reason.as_deref()), (OrderState::Cancelled, Some("stock_short")));
    assert_eq!(c.available(&lin).await, 50_000);
    c.sound().await;
}

#[db_test]
async fn r4_of_a_release_a_rejection_a_cancellation_and_an_expiry_at_once_exactly_one_counts(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(100_000).await;
    let cx = &c.t.cx;
    for round in 0..6 {
        let name = format!("k{round}");
        let new = held(order(&lin, &name, vec![top_up()], 1_000), OnExpiry::Reject);
        let id = c.place(new).await.unwrap().order;
        let (one, two, three, four, five) = tokio::join!(
            let_go(&c, id),
            reject(&c, id),
            let_go(&c, id),
            ops::cancel(cx, &lin, id, "mistake", None),
            reject(&c, id)
        );
        // A cancellation that comes after the release is a wish, which is right.
        let released = [&one, &three].iter().filter(|r| r.is_ok()).count();
        let rejected = [&two, &five].iter().filter(|r| r.is_ok()).count();
        let cancelled = four.as_ref().is_ok_and(|c| c.order.state == OrderState::Cancelled);
        assert_eq!(released + rejected + usize::from(cancelled), 1, "{one:?} {two:?} {three:?} {four:?}");
        assert_eq!(
            c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM held_order WHERE ended_at IS NULL").await,
            0
        );
        let pending = "SELECT CAST(COUNT(*) AS BIGINT) FROM hold WHERE state = 'pending'";
        assert_eq!(c.number(pending).await, c.number(ACCEPTED).await);
    }
    c.sound().await;
}

#[db_test]
async fn a_wait_that_cannot_end_keeps_no_other_from_ending(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(50_000).await;
    // Of an order that is not there, and over before all others.
    let lost = "INSERT INTO held_order (order_id, customer_id, cause, on_expiry, began_at, expires_at) VALUES (1, 1, 'risk_review', 'reject', 0, 0)";
    c.t.raw(lost, Vec::new()).await;
    c.place(held(order(&lin, "k1", vec![top_up()], 1_000), OnExpiry::Reject)).await.unwrap();
    c.t.clock.advance(Duration::from_hours(2));
    assert_eq!(expire_due(&c.t.cx).await.unwrap(), 1);
    assert_eq!(c.available(&lin).await, 50_000);
}
