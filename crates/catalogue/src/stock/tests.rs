//! S1–S4 of the behaviours, and the times that can be booked.

use std::sync::Arc;

use db::params;
use kernel::{AccountId, Actor, Duration, Locale, PageRequest, Refusal as _, RequestId, Role};
use testkit::TestDb;

use super::*;
use crate::pack::SourceFile;
use crate::service::{Shelf, publish};

fn staff(role: Role) -> Actor {
    let kind = kernel::ActorKind::account(AccountId(7), vec![role]);
    Actor { kind, request: RequestId(1), locale: Locale::Zh, address: String::new() }
}

async fn open(t: &TestDb, items: &[(&str, i64)]) {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
    let mut tx = t.cx.begin().await.unwrap();
    let items =
        items.iter().map(|(sku, on_hand)| NewItem { sku: (*sku).to_owned(), on_hand: *on_hand, slot: None });
    ops::open_items(&mut tx, &t.cx, items.collect()).await.unwrap();
    tx.commit().await.unwrap();
}

fn wish(t: &TestDb, order_id: i64, sku: &str, quantity: i64) -> Reserve {
    let expires_at = t.cx.now().plus(Duration::from_mins(30));
    Reserve { order_id, customer: AccountId(1), sku: sku.to_owned(), quantity, expires_at }
}

/// Reserves in a transaction of its own, rolled back when a guard refuses.
async fn reserve(cx: &durable::Cx, wishes: &[Reserve]) -> bool {
    let mut tx = cx.begin().await.unwrap();
    let held = reserve_many(&mut tx, cx, wishes).await.unwrap();
    if held {
        tx.commit().await.unwrap();
    }
    held
}

/// On hand, allocated, reserved.
async fn totals(t: &TestDb, sku: &str) -> (i64, i64, i64) {
    let item = store::find(&mut t.cx.read().await.unwrap(), sku).await.unwrap().unwrap();
    (item.on_hand, item.allocated, item.reserved)
}

async fn in_tx<T, F>(t: &TestDb, act: impl FnOnce(db::Tx, durable::Cx) -> F) -> T
where
    F: Future<Output = (db::Tx, T)>,
{
    let tx = t.cx.begin().await.unwrap();
    let (tx, out) = act(tx, t.cx.clone()).await;
    tx.commit().await.unwrap();
    out
}

async fn allocated(t: &TestDb, order: i64) -> bool {
    in_tx(t, |mut tx, cx| async move {
        let held = allocate(&mut tx, &cx, order).await.unwrap();
        (tx, held)
    })
    .await
}

async fn released(t: &TestDb, order: i64) {
    in_tx(t, |mut tx, cx| async move {
        release(&mut tx, &cx, order).await.unwrap();
        (tx, ())
    })
    .await;
}

