//! Each remedy, and that the line is looked at again after it.

use connectors::gateway::BillKind;
use kernel::{Duration, Money};

use super::*;
use crate::Day;
use crate::testing::{House, WHY, code};

/// A house with one difference, of the day that has just ended.
async fn with(t: testkit::TestDb, make: impl AsyncFnOnce(&House, Day)) -> (House, Difference) {
    let h = House::open(t).await;
    let day = h.today();
    make(&h, day).await;
    h.fetch(day).await;
    let one = h.queue().await.remove(0);
    (h, one)
}

#[testkit::db_test]
async fn l7_a_success_we_did_not_know_is_asked_about_and_booked_by_the_one_path(t: testkit::TestDb) {
    let (h, one) = with(t, async |h, day| {
        let paid = h.pay_unheard(2_500).await;
        h.morning_after(day);
        h.hand_in(day, vec![h.line(1, &paid, 2_500, 10)]);
    })
    .await;
    assert_eq!(one.reason.name(), "only_theirs");
    assert_eq!(h.owed().await, 0);
    let after = ask_gateway(&h.svc, &h.maker, one.id, WHY).await.unwrap();
    assert_eq!((after.state, after.resolution), (State::Closed, Some(Resolution::Matched)));
    assert_eq!(h.owed().await, 2_490, "the payment and then its fee");
    assert_eq!(code(ask_gateway(&h.svc, &h.maker, one.id, WHY).await), "reconciliation.not_possible");
    assert_eq!(h.owed().await, 2_490);
    h.sound().await;
}

#[testkit::db_test]
async fn l7_a_fee_beyond_what_was_agreed_is_booked_by_a_person_once(t: testkit::TestDb) {
    let (h, one) = with(t, async |h, day| {
        let paid = h.pay(10_000).await;
        h.morning_after(day);
        h.hand_in(day, vec![h.line(1, &paid, 10_000, 450)]);
    })
    .await;
    assert_eq!(h.owed().await, 10_000);
    book_fee(&h.svc, &h.maker, one.id, WHY).await.unwrap();
    assert_eq!(h.find(&one).await.resolution, Some(Resolution::FeeBooked));
    assert_eq!(code(book_fee(&h.svc, &h.maker, one.id, WHY).await), "reconciliation.not_possible");
    assert_eq!(h.owed().await, 9_550);
    h.sound().await;
}

#[testkit::db_test]
async fn l7_charges_and_settlements_are_booked_against_what_the_bank_says(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    let paid = h.pay(30_000).await;
    h.morning_after(day);
    let own = |number, kind, id: &str, fen| {
        let mut line = h.line(number, "", fen, 0);
        line.kind = kind;
        line.gateway_id = id.to_owned();
        line
    };
    let lines = vec![
        h.line(1, &paid, 30_000, 0),
        own(2, BillKind::Fee, "c-1", 1_500),
        own(3, BillKind::Payout, "po-1", 20_000),
    ];
    h.hand_in(day, lines);
    h.fetch(day).await;
    let queue = h.queue().await;
    let of = |name| queue.iter().find(|d| d.reason.name() == name).unwrap().id;
    let (fee, payout) = (of("fee_unexpected"), of("payout_open"));
    book_fee(&h.svc, &h.maker, fee, WHY).await.unwrap();
    let book = |fen, reference| book_payout(&h.svc, &h.maker, payout, Money::cny(fen), reference);
    assert_eq!(code(book(19_999, "BANK-1").await), "reconciliation.arrived_other");
    assert_eq!(code(book(20_000, " ").await), "reconciliation.reference_needed");
    book(20_000, "BANK-1").await.unwrap();
    assert_eq!(h.owed().await, 8_500);
    assert!(h.queue().await.is_empty());
    h.sound().await;
    // Matched again, the lines are known to be booked.
    h.hand_in(day, vec![h.line(1, &paid, 30_000, 0), own(7, BillKind::Payout, "po-1", 20_000)]);
    h.fetch(day).await;
    assert!(h.queue().await.is_empty());
}

#[testkit::db_test]
async fn w1_one_person_proposes_to_write_off_and_another_does_it_once_and_within_the_limit(
    t: testkit::TestDb,
) {
    let (h, one) = with(t, async |h, day| {
        let paid = h.pay(10_000).await;
        h.morning_after(day);
        h.hand_in(day, vec![h.line(1, &paid, 9_900, 0)]);
    })
    .await;
    assert_eq!(code(approve_write_off(&h.svc, &h.checker, one.id, WHY).await), "reconciliation.not_proposed");
    assert_eq!(
        code(propose_write_off(&h.svc, &h.maker, one.id, "why").await),
        "reconciliation.reason_needed"
    );
    propose_write_off(&h.svc, &h.maker, one.id, WHY).await.unwrap();
    assert_eq!(code(approve_write_off(&h.svc, &h.maker, one.id, WHY).await), "reconciliation.same_person");
    assert_eq!(h.owed().await, 10_000, "nothing is booked yet");
    let both = tokio::join!(
        approve_write_off(&h.svc, &h.checker, one.id, WHY),
        approve_write_off(&h.svc, &h.checker, one.id, WHY)
    );
    assert_eq!(i32::from(both.0.is_ok()) + i32::from(both.1.is_ok()), 1, "{both:?}");
    assert_eq!(h.find(&one).await.resolution, Some(Resolution::WrittenOff));
    assert_eq!(h.owed().await, 9_900);
    h.sound().await;
    h.fetch(one.day).await;
    assert!(h.queue().await.is_empty());
}

