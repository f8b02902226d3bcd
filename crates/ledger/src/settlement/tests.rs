//! Settling, on both databases.

use std::sync::Arc;

use kernel::{AccountId, Actor, Currency, Duration, Money, PageRequest, Role, Timestamp};

use super::*;
use crate::test_support::{Books, account, at_once, refused};
use crate::{AccountName, Error, NewTransfer, TransferKind, ensure_account, load_accounts_by_code};

/// Daily, with this commission.
pub(crate) fn agreement(seller: &str, commission_bp: i64) -> NewAgreement {
    NewAgreement {
        seller: seller.to_owned(),
        currency: Currency::CNY,
        commission_bp,
        rhythm: Rhythm::Daily,
        bank: Bank {
            holder: "示例电信有限公司".to_owned(),
            bank: "示例银行".to_owned(),
            account: "6222020200112233".to_owned(),
        },
        version: 0,
    }
}

fn finance() -> Actor {
    account(AccountId(10), Role::FINANCE)
}

async fn settled(books: &Books) -> Vec<Settlement> {
    let mut all = list(&books.t.cx, &finance(), PageRequest::new(None, 50)).await.unwrap().items;
    all.reverse();
    all
}

fn figures(one: &Settlement) -> [i64; 5] {
    [one.carried_in, one.turnover, one.commission, one.payable, one.carried_out].map(|money| money.minor)
}

async fn posted(books: &Books, name: AccountName<'_>) -> i64 {
    let codes = [name.code(Currency::CNY)];
    let found = load_accounts_by_code(&mut books.t.cx.read().await.unwrap(), &codes).await.unwrap();
    found.first().map_or(0, |account| account.balance().posted.minor)
}

fn refund(books: &Books, key: &str, fen: i64) -> NewTransfer {
    NewTransfer {
        debit: books.seller,
        credit: books.wallet,
        kind: TransferKind::Refund,
        ..books.purchase(key, fen)
    }
}

async fn open(t: testkit::TestDb) -> Books {
    t.clock.set(Timestamp::parse_rfc3339("2026-11-20T10:00:00+08:00").unwrap());
    let books = Books::with_balance(t, 1_000_000).await;
    agree(&books.t.cx, &finance(), agreement("telecom", 500)).await.unwrap();
    books
}

#[testkit::db_test]
async fn a_period_is_settled_once_however_many_run_at_once(t: testkit::TestDb) {
    let books = Arc::new(open(t).await);
    books.post(books.purchase("sold", 10_010)).await.unwrap();
    assert_eq!(run(&books.t.cx, &finance()).await.unwrap(), 0, "the day is not over");
    books.t.clock.advance(Duration::from_days(3));
    let done = at_once(8, |_| {
        let books = Arc::clone(&books);
        async move {
            match run_due(&books.t.cx).await {
                Ok(count) => count,
                Err(error) => {
                    assert!(error.is_retryable(), "{error:?}");
                    0
                }
            }
        }
    })
    .await;
    let again = run_due(&books.t.cx).await.unwrap();
    assert_eq!(done.into_iter().sum::<usize>() + again, 3);
    let all = settled(&books).await;
    assert_eq!(all.iter().map(figures).collect::<Vec<_>>(), [[0, 10_010, 501, 9_509, 0], [0; 5], [0; 5]]);
    assert!(all.windows(2).all(|pair| pair[0].to == pair[1].from), "no gap between periods");
    assert_eq!(posted(&books, AccountName::Commission("telecom")).await, 501);
    assert_eq!(posted(&books, AccountName::Payable("telecom")).await, 9_509);
    assert_eq!(posted(&books, AccountName::Revenue("telecom")).await, 0);
    books.assert_sound().await;
}

#[testkit::db_test]
async fn what_is_refunded_after_a_settlement_is_carried_and_its_commission_comes_back(t: testkit::TestDb) {
    let books = open(t).await;
    let day = || books.t.clock.advance(Duration::from_days(1));
    books.post(books.purchase("one", 10_000)).await.unwrap();
    day();
    run_due(&books.t.cx).await.unwrap();
    books.post(refund(&books, "back", 10_000)).await.unwrap();
    books.post(books.purchase("two", 4_000)).await.unwrap();
    day();
    run_due(&books.t.cx).await.unwrap();
    assert_eq!(posted(&books, AccountName::Payable("telecom")).await, 9_500, "never below what was owed");
    books.post(books.purchase("three", 16_000)).await.unwrap();
    day();
    run_due(&books.t.cx).await.unwrap();
    let all = settled(&books).await;
    assert_eq!(
        all.iter().map(figures).collect::<Vec<_>>(),
        [[0, 10_000, 500, 9_500, 0], [0, -6_000, 0, 0, -6_000], [-6_000, 16_000, 500, 9_500, 0]]
    );
    // Sold for ¥200 after refunds: 5 % of that in all.
    assert_eq!(posted(&books, AccountName::Commission("telecom")).await, 1_000);
    let lines = lines(&books.t.cx, &finance(), &all[2]).await.unwrap();
    assert_eq!((lines.len(), lines[0].commission), (1, Money::cny(800)));
    books.assert_sound().await;
}

