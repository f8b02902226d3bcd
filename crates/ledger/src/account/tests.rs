//! Accounts on both databases.

use insta::assert_snapshot;
use kernel::{AccountId, Currency, Money, Role};

use crate::test_support::{Books, account, refused};
use crate::*;

#[testkit::db_test]
async fn an_account_is_opened_once(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let cx = &books.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let again = wallet(&mut tx, cx, books.customer, Currency::CNY).await.unwrap();
    assert_eq!(again.id, books.wallet);
    let dollars = wallet(&mut tx, cx, books.customer, Currency::USD).await.unwrap();
    assert_ne!(dollars.id, books.wallet);
    assert_eq!(dollars.code, format!("customer:{}:wallet@USD", books.customer));
    let loaded = load_accounts(&mut tx, &[books.seller, books.wallet, LedgerAccountId(1)]).await.unwrap();
    assert_eq!(loaded.iter().map(|a| a.id).collect::<Vec<_>>(), [books.wallet, books.seller]);
    let codes = [AccountName::Gateway("card").code(Currency::CNY), "nobody".to_owned()];
    let loaded = load_accounts_by_code(&mut tx, &codes).await.unwrap();
    assert_eq!(loaded.iter().map(|a| a.id).collect::<Vec<_>>(), [books.gateway]);
}

#[testkit::db_test]
async fn a_wallet_is_shown_to_its_owner_and_to_staff_only(t: testkit::TestDb) {
    let books = Books::with_balance(t, 13_000).await;
    let stranger = AccountId::new(&books.t.cx.ids, books.t.cx.now());
    for actor in [books.owner(), account(stranger, Role::OPERATOR), kernel::Actor::system("test")] {
        let balance = wallet_balance(&books.t.cx, &actor, books.customer).await.unwrap();
        assert_eq!(balance.available, Money::cny(13_000), "{}", actor.label());
    }
    let foreign = wallet_balance(&books.t.cx, &account(stranger, Role::CUSTOMER), books.customer).await;
    assert_eq!(refused(foreign), ("ledger.not_found", "没有找到这笔账".to_owned()));
    let none = wallet_balance(&books.t.cx, &account(stranger, Role::CUSTOMER), stranger).await.unwrap();
    assert_eq!(none, Balance::zero(Currency::CNY), "no wallet yet");
}

#[testkit::db_test]
async fn every_statement_can_be_prepared(t: testkit::TestDb) {
    t.migrate(&[durable::MIGRATIONS, MIGRATIONS]).await;
    for statement in STATEMENTS.iter().copied().flatten() {
        if let Err(error) = t.cx.db.prepare(*statement).await {
            panic!("{}: {error}", statement.name());
        }
    }
}

#[test]
fn the_chart_of_accounts() {
    let customer = AccountId(1);
    let names = [
        AccountName::Wallet(customer),
        AccountName::Escrow(customer),
        AccountName::Gateway("card"),
        AccountName::Revenue("telecom"),
        AccountName::Suspense("overpaid"),
        AccountName::Fees("card"),
        AccountName::Adjustment("goodwill"),
    ];
    let line = |name: &AccountName<'_>| {
        format!("{:<35} {:<9} {}", name.code(Currency::CNY), name.kind().code(), name.guard().code())
    };
    assert_snapshot!(names.iter().map(line).collect::<Vec<_>>().join("\n"), @"
    customer:acc_0000000000001:wallet   liability credits_cover_debits
    customer:acc_0000000000001:escrow   liability credits_cover_debits
    gateway:card                        asset     none
    seller:telecom:revenue              income    none
    suspense:overpaid                   liability credits_cover_debits
    fees:card                           expense   none
    adjustment:goodwill                 expense   none
    ");
}
