//! Holds on both databases.

use std::sync::Arc;

use insta::assert_snapshot;
use kernel::{Duration, Money, Timestamp};

use super::model::{Event, HoldState};
use super::rules;
use crate::test_support::{Books, LANE, at_once, refused};
use crate::*;

#[testkit::db_test]
async fn l2_a_hold_is_posted_once_and_the_rest_is_released(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let hold = books.place(books.hold("order:1", 4_000)).await.unwrap();
    assert_eq!(books.balance().await, (10_000, 4_000));
    assert_eq!(refused(books.post_hold(hold.id, Take::Part(0)).await).0, "ledger.bad_amount");
    let too_much = refused(books.post_hold(hold.id, Take::Part(4_001)).await);
    assert_eq!(too_much, ("ledger.more_than_held", "最多可入账 ¥40.00".to_owned()));
    let posted = books.post_hold(hold.id, Take::Part(3_000)).await.unwrap();
    assert_eq!(books.balance().await, (7_000, 0));
    for second in [books.post_hold(hold.id, Take::All).await.map(|_| ()), books.void_hold(hold.id).await] {
        assert_eq!(refused(second).0, "ledger.already_posted");
    }
    let mut tx = books.t.cx.read().await.unwrap();
    let transfer = find_transfer(&mut tx, posted).await.unwrap().unwrap();
    assert_eq!((transfer.hold, transfer.amount), (Some(hold.id), Money::cny(3_000)));
    let hold = find_hold(&mut tx, hold.id).await.unwrap().unwrap();
    assert_eq!(hold.state, HoldState::Posted { amount_minor: 3_000, at: transfer.created_at });
    books.assert_sound().await;
}

#[testkit::db_test]
async fn l2_a_hold_is_voided_once(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let hold = books.place(books.hold("order:1", 4_000)).await.unwrap();
    books.void_hold(hold.id).await.unwrap();
    assert_eq!(books.balance().await, (10_000, 0));
    for second in [books.post_hold(hold.id, Take::All).await.map(|_| ()), books.void_hold(hold.id).await] {
        assert_eq!(refused(second).0, "ledger.already_voided");
    }
    assert_eq!(refused(books.void_hold(HoldId(1)).await).0, "ledger.not_found");
    books.assert_sound().await;
}

#[testkit::db_test]
async fn l2_a_hold_expires_once_and_tells_it(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    let until = cx.now().plus(Duration::from_mins(30));
    let due = books.place(NewHold { expires_at: Some(until), ..books.hold("order:1", 4_000) }).await.unwrap();
    let open = books.place(books.hold("order:2", 1_000)).await.unwrap();
    assert_eq!(expire_due(cx, LANE, 10).await.unwrap(), 0);
    books.t.clock.set(until);
    let late = refused(books.post_hold(due.id, Take::All).await);
    assert_eq!(late, ("ledger.expired", "这笔冻结已经过期".to_owned()), "also before the job has seen it");
    assert_eq!(expire_due(cx, LANE, 10).await.unwrap(), 1);
    assert_eq!(expire_due(cx, LANE, 10).await.unwrap(), 0);
    for second in [books.post_hold(due.id, Take::All).await.map(|_| ()), books.void_hold(due.id).await] {
        assert_eq!(refused(second).0, "ledger.expired");
    }
    assert_eq!(books.balance().await, (10_000, 1_000), "the one without an end still stands");
    books.post_hold(open.id, Take::All).await.unwrap();
    let events = books.t.raw("SELECT topic, entity_id, payload FROM outbox", vec![]).await;
    let mut event = events[0].reader();
    assert_eq!((events.len(), event.get::<String>().unwrap().as_str()), (1, hold::EXPIRED));
    assert_eq!(event.get::<i64>().unwrap(), due.id.0);
    let payload: hold::HoldExpired = serde_json::from_str(&event.get::<String>().unwrap()).unwrap();
    assert_eq!(payload, hold::HoldExpired { hold: due.id, order: Some(7) });
    books.assert_sound().await;
}

#[testkit::db_test]
async fn l2_of_fifty_parallel_ends_of_a_hold_one_succeeds(t: testkit::TestDb) {
    let books = Arc::new(Books::with_balance(t, 10_000).await);
    let hold = books.place(books.hold("order:1", 4_000)).await.unwrap().id;
    let done = at_once(50, |number| {
        let books = Arc::clone(&books);
        async move {
            let mut tx = books.t.cx.begin().await.unwrap();
            let lane = Lane::desk(number);
            let done = if number % 2 == 0 {
                post(&mut tx, &books.t.cx, lane, hold, Take::All).await.is_ok()
            } else {
                void(&mut tx, &books.t.cx, lane, hold).await.is_ok()
            };
            tx.commit().await.unwrap();
            done
        }
    })
    .await;
    assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
    assert_eq!(books.balance().await.1, 0);
    books.assert_sound().await;
}

