//! Which orders are charged when their work is done, and what becomes of what is authorised for them.

use catalogue::service::PaymentMethod;
use kernel::{Duration, Money, Refusal as _, Timestamp};
use serde_json::json;

use super::keeping::{WEEK, open};
use crate::order::{MoneyState, OrderState};
use crate::payment::rules;
use crate::testing::{Counter, line, order, top_up};

const DAY: Duration = Duration::from_hours(24);

#[testkit::db_test]
async fn only_ways_that_can_authorise_are_begun(t: testkit::TestDb) {
    let till = open(t).await;
    let (_, payment) = till.order().await;
    assert_eq!(till.start(payment, "wechat").await.unwrap_err().code(), "payment.cannot_authorise");
    assert!(till.other.calls().is_empty());
    let can: Vec<_> = PaymentMethod::ALL.into_iter().filter(|one| one.can_authorise()).collect();
    assert_eq!(can, [PaymentMethod::Balance, PaymentMethod::Card]);
}

/// A broadband repair, charged when it is mended.
fn repair() -> crate::NewLine {
    let address = json!({"province": "上海市", "city": "上海市", "district": "徐汇区", "street": "漕溪北路 88 号", "name": "林晓", "phone": "13800000001"});
    line("fibre-repair", "line", 1, json!({"address": address, "fault": "光猫红灯"}))
}

#[testkit::db_test]
async fn an_order_is_authorised_when_its_service_says_so_and_paid_one_way(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(20_000).await;
    let by =
        |payment, key: &str, lines, total| crate::PlaceOrder { payment, ..order(&lin, key, lines, total) };
    let card = c.place(by(PaymentMethod::Card, "k1", vec![repair()], 6_000)).await.unwrap();
    assert_eq!((card.state, card.money), (OrderState::AwaitingPayment, MoneyState::Unpaid));
    let later = "SELECT CAST(COUNT(*) AS BIGINT) FROM payment WHERE capture = 'at_completion'";
    assert_eq!(c.number(later).await, 1);
    // From the balance it is a hold, as ever: taken for what was done.
    let held = c.place(by(PaymentMethod::Balance, "k2", vec![repair()], 6_000)).await.unwrap();
    assert_eq!((held.state, held.money), (OrderState::InProgress, MoneyState::Held));
    assert_eq!(c.available(&lin).await, 14_000);

    let wechat = c.place(by(PaymentMethod::Wechat, "k3", vec![repair()], 6_000)).await.unwrap_err();
    assert_eq!(wechat.code(), "ordering.payment_not_offered");
    let part = crate::PlaceOrder {
        from_balance: Some(Money::cny(1_000)),
        ..by(PaymentMethod::Card, "k4", vec![repair()], 6_000)
    };
    assert_eq!(c.place(part).await.unwrap_err().code(), "ordering.invalid_input");
    let mixed = c.place(by(PaymentMethod::Card, "k5", vec![repair(), top_up()], 7_000)).await.unwrap_err();
    assert_eq!(mixed.code(), "ordering.mixed_capture");
    let two = c.place(by(PaymentMethod::Card, "k6", vec![repair(), repair()], 12_000)).await;
    assert!(two.is_ok(), "lines that are charged alike go together");
    assert_eq!((c.number(later).await, c.available(&lin).await), (2, 14_000));
    let once = c.place(by(PaymentMethod::Card, "k7", vec![top_up()], 1_000)).await;
    assert!(once.is_ok());
    assert_eq!(c.number(later).await, 2, "what says nothing is taken at once");
    c.sound().await;
}

#[test]
fn the_fate_of_what_was_authorised_is_this_table() {
    use rules::Fate;
    let total = Money::cny(100);
    for (ended, charged, begun, time, want) in [
        (false, 0, false, true, Fate::Keep),
        (false, 0, true, true, Fate::Keep),
        (false, 0, true, false, Fate::Take(total)),
        (false, 0, false, false, Fate::LetGo),
        (true, 60, true, true, Fate::Take(Money::cny(60))),
        (true, 60, true, false, Fate::Take(Money::cny(60))),
        (true, 0, true, true, Fate::LetGo),
    ] {
        assert_eq!(
            rules::fate(ended, (total, charged), begun, time),
            want,
            "{ended} {charged} {begun} {time}"
        );
    }
    let now = Timestamp::from_secs(0);
    assert_eq!(rules::take_by(now.plus(WEEK), now), now.plus(Duration::from_hours(6 * 24)));
    assert_eq!(
        rules::take_by(now.plus(DAY), now),
        now.plus(Duration::from_hours(12)),
        "of a short time half"
    );
}