#[testkit::db_test]
async fn s1_of_many_buyers_of_one_unit_exactly_one_succeeds(t: TestDb) {
    open(&t, &[("lamp", 1)]).await;
    let t = Arc::new(t);
    let buyers: Vec<_> = (1..=20)
        .map(|order| {
            let t = Arc::clone(&t);
            #[allow(clippy::disallowed_methods, reason = "the buyers of this test come at once")]
            tokio::spawn(async move { reserve(&t.cx, &[wish(&t, order, "lamp", 1)]).await })
        })
        .collect();
    let mut won = 0;
    for buyer in buyers {
        won += usize::from(buyer.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(totals(&t, "lamp").await, (1, 0, 1));
}

#[testkit::db_test]
async fn s1_buyers_of_the_same_items_in_other_orders_do_not_lock_each_other_out(t: TestDb) {
    open(&t, &[("a", 1000), ("b", 1000), ("c", 1000)]).await;
    let t = Arc::new(t);
    let buyers: Vec<_> = (1..=30)
        .map(|order| {
            let t = Arc::clone(&t);
            let skus = if order % 2 == 0 { ["a", "b", "c"] } else { ["c", "b", "a"] };
            #[allow(clippy::disallowed_methods, reason = "the buyers of this test come at once")]
            tokio::spawn(async move {
                let wishes: Vec<_> = skus.iter().map(|sku| wish(&t, order, sku, 2)).collect();
                reserve(&t.cx, &wishes).await
            })
        })
        .collect();
    for buyer in buyers {
        assert!(buyer.await.unwrap());
    }
    assert_eq!(totals(&t, "b").await, (1000, 0, 60));
}

#[testkit::db_test]
async fn s2_lines_on_one_item_are_summed_before_the_check(t: TestDb) {
    open(&t, &[("lamp", 5), ("shade", 5)]).await;
    let three = wish(&t, 1, "lamp", 3);
    assert!(!reserve(&t.cx, &[three.clone(), three.clone()]).await);
    assert!(
        !reserve(&t.cx, &[wish(&t, 1, "shade", 2), three.clone(), three]).await,
        "none of the lines is kept"
    );
    assert_eq!((totals(&t, "lamp").await, totals(&t, "shade").await), ((5, 0, 0), (5, 0, 0)));
    assert!(reserve(&t.cx, &[wish(&t, 2, "lamp", 3), wish(&t, 2, "lamp", 2)]).await);
    assert_eq!(totals(&t, "lamp").await, (5, 0, 5));
}

#[testkit::db_test]
async fn wishes_for_unknown_items_or_for_nothing_are_refused(t: TestDb) {
    open(&t, &[("lamp", 5)]).await;
    assert!(!reserve(&t.cx, &[wish(&t, 1, "ghost", 1)]).await);
    assert!(!reserve(&t.cx, &[wish(&t, 1, "lamp", 0)]).await);
    assert!(!reserve(&t.cx, &[wish(&t, 1, "lamp", -2)]).await);
    assert_eq!(totals(&t, "lamp").await, (5, 0, 0));
    let mut tx = t.cx.read().await.unwrap();
    let skus = ["lamp".to_owned(), "ghost".to_owned()];
    let found = available(&mut tx, &skus).await.unwrap();
    assert_eq!(found.get("lamp").map(|(_, left)| *left), Some(5));
    assert!(!found.contains_key("ghost"));
}

#[testkit::db_test]
async fn s3_a_reservation_that_is_over_is_given_back_once(t: TestDb) {
    open(&t, &[("lamp", 2)]).await;
    assert!(reserve(&t.cx, &[wish(&t, 1, "lamp", 2)]).await);
    assert_eq!(expire_due(&t.cx).await.unwrap(), 0, "not yet");
    t.clock.advance(Duration::from_mins(30));
    assert_eq!(expire_due(&t.cx).await.unwrap(), 1);
    assert_eq!(expire_due(&t.cx).await.unwrap(), 0);
    assert_eq!(totals(&t, "lamp").await, (2, 0, 0));
    released(&t, 1).await;
    assert_eq!(totals(&t, "lamp").await, (2, 0, 0), "what expired is not given back twice");
    assert!(reserve(&t.cx, &[wish(&t, 2, "lamp", 2)]).await);
}

#[testkit::db_test]
async fn s3_more_reservations_than_one_batch_end_together(t: TestDb) {
    open(&t, &[("lamp", 2000), ("shade", 2000)]).await;
    let sku = |order: i64| if order % 2 == 0 { "lamp" } else { "shade" };
    let wishes: Vec<_> = (1..=1201).map(|order| wish(&t, order, sku(order), 1)).collect();
    assert!(reserve(&t.cx, &wishes).await);
    t.clock.advance(Duration::from_hours(1));
    assert_eq!(expire_due(&t.cx).await.unwrap(), 1201);
    assert_eq!((totals(&t, "lamp").await, totals(&t, "shade").await), ((2000, 0, 0), (2000, 0, 0)));
}

#[testkit::db_test]
async fn s3_the_database_itself_refuses_to_promise_more_than_there_is(t: TestDb) {
    open(&t, &[("lamp", 2)]).await;
    let mut tx = t.cx.begin().await.unwrap();
    let refused = tx.raw("UPDATE stock_item SET reserved = 3 WHERE sku = $1", params!["lamp"]).await;
    assert!(refused.unwrap_err().is_check());
}

#[testkit::db_test]
async fn what_is_paid_is_kept_then_taken_and_every_step_may_be_repeated(t: TestDb) {
    open(&t, &[("lamp", 5)]).await;
    assert!(reserve(&t.cx, &[wish(&t, 1, "lamp", 2), wish(&t, 1, "lamp", 1)]).await);
    for _ in 0..2 {
        assert!(allocated(&t, 1).await);
        assert_eq!(totals(&t, "lamp").await, (5, 3, 0));
    }
    t.clock.advance(Duration::from_days(1));
    assert_eq!(expire_due(&t.cx).await.unwrap(), 0, "what is paid does not expire");
    for _ in 0..2 {
        in_tx(&t, |mut tx, cx| async move {
            settle(&mut tx, &cx, 1, &[("lamp".to_owned(), 2), ("lamp".to_owned(), 1)]).await.unwrap();
            (tx, ())
        })
        .await;
        assert_eq!(totals(&t, "lamp").await, (2, 0, 0));
    }
    released(&t, 1).await;
    assert_eq!(totals(&t, "lamp").await, (2, 0, 0), "what left the house is not given back");
}

#[testkit::db_test]
async fn a_paid_order_that_is_cancelled_gives_its_stock_back_once(t: TestDb) {
    open(&t, &[("lamp", 5)]).await;
    assert!(reserve(&t.cx, &[wish(&t, 1, "lamp", 2)]).await);
    assert!(reserve(&t.cx, &[wish(&t, 2, "lamp", 1)]).await);
    let mut tx = t.cx.begin().await.unwrap();
    assert!(allocate_many(&mut tx, &t.cx, &[1, 2]).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(totals(&t, "lamp").await, (5, 3, 0));
    for _ in 0..2 {
        released(&t, 1).await;
        assert_eq!(totals(&t, "lamp").await, (5, 1, 0));
    }
}

#[testkit::db_test]
async fn what_the_done_lines_of_an_ended_order_had_leaves_the_house_and_the_rest_is_free_again(t: TestDb) {
    open(&t, &[("lamp", 5), ("shade", 5)]).await;
    // Two lines of one thing, of which only one was done.
    let wishes = [wish(&t, 1, "lamp", 2), wish(&t, 1, "lamp", 1), wish(&t, 1, "shade", 1)];
    assert!(reserve(&t.cx, &wishes).await);
    assert!(allocated(&t, 1).await);
    for _ in 0..2 {
        in_tx(&t, |mut tx, cx| async move {
            settle(&mut tx, &cx, 1, &[("lamp".to_owned(), 1), ("ghost".to_owned(), 1)]).await.unwrap();
            (tx, ())
        })
        .await;
        assert!(allocated(&t, 1).await, "a repeated payment does not take them again");
        assert_eq!((totals(&t, "lamp").await, totals(&t, "shade").await), ((4, 0, 0), (5, 0, 0)));
    }
}

#[testkit::db_test]
async fn an_order_paid_after_its_reservation_ended_gets_what_is_left_or_nothing(t: TestDb) {
    open(&t, &[("lamp", 2), ("shade", 5)]).await;
    assert!(reserve(&t.cx, &[wish(&t, 1, "lamp", 2), wish(&t, 1, "shade", 1)]).await);
    t.clock.advance(Duration::from_hours(1));
    expire_due(&t.cx).await.unwrap();
    assert!(reserve(&t.cx, &[wish(&t, 2, "lamp", 1)]).await);
    assert!(!allocated(&t, 1).await, "one lamp is promised to somebody else");
    assert_eq!((totals(&t, "lamp").await, totals(&t, "shade").await), ((2, 0, 1), (5, 0, 0)));
    released(&t, 2).await;
    assert!(allocated(&t, 1).await);
    assert_eq!((totals(&t, "lamp").await, totals(&t, "shade").await), ((2, 2, 0), (5, 1, 0)));
}

#[testkit::db_test]
async fn s4_staff_edits_take_the_guarded_path_and_are_audited(t: TestDb) {
    open(&t, &[("lamp", 5)]).await;
    assert!(reserve(&t.cx, &[wish(&t, 1, "lamp", 3)]).await);
    let edit = |change| Adjust { sku: "lamp".to_owned(), change, reason: "盘点后更正".to_owned() };
    let operator = staff(Role::OPERATOR);
    let code = |result: Result<StockItem, Error>| result.unwrap_err().code();
    assert_eq!(code(adjust(&t.cx, &operator, edit(Change::Count(2))).await), "stock.below_promised");
    assert_eq!(code(adjust(&t.cx, &operator, edit(Change::By(-3))).await), "stock.below_promised");
    assert_eq!(code(adjust(&t.cx, &operator, edit(Change::By(-6))).await), "stock.out_of_range");
    assert_eq!(code(adjust(&t.cx, &operator, edit(Change::Count(i64::MAX))).await), "stock.out_of_range");
    assert_eq!(code(adjust(&t.cx, &staff(Role::CUSTOMER), edit(Change::By(1))).await), "stock.forbidden");
    let silent = Adjust { reason: "  . ".to_owned(), ..edit(Change::By(1)) };
    assert_eq!(code(adjust(&t.cx, &operator, silent).await), "stock.reason_missing");
    let ghost = Adjust { sku: "ghost".to_owned(), ..edit(Change::By(1)) };
    assert_eq!(code(adjust(&t.cx, &operator, ghost).await), "stock.not_found");
    assert_eq!(totals(&t, "lamp").await, (5, 0, 3));

    let after = adjust(&t.cx, &operator, edit(Change::Count(3))).await.unwrap();
    assert_eq!((after.on_hand, after.available()), (3, 0));
    assert!(!reserve(&t.cx, &[wish(&t, 2, "lamp", 1)]).await);
    let acts =
        audit::search(&t.cx, &audit::Filter::default(), &PageRequest::new(None, 10)).await.unwrap().items;
    let acts: Vec<_> = acts.iter().map(|act| (act.verb.as_str(), act.reason.as_deref())).collect();
    assert_eq!(acts, [("stock.adjust", Some("盘点后更正"))], "what is refused leaves no entry");
}

#[testkit::db_test]
async fn s4_a_list_shows_staff_every_item_once_page_by_page(t: TestDb) {
    let items: Vec<String> = (0..25).map(|n| format!("item-{n:02}")).collect();
    open(&t, &items.iter().map(|sku| (sku.as_str(), 1)).collect::<Vec<_>>()).await;
    let operator = staff(Role::OPERATOR);
    let refused = list(&t.cx, &staff(Role::CUSTOMER), StockFilter::Goods, PageRequest::new(None, 10)).await;
    assert_eq!(refused.unwrap_err().code(), "stock.forbidden");
    assert_eq!(get(&t.cx, &staff(Role::CUSTOMER), "item-00").await.unwrap_err().code(), "stock.forbidden");
    assert_eq!(get(&t.cx, &operator, "item-00").await.unwrap().on_hand, 1);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = list(&t.cx, &operator, StockFilter::Goods, PageRequest::new(after, 10)).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| item.sku));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, items);
    let slots = list(&t.cx, &operator, StockFilter::Slots, PageRequest::new(None, 10)).await.unwrap();
    assert!(slots.items.is_empty());
}

