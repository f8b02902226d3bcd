//! Entries, months and statements on both databases.

use kernel::{AccountId, Duration, Money, PageRequest, Role, Timestamp};

use crate::test_support::{Books, account, refused};
use crate::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// Three months of movements; one is reversed, one is only held.
async fn lived_in(t: testkit::TestDb) -> Books {
    t.clock.set(at("2026-09-10T09:00:00+08:00"));
    let books = Books::open(t).await;
    let day = |text: &str| books.t.clock.set(at(text));
    books.post(books.top_up("in:1", 50_000)).await.unwrap();
    day("2026-09-30T23:59:59+08:00");
    books.post(books.purchase("out:1", 5_000)).await.unwrap();
    day("2026-10-01T00:00:00+08:00");
    let mistake = books.post(books.purchase("out:2", 7_000)).await.unwrap();
    books.reverse(mistake.id).await.unwrap();
    day("2026-11-20T12:00:00+08:00");
    books.post(books.top_up("in:2", 10_000)).await.unwrap();
    books.place(books.hold("hold", 1_000)).await.unwrap();
    day("2026-11-21T20:45:00+08:00");
    books
}

#[testkit::db_test]
async fn l6_opening_and_movements_make_the_closing_balance(t: testkit::TestDb) {
    let books = lived_in(t).await;
    let read = async |from: &str, to: &str| {
        statement(&books.t.cx, &books.owner(), books.customer, at(from), at(to)).await.unwrap()
    };
    let september = read("2026-09-01T00:00:00+08:00", "2026-10-01T00:00:00+08:00").await;
    let october = read("2026-10-01T00:00:00+08:00", "2026-11-01T00:00:00+08:00").await;
    let november = read("2026-11-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00").await;
    for (one, opening, closing, lines) in
        [(&september, 0, 45_000, 2), (&october, 45_000, 45_000, 2), (&november, 45_000, 55_000, 1)]
    {
        assert_eq!((one.opening, one.closing), (Money::cny(opening), Money::cny(closing)));
        assert_eq!(one.entries.len(), lines);
        let moved: i64 = one.entries.iter().map(|entry| entry.amount.minor).sum();
        assert_eq!(opening + moved, closing);
        assert_eq!(opening + one.income.minor - one.outgo.minor, closing);
        assert_eq!(one.entries.last().map(|entry| entry.balance), Some(one.closing));
    }
    assert!(september.is_final && october.is_final && !november.is_final);
    books.post(books.purchase("out:3", 1)).await.unwrap();
    let again = read("2026-10-01T00:00:00+08:00", "2026-11-01T00:00:00+08:00").await;
    assert_eq!(again, october, "a period that is over reads the same forever");
}

#[testkit::db_test]
async fn l6_a_period_must_be_one(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let now = books.t.cx.now();
    let read = async |from, to| statement(&books.t.cx, &books.owner(), books.customer, from, to).await;
    for (from, to) in [(now, now), (now.plus(Duration(1)), now), (now, now.plus(Duration::from_days(367)))] {
        assert_eq!(refused(read(from, to).await).0, "ledger.bad_period");
    }
    assert!(read(now, now.plus(Duration::from_days(366))).await.unwrap().entries.is_empty());
}

#[testkit::db_test]
async fn l6_a_statement_has_an_end(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let now = books.t.cx.now();
    for round in 0..101 {
        let batch: Vec<NewTransfer> = (0..100).map(|n| books.top_up(&format!("{round}:{n}"), 1)).collect();
        let mut tx = books.t.cx.begin().await.unwrap();
        assert!(post_transfers(&mut tx, &books.t.cx, Lane::desk(0), &batch).await.unwrap());
        tx.commit().await.unwrap();
    }
    let read = statement(&books.t.cx, &books.owner(), books.customer, now, now.plus(Duration(1))).await;
    assert_eq!(refused(read).0, "ledger.too_many_entries");
    books.assert_sound().await;
}

#[testkit::db_test]
async fn entries_come_in_pages_each_with_the_balance_after_it(t: testkit::TestDb) {
    let books = lived_in(t).await;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page =
            entries(&books.t.cx, &books.owner(), books.customer, PageRequest::new(after, 2)).await.unwrap();
        seen.extend(page.items.iter().map(|e| (e.kind.code(), e.amount.minor, e.balance.minor)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(
        seen,
        [
            ("top_up", 10_000, 55_000),
            ("reversal", 7_000, 45_000),
            ("purchase", -7_000, 38_000),
            ("purchase", -5_000, 45_000),
            ("top_up", 50_000, 50_000),
        ]
    );
}

#[testkit::db_test]
async fn months_show_what_came_in_and_went_out_in_beijing_time(t: testkit::TestDb) {
    let books = lived_in(t).await;
    let months = monthly(&books.t.cx, &books.owner(), books.customer).await.unwrap();
    let tail: Vec<_> = months[8..]
        .iter()
        .map(|m| (m.year, m.month, m.income.minor, m.outgo.minor, m.closing.minor))
        .collect();
    assert_eq!(months.len(), 12);
    assert_eq!(
        tail,
        [
            (2026, 8, 0, 0, 0),
            (2026, 9, 50_000, 5_000, 45_000),
            (2026, 10, 7_000, 7_000, 45_000),
            (2026, 11, 10_000, 0, 55_000)
        ]
    );
}

#[testkit::db_test]
async fn a_stranger_sees_nothing_and_a_newcomer_an_empty_list(t: testkit::TestDb) {
    let books = lived_in(t).await;
    let (cx, page) = (&books.t.cx, PageRequest::new(None, 10));
    let (from, to) = (at("2026-09-01T00:00:00+08:00"), cx.now());
    let stranger = account(AccountId(5), Role::CUSTOMER);
    assert_eq!(refused(entries(cx, &stranger, books.customer, page).await).0, "ledger.not_found");
    assert_eq!(refused(monthly(cx, &stranger, books.customer).await).0, "ledger.not_found");
    assert_eq!(refused(statement(cx, &stranger, books.customer, from, to).await).0, "ledger.not_found");
    assert!(entries(cx, &stranger, AccountId(5), page).await.unwrap().items.is_empty());
    assert_eq!(monthly(cx, &stranger, AccountId(5)).await.unwrap().len(), 12);
    let staff = account(AccountId(6), Role::OPERATOR);
    assert_eq!(entries(cx, &staff, books.customer, page).await.unwrap().items.len(), 5);
}
