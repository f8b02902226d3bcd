//! Cancelling by a key, money set aside in one order of locks, and what an ended order leaves to do.

use std::time::Duration as Real;

use catalogue::service::PaymentMethod;
use connectors::Gateways;
use ledger::{AccountName, HoldId, NewHold, TransferKind};
use serde_json::json;
use testkit::{TestDb, db_test};

use super::model::Kept;
use super::{LineState, MoneyState, NewEvent, Order, OrderId, OrderState, ops, query};
use crate::Error;
use crate::idempotency::{Key, fingerprint};
use crate::payment::{self, FromBalance, Payments, wallet};
use crate::testing::{Counter, by_card, order, router, top_up};

const ROUTER: i64 = 39_900;

fn key(actor: &kernel::Actor, name: &str, order: OrderId) -> Key {
    Key {
        actor: actor.customer().unwrap(),
        route: "POST /orders/{id}/cancel",
        key: name.to_owned(),
        fingerprint: fingerprint(&json!({"order": order})),
    }
}

#[db_test]
async fn i2_a_cancellation_sent_again_has_the_same_answer_although_the_order_moved_on(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let placed = c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap().order;
    let key = key(&lin, "c1", placed);
    let first = ops::cancel(&c.t.cx, &lin, placed, "mistake", Some(&key)).await.unwrap();
    assert_eq!((first.order.state, first.replayed), (OrderState::AssessingCancellation, false));
    // It is too late: the order goes on.
    let mut tx = c.t.cx.begin().await.unwrap();
    let why = NewEvent::public("cancel_refused");
    ops::refuse_cancel(&mut tx, &c.t.cx, &lin, placed, why).await.unwrap();
    tx.commit().await.unwrap();
    let again = ops::cancel(&c.t.cx, &lin, placed, "mistake", Some(&key)).await.unwrap();
    assert!(again.replayed);
    let told = |of: &Order| serde_json::to_string(&Kept::of(of)).unwrap();
    assert_eq!(told(&again.order), told(&first.order));
    let now = query::get(&c.t.cx, &lin, placed).await.unwrap();
    assert_eq!(now.state, OrderState::InProgress, "nothing ran again");
    c.sound().await;
}

#[db_test]
async fn i7_twenty_parallel_cancellations_with_one_key_cancel_once_and_all_hear_the_same(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let placed = c.place(by_card(order(&lin, "k1", vec![top_up()], 1_000))).await.unwrap().order;
    let key = key(&lin, "c1", placed);
    let all = (0..20).map(|_| ops::cancel(&c.t.cx, &lin, placed, "mistake", Some(&key)));
    let answers = futures_util::future::join_all(all).await;
    let first: Vec<_> = answers.iter().filter(|a| a.as_ref().is_ok_and(|a| !a.replayed)).collect();
    assert_eq!((first.len(), answers.iter().all(Result::is_ok)), (1, true), "{answers:?}");
    let audited = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_entry WHERE verb = 'order.cancel'";
    assert_eq!(c.number(audited).await, 1);
    // The key is of this request only; without one an ended order cannot be cancelled.
    let other = Key { fingerprint: [0; 32], ..key };
    let refused = ops::cancel(&c.t.cx, &lin, placed, "mistake", Some(&other)).await.unwrap_err();
    assert!(matches!(refused, Error::IdempotencyConflict));
    let ended = ops::cancel(&c.t.cx, &lin, placed, "mistake", None).await.unwrap_err();
    assert!(matches!(ended, Error::IllegalTransition { .. }));
    c.sound().await;
}

/// The deadlock there could be: a payment that has the stock waits for the seller's account, the desk that has the account waits for
/// the stock. Here the payment stands still with the stock in its hands, and everybody else can still use the seller's account.
#[db_test]
async fn the_desk_waits_for_stock_with_empty_hands(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 6).await;
    let (lin, chen, wang) = (c.customer(50_000).await, c.customer(50_000).await, c.customer(50_000).await);
    let waiting = c.place(by_card(order(&lin, "k1", vec![router(1)], ROUTER))).await.unwrap().order;
    let cx = &c.t.cx;
    let mut paying = cx.begin().await.unwrap();
    let locked = ops::lock(&mut paying, cx, waiting).await.unwrap().unwrap();
    let hold = HoldId::new(&cx.ids, cx.now());
    ops::pay(&mut paying, cx, &lin, &locked, PaymentMethod::Balance, hold).await.unwrap();
    let place = c.place(order(&chen, "k2", vec![router(1)], ROUTER));
    let others = async {
        for number in 0..20 {
            // With one writer at a time there is nothing to wait for but the writer.
            if c.t.has_many_writers() {
                let one = tokio::time::timeout(Real::from_secs(10), set_aside(&c, &wang, number));
                one.await.expect("the desk holds the seller's account while it waits for stock");
            }
        }
        paying.commit().await.unwrap();
    };
    let (placed, ()) = tokio::join!(place, others);
    assert_eq!(placed.unwrap().state, OrderState::InProgress);
}

