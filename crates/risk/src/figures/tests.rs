//! What the figures count, on both databases.

use kernel::{AccountId, Actor, ActorKind, Duration, Money, Refusal as _, Role, Timestamp};
use testkit::{TestDb, db_test};

use super::*;
use crate::rule::RuleState;
use crate::testing::{CUSTOMER, act, engine, new_rule, officer, payment, rule_in, tables};
use crate::{Act, Outcome, Point, decision};

const DAY: Duration = Duration::from_days(1);

async fn figures(t: &TestDb, from: Timestamp) -> Figures {
    show(&t.cx, &officer(9), from, DAY).await.unwrap()
}

#[db_test]
async fn decisions_alarms_and_rules_are_counted_and_the_share_of_right_alarms_told(t: TestDb) {
    tables(&t).await;
    let from = t.cx.now();
    let large = rule_in(&t, &new_rule("large", "act.amount > 1000", Outcome::Review), RuleState::Live).await;
    let beside = rule_in(&t, &new_rule("any", "true", Outcome::Deny), RuleState::Shadow).await;
    let engine = engine(&t).await;
    let mut held = Vec::new();
    for (object, amount) in [(1, 500), (2, 5_000), (3, 7_000), (4, 9_000)] {
        let wish = Act { mark: object, ..payment(CUSTOMER + object, amount) };
        held.push(act(&t, &engine, wish, object).await.0);
    }
    decision::reject(&t.cx, &officer(5), held[1], "the owner knows nothing of it").await.unwrap();
    decision::release(&t.cx, &officer(5), held[2], "the owner was called").await.unwrap();
    t.clock.advance(DAY);
    act(&t, &engine, payment(CUSTOMER, 600), 5).await;

    let found = figures(&t, from).await;
    assert_eq!(found.decisions, [(Point::Payment, Outcome::Allow, 2), (Point::Payment, Outcome::Review, 3)]);
    let days: Vec<(i64, i64)> = found.days.iter().map(|day| (day.let_through, day.reviewed)).collect();
    assert_eq!(days, [(1, 3), (1, 0)]);
    assert_eq!(found.alarms, Alarms { all: 3, confirmed: 1, cleared: 1 });
    assert_eq!(found.alarms.confirmed_permille(), Some(500));
    let sums = Held { stopped: Money::cny(21_000), saved: Money::cny(5_000) };
    assert_eq!(found.held, [sums]);
    let rules: Vec<_> =
        found.rules.iter().map(|rule| (rule.id, rule.live, rule.shadow, rule.fraud, rule.cleared)).collect();
    assert_eq!(rules, [(beside, 0, 5, 1, 1), (large, 3, 0, 1, 1)]);
    assert!(found.model.is_none());
    let later = figures(&t, t.cx.now()).await;
    assert_eq!((later.decisions.len(), later.alarms), (1, Alarms::default()));
    assert_eq!(later.rules.iter().map(|rule| rule.live + rule.shadow).sum::<i64>(), 1, "of the time only");
    assert_eq!(Alarms::default().confirmed_permille(), None);
}

#[db_test]
async fn r2_the_load_tells_what_waits_what_people_did_and_what_nobody_looked_at(t: TestDb) {
    tables(&t).await;
    let from = t.cx.now();
    rule_in(&t, &new_rule("hold_all", "true", Outcome::Review), RuleState::Live).await;
    let engine = engine(&t).await;
    let first = act(&t, &engine, Act { mark: 1, ..payment(CUSTOMER, 100) }, 1).await.0;
    t.clock.advance(Duration::from_hours(10));
    let opened_at = t.cx.now();
    let second = act(&t, &engine, Act { mark: 2, ..payment(CUSTOMER, 200) }, 2).await.0;
    act(&t, &engine, Act { mark: 3, ..payment(CUSTOMER, 300) }, 3).await;
    decision::release(&t.cx, &officer(5), first, "the owner was called").await.unwrap();
    crate::case::ask_material(&t.cx, &officer(5), second, "a photo of the invoice").await.unwrap();
    let load = figures(&t, from).await.load;
    let want = Load { pending: 2, material: 1, oldest: Some(opened_at), opened: 3, decided: 1, expired: 0 };
    assert_eq!(load, want);
    t.clock.advance(Duration::from_hours(48));
    let load = figures(&t, from).await.load;
    assert_eq!((load.pending, load.material, load.decided, load.expired), (1, 1, 1, 1));
}

#[db_test]
async fn nobody_counts_over_more_than_a_month_and_w3_who_may_not_read_risk_counts_nothing(t: TestDb) {
    tables(&t).await;
    let found = show(&t.cx, &officer(9), Timestamp(0), DAY).await.unwrap();
    assert_eq!(found.days.len(), 32);
    let customer = Actor {
        kind: ActorKind::account(AccountId(CUSTOMER), vec![Role::CUSTOMER]),
        ..Actor::system("test")
    };
    assert_eq!(show(&t.cx, &customer, Timestamp(0), DAY).await.unwrap_err().code(), "risk.forbidden");
}