async fn visits(t: &TestDb) -> Arc<Shelf> {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
    let text = include_str!("../../../../services/goods.yaml").to_owned();
    let file = SourceFile { name: "goods.yaml".to_owned(), text };
    publish(&t.cx, &Actor::system("test"), &[file]).await.unwrap();
    Shelf::load(&t.cx).await.unwrap()
}

#[testkit::db_test]
async fn times_open_with_the_days_and_close_before_they_begin(t: TestDb) {
    let shelf = visits(&t).await;
    let service = shelf.service("appliance-cleaning").unwrap();
    let mut tx = t.cx.read().await.unwrap();
    // Saturday 20:45 in Beijing: nothing is left of today, tomorrow's first window is more than four hours off.
    let slots = free_slots(&mut tx, &service.service, t.cx.now()).await.unwrap();
    drop(tx);
    assert_eq!(slots.len(), 7 * 5);
    assert_eq!(slots[0].sku, "slot:appliance-cleaning:2026-11-22:0900-1100");
    assert_eq!((slots[0].date().to_string(), slots[0].label()), ("2026-11-22".into(), "09:00–11:00".into()));
    assert_eq!(slots[0].available, 3);

    assert_eq!(open_slots(&t.cx, &shelf).await.unwrap(), 0, "publishing opened them already");
    t.clock.advance(Duration::from_hours(9));
    assert_eq!(open_slots(&t.cx, &shelf).await.unwrap(), 5, "a new day came into reach");
    assert_eq!(open_slots(&t.cx, &shelf).await.unwrap(), 0);
    let mut tx = t.cx.read().await.unwrap();
    // Sunday 05:45: 09:00 is too near now.
    let slots = free_slots(&mut tx, &service.service, t.cx.now()).await.unwrap();
    assert_eq!(slots[0].sku, "slot:appliance-cleaning:2026-11-22:1100-1300");
    assert_eq!(slots.len(), 4 + 7 * 5);
}