/// Fen by fen for the router's seller.
async fn set_aside(c: &Counter, customer: &kernel::Actor, number: i64) {
    let cx = &c.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let currency = kernel::Currency::CNY;
    let from = AccountName::Wallet(customer.customer().unwrap());
    let debit = ledger::ensure_account(&mut tx, cx, from, currency).await.unwrap().id;
    let seller = AccountName::Revenue("shop-demo");
    let credit = ledger::ensure_account(&mut tx, cx, seller, currency).await.unwrap().id;
    let hold = NewHold {
        id: HoldId::new(&cx.ids, cx.now()),
        debit,
        credit,
        amount: kernel::Money::cny(1),
        kind: TransferKind::Purchase,
        business_key: format!("other:{number}"),
        order: None,
        customer: customer.customer(),
        expires_at: None,
        memo: "test".into(),
    };
    let lane = crate::lane(&tx);
    ledger::place(&mut tx, cx, lane, hold).await.unwrap();
    tx.commit().await.unwrap();
}

#[db_test]
async fn orders_of_one_product_placed_paid_and_ended_at_the_same_time_all_go_through(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 40).await;
    let lin = c.customer(10_000_000).await;
    let cx = &c.t.cx;
    let svc = Payments { cx: cx.clone(), gateways: Gateways::new([]), callback_base: String::new() };
    let by = |name: &str| order(&lin, name, vec![router(1)], ROUTER);
    let mut to_pay = Vec::new();
    for number in 0..12 {
        to_pay.push(c.place(by_card(by(&format!("card-{number}")))).await.unwrap());
    }
    let ended = to_pay.split_off(8);
    let pays = to_pay.iter().map(|placed| async {
        wallet::pay_from_balance(&svc, &c.shelf, &lin, placed.payment.unwrap()).await.unwrap()
    });
    let places = (0..8).map(|number| c.place(by(&format!("balance-{number}"))));
    let ends = ended.iter().map(|placed| ops::cancel(cx, &lin, placed.order, "mistake", None));
    let (paid, placed, cancelled) = tokio::join!(
        futures_util::future::join_all(pays),
        futures_util::future::join_all(places),
        futures_util::future::join_all(ends),
    );
    assert_eq!(paid, [FromBalance::Paid; 8]);
    assert!(
        placed.iter().all(|placed| placed.as_ref().is_ok_and(|p| p.money == MoneyState::Held)),
        "{placed:?}"
    );
    assert!(cancelled.iter().all(Result::is_ok), "{cancelled:?}");
    let stock = "SELECT allocated * 1000 + reserved FROM stock_item WHERE sku = 'router-wifi7-black'";
    assert_eq!(c.number(stock).await, 16_000);
    assert_eq!(c.available(&lin).await, 10_000_000 - 16 * ROUTER);
    c.sound().await;
}

#[db_test]
async fn an_order_that_ends_leaves_work_only_where_a_gateway_may_still_be_asked(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(50_000).await;
    let cx = &c.t.cx;
    let svc = Payments { cx: cx.clone(), gateways: Gateways::new([]), callback_base: String::new() };
    let mut registry = durable::Registry::default();
    payment::register(&mut registry, &std::sync::Arc::new(svc));
    let placed = c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap().order;
    let lines = ops::lines(&mut cx.read().await.unwrap(), cx, placed).await.unwrap();
    for to in [LineState::InProgress, LineState::Completed] {
        let mut tx = cx.begin().await.unwrap();
        let event = NewEvent::public("step_done");
        ops::change_line(&mut tx, cx, &lin, lines[0].id, to, event).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(durable::run_due(cx, &registry).await.unwrap(), 0, "a finished order");
    let unpaid = c.place(by_card(order(&lin, "k2", vec![top_up()], 1_000))).await.unwrap();
    ops::cancel(cx, &lin, unpaid.order, "mistake", None).await.unwrap();
    assert_eq!(durable::run_due(cx, &registry).await.unwrap(), 1, "one that nobody may pay any more");
    let view = payment::ops::view(cx, &lin, unpaid.payment.unwrap()).await.unwrap();
    assert_eq!(view.status, payment::Status::Closed);
    c.sound().await;
}
