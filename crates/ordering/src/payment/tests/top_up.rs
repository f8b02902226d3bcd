//! Adding to the balance by card.

use kernel::{Actor, Money, Refusal as _, Role};

use super::Till;
use super::till::PRICE;
use crate::payment::{Status, ops};

#[testkit::db_test]
async fn a_top_up_is_credited_once_it_is_captured(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let payment = till.top_up().await;
    let attempt = till.begin(payment, "card").await;
    assert_eq!(till.balance(till.wallet()).await, (0, 0));
    let report = till.card.pay(attempt);
    till.callback(&report).await.unwrap();
    till.callback(&report).await.unwrap();
    till.returned(attempt).await;
    assert_eq!(till.view(payment).await.status, Status::Paid);
    assert_eq!(till.balance(till.wallet()).await, (10_000, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn the_same_key_opens_one_payment_and_another_amount_under_it_is_refused(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let key = till.key("k", PRICE);
    let start = || ops::start_top_up(&till.svc, &till.actor, PRICE, &key);
    let opened = futures_util::future::join_all((0..10).map(|_| start())).await;
    let ids: Vec<_> = opened.into_iter().map(|payment| payment.unwrap().id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(till.count("SELECT COUNT(*) FROM payment").await, 1);
    let other = Money::cny(20_000);
    let error = ops::start_top_up(&till.svc, &till.actor, other, &till.key("k", other)).await.unwrap_err();
    assert_eq!(error.code(), "payment.idempotency_conflict");
    assert_ne!(
        ops::start_top_up(&till.svc, &till.actor, other, &till.key("l", other)).await.unwrap().id,
        ids[0]
    );
}

#[testkit::db_test]
async fn only_customers_top_up_and_only_between_the_limits(t: testkit::TestDb) {
    let till = Till::open(t).await;
    for fen in [i64::MIN, -1, 0, 99, 5_000_001, i64::MAX] {
        let amount = Money::cny(fen);
        let error =
            ops::start_top_up(&till.svc, &till.actor, amount, &till.key("k", amount)).await.unwrap_err();
        assert_eq!(error.code(), "payment.top_up_amount", "{fen}");
        assert_eq!(error.fields()[0].pointer, "/amount");
        assert_eq!(error.message(kernel::Locale::Zh), "金额需在 ¥1.00 至 ¥50,000.00 之间");
    }
    let mut staff = till.actor.clone();
    staff.kind = kernel::ActorKind::account(till.customer, vec![Role::OPERATOR]);
    let mut nobody = Actor::system("x");
    nobody.kind = kernel::ActorKind::Anonymous;
    for (actor, code) in [(staff, "payment.forbidden"), (nobody, "payment.sign_in_needed")] {
        let error = ops::start_top_up(&till.svc, &actor, PRICE, &till.key("k", PRICE)).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    assert_eq!(till.count("SELECT COUNT(*) FROM payment").await, 0);
}

#[testkit::db_test]
async fn a_top_up_over_a_limit_of_the_level_is_refused_and_one_that_is_not_paid_counts_no_longer(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    let start = async |key: &str, fen: i64| {
        let amount = Money::cny(fen);
        ops::start_top_up(&till.svc, &till.actor, amount, &till.key(key, amount)).await
    };
    // Nobody is known: ¥1,000 a day, and no more may be held.
    let over = start("a", 100_001).await.unwrap_err();
    assert_eq!((over.code(), over.fields()[0].pointer.as_str()), ("payment.level_limit", "/amount"));
    start("b", 60_000).await.unwrap();
    let over = start("c", 60_000).await.unwrap_err();
    let words = "单日限额 ¥1,000.00，今日还剩 ¥400.00；实名等级越高，限额越高";
    assert_eq!(over.message(kernel::Locale::Zh), words);
    assert_eq!(till.count("SELECT COUNT(*) FROM payment").await, 1);
    till.t.clock.advance(crate::payment::rules::PAY_WITHIN);
    crate::payment::watch::expire_due(&till.svc).await.unwrap();
    start("c", 60_000).await.unwrap();
    till.sound().await;
}

#[testkit::db_test]
async fn what_was_topped_up_counts_as_held_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let first = till.top_up().await;
    let attempt = till.begin(first, "card").await;
    let report = till.card.pay(attempt);
    till.callback(&report).await.unwrap();
    till.callback(&report).await.unwrap();
    let open = "SELECT used FROM ledger_allowance WHERE span = 'open'";
    let day = "SELECT used FROM ledger_allowance WHERE span = 'day'";
    assert_eq!((till.count(open).await, till.count(day).await), (0, PRICE.minor));
}
