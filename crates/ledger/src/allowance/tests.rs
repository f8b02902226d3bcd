//! Limits by level, on both databases.

use std::sync::Arc;

use kernel::{Actor, Currency, Duration, Level, Money, Timestamp};

use super::model::{Periods, UseState};
use super::*;
use crate::allowance::rules::{delivered, periods};
use crate::test_support::{Books, LANE, at_once, refused};
use crate::{Error, TopUp, credit_top_up};

async fn try_take(books: &Books, kind: AllowanceKind, money: Money, key: &str) -> Result<(), Error> {
    let mut tx = books.t.cx.begin().await?;
    take(&mut tx, &books.t.cx, books.customer, kind, money, Level::RealName, key).await?;
    tx.commit().await?;
    Ok(())
}

async fn top_up(books: &Books, fen: i64, key: &str) -> Result<(), Error> {
    try_take(books, AllowanceKind::TopUp, Money::cny(fen), key).await
}

async fn back(books: &Books, key: &str) {
    let mut tx = books.t.cx.begin().await.unwrap();
    give_back(&mut tx, &books.t.cx, key).await.unwrap();
    tx.commit().await.unwrap();
}

async fn day_left(books: &Books) -> i64 {
    let all = left(&books.t.cx, &books.owner(), books.customer, Level::RealName, AllowanceKind::TopUp)
        .await
        .unwrap();
    all.iter().find(|left| left.span == Span::Day).unwrap().left.minor
}

