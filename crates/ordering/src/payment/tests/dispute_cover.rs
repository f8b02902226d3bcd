//! What a lost dispute takes out of what is still owed.

use std::sync::atomic::Ordering;

use connectors::gateway::{self, DisputeState as Said};
use kernel::{Money, PageRequest};
use ledger::{AccountName, NewTransfer, TransferKind};

use super::disputes::{KEPT, about, called, check_books, hear};
use super::expiry::LONG;
use super::gateway::{refund_body, signed};
use super::refunds::end;
use super::till::{PRICE, Till};
use crate::order::{LineState, MoneyState, OrderId, OrderState};
use crate::payment::{AttemptId, PaymentId, ops, topic, watch};

const OVERPAID: AccountName<'static> = AccountName::Suspense("overpaid");

/// An order of two lines paid by card, of 60 and of 40 yuan.
async fn paid(till: &Till) -> (OrderId, PaymentId, AttemptId) {
    let (order, payment) = till.order_of(&[("telecom", 6_000), ("power", 4_000)], None).await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    (order, payment, attempt)
}

async fn lose(till: &Till, attempt: AttemptId, fen: i64) {
    for state in [Said::Open, Said::Lost] {
        let dispute = gateway::Dispute { amount: Money::cny(fen), ..about(till, attempt, state) };
        hear(till, dispute).await.unwrap();
    }
}

#[testkit::db_test]
async fn p10_what_a_failed_order_still_owes_is_covered_by_the_dispute_that_was_lost_over_it(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    let (order, payment, attempt) = paid(&till).await;
    hear(&till, about(&till, attempt, Said::Open)).await.unwrap();
    end(&till, order, &[LineState::Failed, LineState::Failed]).await;
    till.work().await;
    assert_eq!(till.balance(till.escrow()).await, (PRICE.minor, 0), "owed while it is disputed");
    for _ in 0..3 {
        hear(&till, about(&till, attempt, Said::Lost)).await.unwrap();
    }
    check_books(&till, (0, 0, 0)).await;
    assert_eq!(till.balance(till.escrow()).await, (0, 0), "the payer has it from the bank");
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    assert_eq!(till.history(order).await.iter().filter(|code| *code == "refunded").count(), 1);
    till.work().await;
    assert!(till.view(payment).await.refunds.is_empty(), "nothing goes back a second time");
}

#[testkit::db_test]
async fn p10_a_dispute_lost_before_its_order_failed_is_covered_instead_of_a_refund(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment, attempt) = paid(&till).await;
    lose(&till, attempt, PRICE.minor).await;
    check_books(&till, (0, 0, PRICE.minor)).await;
    assert_eq!(till.balance(till.escrow()).await, (PRICE.minor, PRICE.minor), "the work goes on");
    end(&till, order, &[LineState::Failed, LineState::Failed]).await;
    till.work().await;
    check_books(&till, (0, 0, 0)).await;
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    assert!(till.view(payment).await.refunds.is_empty());
    assert_eq!(
        called(&till, topic::REVIEW).await,
        ["dispute_opened", "dispute_lost"],
        "nobody is called again"
    );
}

#[testkit::db_test]
async fn p10_a_dispute_covers_no_more_than_is_owed_and_what_it_leaves_goes_back(t: testkit::TestDb) {
    let till = Till::open(t).await;
    // 60 were earned and 40 are owed; the payer got 50 from the bank: 10 are lost, nothing is owed.
    let (order, payment, attempt) = paid(&till).await;
    lose(&till, attempt, 5_000).await;
    end(&till, order, &[LineState::Completed, LineState::Failed]).await;
    till.work().await;
    check_books(&till, (5_000, 0, 1_000)).await;
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    assert!(till.view(payment).await.refunds.is_empty());
    // Of the next one the payer got 15: 25 go back.
    let (order, payment, attempt) = paid(&till).await;
    for state in [Said::Open, Said::Lost] {
        let amount = Money::cny(1_500);
        let dispute =
            gateway::Dispute { dispute_id: "dp_2".to_owned(), amount, ..about(&till, attempt, state) };
        hear(&till, dispute).await.unwrap();
    }
    end(&till, order, &[LineState::Completed, LineState::Failed]).await;
    till.work().await;
    check_books(&till, (5_000 + PRICE.minor - 4_000, 0, 1_000)).await;
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    let back: Vec<i64> = till.view(payment).await.refunds.iter().map(|refund| refund.amount.minor).collect();
    assert_eq!(back, [2_500]);
}

