//! The book of payees, and what it lets through.

use kernel::{Money, Refusal as _};
use serde_json::json;
use testkit::{TestDb, db_test};

use super::{
    COOLS_FOR, NEW_MOST, NewPayee, PROOF_FROM, Recipient, add, get, guard, list, own, remove, settle,
};
use crate::testing::{Counter, line, order};
use crate::{Error, NewLine};

const SERVICE: &str = "bank-transfer";
const TO: &str = "6217000123456789";
const OPEN: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_allowance_use WHERE state = 'open'";
const ORDERS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM orders";

/// A line that sends this much to an account.
fn send(account: &str, fen: i64) -> NewLine {
    let answers = json!({
        "payee_kind": "person", "payee": "王建国", "bank": "中国银行", "account": account, "amount": fen, "purpose": "房租",
    });
    line(SERVICE, "any", 1, answers)
}

/// From now on it is known by name who this is.
async fn know(c: &Counter, actor: &kernel::Actor) {
    let me = actor.customer().unwrap();
    let account = "INSERT INTO account (id, state, roles, is_staff, locale, theme, text_size, created_at, updated_at, phone_verified_at)
        VALUES ($1, 'active', 'customer', FALSE, 'zh-CN', 'auto', 'standard', 0, 0, 1)";
    c.t.raw(account, db::params![me]).await;
    let person = "INSERT INTO real_name (account_id, person_index, slot, level, person_sealed, consented_at, proved_at)
        VALUES ($1, $2, 0, 'real_name', $2, 0, 0)";
    c.t.raw(person, db::params![me, me.raw().to_be_bytes().to_vec()]).await;
}

fn wang() -> NewPayee {
    NewPayee {
        name: "王建国".to_owned(),
        bank: "中国银行上海分行".to_owned(),
        account: "6217 0001 2345 6789".to_owned(),
        nickname: "房东".to_owned(),
    }
}

#[db_test]
async fn an_account_stands_in_a_book_once_and_nobody_sees_anothers(t: TestDb) {
    let c = Counter::open(t).await;
    let cx = &c.t.cx;
    let (lin, chen) = (c.customer(0).await.proved(cx.now()), c.customer(0).await.proved(cx.now()));
    let id = add(cx, &lin, &wang()).await.unwrap();
    let again = NewPayee { account: "6217000123456789".to_owned(), ..wang() };
    assert!(
        matches!(add(cx, &lin, &again).await, Err(Error::PayeeKnown)),
        "the same account, typed otherwise"
    );
    add(cx, &chen, &wang()).await.unwrap();
    assert!(matches!(get(cx, &chen, id).await, Err(Error::PayeeNotFound)), "W2");
    assert!(matches!(remove(cx, &chen, id).await, Err(Error::PayeeNotFound)), "W2");
    let book = list(cx, &lin).await.unwrap();
    assert_eq!(
        book.iter().map(|one| (one.name.as_str(), one.tail())).collect::<Vec<_>>(),
        [("王建国", "6789")]
    );
    let wrong =
        add(cx, &lin, &NewPayee { account: "12".to_owned(), ..NewPayee::default() }).await.unwrap_err();
    let pointers: Vec<_> = wrong.fields().iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/bank", "/account"]);
    remove(cx, &lin, id).await.unwrap();
    assert!(list(cx, &lin).await.unwrap().is_empty());
    let clear = "SELECT CAST(COUNT(*) AS BIGINT) FROM payee WHERE added_by = customer_id";
    assert_eq!(c.number(clear).await, 1);
}

