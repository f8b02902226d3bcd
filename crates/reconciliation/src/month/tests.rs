//! Closing, and what happens after it.

use super::*;
use crate::Day;
use crate::difference;
use crate::testing::{House, WHY, code};

/// A month of the gateway's whose every day has a bill; on one day is a line nobody knows.
async fn over(t: testkit::TestDb) -> (House, crate::Month, Day) {
    let h = House::open(t).await;
    let month = h.today().month().next();
    let odd = Day(month.first().0 + 9);
    for day in (month.first().0..=month.last().next().0).map(Day) {
        h.morning_after(day);
        h.hand_in(day, if day == odd { vec![h.line(1, "att_0000000000001", 700, 0)] } else { Vec::new() });
        h.fetch(day).await;
    }
    (h, month, odd)
}

#[testkit::db_test]
async fn l7_a_month_closes_when_all_is_handled_or_signed_and_two_people_agree(t: testkit::TestDb) {
    let (h, month, _) = over(t).await;
    let (cx, maker, checker) = (h.cx(), &h.maker, &h.checker);
    let (_, ready) = get(cx, maker, "card", month).await.unwrap();
    assert_eq!(ready, Readiness { days: 0, items: 1 });
    assert_eq!(code(propose(cx, maker, "card", month, WHY).await), "reconciliation.not_ready");
    assert_eq!(code(propose(cx, maker, "card", h.today().month(), WHY).await), "reconciliation.bad_month");
    let one = h.queue().await.remove(0);
    difference::sign_off(&h.svc, maker, one.id, WHY).await.unwrap();
    assert_eq!(code(close(cx, checker, "card", month, WHY).await), "reconciliation.not_proposed");
    propose(cx, maker, "card", month, WHY).await.unwrap();
    assert_eq!(code(close(cx, maker, "card", month, WHY).await), "reconciliation.same_person");
    let hash = close(cx, checker, "card", month, WHY).await.unwrap();
    assert_eq!(code(close(cx, checker, "card", month, WHY).await), "reconciliation.already_closed");
    let (made, again) = report(cx, checker, "card", month).await.unwrap();
    assert_eq!(again, hash, "the report can be made again");
    assert_eq!(made.signatures.len(), 1);
    assert_eq!(made.closed_by, checker.account().map(|id| id.to_string()));
    let table = csv(cx, checker, "card", month, WHY).await.unwrap();
    assert!(table.contains(&hash) && table.contains("only_theirs"));
}

#[testkit::db_test]
async fn w1_who_signed_for_something_does_not_check_the_close(t: testkit::TestDb) {
    let (h, month, _) = over(t).await;
    let one = h.queue().await.remove(0);
    difference::sign_off(&h.svc, &h.checker, one.id, WHY).await.unwrap();
    propose(h.cx(), &h.maker, "card", month, WHY).await.unwrap();
    assert_eq!(code(close(h.cx(), &h.checker, "card", month, WHY).await), "reconciliation.same_person");
}

#[testkit::db_test]
async fn w1_who_explained_money_away_does_not_check_the_close(t: testkit::TestDb) {
    let (h, month, _) = over(t).await;
    let one = h.queue().await.remove(0);
    difference::explain(&h.svc, &h.checker, one.id, WHY).await.unwrap();
    propose(h.cx(), &h.maker, "card", month, WHY).await.unwrap();
    assert_eq!(code(close(h.cx(), &h.checker, "card", month, WHY).await), "reconciliation.same_person");
}

#[testkit::db_test]
async fn l7_nothing_of_a_closed_month_changes_silently(t: testkit::TestDb) {
    let (h, month, odd) = over(t).await;
    let one = h.queue().await.remove(0);
    difference::explain(&h.svc, &h.maker, one.id, WHY).await.unwrap();
    propose(h.cx(), &h.maker, "card", month, WHY).await.unwrap();
    close(h.cx(), &h.checker, "card", month, WHY).await.unwrap();
    let state = async || get(h.cx(), &h.maker, "card", month).await.unwrap().0;
    // The same bill again: nothing.
    h.fetch(odd).await;
    assert_eq!(state().await.state, MonthState::Closed);
    h.hand_in(odd, vec![h.line(1, "att_0000000000001", 701, 0)]);
    h.fetch(odd).await;
    let after = state().await;
    assert_eq!((after.state, after.reopened_why.as_deref()), (MonthState::Reopened, Some("bill_changed")));
    assert_eq!(h.count("SELECT COUNT(*) FROM outbox WHERE payload LIKE '%month_reopened%'").await, 1);
    assert_eq!(h.queue().await.len(), 1, "what was explained is another amount now");
}
