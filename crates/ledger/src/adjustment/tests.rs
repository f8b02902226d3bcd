//! Asking and deciding, on both databases.

use std::sync::Arc;

use kernel::{AccountId, Actor, Duration, Money, PageRequest, Role};

use super::*;
use crate::test_support::{Books, account, at_once, refused};
use crate::{Error, TransferId, TransferKind, find_transfer};

fn maker() -> Actor {
    account(AccountId(11), Role::FINANCE)
}

fn checker() -> Actor {
    account(AccountId(12), Role::FINANCE)
}

async fn ask(books: &Books, wanted: Wanted, key: &str) -> Result<Adjustment, Error> {
    let new =
        NewAdjustment { wanted, reason: "客户误充值，已电话核实".to_owned(), key: key.to_owned() };
    request(&books.t.cx, &maker(), new).await
}

async fn goodwill(books: &Books, fen: i64, key: &str) -> Result<Adjustment, Error> {
    let wallet = crate::AccountName::Wallet(books.customer).code(crate::HOUSE_CURRENCY);
    let wanted =
        Wanted::Booking { debit: "adjustment:goodwill".to_owned(), credit: wallet, amount: Money::cny(fen) };
    ask(books, wanted, key).await
}

/// A purchase of ¥40 out of ¥100.
async fn purchase(books: &Books) -> TransferId {
    books.post(books.purchase("out", 4_000)).await.unwrap().id
}

#[testkit::db_test]
async fn w1_who_asks_does_not_decide_and_two_approvals_at_once_count_once(t: testkit::TestDb) {
    let books = Arc::new(Books::with_balance(t, 10_000).await);
    let asked = goodwill(&books, 500, "k").await.unwrap();
    let cx = &books.t.cx;
    assert_eq!(refused(approve(cx, &maker(), asked.id).await).0, "ledger.own_request");
    assert_eq!(refused(refuse(cx, &maker(), asked.id, "不同意这样做").await).0, "ledger.own_request");
    let clerk = account(AccountId(13), Role::OPERATOR);
    assert_eq!(refused(approve(cx, &clerk, asked.id).await).0, "ledger.forbidden");
    assert_eq!(books.balance().await, (10_000, 0));
    let done = at_once(20, |number| {
        let books = Arc::clone(&books);
        async move {
            let second = account(AccountId(100 + i64::from(number)), Role::FINANCE);
            match approve(&books.t.cx, &second, asked.id).await {
                Ok(_) => true,
                Err(error) => {
                    assert!(matches!(error, Error::AlreadyDecided) || error.is_retryable(), "{error:?}");
                    false
                }
            }
        }
    })
    .await;
    assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
    assert_eq!(books.balance().await, (10_500, 0));
    let found = get(cx, &checker(), asked.id).await.unwrap();
    assert_eq!(found.state, AdjustmentState::Booked);
    let booked =
        find_transfer(&mut cx.read().await.unwrap(), found.transfer.unwrap()).await.unwrap().unwrap();
    assert_eq!((booked.kind, booked.amount), (TransferKind::Adjustment, Money::cny(500)));
    books.assert_sound().await;
}

#[testkit::db_test]
async fn w1_what_was_withdrawn_refused_or_expired_is_no_longer_approved(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    let withdrawn = goodwill(&books, 1, "a").await.unwrap().id;
    withdraw(cx, &maker(), withdrawn).await.unwrap();
    let no = goodwill(&books, 2, "b").await.unwrap().id;
    refuse(cx, &checker(), no, "金额与记录不符").await.unwrap();
    let late = goodwill(&books, 3, "c").await.unwrap().id;
    books.t.clock.advance(Duration::from_hours(72));
    assert_eq!(
        refused(approve(cx, &checker(), late).await).0,
        "ledger.expired",
        "before the job has seen it"
    );
    assert_eq!((expire_due(cx).await.unwrap(), expire_due(cx).await.unwrap()), (1, 0));
    for id in [withdrawn, no, late] {
        let (code, _) = refused(approve(cx, &checker(), id).await);
        assert_eq!(code, "ledger.already_decided");
        assert_eq!(refused(withdraw(cx, &maker(), id).await).0, "ledger.already_decided");
    }
    assert_eq!(books.balance().await, (10_000, 0));
    assert_eq!(audit::verify(cx).await.unwrap().bad, None);
    books.assert_sound().await;
}

#[testkit::db_test]
async fn l4_a_reversal_sets_the_money_aside_until_it_is_decided_and_happens_once(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    let top_up = books.post(books.top_up("second", 2_000)).await.unwrap().id;
    let asked = ask(&books, Wanted::Reversal(top_up), "a").await.unwrap();
    assert_eq!(books.balance().await, (12_000, 2_000), "nobody spends it meanwhile");
    assert_eq!(refused(ask(&books, Wanted::Reversal(top_up), "b").await).0, "ledger.already_asked");
    assert_eq!(ask(&books, Wanted::Reversal(top_up), "a").await.unwrap(), asked, "the same key asks once");
    let [debit, credit] = sides(cx, &checker(), &asked).await.unwrap();
    assert_eq!((debit.now.posted.minor, debit.after.minor), (12_000, 10_000));
    assert_eq!(
        (credit.now.posted.minor, credit.after.minor),
        (12_000, 10_000),
        "the gateway grows with debits"
    );
    let reversal = approve(cx, &checker(), asked.id).await.unwrap();
    assert_eq!(books.balance().await, (10_000, 0));
    let reversal = find_transfer(&mut cx.read().await.unwrap(), reversal).await.unwrap().unwrap();
    assert_eq!(reversal.reverses, Some(top_up));
    assert_eq!(refused(ask(&books, Wanted::Reversal(top_up), "c").await).0, "ledger.already_reversed");
    assert_eq!(refused(books.reverse(top_up).await).0, "ledger.already_reversed");
    books.assert_sound().await;
}

#[testkit::db_test]
async fn what_cannot_be_booked_is_refused_when_it_is_asked_for(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let first = purchase(&books).await;
    let wallet = crate::AccountName::Wallet(books.customer).code(crate::HOUSE_CURRENCY);
    let booking = |debit: &str, credit: &str, amount| Wanted::Booking {
        debit: debit.to_owned(),
        credit: credit.to_owned(),
        amount,
    };
    let yen = Money::new(1, kernel::Currency::JPY);
    for (wanted, code) in [
        (booking(&wallet, "adjustment:goodwill", Money::cny(6_001)), "ledger.insufficient_funds"),
        (booking(&wallet, "no such account", Money::cny(1)), "ledger.bad_input"),
        (booking(&wallet, &wallet, Money::cny(1)), "ledger.same_account"),
        (booking(&wallet, "adjustment:goodwill", Money::cny(0)), "ledger.bad_amount"),
        (booking(&wallet, "adjustment:goodwill", yen), "ledger.currency_mismatch"),
        (Wanted::Reversal(TransferId(5)), "ledger.not_found"),
    ] {
        assert_eq!(refused(ask(&books, wanted, code).await).0, code);
    }
    let short =
        NewAdjustment { wanted: Wanted::Reversal(first), reason: "错".to_owned(), key: String::new() };
    assert_eq!(refused(request(&books.t.cx, &maker(), short).await).0, "ledger.bad_input");
    let page = list(&books.t.cx, &maker(), PageRequest::new(None, 10)).await.unwrap();
    assert!(page.items.is_empty());
    let stranger = account(books.customer, Role::CUSTOMER);
    assert_eq!(refused(list(&books.t.cx, &stranger, PageRequest::new(None, 10)).await).0, "ledger.forbidden");
    books.assert_sound().await;
}
