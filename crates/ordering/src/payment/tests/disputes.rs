//! Money a payer asks the bank back for, reported once, often, late and in any order.

use connectors::BillKind;
use connectors::gateway::{Dispute, DisputeState as Said, Report};
use kernel::{Duration, Money, Refusal as _, Timestamp};
use ledger::AccountName;

use super::gateway::signed;
use super::refunds::end;
use super::staff::give;
use super::till::{PRICE, Till};
use crate::order::{LineState, OrderId};
use crate::payment::{
    AttemptId, AttemptState, DisputeState, Error, PaymentId, ReviewFact, ops, record, topic,
};

const CARD: AccountName<'static> = AccountName::Gateway("card");
pub(super) const KEPT: AccountName<'static> = AccountName::Disputed("card");
const FEES: AccountName<'static> = AccountName::Fees("card");
const FEE: i64 = 1_500;

/// An order that is done and paid by card.
async fn paid(till: &Till) -> (OrderId, PaymentId, AttemptId) {
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    end(till, order, &[LineState::Completed]).await;
    (order, payment, attempt)
}

pub(super) fn about(till: &Till, attempt: impl ToString, state: Said) -> Dispute {
    Dispute {
        dispute_id: "dp_1".to_owned(),
        attempt_id: attempt.to_string(),
        merchant_id: "everlit".to_owned(),
        amount: PRICE,
        fee: Money::cny(FEE),
        reason: "fraudulent".to_owned(),
        state,
        due_by: Some(till.t.cx.now().plus(Duration::from_days(7))),
        updated_at: till.t.cx.now(),
    }
}

pub(super) async fn hear(till: &Till, dispute: Dispute) -> Result<(), Error> {
    let body = serde_json::to_vec(&Report::Dispute(dispute)).unwrap();
    ops::callback(&till.svc, "card", &signed(), &body).await
}

/// The gateway keeps what was paid with this attempt.
pub(super) async fn open_one(till: &Till, attempt: AttemptId) {
    hear(till, about(till, attempt, Said::Open)).await.unwrap();
}

async fn stands(till: &Till, payment: PaymentId) -> DisputeState {
    let disputes = till.view(payment).await.disputes;
    assert_eq!(disputes.len(), 1);
    disputes[0].state
}

/// What the gateway owes us, what is kept in disputes and what fees took.
pub(super) async fn check_books(till: &Till, (owed, kept, lost): (i64, i64, i64)) {
    let books = (till.balance(CARD).await.0, till.balance(KEPT).await.0, till.balance(FEES).await.0);
    assert_eq!(books, (owed, kept, lost));
    till.sound().await;
}

pub(super) async fn called(till: &Till, topic: &str) -> Vec<String> {
    let facts = till.facts(topic).await;
    facts.iter().map(|fact| fact.read::<ReviewFact>().unwrap().reason).collect()
}

#[testkit::db_test]
async fn a_dispute_keeps_the_money_until_it_is_won(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment, attempt) = paid(&till).await;
    hear(&till, about(&till, attempt, Said::Open)).await.unwrap();
    assert_eq!(stands(&till, payment).await, DisputeState::Open);
    check_books(&till, (0, PRICE.minor, 0)).await;
    assert_eq!(called(&till, topic::REVIEW).await, ["dispute_opened"]);
    assert!(till.history(order).await.contains(&"payment_review".to_owned()));
    hear(&till, about(&till, attempt, Said::Won)).await.unwrap();
    assert_eq!(stands(&till, payment).await, DisputeState::Won);
    check_books(&till, (PRICE.minor, 0, 0)).await;
    assert_eq!(called(&till, topic::REVIEW).await, ["dispute_opened"]);
    assert_eq!(till.audited("payment.dispute").await, 2);
}

#[testkit::db_test]
async fn a_lost_dispute_is_a_loss_and_calls_a_person(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment, attempt) = paid(&till).await;
    hear(&till, about(&till, attempt, Said::Open)).await.unwrap();
    hear(&till, about(&till, attempt, Said::Lost)).await.unwrap();
    assert_eq!(stands(&till, payment).await, DisputeState::Lost);
    check_books(&till, (0, 0, PRICE.minor)).await;
    assert_eq!(called(&till, topic::REVIEW).await, ["dispute_opened", "dispute_lost"]);
    assert_eq!(
        till.view(payment).await.disputes[0].fee_minor,
        FEE,
        "noted; booked with its line of the bill"
    );
}