#[testkit::db_test]
async fn lines_show_shares_that_add_up(t: testkit::TestDb) {
    let books = open(t).await;
    for (key, fen) in [("a", 333), ("b", 333), ("c", 334)] {
        books.post(books.purchase(key, fen)).await.unwrap();
    }
    books.post(refund(&books, "d", 10)).await.unwrap();
    books.t.clock.advance(Duration::from_days(1));
    run_due(&books.t.cx).await.unwrap();
    let all = settled(&books).await;
    assert_eq!(figures(&all[0]), [0, 990, 50, 940, 0]);
    let lines = lines(&books.t.cx, &finance(), &all[0]).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.commission.minor).sum::<i64>(), 50);
    assert_eq!(lines.iter().map(|line| line.amount.minor).sum::<i64>(), 990);
    let stranger = account(books.customer, Role::CUSTOMER);
    assert_eq!(refused(list(&books.t.cx, &stranger, PageRequest::new(None, 5)).await).0, "ledger.forbidden");
    books.assert_sound().await;
}

#[testkit::db_test]
async fn what_was_earned_before_the_agreement_is_in_the_first_period_and_currencies_stay_apart(
    t: testkit::TestDb,
) {
    t.clock.set(Timestamp::parse_rfc3339("2026-11-18T10:00:00+08:00").unwrap());
    let books = Books::with_balance(t, 100_000).await;
    books.post(books.purchase("before", 2_000)).await.unwrap();
    books.t.clock.advance(Duration::from_days(2));
    agree(&books.t.cx, &finance(), agreement("telecom", 100)).await.unwrap();
    let yen = Currency::JPY;
    let cx = &books.t.cx;
    let in_yen = NewAgreement { currency: yen, ..agreement("telecom", 100) };
    agree(cx, &finance(), in_yen.clone()).await.unwrap();
    assert_eq!(refused(agree(cx, &finance(), in_yen.clone()).await).0, "ledger.already_decided");
    agree(cx, &finance(), NewAgreement { version: 1, commission_bp: 50, ..in_yen }).await.unwrap();
    let mut tx = cx.begin().await.unwrap();
    let from = ensure_account(&mut tx, cx, AccountName::Gateway("card"), yen).await.unwrap().id;
    let to = ensure_account(&mut tx, cx, AccountName::Revenue("telecom"), yen).await.unwrap().id;
    tx.commit().await.unwrap();
    let sale = books.purchase("yen", 1);
    let sale = NewTransfer { debit: from, credit: to, amount: Money::new(700, yen), ..sale };
    books.post(sale).await.unwrap();
    books.t.clock.advance(Duration::from_days(1));
    run_due(cx).await.unwrap();
    let all = settled(&books).await;
    let of = |currency| all.iter().find(|one| one.turnover.currency == currency).map(figures).unwrap();
    assert_eq!(of(Currency::CNY), [2_000, 0, 20, 1_980, 0]);
    assert_eq!(of(yen), [0, 700, 4, 696, 0], "3.5 is rounded up, and the new rate counts");
    let views = sellers(cx, &finance()).await.unwrap();
    assert_eq!(views.iter().map(|view| view.payable.minor).collect::<Vec<_>>(), [1_980, 696]);
    assert_eq!(views[0].agreement.bank.masked(), "************2233");
    books.assert_sound().await;
}

#[testkit::db_test]
async fn an_agreement_that_makes_no_sense_names_every_field(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let wrong = NewAgreement {
        commission_bp: 10_001,
        bank: Bank { holder: String::new(), bank: String::new(), account: "12".to_owned() },
        ..agreement("Not A Code", 0)
    };
    let error = agree(&books.t.cx, &finance(), wrong).await.unwrap_err();
    let fields: Vec<_> = kernel::Refusal::fields(&error).iter().map(|f| f.pointer.as_str()).collect();
    assert_eq!(fields, ["/seller", "/commission_bp", "/holder", "/bank", "/account"]);
    let clerk = account(AccountId(9), Role::OPERATOR);
    let refusal = agree(&books.t.cx, &clerk, agreement("telecom", 1)).await;
    assert!(matches!(refusal, Err(Error::Forbidden)));
}

#[testkit::db_test]
async fn a_period_is_settled_only_when_the_clock_of_no_node_is_in_it_any_more(t: testkit::TestDb) {
    let books = open(t).await;
    books.post(books.purchase("sold", 10_000)).await.unwrap();
    books.t.clock.set(Timestamp::parse_rfc3339("2026-11-21T00:04:59+08:00").unwrap());
    assert_eq!(run_due(&books.t.cx).await.unwrap(), 0);
    // Another node, whose clock is behind.
    books.t.clock.set(Timestamp::parse_rfc3339("2026-11-20T23:59:59+08:00").unwrap());
    books.post(books.purchase("sold late", 500)).await.unwrap();
    books.t.clock.set(Timestamp::parse_rfc3339("2026-11-21T00:05:00+08:00").unwrap());
    assert_eq!(run_due(&books.t.cx).await.unwrap(), 1);
    assert_eq!(settled(&books).await.iter().map(figures).collect::<Vec<_>>(), [[0, 10_500, 525, 9_975, 0]]);
    books.assert_sound().await;
}
