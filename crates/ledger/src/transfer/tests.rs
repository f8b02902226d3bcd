//! Transfers on both databases.

use std::collections::BTreeSet;
use std::sync::Arc;

use insta::assert_snapshot;
use kernel::{Currency, Locale, Money};

use crate::test_support::{Books, LANE, at_once, refused};
use crate::*;

#[testkit::db_test]
async fn l1_every_transfer_leaves_the_sum_of_all_accounts_at_zero(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let cx = &books.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let top_up = TopUp {
        customer: books.customer,
        gateway: "card",
        amount: Money::cny(50_000),
        business_key: "topup:1".to_owned(),
    };
    let first = credit_top_up(&mut tx, cx, LANE, top_up.clone()).await.unwrap();
    let again = credit_top_up(&mut tx, cx, LANE, top_up).await.unwrap();
    assert_eq!(first, again, "the same callback twice books once");
    tx.commit().await.unwrap();
    books.post(books.purchase("buy:1", 13_000)).await.unwrap();
    books.place(books.hold("hold:1", 2_000)).await.unwrap();
    assert_eq!(books.balance().await, (37_000, 2_000));
    let report = books.assert_sound().await;
    assert_eq!((report.transfers, report.holds, report.entries, report.accounts), (2, 1, 3, 3));
    assert_eq!((report.totals[0].debits_posted, report.totals[0].credits_posted), (63_000, 63_000));
}

#[testkit::db_test]
async fn l4_a_correction_is_a_new_transfer_and_happens_once(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let bought = books.post(books.purchase("buy:1", 4_000)).await.unwrap();
    let reversal = books.reverse(bought.id).await.unwrap();
    assert_eq!(
        (reversal.reverses, reversal.debit, reversal.credit),
        (Some(bought.id), bought.credit, bought.debit)
    );
    assert_eq!(books.balance().await, (10_000, 0));
    assert_eq!(refused(books.reverse(bought.id).await).0, "ledger.already_reversed");
    assert_eq!(refused(books.reverse(TransferId(1)).await).0, "ledger.not_found");
    let mut tx = books.t.cx.read().await.unwrap();
    assert_eq!(
        find_transfer(&mut tx, bought.id).await.unwrap(),
        Some(bought),
        "the first one stands as it was"
    );
    books.assert_sound().await;
}

#[testkit::db_test]
async fn l4_a_spent_top_up_cannot_be_reversed(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let top_up = books.post(books.top_up("in", 10_000)).await.unwrap();
    books.post(books.purchase("out", 9_000)).await.unwrap();
    assert_eq!(refused(books.reverse(top_up.id).await).0, "ledger.insufficient_funds");
    assert_eq!(books.balance().await, (1_000, 0));
}

#[testkit::db_test]
async fn l4_no_statement_changes_or_deletes_an_entry(t: testkit::TestDb) {
    t.migrate(&[durable::MIGRATIONS, MIGRATIONS]).await;
    for statement in STATEMENTS.iter().copied().flatten() {
        let sql = statement.rendered(t.cx.db.engine()).to_uppercase();
        for table in ["TRANSFER", "LEDGER_ENTRY"] {
            assert!(!sql.contains(&format!("UPDATE {table} ")), "{}", statement.name());
        }
        assert!(!sql.contains("DELETE"), "{}", statement.name());
    }
}

