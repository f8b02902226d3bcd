//! What the desk promises: keys (I), price and form (I10), stock (S), money, all or nothing.

mod risk;

use kernel::{Kind, Refusal as _};
use serde_json::json;
use testkit::{TestDb, db_test};

use crate::Error;
use crate::cart;
use crate::order::{MoneyState, OrderState};
use crate::testing::{Counter, by_card, line, order, router, top_up};

#[db_test]
async fn an_order_by_balance_sets_the_money_aside_and_can_be_worked_on(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let placed = c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap();
    assert_eq!((placed.state, placed.money), (OrderState::InProgress, MoneyState::Held));
    assert_eq!(c.available(&lin).await, 4_000);
    let view = crate::order::query::view(&c.t.cx, &lin, placed.order).await.unwrap();
    assert_eq!(view.lines[0].answers, json!({"phone": "+8613800000001"}));
    assert_eq!(view.events.iter().map(|e| e.code.as_str()).collect::<Vec<_>>(), ["placed", "paid"]);
    assert_eq!(
        c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE topic = 'order.accepted'").await,
        1
    );
    c.sound().await;
}

#[db_test]
async fn i2_the_same_request_again_has_the_same_answer_and_no_second_effect(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let first = c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap();
    let again = c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&again).unwrap());
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 1);
    assert_eq!(c.available(&lin).await, 4_000);
}

#[db_test]
async fn i3_the_same_key_for_another_request_is_a_conflict(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(50_000).await;
    c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap();
    let other =
        order(&lin, "k1", vec![line("mobile-top-up", "y30", 1, json!({"phone": "13800000001"}))], 3_000);
    assert!(matches!(c.place(other).await, Err(Error::IdempotencyConflict)));
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 1);
}

#[db_test]
async fn i4_a_key_in_flight_is_told_to_come_back(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    // The writer is held, so the first request cannot finish.
    let first = order(&lin, "k1", vec![top_up()], 1_000);
    let second = order(&lin, "k1", vec![top_up()], 1_000);
    let (one, two) = tokio::join!(c.place(first), c.place(second));
    let refusals: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert!(
        refusals
            .iter()
            .all(|e| matches!(e, Error::IdempotencyInFlight { .. }) && e.retry_after_secs() == Some(1))
    );
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 1);
}

#[db_test]
async fn i5_a_key_belongs_to_who_sent_it(t: TestDb) {
    let c = Counter::open(t).await;
    let (lin, chen) = (c.customer(5_000).await, c.customer(5_000).await);
    let one = c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap();
    let two = c.place(order(&chen, "k1", vec![top_up()], 1_000)).await.unwrap();
    assert_ne!(one.order, two.order);
}

#[db_test]
async fn i6_a_refusal_is_not_kept_and_the_key_can_be_used_again(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(500).await;
    let refused = c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap_err();
    assert!(matches!(refused, Error::InsufficientFunds { short } if short.minor == 500));
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM idempotency").await, 0);
    let mut tx = c.t.cx.begin().await.unwrap();
    let top = ledger::TopUp {
        customer: lin.account().unwrap(),
        gateway: "card",
        amount: kernel::Money::cny(500),
        business_key: "more".into(),
    };
    let lane = crate::lane(&tx);
    ledger::credit_top_up(&mut tx, &c.t.cx, lane, top).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap().replayed);
    assert_eq!(c.available(&lin).await, 0);
    c.sound().await;
}

