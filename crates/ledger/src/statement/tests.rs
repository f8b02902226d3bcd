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

#[testkit::db_test]
async fn l6_a_sheet_is_numbered_names_the_other_side_and_has_one_digest_forever(t: testkit::TestDb) {
    let books = lived_in(t).await;
    let cx = &books.t.cx;
    let read = async |from: &str, to: &str| {
        let period = statement::day_bounds(from, to).unwrap();
        statement::sheet(cx, &books.owner(), books.customer, HOUSE_CURRENCY, period).await.unwrap()
    };
    let september = read("2026-09-01", "2026-09-30").await;
    let said: Vec<_> = september
        .lines
        .iter()
        .map(|line| (line.number, line.with.code(), line.with.words(kernel::Locale::Zh)))
        .collect();
    assert_eq!(
        said,
        [
            (1, "gateway:card".to_owned(), "银行卡".to_owned()),
            (2, "seller:telecom".to_owned(), "服务方 telecom".to_owned())
        ]
    );
    assert_eq!(september.digest.len(), 64);
    let part = read("2026-09-30", "2026-10-01").await;
    assert_eq!((part.opening, part.closing), (Money::cny(50_000), Money::cny(45_000)));
    assert_eq!(part.opening.minor + part.income.minor - part.outgo.minor, part.closing.minor);
    books.post(books.purchase("later", 1)).await.unwrap();
    books.t.clock.advance(Duration::from_days(400));
    assert_eq!(read("2026-09-01", "2026-09-30").await, september);
    assert_ne!(part.digest, september.digest);
    // The month was kept once; a period that is none was not.
    assert_eq!(books.t.raw("SELECT id FROM ledger_statement", vec![]).await.len(), 1);
    books.assert_sound().await;
}

#[testkit::db_test]
async fn l6_each_currency_has_its_own_statement(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    for (currency, minor) in [(kernel::Currency::USD, 1_250), (kernel::Currency::JPY, 700)] {
        let mut tx = cx.begin().await.unwrap();
        let top_up = TopUp {
            customer: books.customer,
            gateway: "card",
            amount: Money::new(minor, currency),
            business_key: currency.code().to_owned(),
        };
        credit_top_up(&mut tx, cx, Lane::desk(0), top_up).await.unwrap();
        tx.commit().await.unwrap();
    }
    let now = cx.now();
    let period = (now.minus(Duration::from_days(1)), now.plus(Duration::from_days(1)));
    for (currency, said) in [
        (kernel::Currency::CNY, "¥100.00"),
        (kernel::Currency::USD, "US$12.50"),
        (kernel::Currency::JPY, "JP¥700"),
    ] {
        let sheet = statement::sheet(cx, &books.owner(), books.customer, currency, period).await.unwrap();
        assert_eq!((sheet.closing.to_string().as_str(), sheet.lines.len()), (said, 1));
        let months = statement::months(cx, &books.owner(), books.customer, currency).await.unwrap();
        assert_eq!((months.len(), months[0].closing.to_string().as_str()), (1, said));
    }
    let totals = books.assert_sound().await.totals;
    assert_eq!(totals.iter().map(|t| t.currency.as_str()).collect::<Vec<_>>(), ["CNY", "JPY", "USD"]);
}

#[test]
fn periods_that_are_none_are_refused() {
    assert!(statement::month_bounds(2026, 13).is_none() && statement::month_bounds(1900, 1).is_none());
    for (from, to) in [("2026-02-30", "2026-03-01"), ("2026-03-02", "2026-03-01"), ("", "2026-03-01")] {
        assert!(statement::day_bounds(from, to).is_none(), "{from} {to}");
    }
    assert_eq!(statement::month_bounds(2026, 11), statement::day_bounds("2026-11-01", "2026-11-30"));
}
