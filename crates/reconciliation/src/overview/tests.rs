//! The figures on both databases.

use kernel::{AccountId, Actor, ActorKind, Duration, Role};

use super::*;
use crate::month::MonthState;
use crate::testing::{House, code};

/// A customer.
fn nobody() -> Actor {
    Actor { kind: ActorKind::account(AccountId(7), vec![Role::CUSTOMER]), ..Actor::system("test") }
}

#[testkit::db_test]
async fn what_waits_is_told_by_reason_and_age(t: testkit::TestDb) {
    let h = House::open(t).await;
    let first = h.today();
    let unheard = h.pay_unheard(2_500).await;
    h.morning_after(first);
    h.hand_in(first, vec![h.line(1, &unheard, 2_500, 10)]);
    h.fetch(first).await;
    h.t.clock.advance(Duration::from_days(2));
    let second = h.today();
    let dear = h.pay(10_000).await;
    h.morning_after(second);
    h.hand_in(second, vec![h.line(1, &dear, 10_000, 450)]);
    h.fetch(second).await;
    let told = async || {
        let mut found: Vec<_> = ages(h.cx(), &h.maker)
            .await
            .unwrap()
            .into_iter()
            .map(|one| (one.reason.name(), [one.day, one.three_days, one.week, one.older]))
            .collect();
        found.sort_unstable();
        found
    };
    assert_eq!(told().await, [("fee_unexpected", [1, 0, 0, 0]), ("only_theirs", [0, 0, 1, 0])]);
    h.t.clock.advance(Duration::from_days(7));
    assert_eq!(told().await, [("fee_unexpected", [0, 0, 0, 1]), ("only_theirs", [0, 0, 0, 1])]);
    assert_eq!(code(ages(h.cx(), &nobody()).await), "reconciliation.forbidden");
}

#[testkit::db_test]
async fn each_month_tells_its_days_and_what_is_open(t: testkit::TestDb) {
    let h = House::open(t).await;
    assert!(months(h.cx(), &h.maker).await.unwrap().is_empty(), "nobody handed in a bill");
    let day = h.today();
    let unheard = h.pay_unheard(2_500).await;
    h.morning_after(day);
    h.hand_in(day, vec![h.line(1, &unheard, 2_500, 10)]);
    h.fetch(day).await;
    let found = months(h.cx(), &h.maker).await.unwrap();
    let this = h.today().month();
    assert_eq!(
        found.iter().map(|row| row.month).collect::<Vec<_>>(),
        [this, this.before(), this.before().before()]
    );
    let of_day = found.iter().find(|row| row.month == day.month()).unwrap();
    let over = if day.month() == this {
        h.today().0 - this.first().0
    } else {
        day.month().last().0 - day.month().first().0 + 1
    };
    assert_eq!((of_day.over, of_day.matched, of_day.open), (over, 1, 1));
    assert_eq!((of_day.gateway.as_str(), of_day.state), ("card", MonthState::Open));
    let before = this.before().before();
    assert_eq!((found[2].matched, found[2].over), (0, before.last().0 - before.first().0 + 1));
    assert_eq!(code(months(h.cx(), &nobody()).await), "reconciliation.forbidden");
}