#[db_test]
async fn i7_fifty_parallel_first_requests_make_one_order(t: TestDb) {
    let c = std::sync::Arc::new(Counter::open(t).await);
    c.set_stock("router-wifi7-black", 6).await;
    let lin = c.customer(1_000_000).await;
    let tries = (0..50).map(|_| {
        let (c, lin) = (std::sync::Arc::clone(&c), lin.clone());
        async move { c.place(order(&lin, "k1", vec![router(1)], 39_900)).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    let made: Vec<_> = answers.iter().filter_map(|a| a.as_ref().ok()).collect();
    assert!(made.iter().all(|p| p.order == made[0].order));
    assert_eq!(made.iter().filter(|p| !p.replayed).count(), 1);
    assert!(
        answers
            .iter()
            .filter_map(|a| a.as_ref().err())
            .all(|e| matches!(e, Error::IdempotencyInFlight { .. }))
    );
    for table in ["orders", "hold", "reservation", "idempotency"] {
        assert_eq!(c.number(&format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table}")).await, 1, "{table}");
    }
    c.sound().await;
}

#[db_test]
async fn i7_two_nodes_with_one_key_make_one_order(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(50_000).await;
    // A second desk knows nothing of what is in flight at the first.
    let other = crate::Desk::open(&c.t.cx, &c.shelf, &c.risk, crate::DeskLimits::default(), &c.tasks);
    for round in 0..10 {
        let key = format!("k{round}");
        let (one, two) = tokio::join!(
            c.desk.place(order(&lin, &key, vec![top_up()], 1_000)),
            other.place(order(&lin, &key, vec![top_up()], 1_000))
        );
        assert_eq!(one.unwrap().order, two.unwrap().order);
    }
    assert_eq!(c.available(&lin).await, 40_000);
    c.sound().await;
}

#[db_test]
async fn i9_two_keys_on_one_cart_make_one_order(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let cart = cart::add(&c.t.cx, &c.shelf, &lin, top_up()).await.unwrap();
    let with_cart = |key: &str| crate::PlaceOrder {
        cart: Some((cart.id, cart.revision)),
        ..order(&lin, key, vec![top_up()], 1_000)
    };
    let (one, two) = tokio::join!(c.place(with_cart("k1")), c.place(with_cart("k2")));
    let (made, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    let refused = refused.unwrap_err();
    assert!(matches!(refused, Error::CartOrdered { order } if order == made.unwrap().order), "{refused:?}");
    assert_eq!(c.available(&lin).await, 4_000);
    assert!(cart::get(&c.t.cx, &lin).await.unwrap().lines.is_empty(), "a new cart is empty");
}

#[db_test]
async fn i9_a_cart_changed_on_another_device_is_shown_again(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let cart = cart::add(&c.t.cx, &c.shelf, &lin, top_up()).await.unwrap();
    cart::add(&c.t.cx, &c.shelf, &lin, top_up()).await.unwrap();
    let stale =
        crate::PlaceOrder { cart: Some((cart.id, cart.revision)), ..order(&lin, "k", vec![top_up()], 1_000) };
    assert!(matches!(c.place(stale).await, Err(Error::CartChanged)));
}

#[db_test]
async fn i10_another_price_than_agreed_is_refused_with_the_new_total(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let refused = c.place(order(&lin, "k1", vec![top_up()], 900)).await.unwrap_err();
    assert!(matches!(refused, Error::Changed { total } if total.minor == 1_000));
    assert_eq!(refused.kind(), Kind::Conflict);
    let old_form = crate::NewLine { version: Some(99), ..top_up() };
    assert!(matches!(c.place(order(&lin, "k2", vec![old_form], 1_000)).await, Err(Error::Changed { .. })));
    assert_eq!(c.available(&lin).await, 5_000);
}

#[db_test]
async fn s1_of_many_buyers_of_one_unit_exactly_one_gets_it(t: TestDb) {
    let c = std::sync::Arc::new(Counter::open(t).await);
    c.set_stock("router-wifi7-black", 1).await;
    let mut buyers = Vec::new();
    for _ in 0..24 {
        buyers.push(c.customer(50_000).await);
    }
    let tries = buyers.iter().cloned().map(|buyer| {
        let c = std::sync::Arc::clone(&c);
        async move { c.place(order(&buyer, "k1", vec![router(1)], 39_900)).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1);
    assert!(
        answers
            .iter()
            .filter_map(|a| a.as_ref().err())
            .all(|e| matches!(e, Error::StockShort { left: 0, .. }))
    );
    let mut charged = 0;
    for buyer in &buyers {
        charged += i64::from(c.available(buyer).await != 50_000);
    }
    assert_eq!(charged, 1, "nobody else is charged");
    c.sound().await;
}

#[db_test]
async fn s2_lines_on_one_stock_item_are_summed(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 3).await;
    let lin = c.customer(1_000_000).await;
    let refused = c.place(order(&lin, "k1", vec![router(2), router(2)], 159_600)).await.unwrap_err();
    assert!(matches!(refused, Error::StockShort { left: 3, .. }));
    c.place(order(&lin, "k2", vec![router(2), router(1)], 119_700)).await.unwrap();
    c.sound().await;
}

#[db_test]
async fn s3_an_unpaid_order_gives_its_stock_back(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 1).await;
    let (lin, chen) = (c.customer(0).await, c.customer(50_000).await);
    let placed = c.place(by_card(order(&lin, "k1", vec![router(1)], 39_900))).await.unwrap();
    assert_eq!((placed.state, placed.money), (OrderState::AwaitingPayment, MoneyState::Unpaid));
    assert!(placed.payment.is_some() && placed.pay_by.is_some());
    assert!(matches!(
        c.place(order(&chen, "k1", vec![router(1)], 39_900)).await,
        Err(Error::StockShort { .. })
    ));
    c.t.clock.advance(kernel::Duration::from_mins(41));
    assert_eq!(catalogue::stock::expire_due(&c.t.cx).await.unwrap(), 1);
    c.place(order(&chen, "k2", vec![router(1)], 39_900)).await.unwrap();
}

#[db_test]
async fn s5_order_reservation_and_hold_commit_together_or_not_at_all(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 5).await;
    let lin = c.customer(100_000).await;
    // The last table the batch writes refuses: everything before it must be gone.
    c.t.raw("ALTER TABLE audit_entry RENAME TO audit_entry_away", vec![]).await;
    assert!(c.place(order(&lin, "k1", vec![router(1)], 39_900)).await.is_err());
    c.t.raw("ALTER TABLE audit_entry_away RENAME TO audit_entry", vec![]).await;
    for table in ["orders", "order_line", "order_event", "hold", "reservation", "idempotency"] {
        assert_eq!(c.number(&format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(c.available(&lin).await, 100_000);
    c.place(order(&lin, "k1", vec![router(1)], 39_900)).await.unwrap();
    c.sound().await;
}

#[db_test]
async fn a_batch_with_one_bad_order_serves_the_others(t: TestDb) {
    let c = std::sync::Arc::new(Counter::open(t).await);
    let mut buyers = Vec::new();
    for n in 0..20 {
        buyers.push(c.customer(if n == 7 { 0 } else { 5_000 }).await);
    }
    let tries = buyers.into_iter().map(|buyer| {
        let c = std::sync::Arc::clone(&c);
        async move { c.place(order(&buyer, "k", vec![top_up()], 1_000)).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 19);
    assert!(matches!(answers[7], Err(Error::InsufficientFunds { .. })));
    c.sound().await;
}

#[db_test]
async fn a_full_queue_says_when_to_come_back(t: TestDb) {
    let limits = crate::DeskLimits { waiting: 1, batch: 1, desks: 1 };
    let c = std::sync::Arc::new(Counter::with(t, limits).await);
    let lin = c.customer(1_000_000).await;
    let tries = (0..60).map(|n| {
        let (c, lin) = (std::sync::Arc::clone(&c), lin.clone());
        async move { c.place(order(&lin, &format!("k{n}"), vec![top_up()], 1_000)).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    let made = answers.iter().filter(|a| a.is_ok()).count();
    assert!(
        answers
            .iter()
            .filter_map(|a| a.as_ref().err())
            .all(|e| e.kind() == Kind::Unavailable && e.retry_after_secs() == Some(1))
    );
    assert_eq!(i64::try_from(made).unwrap(), c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await);
    assert!(made >= 1);
}

#[db_test]
async fn wrong_answers_are_all_named_with_their_place(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let lines = vec![
        line("mobile-top-up", "y10", 1, json!({"phone": "123"})),
        line("mobile-top-up", "nothing", 1, json!({"phone": "13800000001"})),
        line("no-such-service", "x", 1, json!({})),
        line(
            "mobile-top-up",
            "y10",
            0,
            json!({"phone": "13800000001", "extra": "<script>'; DROP TABLE orders;--"}),
        ),
    ];
    let refused = c.place(order(&lin, "k1", lines, 1_000)).await.unwrap_err();
    let pointers: Vec<_> = refused.fields().iter().map(|f| f.pointer.as_str()).collect();
    for pointer in
        ["/lines/0/answers/phone", "/lines/1/offering", "/lines/2/service", "/lines/3/answers/extra"]
    {
        assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
    }
}

#[db_test]
async fn nobody_orders_in_the_name_of_another(t: TestDb) {
    let c = Counter::open(t).await;
    let (lin, chen) = (c.customer(5_000).await, c.customer(5_000).await);
    let foreign =
        crate::PlaceOrder { customer: chen.account().unwrap(), ..order(&lin, "k1", vec![top_up()], 1_000) };
    assert!(matches!(c.place(foreign).await, Err(Error::Forbidden)));
    let placed = c.place(order(&chen, "k2", vec![top_up()], 1_000)).await.unwrap();
    let looked = crate::order::query::get(&c.t.cx, &lin, placed.order).await;
    assert!(matches!(looked, Err(Error::NotFound)), "a foreign order is not found (W2)");
}

#[db_test]
async fn every_statement_of_the_counter_prepares(t: TestDb) {
    t.migrate(&crate::testing::TABLES).await;
    let all = [crate::STATEMENTS, catalogue::STATEMENTS, ledger::STATEMENTS];
    for statement in all.into_iter().flatten().copied().flatten() {
        t.cx.db.prepare(*statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name()));
    }
}

#[db_test]
async fn a_service_that_asks_for_a_real_name_is_refused_below_and_taken_at_that_level(t: TestDb) {
    t.migrate(&[identity::MIGRATIONS]).await;
    let c = Counter::open(t).await;
    let lin = c.customer(50_000).await;
    let id = lin.account().unwrap();
    let answers =
        || json!({"phone": "13800000001", "owner": "林小满", "effective": "next_month", "consent": true});
    let plan = || vec![line("plan-change", "p39", 1, answers())];
    let version = c.shelf.service("plan-change").unwrap();
    let place = async |key: &str| {
        let early = crate::desk::check_level(&c.t.cx, &lin, &version).await;
        let placed = c.place(order(&lin, key, plan(), 3_900)).await;
        assert_eq!(early.is_ok(), placed.is_ok());
        placed
    };
    // Nobody has registered under this number, then somebody who is not verified, then by phone only, then by name.
    let refused = place("k1").await.unwrap_err();
    assert_eq!((refused.code(), refused.kind()), ("ordering.level_needed", Kind::Conflict));
    let account =
        "INSERT INTO account (id, state, roles, is_staff, locale, theme, text_size, created_at, updated_at)
        VALUES ($1, 'active', 'customer', FALSE, 'zh-CN', 'auto', 'standard', 0, 0)";
    c.t.raw(account, db::params![id]).await;
    let levels = |needed, has| Error::LevelNeeded { needed, has }.to_string();
    assert_eq!(
        place("k2").await.unwrap_err().to_string(),
        levels(kernel::Level::RealName, kernel::Level::None)
    );
    c.t.raw("UPDATE account SET phone_verified_at = 1 WHERE id = $1", db::params![id]).await;
    let refused = place("k3").await.unwrap_err();
    assert_eq!(refused.to_string(), levels(kernel::Level::RealName, kernel::Level::Contact));
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 0);
    assert_eq!(c.available(&lin).await, 50_000);
    let person = "INSERT INTO real_name (account_id, person_index, slot, level, person_sealed, consented_at, proved_at)
        VALUES ($1, $2, 0, 'real_name', $2, 0, 0)";
    c.t.raw(person, db::params![id, vec![7_u8]]).await;
    // The refused key was not kept.
    place("k3").await.unwrap();
    // A service that asks for nothing beside one that asks for a name asks for a name.
    c.t.raw("DELETE FROM real_name", Vec::new()).await;
    let both = vec![top_up(), line("plan-change", "p39", 1, answers())];
    let refused = c.place(order(&lin, "k4", both, 4_900)).await.unwrap_err();
    assert_eq!(refused.code(), "ordering.level_needed");
    c.place(order(&lin, "k5", vec![top_up()], 1_000)).await.unwrap();
    c.sound().await;
}
