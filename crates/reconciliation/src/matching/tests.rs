//! Both sides on both databases.

use connectors::gateway::BillKind;
use kernel::{Duration, Money};

use crate::bill;
use crate::testing::House;

#[testkit::db_test]
async fn l7_what_agrees_is_matched_and_its_fees_are_booked_in_one_transfer(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    let mut lines = Vec::new();
    for number in 1..=5 {
        let paid = h.pay(10_000).await;
        lines.push(h.line(number, &paid, 10_000, 60));
    }
    // The order of the file is the gateway's own.
    lines.reverse();
    h.morning_after(day);
    h.hand_in(day, lines);
    h.fetch(day).await;
    let known = bill::find_day(h.cx(), &h.maker, "card", day).await.unwrap();
    assert_eq!((known.matched, known.ours, known.ours_matched, known.pending), (5, 5, 5, 0));
    assert!(h.queue().await.is_empty());
    assert_eq!(h.owed().await, 50_000 - 300);
    assert_eq!(h.count("SELECT COUNT(*) FROM transfer WHERE kind = 'fee'").await, 1);
    h.sound().await;
}

#[testkit::db_test]
async fn l7_each_way_not_to_agree_has_its_reason(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    let (less, twice, dear, mine) =
        (h.pay(10_000).await, h.pay(10_000).await, h.pay(10_000).await, h.pay(700).await);
    let unheard = h.pay_unheard(2_500).await;
    h.morning_after(day);
    let mut own_fee = h.line(6, "", 1_500, 0);
    own_fee.kind = BillKind::Fee;
    own_fee.gateway_id = "charge-1".to_owned();
    let mut payout = h.line(7, "", 20_000, 0);
    payout.kind = BillKind::Payout;
    payout.gateway_id = "po-1".to_owned();
    h.hand_in(
        day,
        vec![
            h.line(1, &less, 9_999, 60),
            h.line(2, &twice, 10_000, 60),
            h.line(3, &twice, 10_000, 60),
            h.line(4, &dear, 10_000, 401),
            h.line(5, &unheard, 2_500, 10),
            own_fee,
            payout,
        ],
    );
    h.fetch(day).await;
    let first =
        ["amount_differs", "duplicate", "fee_unexpected", "fee_unexpected", "only_theirs", "payout_open"];
    assert_eq!(h.reasons().await, first);
    h.sound().await;
    // Ours alone is not a difference before the next day's bill is here.
    let next = day.next();
    h.morning_after(next);
    h.hand_in(next, Vec::new());
    h.fetch(next).await;
    let alone: Vec<_> = h.queue().await.into_iter().filter(|d| d.our_id == mine).collect();
    assert_eq!(alone.iter().map(|d| (d.reason.name(), d.day)).collect::<Vec<_>>(), [("only_ours", day)]);
    assert_eq!(alone[0].effect, Money::cny(-700));
    h.sound().await;
}

#[testkit::db_test]
async fn l7_a_payment_around_midnight_stands_in_the_bill_of_either_day(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    h.t.clock.set(day.ends_at().minus(Duration::from_secs(5)));
    let late = h.pay(10_000).await;
    h.t.clock.set(day.ends_at().plus(Duration::from_secs(5)));
    let early = h.pay(3_000).await;
    h.morning_after(day);
    // Theirs has the early one on the day before.
    h.hand_in(day, vec![h.line(1, &early, 3_000, 0)]);
    h.fetch(day).await;
    assert!(h.queue().await.is_empty());
    let known = bill::find_day(h.cx(), &h.maker, "card", day).await.unwrap();
    assert_eq!((known.matched, known.pending), (1, 1));
    h.morning_after(day.next());
    h.hand_in(day.next(), vec![h.line(1, &late, 10_000, 0)]);
    h.fetch(day.next()).await;
    assert!(h.queue().await.is_empty(), "{:?}", h.queue().await);
    h.sound().await;
    // The same payment in the bill of the next day as well is one too many.
    h.hand_in(day.next(), vec![h.line(1, &late, 10_000, 0), h.line(2, &early, 3_000, 0)]);
    h.fetch(day.next()).await;
    assert_eq!(h.reasons().await, ["duplicate"]);
    h.sound().await;
}

#[testkit::db_test]
async fn l7_a_line_without_our_number_is_found_by_the_gateways(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    let paid = h.pay(10_000).await;
    h.morning_after(day);
    let nameless = |number| {
        let mut line = h.line(number, "", 10_000, 60);
        line.gateway_id = format!("g_{paid}");
        line
    };
    h.hand_in(day, vec![nameless(1)]);
    h.fetch(day).await;
    assert!(h.queue().await.is_empty());
    assert_eq!(h.owed().await, 9_940);
    h.hand_in(day, vec![nameless(1), h.line(2, &paid, 10_000, 60)]);
    h.fetch(day).await;
    assert_eq!(h.reasons().await, ["duplicate"], "ours has one line");
    h.sound().await;
}