#[db_test]
async fn w8_a_payee_is_new_for_a_day_and_a_new_one_wants_a_proof(t: TestDb) {
    let c = Counter::open(t).await;
    let cx = &c.t.cx;
    let stale = c.customer(0).await;
    assert!(matches!(add(cx, &stale, &wang()).await, Err(Error::ProofNeeded)));
    let lin = stale.clone().proved(cx.now());
    add(cx, &lin, &wang()).await.unwrap();
    let me = lin.customer().unwrap();
    let answers = json!({"account": "6217000123456789"});
    let send = async |actor: &kernel::Actor, fen| {
        guard(cx, actor, me, (SERVICE, &answers), Recipient::Other, Money::cny(fen)).await
    };
    send(&lin, NEW_MOST).await.unwrap();
    assert!(
        matches!(send(&lin, NEW_MOST + 1).await, Err(Error::PayeeNew { most }) if most.minor == NEW_MOST)
    );
    assert!(matches!(send(&stale, 1).await, Err(Error::ProofNeeded)));
    c.t.clock.advance(COOLS_FOR);
    send(&stale, PROOF_FROM - 1).await.unwrap();
    assert!(matches!(send(&stale, PROOF_FROM).await, Err(Error::ProofNeeded)));
    let fresh = lin.proved(cx.now());
    send(&fresh, PROOF_FROM).await.unwrap();
    let unknown = json!({"account": "6217000123456780"});
    let refused =
        guard(cx, &fresh, me, (SERVICE, &unknown), Recipient::Other, Money::cny(NEW_MOST + 1)).await;
    assert!(matches!(refused, Err(Error::PayeeNew { .. })), "who is not in the book is new");
    guard(cx, &stale, me, ("mobile-top-up", &unknown), Recipient::Other, Money::cny(PROOF_FROM))
        .await
        .unwrap();
}

#[db_test]
async fn what_an_order_sends_counts_until_it_turns_out_that_nothing_was_sent(t: TestDb) {
    t.migrate(&[identity::MIGRATIONS]).await;
    let c = Counter::open(t).await;
    let cx = &c.t.cx;
    let lin = c.customer(1_000_000).await.proved(cx.now());
    let refused = c.place(order(&lin, "k1", vec![send(TO, 100)], 100)).await;
    assert!(matches!(refused, Err(Error::OverAllowance { .. })), "nobody we know nothing of sends money");
    assert_eq!(c.number(OPEN).await, 0);
    know(&c, &lin).await;
    let placed = c.place(order(&lin, "k1", vec![send(TO, 100)], 100)).await.unwrap();
    assert!(c.place(order(&lin, "k1", vec![send(TO, 100)], 100)).await.unwrap().replayed);
    assert_eq!(c.number(OPEN).await, 1, "once an order");
    for _ in 0..2 {
        let mut tx = cx.begin().await.unwrap();
        let placed = crate::order::ops::find(&mut tx, cx, placed.order).await.unwrap().unwrap();
        settle(&mut tx, cx, &placed, 0).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(c.number(OPEN).await, 0);
    }
    c.sound().await;
}

#[db_test]
async fn l3_orders_placed_at_once_never_send_more_than_the_limit_of_a_day(t: TestDb) {
    t.migrate(&[identity::MIGRATIONS]).await;
    let c = Counter::open(t).await;
    let lin = c.customer(10_000_000).await.proved(c.t.cx.now());
    know(&c, &lin).await;
    // ¥5,000 a day, ten times ¥900.
    let wishes =
        (0..10).map(|number| c.place(order(&lin, &format!("k{number}"), vec![send(TO, 90_000)], 90_000)));
    let answers = futures_util::future::join_all(wishes).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert!(refused.message(kernel::Locale::Zh).contains("今日还剩 ¥500.00"), "{refused:?}");
    }
    assert_eq!((c.number(OPEN).await, c.number(ORDERS).await), (5, 5));
    c.sound().await;
}

#[db_test]
async fn an_order_that_never_comes_to_be_takes_nothing_whenever_its_sender_hangs_up(t: TestDb) {
    t.migrate(&[identity::MIGRATIONS]).await;
    let c = Counter::open(t).await;
    let lin = c.customer(100).await.proved(c.t.cx.now());
    know(&c, &lin).await;
    // More than there is: the desk refuses. Whoever hangs up does so between two turns of the answer, and sees the tables as they are then.
    let mut answer = std::pin::pin!(c.place(order(&lin, "k1", vec![send(TO, 200)], 200)));
    let refused = loop {
        if let std::task::Poll::Ready(answer) = futures_util::poll!(&mut answer) {
            break answer;
        }
        let mut tx = c.t.cx.read().await.unwrap();
        let row = tx.raw(OPEN, Vec::new()).await.unwrap();
        assert_eq!(row[0].reader().get::<i64>().unwrap(), 0, "taken for an order that is not there");
        drop(tx);
        tokio::task::yield_now().await;
    };
    assert!(matches!(refused, Err(Error::InsufficientFunds { .. })), "{refused:?}");
    assert_eq!((c.number(OPEN).await, c.number(ORDERS).await), (0, 0));
}