#[testkit::db_test]
async fn a_business_key_stands_for_one_transfer(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let first = books.post(books.purchase("buy:1", 4_000)).await.unwrap();
    let again = books.post(books.purchase("buy:1", 4_000)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(refused(books.post(books.purchase("buy:1", 4_001)).await).0, "ledger.key_reused");
    assert_eq!(books.balance().await, (6_000, 0));
}

#[testkit::db_test]
async fn a_hundred_parallel_callbacks_book_once(t: testkit::TestDb) {
    let books = Arc::new(Books::open(t).await);
    let ids = at_once(100, |number| {
        let books = Arc::clone(&books);
        async move {
            let mut tx = books.t.cx.begin().await.unwrap();
            // Lanes of their own, so that nothing but the key keeps them apart.
            let lane = Lane::desk(number);
            let posted = post_transfer(&mut tx, &books.t.cx, lane, books.top_up("one", 100)).await.unwrap();
            tx.commit().await.unwrap();
            posted.id
        }
    })
    .await;
    let ids: BTreeSet<TransferId> = ids.into_iter().collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(books.balance().await, (100, 0));
    books.assert_sound().await;
}

#[testkit::db_test]
async fn a_refusal_says_why_and_leaves_the_transaction_as_it_was(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let dollars = wallet(&mut tx, cx, books.customer, Currency::USD).await.unwrap().id;
    let good = books.purchase("bad", 22_000);
    let cases = [
        (good.clone(), "ledger.insufficient_funds", "余额不足，还差 ¥120.00，可换支付方式"),
        (
            NewTransfer { amount: Money::cny(0), ..good.clone() },
            "ledger.bad_amount",
            "金额须大于零，最多 ¥10,000,000,000,000.00",
        ),
        (
            NewTransfer { amount: Money::cny(-5), ..good.clone() },
            "ledger.bad_amount",
            "金额须大于零，最多 ¥10,000,000,000,000.00",
        ),
        (
            NewTransfer { amount: Money::cny(i64::MAX), ..good.clone() },
            "ledger.bad_amount",
            "金额须大于零，最多 ¥10,000,000,000,000.00",
        ),
        (
            NewTransfer { credit: good.debit, ..good.clone() },
            "ledger.same_account",
            "付款和收款不能是同一个账户",
        ),
        (
            NewTransfer { credit: dollars, ..good.clone() },
            "ledger.currency_mismatch",
            "账户的币种不同，不能入账",
        ),
        (NewTransfer { credit: LedgerAccountId(1), ..good.clone() }, "ledger.not_found", "没有找到这笔账"),
    ];
    for (new, code, words) in cases {
        assert_eq!(refused(post_transfer(&mut tx, cx, LANE, new).await), (code, words.to_owned()));
    }
    // The same transaction goes on.
    post_transfer(&mut tx, cx, LANE, books.purchase("good", 10_000)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(books.balance().await, (0, 0));
    books.assert_sound().await;
}

#[testkit::db_test]
async fn many_transfers_are_posted_together_or_not_at_all(t: testkit::TestDb) {
    let books = Books::with_balance(t, 10_000).await;
    let cx = &books.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let too_much = [books.purchase("a", 6_000), books.purchase("b", 6_000)];
    assert!(!post_transfers(&mut tx, cx, LANE, &too_much).await.unwrap(), "together they are too much");
    let fits = [books.purchase("a", 6_000), books.purchase("b", 3_000), books.top_up("c", 500)];
    assert!(post_transfers(&mut tx, cx, LANE, &fits).await.unwrap());
    assert!(!post_transfers(&mut tx, cx, LANE, &[books.purchase("d", 0)]).await.unwrap());
    assert!(post_transfers(&mut tx, cx, LANE, &[]).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(books.balance().await, (1_500, 0));
    let mut tx = cx.begin().await.unwrap();
    let taken = post_transfers(&mut tx, cx, LANE, &[books.top_up("e", 1), books.top_up("c", 500)]).await;
    assert!(taken.unwrap_err().is_unique());
    drop(tx);
    assert_eq!(books.balance().await, (1_500, 0));
    books.assert_sound().await;
}

#[testkit::db_test]
async fn an_order_is_paid_by_card_and_refunded_to_it(t: testkit::TestDb) {
    let books = Books::open(t).await;
    let cx = &books.t.cx;
    let mut tx = cx.begin().await.unwrap();
    let escrow =
        ensure_account(&mut tx, cx, AccountName::Escrow(books.customer), Currency::CNY).await.unwrap().id;
    let of_order = |new: NewTransfer| NewTransfer { order: Some(7), ..new };
    let paid =
        NewTransfer { credit: escrow, kind: TransferKind::CardPayment, ..books.top_up("pay:1", 9_900) };
    post_transfer(&mut tx, cx, LANE, of_order(paid)).await.unwrap();
    let hold = NewHold { debit: escrow, ..books.hold("order:7", 9_900) };
    let hold = place(&mut tx, cx, LANE, hold).await.unwrap();
    post(&mut tx, cx, LANE, hold.id, Take::Part(5_000)).await.unwrap();
    let back = NewTransfer {
        debit: escrow,
        credit: books.gateway,
        kind: TransferKind::GatewayRefund,
        ..books.top_up("refund:1", 4_900)
    };
    post_transfer(&mut tx, cx, LANE, of_order(back)).await.unwrap();
    let history = transfers_of_order(&mut tx, 7).await.unwrap();
    assert_eq!(
        history.iter().map(|t| (t.kind.code(), t.amount.minor)).collect::<Vec<_>>(),
        [("card_payment", 9_900), ("purchase", 5_000), ("gateway_refund", 4_900)]
    );
    tx.commit().await.unwrap();
    books.assert_sound().await;
}

#[test]
fn the_kinds_of_transfer() {
    let line = |kind: &TransferKind| {
        format!("{:<15} {} / {}", kind.code(), kind.label(Locale::Zh), kind.label(Locale::En))
    };
    assert_snapshot!(TransferKind::ALL.iter().map(line).collect::<Vec<_>>().join("\n"), @"
    top_up          充值 / Top-up
    card_payment    银行卡付款 / Card payment
    purchase        消费 / Purchase
    refund          退款 / Refund
    gateway_refund  原路退回 / Refund to source
    escrow_release  转入余额 / Moved to balance
    overpayment     多付款项 / Overpayment
    fee             手续费 / Fee
    gateway_payout  渠道结算到账 / Gateway settlement
    dispute         争议冻结 / Dispute
    dispute_won     争议解除 / Dispute won
    dispute_lost    争议退款 / Dispute lost
    dispute_covered 争议扣回 / Taken back after a dispute
    settlement      商户结算 / Settlement
    commission      平台服务费 / Commission
    payout          商户付款 / Payout
    peer_transfer   转账 / Transfer
    adjustment      调账 / Adjustment
    reversal        冲正 / Reversal
    ");
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    for info in Error::CODES {
        assert!(info.code.starts_with("ledger."), "{}", info.code);
        assert!(!info.zh.is_ascii() && info.en.is_ascii(), "{}", info.code);
        assert!(!info.zh.contains([',', ';', '?', '!']), "full-width punctuation: {}", info.zh);
    }
}
