//! Orders paid from the balance and from outside together: both or neither, and every fen back to where it came from.

use kernel::{Actor, Kind, Money, Refusal as _};
use ledger::AccountName;

use super::refunds::end;
use super::staff::give;
use super::till::{PRICE, Till};
use crate::PlaceOrder;
use crate::order::{LineState, MoneyState, OrderId, OrderState, RefundDue};
use crate::payment::{FromBalance, PaymentId, Status, give_back, wallet};
use crate::testing::{Counter, by_card, order, top_up};

const CARD: AccountName<'static> = AccountName::Gateway("card");
const TELECOM: AccountName<'static> = AccountName::Revenue("telecom");
/// What is in the wallet before.
const FUNDS: i64 = 5_000;
const PART: i64 = 3_000;

async fn split(till: &Till) -> (OrderId, PaymentId) {
    till.fund(FUNDS).await;
    till.split_order(&[("telecom", PRICE.minor)], None, PART).await
}

async fn split_and_paid(till: &Till) -> (OrderId, PaymentId) {
    let (order, payment) = split(till).await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    (order, payment)
}

#[testkit::db_test]
async fn the_rest_is_asked_for_outside_and_both_become_the_money_of_the_order(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = split(&till).await;
    assert_eq!(till.view(payment).await.payment.amount, Money::cny(PRICE.minor - PART));
    assert_eq!(till.balance(till.wallet()).await, (FUNDS, PART), "the part is set aside from the beginning");
    let attempt = till.begin(payment, "card").await;
    assert_eq!(till.card.payment(attempt).amount, Money::cny(PRICE.minor - PART));
    till.callback(&till.card.pay(attempt)).await.unwrap();
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.balance(till.wallet()).await, (FUNDS - PART, 0));
    assert_eq!(till.balance(till.escrow()).await, (PRICE.minor, PRICE.minor));
    end(&till, order, &[LineState::Completed]).await;
    till.check_order(order, OrderState::Completed, MoneyState::Captured).await;
    assert_eq!(till.balance(TELECOM).await, (PRICE.minor, 0));
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn p9_an_order_nobody_paid_the_rest_of_gives_its_part_back_at_once(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = split(&till).await;
    till.work_in(kernel::Duration::from_hours(1)).await;
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    assert_eq!(till.view(payment).await.status, Status::Closed);
    assert_eq!(till.balance(till.wallet()).await, (FUNDS, 0));
    assert!(till.view(payment).await.given_back.is_empty(), "nothing came in, so nothing goes back");
    till.sound().await;
}

#[testkit::db_test]
async fn p8_a_late_payment_of_the_rest_goes_back_and_the_part_stays_free(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = split(&till).await;
    let attempt = till.begin(payment, "card").await;
    till.work_in(kernel::Duration::from_hours(1)).await;
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    till.work().await;
    assert_eq!(till.balance(till.wallet()).await, (FUNDS, 0));
    assert_eq!(till.balance(CARD).await, (FUNDS, 0), "only what funded the wallet");
    till.sound().await;
}