#[db_test]
async fn w8_what_an_order_sends_to_one_account_counts_together_however_many_lines_it_is_cut_into(t: TestDb) {
    t.migrate(&[identity::MIGRATIONS]).await;
    let c = Counter::open(t).await;
    let lin = c.customer(1_000_000).await.proved(c.t.cx.now());
    let place = async |key: &str, lines: Vec<NewLine>, fen| c.place(order(&lin, key, lines, fen)).await;
    let (one, other) = (TO, "6217000123456780");
    let cut = vec![send(one, 60_000), send(one, 40_001)];
    let refused = place("k1", cut, NEW_MOST + 1).await;
    assert!(matches!(refused, Err(Error::PayeeNew { .. })), "{refused:?}");
    // To two accounts it is two amounts: then it is the limits of somebody nobody knows that stand in the way.
    let apart = vec![send(one, 60_000), send(other, 40_001)];
    let refused = place("k2", apart, NEW_MOST + 1).await;
    assert!(matches!(refused, Err(Error::OverAllowance { .. })), "{refused:?}");
}

/// From now on it is known under which name this is.
async fn know_as(c: &Counter, actor: &kernel::Actor, name: &str) {
    know(c, actor).await;
    let person = json!({"name": name, "number": "110101199003071234", "holder": "citizen"}).to_string();
    let cx = &c.t.cx;
    let sealed = cx.vault.seal(cx.rng.as_ref(), "identity.real_name.person", person.as_bytes()).unwrap();
    let me = actor.customer().unwrap();
    c.t.raw("UPDATE real_name SET person_sealed = $2 WHERE account_id = $1", db::params![me, sealed]).await;
}

/// A line that sends this much to an account in this name.
fn send_as(kind: &str, name: &str, fen: i64) -> NewLine {
    let answers = json!({
        "payee_kind": kind, "payee": name, "bank": "中国银行", "account": TO, "amount": fen, "purpose": "提现",
    });
    line(SERVICE, "any", 1, answers)
}

#[db_test]
async fn what_goes_to_an_account_in_ones_own_name_is_a_withdrawal_and_no_transfer(t: TestDb) {
    t.migrate(&[identity::MIGRATIONS]).await;
    let c = Counter::open(t).await;
    let cx = &c.t.cx;
    let stale = c.customer(10_000_000).await;
    let lin = stale.clone().proved(cx.now());
    assert_eq!(own(cx, &lin).await.unwrap(), None, "no name was shown");
    know_as(&c, &lin, "林小满").await;
    for (name, account) in [("林小满", TO), ("王建国", "6217000123456780")] {
        let new = NewPayee { name: name.to_owned(), account: account.to_owned(), ..wang() };
        add(cx, &lin, &new).await.unwrap();
    }
    let found = own(cx, &lin).await.unwrap().unwrap();
    let accounts: Vec<&str> = found.accounts.iter().map(|one| one.account.as_str()).collect();
    assert_eq!((found.name.as_str(), accounts), ("林小满", vec![TO]));

    let fen = 2_000_000;
    let refused = c.place(order(&stale, "k1", vec![send_as("person", "林小满", fen)], fen)).await;
    assert!(matches!(refused, Err(Error::ProofNeeded)), "{refused:?}");
    // Four times what may be sent to others in a day, to an account added a moment ago.
    c.place(order(&lin, "k1", vec![send_as("person", "林小满", fen)], fen)).await.unwrap();
    assert_eq!(c.number(OPEN).await, 0, "no limit of transfers counts it");
    for (kind, name) in [("company", "林小满"), ("person", "林小曼"), ("person", "王建国")] {
        let refused = c.place(order(&lin, "k2", vec![send_as(kind, name, fen)], fen)).await;
        assert!(matches!(refused, Err(Error::PayeeNew { .. })), "{kind} {name}: {refused:?}");
    }
    c.place(order(&lin, "k2", vec![send(TO, 100)], 100)).await.unwrap();
    assert_eq!(c.number(OPEN).await, 1);
    for point in ["withdrawal", "transfer"] {
        let judged = format!(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM risk_event WHERE point = '{point}' AND outcome = 'allow'"
        );
        assert_eq!(c.number(&judged).await, 1, "{point}");
    }
    let chen = c.customer(10_000_000).await.proved(cx.now());
    know_as(&c, &chen, "陈立").await;
    let refused = c.place(order(&chen, "k3", vec![send_as("person", "林小满", fen)], fen)).await;
    assert!(matches!(refused, Err(Error::PayeeNew { .. })), "another's name: {refused:?}");
    c.sound().await;
}
