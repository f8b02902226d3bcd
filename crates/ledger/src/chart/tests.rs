//! Looking at the books, on both databases.

use kernel::{AccountId, Currency, Duration, Money, PageRequest, Role};

use super::rules::sort_of;
use super::*;
use crate::test_support::{Books, LANE, account as person, refused};
use crate::*;

fn finance() -> kernel::Actor {
    person(AccountId(10), Role::FINANCE)
}

#[testkit::db_test]
async fn l1_each_currency_comes_to_zero_for_itself(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    books.post(books.purchase("out", 4_000)).await.unwrap();
    books.place(books.hold("held", 1_000)).await.unwrap();
    for currency in [Currency::USD, Currency::JPY] {
        let mut tx = cx.begin().await.unwrap();
        let top_up = TopUp {
            customer: books.customer,
            gateway: "card",
            amount: Money::new(900, currency),
            business_key: currency.code().to_owned(),
        };
        credit_top_up(&mut tx, cx, LANE, top_up).await.unwrap();
        tx.commit().await.unwrap();
    }
    let totals = totals(cx, &finance()).await.unwrap();
    for currency in [Currency::CNY, Currency::USD, Currency::JPY] {
        let mine = totals.iter().filter(|total| total.currency == currency);
        assert_eq!(mine.map(|total| total.net_debit.minor).sum::<i64>(), 0, "{currency:?}");
    }
    let of = |sort, currency| totals.iter().find(|t| t.sort == sort && t.currency == currency).unwrap();
    let wallet = of(AccountSort::Wallet, Currency::CNY);
    assert_eq!((wallet.posted, wallet.held, wallet.accounts), (Money::cny(6_000), Money::cny(1_000), 1));
    assert_eq!(of(AccountSort::Gateway, Currency::CNY).posted, Money::cny(10_000));
    assert_eq!(of(AccountSort::Wallet, Currency::JPY).posted.to_string(), "JP¥900");
    let page =
        list(cx, &finance(), (AccountSort::Wallet, Currency::USD), PageRequest::new(None, 10)).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(page.items[0].code.ends_with(":wallet@USD"));
}

#[testkit::db_test]
async fn l6_a_balance_at_a_moment_is_the_same_whenever_it_is_asked_for(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    let before = cx.now();
    books.t.clock.advance(Duration::from_hours(1));
    books.post(books.purchase("out", 4_000)).await.unwrap();
    let wallet = AccountName::Wallet(books.customer).code(HOUSE_CURRENCY);
    let at = async |code: &str, moment| balance_at(cx, &finance(), code, moment).await.unwrap().posted.minor;
    assert_eq!((at(&wallet, before).await, at("gateway:card", before).await), (10_000, 10_000));
    assert_eq!((at(&wallet, cx.now()).await, at("seller:telecom:revenue", cx.now()).await), (6_000, 4_000));
    assert_eq!(at(&wallet, before.minus(Duration(1))).await, 0);
    let found = account(cx, &finance(), &wallet).await.unwrap();
    let flows = flows(cx, &finance(), &found, PageRequest::new(None, 10)).await.unwrap().items;
    let said: Vec<_> = flows.iter().map(|flow| (flow.amount.minor, flow.other.as_str())).collect();
    assert_eq!(said, [(-4_000, "seller:telecom:revenue"), (10_000, "gateway:card")]);
}

#[testkit::db_test]
async fn l2_what_is_set_aside_is_listed_for_staff_and_for_its_owner_alone(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    let hold = books.place(books.hold("held", 1_000)).await.unwrap();
    let ended = books.place(books.hold("ended", 500)).await.unwrap();
    books.void_hold(ended.id).await.unwrap();
    let mine = holds_of(cx, &books.owner(), books.customer).await.unwrap();
    assert_eq!(mine.iter().map(|open| (open.id, open.order)).collect::<Vec<_>>(), [(hold.id, Some(7))]);
    assert_eq!(holds(cx, &finance(), PageRequest::new(None, 10)).await.unwrap().items, mine);
    let stranger = person(AccountId(5), Role::CUSTOMER);
    assert_eq!(refused(holds_of(cx, &stranger, books.customer).await).0, "ledger.not_found");
    assert_eq!(refused(holds(cx, &books.owner(), PageRequest::new(None, 10)).await).0, "ledger.forbidden");
    assert_eq!(refused(totals(cx, &books.owner()).await).0, "ledger.forbidden");
}

#[test]
fn every_account_has_its_place_in_the_chart() {
    let names = [
        AccountName::Wallet(AccountId(1)),
        AccountName::Escrow(AccountId(1)),
        AccountName::Gateway("card"),
        AccountName::Bank("main"),
        AccountName::Disputed("card"),
        AccountName::Revenue("telecom"),
        AccountName::Payable("telecom"),
        AccountName::Commission("telecom"),
        AccountName::Suspense("overpaid"),
        AccountName::Fees("card"),
        AccountName::Adjustment("goodwill"),
    ];
    for currency in Currency::ALL {
        let sorts: Vec<_> = names.iter().filter_map(|name| sort_of(&name.code(currency))).collect();
        assert_eq!(sorts, AccountSort::ALL, "{currency:?}");
    }
}