#[testkit::db_test]
async fn the_whole_can_be_paid_from_the_balance_after_all(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let shelf = crate::testing::shelf(&till.t).await;
    till.fund(PRICE.minor).await;
    let (order, payment) = till.split_order(&[("telecom", PRICE.minor)], None, PART).await;
    let paid = wallet::pay_from_balance(&till.svc, &shelf, &till.actor, payment).await.unwrap();
    assert_eq!(paid, FromBalance::Paid);
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.balance(till.wallet()).await, (PRICE.minor, PRICE.minor));
    end(&till, order, &[LineState::Failed]).await;
    till.work().await;
    assert_eq!(till.balance(till.wallet()).await, (PRICE.minor, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn what_was_not_done_goes_back_outside_first_and_the_rest_to_the_balance(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = split_and_paid(&till).await;
    end(&till, order, &[LineState::Failed]).await;
    till.work().await;
    till.check_order(order, OrderState::Failed, MoneyState::Refunded).await;
    assert_eq!(till.balance(till.wallet()).await, (FUNDS, 0));
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    assert_eq!(till.balance(CARD).await, (FUNDS, 0));
    let view = till.view(payment).await;
    assert_eq!(view.refunds[0].amount, Money::cny(PRICE.minor - PART));
    assert_eq!(view.given_back[0].to_balance, Money::cny(PART));
    till.sound().await;
}

#[testkit::db_test]
async fn p10_any_sequence_of_refunds_leaves_nothing_over_and_nobody_richer(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = |below: i64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        i64::try_from(seed % u64::try_from(below).unwrap()).unwrap()
    };
    till.fund(1_000_000).await;
    let funds = 1_000_000;
    for round in 0..12 {
        let total = 2 + next(50_000);
        let part = next(total - 1);
        let (order, payment) = till.split_order(&[("telecom", total)], None, part).await;
        let attempt = till.begin(payment, "card").await;
        till.callback(&till.card.pay(attempt)).await.unwrap();
        end(&till, order, &[LineState::Completed]).await;
        let mut left = total;
        for step in 0..4 {
            let amount = if step == 3 { left } else { 1 + next(left) };
            let before = till.balance(TELECOM).await.0;
            let key = format!("{round}-{step}");
            let asked = give(&till, payment, amount, &key).await;
            asked.unwrap();
            left -= amount;
            assert_eq!(till.balance(TELECOM).await.0, before - amount);
            assert!(give(&till, payment, left + 1, &format!("{key}-more")).await.is_err());
            if left == 0 {
                break;
            }
        }
        till.work().await;
        till.check_order(order, OrderState::Completed, MoneyState::Refunded).await;
        let view = till.view(payment).await;
        let outside: i64 = view.refunds.iter().map(|refund| refund.amount.minor).sum();
        let balance: i64 = view.given_back.iter().map(|back| back.to_balance.minor).sum();
        assert_eq!((outside, balance), (total - part, part), "each fen goes to where it came from");
        assert_eq!(till.balance(till.wallet()).await, (funds, 0));
        assert_eq!(till.balance(till.escrow()).await, (0, 0));
        assert_eq!(till.balance(CARD).await, (funds, 0));
        assert_eq!(till.balance(TELECOM).await, (0, 0));
    }
    till.sound().await;
}

#[testkit::db_test]
async fn the_same_wish_shares_once_however_often_it_comes(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = split_and_paid(&till).await;
    end(&till, order, &[LineState::Failed]).await;
    till.work().await;
    let due = RefundDue {
        order,
        amount: PRICE,
        reason: "failed".to_owned(),
        business_key: format!("settle:{order}"),
    };
    let again = give_back::open_due(&till.t.cx, &Actor::system("test"), &due).await.unwrap();
    assert_eq!(again, [till.view(payment).await.refunds[0].id]);
    assert_eq!(till.balance(till.wallet()).await, (FUNDS, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn a_part_from_the_balance_is_set_aside_and_the_rest_is_to_be_paid_outside(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(5_000).await;
    let split = |key: &str, part: i64| PlaceOrder {
        from_balance: Some(Money::cny(part)),
        ..by_card(order(&lin, key, vec![top_up()], 1_000))
    };
    let placed = c.place(split("k1", 400)).await.unwrap();
    assert_eq!((placed.state, placed.money), (OrderState::AwaitingPayment, MoneyState::Unpaid));
    assert_eq!(c.available(&lin).await, 4_600);
    assert_eq!(c.number("SELECT amount FROM payment").await, 600);
    assert_eq!(c.available(&lin).await, 4_600);
    assert!(c.place(split("k1", 400)).await.unwrap().replayed);
    assert_eq!(c.available(&lin).await, 4_600, "once");
    // Nothing of it, all of it, more than there is: refused, and nothing is set aside.
    for (key, part) in [("k2", -1), ("k3", 1_000), ("k4", 1_001)] {
        assert_eq!(c.place(split(key, part)).await.unwrap_err().kind(), Kind::Invalid, "{part}");
    }
    let poor = c.customer(300).await;
    let wish = PlaceOrder {
        from_balance: Some(Money::cny(400)),
        ..by_card(order(&poor, "k1", vec![top_up()], 1_000))
    };
    assert_eq!(c.place(wish).await.unwrap_err().kind(), Kind::Conflict);
    assert_eq!((c.available(&lin).await, c.available(&poor).await), (4_600, 300));
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 1);
    c.sound().await;
}