#[testkit::db_test]
async fn l3_of_a_hundred_parallel_top_ups_none_goes_beyond_the_limit_of_a_day(t: testkit::TestDb) {
    let books = Arc::new(Books::open(t).await);
    // ¥20,000 a day, 100 times ¥300.
    let done = at_once(100, |number| {
        let books = Arc::clone(&books);
        async move {
            match top_up(&books, 30_000, &format!("top_up:{number}")).await {
                Ok(()) => true,
                Err(Error::OverDay { left, .. }) => {
                    assert!(left.minor < 30_000);
                    false
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    })
    .await;
    assert_eq!(done.into_iter().filter(|done| *done).count(), 66, "66 × 300 = 19,800 of 20,000");
    assert_eq!(day_left(&books).await, 20_000);
    books.assert_sound().await;
}

#[testkit::db_test]
async fn the_same_key_takes_once_and_gives_back_once(t: testkit::TestDb) {
    let books = Books::open(t).await;
    top_up(&books, 1_500_000, "a").await.unwrap();
    top_up(&books, 1_500_000, "a").await.unwrap();
    assert_eq!(refused(top_up(&books, 1_500_001, "a").await).0, "ledger.key_reused");
    assert_eq!(day_left(&books).await, 500_000);
    let (code, words) = refused(top_up(&books, 600_000, "b").await);
    assert_eq!(code, "ledger.over_day");
    assert_eq!(words, "单日限额 ¥20,000.00，今日还剩 ¥5,000.00；实名等级越高，限额越高");
    for _ in 0..2 {
        back(&books, "a").await;
    }
    back(&books, "nobody took under this").await;
    assert_eq!(day_left(&books).await, 2_000_000);
    top_up(&books, 600_000, "b").await.unwrap();
    books.assert_sound().await;
}

#[testkit::db_test]
async fn what_is_given_back_on_another_day_is_given_back_where_it_was_taken(t: testkit::TestDb) {
    let books = Books::open(t).await;
    top_up(&books, 1_500_000, "yesterday").await.unwrap();
    books.t.clock.advance(Duration::from_days(1));
    top_up(&books, 1_800_000, "today").await.unwrap();
    back(&books, "yesterday").await;
    assert_eq!(day_left(&books).await, 200_000, "of today nothing came back");
    let mut tx = books.t.cx.begin().await.unwrap();
    finish(&mut tx, &books.t.cx, "today").await.unwrap();
    tx.commit().await.unwrap();
    back(&books, "today").await;
    assert_eq!(day_left(&books).await, 2_000_000, "also what came about can be undone");
    books.assert_sound().await;
}

#[testkit::db_test]
async fn what_comes_about_after_it_was_given_back_counts_again(t: testkit::TestDb) {
    let books = Books::open(t).await;
    top_up(&books, 1_500_000, "late").await.unwrap();
    back(&books, "late").await;
    top_up(&books, 1_800_000, "other").await.unwrap();
    for _ in 0..2 {
        let mut tx = books.t.cx.begin().await.unwrap();
        finish(&mut tx, &books.t.cx, "late").await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(day_left(&books).await, 0);
    assert_eq!(refused(top_up(&books, 1, "more").await).0, "ledger.over_day");
    books.assert_sound().await;
}

#[testkit::db_test]
async fn currencies_are_counted_apart(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let yen = |minor| Money::new(minor, Currency::JPY);
    try_take(&books, AllowanceKind::TopUp, yen(2_000_000), "yen").await.unwrap();
    assert_eq!(day_left(&books).await, 2_000_000);
    let (code, words) = refused(try_take(&books, AllowanceKind::TopUp, yen(1), "more").await);
    assert_eq!((code, words.contains("JP¥2,000,000，")), ("ledger.over_day", true), "{words}");
    books.assert_sound().await;
}

#[testkit::db_test]
async fn what_is_held_and_on_its_way_stays_below_the_limit_of_the_balance(t: testkit::TestDb) {
    let books = Arc::new(Books::open(t).await);
    let take_in = async |fen: i64, key: &str| {
        let cx = &books.t.cx;
        let mut tx = cx.begin().await?;
        let money = Money::cny(fen);
        take(&mut tx, cx, books.customer, AllowanceKind::TopUp, money, Level::Contact, key).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    take_in(300_000, "first").await.unwrap();
    let cx = &books.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let arrived = TopUp {
        customer: books.customer,
        gateway: "card",
        amount: Money::cny(300_000),
        business_key: "first".to_owned(),
    };
    credit_top_up(&mut tx, cx, LANE, arrived).await.unwrap();
    finish(&mut tx, cx, "first").await.unwrap();
    tx.commit().await.unwrap();
    books.t.clock.advance(Duration::from_days(1));
    let (code, words) = refused(take_in(200_001, "second").await);
    assert_eq!(code, "ledger.over_holding");
    assert_eq!(words, "余额最多 ¥5,000.00，还可充值 ¥2,000.00；实名等级越高，限额越高");
    take_in(150_000, "second").await.unwrap();
    assert_eq!(refused(take_in(50_001, "third").await).0, "ledger.over_holding", "what is on its way counts");
    back(&books, "second").await;
    take_in(200_000, "third").await.unwrap();
    books.assert_sound().await;
}

#[testkit::db_test]
async fn an_operators_limits_count_at_once_and_forbid_with_zero(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let cx = &books.t.cx;
    let mut policy = Policy::default();
    publish(cx, &Actor::system("test"), &policy).await.unwrap();
    assert!(books.t.raw("SELECT level FROM ledger_limit", vec![]).await.is_empty(), "nothing differs");
    let forbidden = Caps { single: Some(0), ..Caps::default() };
    policy.0.insert((Level::RealName, AllowanceKind::TopUp), forbidden);
    publish(cx, &Actor::system("test"), &policy).await.unwrap();
    assert_eq!(refused(top_up(&books, 1, "a").await).0, "ledger.over_single");
    policy.0.insert((Level::RealName, AllowanceKind::TopUp), Caps::default());
    publish(cx, &Actor::system("test"), &policy).await.unwrap();
    top_up(&books, 900_000_000_000, "b").await.unwrap();
    assert_eq!(audit::verify(cx).await.unwrap().entries, 2);
    books.assert_sound().await;
}

#[test]
fn a_higher_level_never_has_a_lower_limit() {
    let up = |lower: Option<i64>, higher: Option<i64>| match (lower, higher) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(lower), Some(higher)) => lower <= higher,
    };
    for kind in AllowanceKind::ALL {
        for pair in Level::ALL.windows(2) {
            let (low, high) = (delivered(pair[0], *kind), delivered(pair[1], *kind));
            assert!(up(low.single, high.single) && up(low.day, high.day) && up(low.holding, high.holding));
            assert!(up(low.month, high.month), "{kind:?} {pair:?}");
        }
    }
}

#[test]
fn periods_are_those_of_beijing() {
    let of = |text: &str| periods(Timestamp::parse_rfc3339(text).unwrap());
    let before = of("2026-12-31T15:59:59Z");
    let after = of("2026-12-31T16:00:00Z");
    assert_eq!(before, Periods { day: 20_818, month: 2026 * 12 + 11, year: 2026 });
    assert_eq!(after, Periods { day: 20_819, month: 2027 * 12, year: 2027 });
    assert_eq!(UseState::ALL.len(), 3);
}