#[testkit::db_test]
async fn p4_the_same_report_of_a_dispute_counts_once_however_often_and_at_once_it_comes(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment, attempt) = paid(&till).await;
    for state in [Said::Open, Said::Lost] {
        let wishes = (0..20).map(|_| hear(&till, about(&till, attempt, state)));
        for answer in futures_util::future::join_all(wishes).await {
            answer.unwrap();
        }
    }
    assert_eq!(stands(&till, payment).await, DisputeState::Lost);
    check_books(&till, (0, 0, PRICE.minor)).await;
    assert_eq!(called(&till, topic::REVIEW).await, ["dispute_opened", "dispute_lost"]);
    assert_eq!(till.audited("payment.dispute").await, 2);
}

#[testkit::db_test]
async fn p5_reports_of_a_dispute_in_any_order_end_the_same(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let mut owed = 0;
    let mut lost = 0;
    for (number, last) in [Said::Won, Said::Lost].into_iter().enumerate() {
        let (_, payment, attempt) = paid(&till).await;
        for state in [last, Said::Open, Said::Asked, last] {
            let report = Dispute { dispute_id: format!("dp_{number}"), ..about(&till, attempt, state) };
            hear(&till, report).await.unwrap();
        }
        if last == Said::Won {
            owed += PRICE.minor;
        } else {
            lost += PRICE.minor;
        }
        assert!(stands(&till, payment).await.is_final());
        check_books(&till, (owed, 0, lost)).await;
    }
    assert_eq!(called(&till, topic::ALARM).await, Vec::<String>::new());
}

#[testkit::db_test]
async fn a_question_of_the_bank_moves_no_money_and_may_be_dropped_or_become_a_dispute(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment, attempt) = paid(&till).await;
    hear(&till, about(&till, attempt, Said::Asked)).await.unwrap();
    check_books(&till, (PRICE.minor, 0, 0)).await;
    assert_eq!(called(&till, topic::REVIEW).await, ["dispute_opened"]);
    hear(&till, about(&till, attempt, Said::Dropped)).await.unwrap();
    assert_eq!(stands(&till, payment).await, DisputeState::Dropped);
    check_books(&till, (PRICE.minor, 0, 0)).await;
    let (_, payment, attempt) = paid(&till).await;
    for state in [Said::Asked, Said::Open] {
        hear(&till, Dispute { dispute_id: "dp_2".to_owned(), ..about(&till, attempt, state) }).await.unwrap();
    }
    assert_eq!(stands(&till, payment).await, DisputeState::Open);
    check_books(&till, (PRICE.minor, PRICE.minor, 0)).await;
}

#[testkit::db_test]
async fn p3_a_dispute_that_cannot_be_books_nothing_and_calls_somebody_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment, attempt) = paid(&till).await;
    for _ in 0..3 {
        let amount = Money::cny(PRICE.minor + 1);
        hear(&till, Dispute { amount, ..about(&till, attempt, Said::Open) }).await.unwrap();
    }
    assert_eq!(stands(&till, payment).await, DisputeState::Mismatch);
    check_books(&till, (PRICE.minor, 0, 0)).await;
    assert_eq!(called(&till, topic::ALARM).await, ["dispute_mismatch"]);
    // The truth still gets in; what contradicts it does not.
    hear(&till, about(&till, attempt, Said::Won)).await.unwrap();
    for _ in 0..3 {
        hear(&till, about(&till, attempt, Said::Lost)).await.unwrap();
    }
    assert_eq!(stands(&till, payment).await, DisputeState::Won);
    check_books(&till, (PRICE.minor, 0, 0)).await;
    assert_eq!(called(&till, topic::ALARM).await, ["dispute_mismatch", "dispute_contradicts"]);
    let unknown = hear(&till, about(&till, "att_nobody", Said::Open)).await.unwrap_err();
    assert_eq!(unknown.code(), "payment.not_found");
}

#[testkit::db_test]
async fn p10_what_is_disputed_is_not_refunded_besides(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment, attempt) = paid(&till).await;
    let part = Money::cny(6_000);
    hear(&till, Dispute { amount: part, ..about(&till, attempt, Said::Open) }).await.unwrap();
    let refused = give(&till, payment, 4_001, "k1").await.unwrap_err();
    assert_eq!(refused.code(), "payment.more_than_captured");
    give(&till, payment, 4_000, "k2").await.unwrap();
    till.work().await;
    check_books(&till, (0, 6_000, 0)).await;
    assert!(give(&till, payment, 1, "k3").await.is_err());
    hear(&till, Dispute { amount: part, ..about(&till, attempt, Said::Won) }).await.unwrap();
    give(&till, payment, 6_000, "k4").await.unwrap();
    till.work().await;
    check_books(&till, (0, 0, 0)).await;
    assert_eq!(called(&till, topic::ALARM).await, Vec::<String>::new());
}