/// A top-up by card that arrived.
async fn topped_up(till: &Till) -> AttemptId {
    let payment = till.top_up().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    attempt
}

#[testkit::db_test]
async fn a_top_up_that_is_disputed_and_lost_leaves_the_balance_and_the_statement_says_so(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let attempt = topped_up(&till).await;
    for _ in 0..3 {
        lose(&till, attempt, PRICE.minor).await;
    }
    check_books(&till, (0, 0, 0)).await;
    assert_eq!(till.balance(till.wallet()).await, (0, 0));
    let entries =
        ledger::entries(&till.t.cx, &till.actor, till.customer, PageRequest::new(None, 10)).await.unwrap();
    let read: Vec<_> =
        entries.items.iter().map(|one| (one.kind, one.amount.minor, one.balance.minor)).collect();
    assert_eq!(read, [(TransferKind::DisputeCovered, -10_000, 0), (TransferKind::TopUp, 10_000, 10_000)]);
    assert_eq!(called(&till, topic::ALARM).await, Vec::<String>::new());
}

#[testkit::db_test]
async fn l3_what_the_balance_does_not_cover_of_a_lost_top_up_is_a_loss_and_calls_a_person_once(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    let cx = till.t.cx.clone();
    let attempt = topped_up(&till).await;
    let mut tx = cx.begin().await.unwrap();
    let wallet = ledger::ensure_account(&mut tx, &cx, till.wallet(), PRICE.currency).await.unwrap();
    let seller = AccountName::Revenue("telecom");
    let seller = ledger::ensure_account(&mut tx, &cx, seller, PRICE.currency).await.unwrap();
    let spent = NewTransfer {
        debit: wallet.id,
        credit: seller.id,
        amount: Money::cny(4_000),
        kind: TransferKind::Purchase,
        business_key: "spent".to_owned(),
        order: None,
        customer: Some(till.customer),
        memo: "test".into(),
    };
    ledger::post_transfer(&mut tx, &cx, ledger::Lane(0), spent).await.unwrap();
    tx.commit().await.unwrap();
    hear(&till, about(&till, attempt, Said::Open)).await.unwrap();
    let wishes = (0..20).map(|_| hear(&till, about(&till, attempt, Said::Lost)));
    for answer in futures_util::future::join_all(wishes).await {
        answer.unwrap();
    }
    check_books(&till, (0, 0, 4_000)).await;
    assert_eq!(till.balance(till.wallet()).await, (0, 0), "never below nothing");
    assert_eq!(called(&till, topic::ALARM).await, ["dispute_uncovered"]);
}

#[testkit::db_test]
async fn p1_a_lost_dispute_over_money_nobody_wanted_takes_it_from_where_it_waits(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.t.clock.advance(LONG);
    watch::expire_due(&till.svc).await.unwrap();
    till.callback(&till.card.pay(attempt)).await.unwrap();
    till.card.slow_refunds.store(true, Ordering::SeqCst);
    till.work().await;
    let refund = till.view(payment).await.refunds[0].id;
    let failed = till.card.refuse_refund(refund);
    ops::callback(&till.svc, "card", &signed(), &refund_body(&failed)).await.unwrap();
    assert_eq!(till.balance(OVERPAID).await, (PRICE.minor, 0));
    lose(&till, attempt, PRICE.minor).await;
    assert_eq!(till.balance(OVERPAID).await, (0, 0));
    assert_eq!(till.balance(KEPT).await, (0, 0));
    check_books(&till, (0, 0, 0)).await;
}
