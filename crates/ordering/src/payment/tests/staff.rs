//! Money that staff give back.

use std::sync::atomic::Ordering;

use kernel::{Actor, Money, Refusal as _};
use ledger::AccountName;

use super::refunds::{end, refused};
use super::till::{PRICE, Till};
use crate::order::{LineState, MoneyState, OrderId, OrderState};
use crate::payment::{Error, PaymentId, RefundId, ReviewFact, StartGiveBack, give_back, topic};

const CARD: AccountName<'static> = AccountName::Gateway("card");

pub(super) async fn give(
    till: &Till,
    payment: PaymentId,
    fen: i64,
    key: &str,
) -> Result<Vec<RefundId>, Error> {
    give_as(till, &till.clerk(), payment, fen, key).await
}

async fn give_as(
    till: &Till,
    actor: &Actor,
    payment: PaymentId,
    fen: i64,
    key: &str,
) -> Result<Vec<RefundId>, Error> {
    let amount = Money::cny(fen);
    let input = StartGiveBack { payment, amount, note: "客户多付".to_owned() };
    give_back::start(&till.svc, actor, &input, &till.key(key, amount)).await
}

async fn done(till: &Till, lines: &[(&str, i64)]) -> (OrderId, PaymentId) {
    let (order, payment) = till.order_of(lines, None).await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    end(till, order, &vec![LineState::Completed; lines.len()]).await;
    till.check_order(order, OrderState::Completed, MoneyState::Captured).await;
    (order, payment)
}

#[testkit::db_test]
async fn p10_refunds_at_the_same_time_never_exceed_what_came_in_and_the_exact_remainder_is_taken(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    let (order, payment) = done(&till, &[("telecom", PRICE.minor)]).await;
    let keys: Vec<String> = (0..8).map(|n| format!("k{n}")).collect();
    let wishes = keys.iter().map(|key| give(&till, payment, 3_000, key));
    let answers = futures_util::future::join_all(wishes).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert_eq!(refused.code(), "payment.more_than_captured");
    }
    assert_eq!(give(&till, payment, 1_001, "over").await.unwrap_err().code(), "payment.more_than_captured");
    give(&till, payment, 1_000, "rest").await.unwrap();
    till.work().await;
    till.check_order(order, OrderState::Completed, MoneyState::Refunded).await;
    assert_eq!(till.balance(CARD).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn the_same_key_gives_back_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = done(&till, &[("telecom", PRICE.minor)]).await;
    let first = give(&till, payment, 2_500, "k").await.unwrap();
    assert_eq!(give(&till, payment, 2_500, "k").await.unwrap(), first);
    assert!(give(&till, payment, 2_501, "k").await.is_err(), "the key was used for something else");
    till.work().await;
    till.check_order(order, OrderState::Completed, MoneyState::PartCaptured).await;
    assert_eq!(till.balance(CARD).await, (PRICE.minor - 2_500, 0));
    assert_eq!(till.audited("refund.start").await, 1);
    till.sound().await;
}

#[testkit::db_test]
async fn sellers_give_back_in_proportion_to_what_they_got(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment) = done(&till, &[("telecom", 1), ("goods", 1), ("power", 1)]).await;
    give(&till, payment, 2, "k").await.unwrap();
    let mut parts = Vec::new();
    for seller in ["telecom", "goods", "power"] {
        parts.push(till.balance(AccountName::Revenue(seller)).await.0);
    }
    assert_eq!(parts.iter().sum::<i64>(), 1, "{parts:?}");
    till.sound().await;
}

#[testkit::db_test]
async fn a_top_up_goes_back_out_of_the_balance_as_long_as_it_is_there(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let payment = till.top_up().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    give(&till, payment, 4_000, "k1").await.unwrap();
    assert_eq!(
        till.balance(till.wallet()).await,
        (PRICE.minor, 4_000),
        "set aside until the gateway confirms"
    );
    till.work().await;
    assert_eq!(till.balance(till.wallet()).await, (PRICE.minor - 4_000, 0));
    assert_eq!(till.balance(CARD).await, (PRICE.minor - 4_000, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn w3_who_may_not_refund_has_not_proved_it_or_is_too_early_is_refused(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment) = done(&till, &[("telecom", PRICE.minor)]).await;
    let refused = give_as(&till, &till.actor, payment, 100, "k").await.unwrap_err();
    assert_eq!(refused.code(), "payment.forbidden");
    let clerk = till.clerk();
    till.t.clock.advance(kernel::Duration::from_hours(24));
    let refused = give_as(&till, &clerk, payment, 100, "k").await.unwrap_err();
    assert_eq!(refused.code(), "payment.proof_needed");
    let input = StartGiveBack { payment, amount: Money::cny(100), note: " ".to_owned() };
    let key = till.key("blank", Money::cny(100));
    let refused = give_back::start(&till.svc, &till.clerk(), &input, &key).await.unwrap_err();
    assert_eq!(refused.code(), "payment.note_missing");
    let (_, open) = till.order().await;
    let attempt = till.begin(open, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    assert_eq!(give(&till, open, 100, "early").await.unwrap_err().code(), "payment.not_settled_yet");
    assert_eq!(till.transfers().await, 3, "two captures and one purchase");
    till.sound().await;
}

#[testkit::db_test]
async fn p10_what_staff_gave_back_before_settling_asked_for_it_is_not_taken_from_another_order(
    t: testkit::TestDb,
) {
    let till = Till::open(t).await;
    // The money of this one lies free in the customer's escrow: a gateway refused to give it back.
    refused(&till).await;
    till.card.slow_refunds.store(false, Ordering::SeqCst);
    let (order, payment) = till.order_of(&[("telecom", 6_000), ("warehouse", 4_000)], None).await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    end(&till, order, &[LineState::Completed, LineState::Failed]).await;
    give(&till, payment, 4_000, "before").await.unwrap();
    till.work().await;
    let refunds = till.view(payment).await.refunds;
    assert_eq!(refunds.iter().map(|one| one.amount.minor).collect::<Vec<_>>(), [4_000]);
    assert_eq!(till.balance(AccountName::Revenue("telecom")).await, (6_000, 0));
    assert_eq!(till.balance(till.escrow()).await, (PRICE.minor, 0), "the other order's");
    let called = till.facts(topic::REVIEW).await;
    assert_eq!(called.last().unwrap().read::<ReviewFact>().unwrap().reason, "refund_exceeds");
    till.sound().await;
}