#[testkit::db_test]
async fn l3_a_hundred_parallel_spends_never_take_a_wallet_below_zero(t: testkit::TestDb) {
    let books = Arc::new(Books::with_balance(t, 1_000).await);
    let done = at_once(100, |number| {
        let books = Arc::clone(&books);
        async move {
            let key = format!("spend:{number}");
            let mut tx = books.t.cx.begin().await.unwrap();
            let lane = Lane::desk(number % 8);
            let done = if number % 2 == 0 {
                place(&mut tx, &books.t.cx, lane, books.hold(&key, 30)).await.map(|_| ())
            } else {
                post_transfer(&mut tx, &books.t.cx, lane, books.purchase(&key, 30)).await.map(|_| ())
            };
            match done {
                Ok(()) => tx.commit().await.map(|()| true).unwrap(),
                Err(Error::InsufficientFunds { short }) => {
                    assert_eq!(short, Money::cny(20));
                    false
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    })
    .await;
    assert_eq!(done.into_iter().filter(|done| *done).count(), 33, "33 × 30 = 990 of 1,000");
    let (posted, held) = books.balance().await;
    assert_eq!(posted - held, 10);
    books.assert_sound().await;
}

#[testkit::db_test]
async fn l3_batches_of_several_desks_never_block_each_other_for_good(t: testkit::TestDb) {
    let books = Arc::new(Books::open(t).await);
    let mut wallets = Vec::new();
    for number in 0..8_i64 {
        let customer = kernel::AccountId(number + 1);
        let mut tx = books.t.cx.begin().await.unwrap();
        let top_up = TopUp {
            customer,
            gateway: "card",
            amount: Money::cny(1_000),
            business_key: format!("in:{number}"),
        };
        wallets.push(credit_top_up(&mut tx, &books.t.cx, LANE, top_up).await.unwrap().credit);
        tx.commit().await.unwrap();
    }
    at_once(4, |desk| {
        let (books, wallets) = (Arc::clone(&books), wallets.clone());
        async move {
            for round in 0..10 {
                let hold = |(place, wallet): (usize, &LedgerAccountId)| NewHold {
                    debit: *wallet,
                    ..books.hold(&format!("{desk}:{round}:{place}"), 1)
                };
                let mut batch: Vec<NewHold> = wallets.iter().enumerate().map(hold).collect();
                if desk % 2 == 0 {
                    batch.reverse();
                }
                let mut tx = books.t.cx.begin().await.unwrap();
                assert!(place_holds(&mut tx, &books.t.cx, Lane::desk(desk), &batch).await.unwrap());
                tx.commit().await.unwrap();
            }
        }
    })
    .await;
    assert_eq!(books.assert_sound().await.holds, 320);
}

#[testkit::db_test]
async fn a_batch_of_holds_is_placed_posted_and_voided_together(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let too_much = [books.hold("a", 6_000), books.hold("b", 6_000)];
    assert!(!place_holds(&mut tx, cx, LANE, &too_much).await.unwrap(), "together they are too much");
    let batch = [books.hold("a", 6_000), books.hold("b", 3_000), books.hold("c", 1_000)];
    assert!(place_holds(&mut tx, cx, LANE, &batch).await.unwrap());
    let [a, b, c] = batch.map(|hold| hold.id);
    let posts = [
        PostHold { hold: a, take: Take::All },
        PostHold { hold: a, take: Take::All },
        PostHold { hold: HoldId(1), take: Take::All },
        PostHold { hold: b, take: Take::Part(9_999) },
        PostHold { hold: b, take: Take::Part(1_000) },
    ];
    let answers = post_holds(&mut tx, cx, LANE, &posts).await.unwrap();
    let refusals: Vec<_> = answers.iter().map(|answer| answer.err()).collect();
    let more = HoldRefusal::MoreThanHeld { held: Money::cny(3_000) };
    assert_eq!(
        refusals,
        [None, Some(HoldRefusal::AlreadyPosted), Some(HoldRefusal::NotFound), Some(more), None]
    );
    let second = find_transfer(&mut tx, answers[4].unwrap()).await.unwrap().unwrap();
    assert_eq!((second.hold, second.amount), (Some(b), Money::cny(1_000)));
    let voided = void_holds(&mut tx, cx, LANE, &[b, c, c]).await.unwrap();
    assert_eq!(voided, [Err(HoldRefusal::AlreadyPosted), Ok(()), Err(HoldRefusal::AlreadyVoided)]);
    tx.commit().await.unwrap();
    assert_eq!(books.balance().await, (3_000, 0));
    books.assert_sound().await;
    let mut tx = cx.begin().await.unwrap();
    let taken = place_holds(&mut tx, cx, LANE, &[books.hold("new", 1), books.hold("a", 1)]).await;
    assert!(taken.unwrap_err().is_unique());
}

#[testkit::db_test]
async fn books_that_are_already_wrong_are_not_made_worse(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let hold = books.place(books.hold("order:1", 4_000)).await.unwrap();
    let forge =
        |fen: i64| format!("UPDATE ledger_account SET debits_pending = {fen} WHERE id = {}", books.wallet.0);
    books.t.raw(&forge(1), vec![]).await;
    assert_eq!(refused(books.post_hold(hold.id, Take::All).await).0, "ledger.internal");
    books.t.raw(&forge(4_000), vec![]).await;
    books.assert_sound().await;
    books.post_hold(hold.id, Take::All).await.unwrap();
}

#[testkit::db_test]
async fn a_business_key_stands_for_one_hold(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let first = books.place(books.hold("order:1", 4_000)).await.unwrap();
    let again = books.place(books.hold("order:1", 4_000)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(refused(books.place(books.hold("order:1", 4_001)).await).0, "ledger.key_reused");
    let short = refused(books.place(books.hold("order:2", 18_000)).await);
    assert_eq!(short, ("ledger.insufficient_funds", "余额不足，还差 ¥120.00，可换支付方式".to_owned()));
    assert_eq!(books.balance().await, (10_000, 4_000));
}

#[test]
fn the_life_of_a_hold() {
    let now = Timestamp(1_000);
    let hold = |state, expires_at| Hold {
        id: HoldId(1),
        debit: LedgerAccountId(1),
        credit: LedgerAccountId(2),
        amount: Money::cny(100),
        kind: TransferKind::Purchase,
        business_key: String::new(),
        order: None,
        customer: None,
        expires_at,
        memo: String::new(),
        created_at: Timestamp(0),
        state,
        entry: 1,
        closed_entry: None,
    };
    let states = [
        ("pending", hold(HoldState::Pending, None)),
        ("overdue", hold(HoldState::Pending, Some(now))),
        ("posted", hold(HoldState::Posted { amount_minor: 100, at: now }, None)),
        ("voided", hold(HoldState::Voided { at: now }, None)),
        ("expired", hold(HoldState::Expired { at: now }, None)),
    ];
    let events = [
        Event::Post(Take::All),
        Event::Post(Take::Part(40)),
        Event::Post(Take::Part(101)),
        Event::Post(Take::Part(0)),
        Event::Void,
        Event::Expire,
    ];
    let mut table = String::new();
    for (name, hold) in &states {
        for event in events {
            let outcome = match rules::on(hold, event, now) {
                Ok(state) => format!("→ {} {}", state.code(), state.posted_minor()),
                Err(refusal) => kernel::Refusal::code(&Error::from(refusal)).to_owned(),
            };
            table.push_str(&format!("{name:<8} {:<16} {outcome}\n", format!("{event:?}")));
        }
    }
    assert_snapshot!(table, @"
    pending  Post(All)        → posted 100
    pending  Post(Part(40))   → posted 40
    pending  Post(Part(101))  ledger.more_than_held
    pending  Post(Part(0))    ledger.bad_amount
    pending  Void             → voided 0
    pending  Expire           → expired 0
    overdue  Post(All)        ledger.expired
    overdue  Post(Part(40))   ledger.expired
    overdue  Post(Part(101))  ledger.expired
    overdue  Post(Part(0))    ledger.expired
    overdue  Void             → voided 0
    overdue  Expire           → expired 0
    posted   Post(All)        ledger.already_posted
    posted   Post(Part(40))   ledger.already_posted
    posted   Post(Part(101))  ledger.already_posted
    posted   Post(Part(0))    ledger.already_posted
    posted   Void             ledger.already_posted
    posted   Expire           ledger.already_posted
    voided   Post(All)        ledger.already_voided
    voided   Post(Part(40))   ledger.already_voided
    voided   Post(Part(101))  ledger.already_voided
    voided   Post(Part(0))    ledger.already_voided
    voided   Void             ledger.already_voided
    voided   Expire           ledger.already_voided
    expired  Post(All)        ledger.expired
    expired  Post(Part(40))   ledger.expired
    expired  Post(Part(101))  ledger.expired
    expired  Post(Part(0))    ledger.expired
    expired  Void             ledger.expired
    expired  Expire           ledger.expired
    ");
}