#[testkit::db_test]
async fn a_time_that_is_full_or_past_is_not_booked(t: TestDb) {
    let shelf = visits(&t).await;
    let service = shelf.service("appliance-cleaning").unwrap();
    let offering = service.offering("hood").unwrap();
    let sku = "slot:appliance-cleaning:2026-11-22:0900-1100";
    let answers = serde_json::json!({ "visit": sku });
    let chosen = |at| service.stock_item(offering, &answers, at);
    assert_eq!(chosen(t.cx.now()).unwrap().as_deref(), Some(sku));
    assert_eq!(chosen(t.cx.now().plus(Duration::from_hours(9))).unwrap_err().code(), "catalogue.slot_closed");
    let other = serde_json::json!({ "visit": "router-wifi6-white" });
    let refused = service.stock_item(offering, &other, t.cx.now()).unwrap_err();
    assert_eq!(refused.code(), "catalogue.slot_closed", "no other item can be smuggled in");
    let none = service.stock_item(offering, &serde_json::json!({}), t.cx.now()).unwrap_err();
    assert_eq!(none.code(), "catalogue.slot_missing");

    for order in 1..=3 {
        assert!(reserve(&t.cx, &[wish(&t, order, sku, 1)]).await);
    }
    assert!(!reserve(&t.cx, &[wish(&t, 4, sku, 1)]).await);
    let mut tx = t.cx.read().await.unwrap();
    let slots = free_slots(&mut tx, &service.service, t.cx.now()).await.unwrap();
    assert_eq!((slots[0].sku.as_str(), slots[0].available), (sku, 0), "a full time is shown as full");
}