#[testkit::db_test]
async fn a_dispute_about_what_was_refunded_already_is_booked_and_rings(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment, attempt) = paid(&till).await;
    give(&till, payment, 4_000, "k1").await.unwrap();
    till.work().await;
    hear(&till, about(&till, attempt, Said::Open)).await.unwrap();
    assert_eq!(called(&till, topic::ALARM).await, ["dispute_and_refund"]);
    check_books(&till, (-4_000, PRICE.minor, 0)).await;
}

#[testkit::db_test]
async fn a_dispute_before_the_capture_was_heard_of_brings_the_capture_and_may_name_the_gateways_number(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    let (_, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.card.pay(attempt);
    hear(&till, about(&till, format!("g_{attempt}"), Said::Open)).await.unwrap();
    assert_eq!(till.view(payment).await.attempts[0].state, AttemptState::Captured);
    assert_eq!(stands(&till, payment).await, DisputeState::Open);
    check_books(&till, (0, PRICE.minor, 0)).await;
}

#[testkit::db_test]
async fn l7_what_disputes_moved_is_in_the_record_of_its_day_under_the_key_of_the_ledger(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, _, attempt) = paid(&till).await;
    let paid_at = till.t.cx.now();
    till.t.clock.advance(Duration::from_hours(30));
    let taken_at = till.t.cx.now();
    hear(&till, about(&till, attempt, Said::Open)).await.unwrap();
    till.t.clock.advance(Duration::from_hours(30));
    let won_at = till.t.cx.now();
    hear(&till, about(&till, attempt, Said::Won)).await.unwrap();
    let cx = &till.t.cx;
    let mut tx = cx.read().await.unwrap();
    let ends: [(Timestamp, BillKind, Timestamp); 3] = [
        (taken_at, BillKind::Payment, Timestamp(0)),
        (won_at, BillKind::DisputeLost, taken_at),
        (won_at.plus(Duration::from_secs(1)), BillKind::DisputeWon, won_at),
    ];
    let mut from = paid_at.minus(Duration::from_hours(1));
    for (to, kind, at) in ends {
        let booked = record::list_booked(&mut tx, cx, "card", from, to).await.unwrap();
        assert_eq!(booked.len(), 1, "{booked:?}");
        let one = &booked[0];
        assert_eq!((one.kind, one.our_id.clone(), one.amount), (kind, attempt.to_string(), PRICE));
        assert_eq!(one.order, Some(order));
        if kind != BillKind::Payment {
            assert_eq!((one.at, one.gateway_id.as_deref()), (at, Some("dp_1")));
        }
        let keys = vec![one.business_key.clone()];
        let entries = ledger::transfers_by_key(&mut tx, keys).await.unwrap();
        assert_eq!(entries[0].1.amount, PRICE);
        from = to;
    }
    let all = record::booked_by_id(&mut tx, cx, "card", &[attempt.to_string()]).await.unwrap();
    let kinds: Vec<BillKind> = all.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [BillKind::Payment, BillKind::DisputeLost, BillKind::DisputeWon]);
    assert!(record::booked_by_id(&mut tx, cx, "wechat", &[attempt.to_string()]).await.unwrap().is_empty());
}

#[testkit::db_test]
async fn what_could_not_be_refunded_while_it_was_kept_is_told_when_the_dispute_is_won(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    hear(&till, about(&till, attempt, Said::Open)).await.unwrap();
    end(&till, order, &[LineState::Failed]).await;
    till.work().await;
    assert_eq!(called(&till, topic::REVIEW).await, ["dispute_opened", "refund_exceeds"]);
    hear(&till, about(&till, attempt, Said::Won)).await.unwrap();
    assert_eq!(called(&till, topic::REVIEW).await, ["dispute_opened", "refund_exceeds", "refund_waits"]);
    give(&till, payment, PRICE.minor, "by hand").await.unwrap();
    till.work().await;
    check_books(&till, (0, 0, 0)).await;
}