#[testkit::db_test]
async fn more_than_the_limit_is_not_written_off(t: testkit::TestDb) {
    let (h, one) = with(t, async |h, day| {
        let paid = h.pay(30_000).await;
        h.morning_after(day);
        h.hand_in(day, vec![h.line(1, &paid, 19_999, 0)]);
    })
    .await;
    assert_eq!(code(propose_write_off(&h.svc, &h.maker, one.id, WHY).await), "reconciliation.over_write_off");
}

#[testkit::db_test]
async fn l7_timing_closes_itself_when_the_other_bill_has_it_and_comes_back_when_none_does(
    t: testkit::TestDb,
) {
    let h = House::open(t).await;
    let day = h.today();
    let (late, lost) = (h.pay(10_000).await, h.pay(700).await);
    for one in [day, day.next()] {
        h.morning_after(one);
        h.hand_in(one, Vec::new());
        h.fetch(one).await;
    }
    for d in h.queue().await {
        accept_timing(&h.svc, &h.maker, d.id, WHY).await.unwrap();
    }
    let third = day.next().next();
    h.morning_after(third);
    h.hand_in(third, vec![h.line(1, &late, 10_000, 0)]);
    h.fetch(third).await;
    let left: Vec<_> = h.queue().await.into_iter().map(|d| (d.our_id, d.reason.name(), d.state)).collect();
    assert!(left.contains(&(lost.clone(), "only_ours", State::Timing)));
    assert!(left.contains(&(late, "other_day", State::Open)), "two days late is told");
    h.t.clock.advance(Duration::from_days(5));
    let later = h.today().before();
    h.hand_in(later, Vec::new());
    h.fetch(later).await;
    let back = h.queue().await.into_iter().find(|d| d.our_id == lost).unwrap();
    assert_eq!(back.state, State::Open);
}

#[testkit::db_test]
async fn l7_a_line_is_linked_to_the_payment_it_belongs_to_and_to_no_other(t: testkit::TestDb) {
    let h = House::open(t).await;
    let day = h.today();
    let (right, other) = (h.pay(10_000).await, h.pay(700).await);
    for one in [day, day.next()] {
        h.morning_after(one);
        let mut stray = h.line(1, "", 10_000, 0);
        stray.gateway_id = "unknown-77".to_owned();
        h.hand_in(one, if one == day { vec![stray] } else { Vec::new() });
        h.fetch(one).await;
    }
    let line = h.queue().await.into_iter().find(|d| d.reason.name() == "only_theirs").unwrap();
    for wrong in [other.as_str(), "att_0000000000001", ""] {
        assert_eq!(code(link(&h.svc, &h.maker, line.id, wrong, WHY).await), "reconciliation.cannot_link");
    }
    link(&h.svc, &h.maker, line.id, &right, WHY).await.unwrap();
    assert_eq!(h.queue().await.iter().map(|d| d.our_id.as_str()).collect::<Vec<_>>(), [other.as_str()]);
    h.sound().await;
}

#[testkit::db_test]
async fn what_people_write_is_sealed_and_kept_in_order(t: testkit::TestDb) {
    let (h, one) = with(t, async |h, day| {
        h.morning_after(day);
        h.hand_in(day, vec![h.line(1, "att_0000000000001", 700, 0)]);
    })
    .await;
    note(h.cx(), &h.maker, one.id, "张三来电，明日回复").await.unwrap();
    assign(h.cx(), &h.checker, one.id).await.unwrap();
    assert_eq!(h.find(&one).await.assignee, h.checker.account());
    explain(&h.svc, &h.maker, one.id, WHY).await.unwrap();
    let acts: Vec<_> =
        notes(h.cx(), &h.maker, one.id).await.unwrap().into_iter().map(|n| (n.act, n.text)).collect();
    let said = |act: &str, text: Option<&str>| (act.to_owned(), text.map(str::to_owned));
    assert_eq!(
        acts,
        [said("note", Some("张三来电，明日回复")), said("assign", None), said("explain", Some(WHY))]
    );
    let rows = h.t.raw("SELECT text_sealed FROM difference_note WHERE text_sealed IS NOT NULL", vec![]).await;
    assert!(rows.iter().all(|row| !format!("{row:?}").contains("张三")));
    h.sound().await;
}
