//! Acts on both databases: time limits, lists, rules, what is known of whom, and what is written down.

mod memory;

use durable::{BoxError, BoxFuture, Cx};
use kernel::{AccountId, Duration};
use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use super::memory::{Known, Same, Sight};
use super::model::Seen;
use super::*;
use crate::decision::{self, OnFailure};
use crate::list::{self, Entity, List, NewEntry};
use crate::rule::RuleState;
use crate::testing::{CUSTOMER, act, engine, new_rule, officer, payment, rule_in, tables, write};
use crate::{Engine, Failure, Outcome, Point, Reason};

/// The scorer's end.
#[derive(Clone, Copy)]
enum End {
    Fails,
    Hangs,
    Panics,
}

struct Broken(End);

impl Sight for Broken {
    fn look<'a>(&'a self, _: &'a Cx, _: &'a Seen, _: Same) -> BoxFuture<'a, Result<Known, BoxError>> {
        match self.0 {
            End::Fails => Box::pin(async { Err(BoxError::from("the database is gone")) }),
            End::Hangs => Box::pin(std::future::pending()),
            End::Panics => Box::pin(async { panic!("an index that was not there") }),
        }
    }
}

const POINTS: [Point; 6] = [
    Point::Register,
    Point::Payment,
    Point::Transfer,
    Point::Withdrawal,
    Point::Refund,
    Point::ContactChange,
];

#[db_test]
async fn r1_at_every_point_a_dead_slow_or_panicking_scorer_gives_the_configured_result(t: TestDb) {
    tables(&t).await;
    let answers = [
        (OnFailure::FailOpen, Outcome::Allow),
        (OnFailure::FailClosed, Outcome::Deny),
        (OnFailure::HoldForReview, Outcome::Review),
    ];
    for point in POINTS {
        for (on_failure, outcome) in answers {
            for (end, failure) in [
                (End::Fails, Failure::Failed),
                (End::Hangs, Failure::TooSlow),
                (End::Panics, Failure::Failed),
            ] {
                let mut settings = Settings::default();
                let policy = settings.points.get_mut(&point).unwrap();
                (policy.on_failure, policy.time_limit) = (on_failure, Duration::from_millis(2));
                let sight = Box::new(Broken(end));
                let engine = Engine::with_sight(&t.cx, settings, None, sight).await.unwrap();
                let judged = engine.judge(&t.cx, Act { point, ..payment(CUSTOMER, 100) }).await;
                let found = (judged.outcome(), judged.failure(), judged.score());
                assert_eq!(found, (outcome, Some(failure), None), "{point:?}");
                let id = write(&t, judged, 1).await;
                let (kept, _) = decision::show_decision(&t.cx, &officer(5), id).await.unwrap();
                assert_eq!(
                    (kept.opinion.outcome, kept.review.is_some()),
                    (outcome, outcome == Outcome::Review)
                );
            }
        }
    }
}

#[db_test]
async fn r1_without_its_tables_the_engine_answers_as_configured(t: TestDb) {
    tables(&t).await;
    let engine = engine(&t).await;
    t.raw("DROP TABLE risk_event", Vec::new()).await;
    let transfer = Act { point: Point::Transfer, ..payment(CUSTOMER, 100) };
    assert_eq!(engine.judge(&t.cx, transfer).await.outcome(), Outcome::Review);
    assert_eq!(engine.judge(&t.cx, payment(CUSTOMER, 100)).await.outcome(), Outcome::Allow);
}

async fn listed(t: &TestDb, list: List, entity: Entity, value: &str) {
    let reason = "for a test of lists".to_owned();
    let new = NewEntry { list, entity, value: value.to_owned(), reason, expires_at: None };
    let id = list::add(&t.cx, &officer(5), &new).await.unwrap();
    if list == List::Allow {
        list::approve(&t.cx, &officer(6), id).await.unwrap();
    }
}

#[db_test]
async fn r2_the_hardest_of_lists_and_rules_wins_and_who_is_allowed_is_freed_of_all_but_rules_and_sanctions(
    t: TestDb,
) {
    tables(&t).await;
    let engine = engine(&t).await;
    let outcome = async |amount| {
        engine.reload(&t.cx).await.unwrap();
        engine.judge(&t.cx, payment(CUSTOMER, amount)).await.outcome()
    };
    assert_eq!(outcome(100).await, Outcome::Allow);
    let step_up = new_rule("large", "act.amount > 5000 && facts.service == 'topup'", Outcome::StepUp);
    rule_in(&t, &step_up, RuleState::Live).await;
    assert_eq!((outcome(5_000).await, outcome(5_001).await), (Outcome::Allow, Outcome::StepUp));
    listed(&t, List::Watch, Entity::Network, "203.0.113.200").await;
    assert_eq!(outcome(5_001).await, Outcome::Review, "a neighbour on the watched network");
    listed(&t, List::Deny, Entity::Payee, "501").await;
    assert_eq!(outcome(5_001).await, Outcome::Deny);
    listed(&t, List::Allow, Entity::Customer, &AccountId(CUSTOMER).to_string()).await;
    assert_eq!((outcome(100).await, outcome(5_001).await), (Outcome::Allow, Outcome::StepUp));
    listed(&t, List::Sanctions, Entity::Network, "203.0.113.9").await;
    assert_eq!(outcome(100).await, Outcome::Deny, "nothing lifts a sanction");
    let judged = engine.judge(&t.cx, payment(CUSTOMER, 9_000)).await;
    let told = [Reason::Sanctioned, Reason::OnDenyList, Reason::OnWatchList, Reason::OnAllowList];
    assert_eq!(judged.reasons(), [&told[..], &[Reason::RuleMatched]].concat());
}

#[db_test]
async fn r1_lists_hold_even_when_nobody_scores(t: TestDb) {
    tables(&t).await;
    listed(&t, List::Deny, Entity::Payee, "501").await;
    listed(&t, List::Allow, Entity::Customer, &AccountId(CUSTOMER).to_string()).await;
    let sight = Box::new(Broken(End::Fails));
    let engine = Engine::with_sight(&t.cx, Settings::default(), None, sight).await.unwrap();
    let judged = engine.judge(&t.cx, payment(CUSTOMER, 100)).await;
    assert_eq!(judged.outcome(), Outcome::Deny, "whether a rule would have matched is not known");
    assert_eq!(judged.reasons(), [Reason::ScorerFailed, Reason::OnDenyList]);
}

#[db_test]
async fn r3_a_shadow_rule_is_written_down_and_changes_nothing(t: TestDb) {
    tables(&t).await;
    let shadow = rule_in(&t, &new_rule("beside", "true", Outcome::Deny), RuleState::Shadow).await;
    let live = rule_in(&t, &new_rule("running", "true", Outcome::StepUp), RuleState::Live).await;
    let engine = engine(&t).await;
    let (id, judged) = act(&t, &engine, payment(CUSTOMER, 100), 1).await;
    assert_eq!(judged.outcome(), Outcome::StepUp);
    let figures = async |rule| crate::rule::figures(&t.cx, &officer(5), rule).await.unwrap();
    let (beside, running) = (figures(shadow).await, figures(live).await);
    assert_eq!((beside.shadow_hits, beside.live_hits), (1, 0));
    assert_eq!((running.shadow_hits, running.live_hits), (0, 1));
    let hit = crate::rule::list_hit_by(&t.cx, &officer(5), id).await.unwrap();
    assert_eq!(hit.iter().map(|rule| rule.id).collect::<Vec<_>>(), [live]);
    crate::label::label(&t.cx, &officer(5), id, (true, t.cx.now()), "the card was stolen").await.unwrap();
    assert_eq!((figures(shadow).await.fraud, figures(shadow).await.cleared), (1, 0));
}

#[db_test]
async fn r4_what_was_released_goes_on_and_what_was_rejected_is_denied_when_it_comes_again(t: TestDb) {
    tables(&t).await;
    rule_in(&t, &new_rule("hold", "act.amount >= 900", Outcome::Review), RuleState::Live).await;
    let engine = engine(&t).await;
    for (mark, released, then) in [(11, true, Outcome::Allow), (12, false, Outcome::Deny)] {
        let again = Act { mark, ..payment(CUSTOMER, 900) };
        let (id, judged) = act(&t, &engine, again.clone(), mark).await;
        assert_eq!(judged.outcome(), Outcome::Review);
        let (officer, reason) = (officer(5), "looked at the order");
        if released {
            decision::release(&t.cx, &officer, id, reason).await.unwrap();
        } else {
            decision::reject(&t.cx, &officer, id, reason).await.unwrap();
        }
        assert_eq!(engine.judge(&t.cx, again).await.outcome(), then);
        let other = Act { mark: mark + 50, ..payment(CUSTOMER, 900) };
        assert_eq!(engine.judge(&t.cx, other).await.outcome(), Outcome::Review, "only the very same");
    }
    let sql = "SELECT payload FROM outbox WHERE topic = 'risk.review_ended' ORDER BY id";
    let facts: Vec<Value> = t
        .raw(sql, Vec::new())
        .await
        .iter()
        .map(|row| serde_json::from_str(&row.reader().get::<String>().unwrap()).unwrap())
        .collect();
    let told: Vec<_> = facts.iter().map(|fact| (fact["object"].clone(), fact["outcome"].clone())).collect();
    assert_eq!(told, [(json!(11), json!("allow")), (json!(12), json!("deny"))]);
    let rows = t.raw("SELECT fraud FROM risk_label ORDER BY id", Vec::new()).await;
    let words: Vec<bool> = rows.iter().map(|row| row.reader().get().unwrap()).collect();
    assert_eq!(words, [false, true], "what a reviewer decided is what is known");
}

/// The vector a decision was made from.
#[db_test]
async fn r2_a_second_try_meets_the_same_rule_until_one_went_on(t: TestDb) {
    tables(&t).await;
    let rule = new_rule("new_payee", "payee.new", Outcome::StepUp);
    rule_in(&t, &rule, RuleState::Live).await;
    let engine = engine(&t).await;
    for _ in 0..2 {
        let tried = engine.judge(&t.cx, payment(CUSTOMER, 100)).await;
        assert_eq!(tried.outcome(), Outcome::StepUp, "without the proof it does not go on");
        journal_alone(&t.cx, tried, 1).await.unwrap();
        t.clock.advance(Duration::from_secs(5));
    }
    // With the proof it goes on.
    let (_, proved) = act(&t, &engine, payment(CUSTOMER, 100), 2).await;
    assert_eq!(proved.outcome(), Outcome::StepUp);
    t.clock.advance(Duration::from_secs(5));
    assert_eq!(engine.judge(&t.cx, payment(CUSTOMER, 100)).await.outcome(), Outcome::Allow);
}

#[db_test]
async fn nothing_of_an_act_lies_open(t: TestDb) {
    tables(&t).await;
    let engine = engine(&t).await;
    let secret = Act {
        phone: Some("13800138000".to_owned()),
        facts: json!({"note": "facts-in-clear"}),
        ..payment(CUSTOMER, 100)
    };
    let _ = act(&t, &engine, secret, 1).await;
    for sql in ["SELECT * FROM risk_event", "SELECT * FROM risk_decision"] {
        for row in t.raw(sql, Vec::new()).await {
            let text = format!("{row:?}");
            for clear in ["13800138000", "203.0.113", "device-of", "facts-in-clear"] {
                assert!(!text.contains(clear), "{clear} in {text}");
            }
        }
    }
}

#[test]
fn every_point_has_a_policy_whose_steps_stand_in_order() {
    let settings = Settings::default();
    for point in Point::ALL {
        let policy = settings.policy(*point);
        assert!(policy.thresholds.is_sound() && policy.time_limit.0 > 0, "{point:?}");
    }
    let steps = Thresholds { step_up: 40, review: 70, deny: 90 };
    let outcomes = [(39, Outcome::Allow), (40, Outcome::StepUp), (70, Outcome::Review), (90, Outcome::Deny)];
    for (score, outcome) in outcomes {
        assert_eq!(steps.outcome(score), outcome, "{score}");
    }
}

/// What the owner of the account is to be told, oldest first.
async fn alarms(t: &TestDb) -> Vec<Alarmed> {
    let rows = t.raw("SELECT payload FROM outbox WHERE topic = 'risk.alarm' ORDER BY id", Vec::new()).await;
    let read = |row: &db::Row| serde_json::from_str(&row.reader().get::<String>().unwrap()).unwrap();
    rows.iter().map(read).collect()
}

#[db_test]
async fn r2_who_owns_the_account_is_alarmed_by_what_stands_out_and_by_nothing_else(t: TestDb) {
    tables(&t).await;
    let rules = [
        ("told", "act.amount == 300", Outcome::Notify),
        ("proof", "act.amount == 400", Outcome::StepUp),
        ("held", "act.amount == 500", Outcome::Review),
        ("stopped", "act.amount == 600", Outcome::Deny),
    ];
    for (code, source, outcome) in rules {
        rule_in(&t, &new_rule(code, source, outcome), RuleState::Live).await;
    }
    let engine = engine(&t).await;
    for amount in [100, 300, 400, 500, 600] {
        let colleague = Act { person: Some(AccountId(88)), mark: amount, ..payment(CUSTOMER, amount) };
        write(&t, engine.judge(&t.cx, colleague).await, amount).await;
    }
    let told = alarms(&t).await;
    let outcomes: Vec<Outcome> = told.iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Outcome::Notify, Outcome::Review, Outcome::Deny]);
    assert!(told.iter().all(|one| one.person == AccountId(88)), "who acted, not whose business it is");
    assert_eq!(told[1].amount, Some(kernel::Money::cny(500)));
    let broken = Box::new(Broken(End::Fails));
    let engine = Engine::with_sight(&t.cx, Settings::default(), None, broken).await.unwrap();
    let transfer = Act { point: Point::Transfer, mark: 7, ..payment(CUSTOMER, 100) };
    let judged = engine.judge(&t.cx, transfer).await;
    assert_eq!(judged.outcome(), Outcome::Review);
    write(&t, judged, 7).await;
    assert_eq!(alarms(&t).await.len(), 3, "our own failure is no alarm");
}

#[db_test]
async fn r2_a_sign_up_that_would_need_a_further_proof_is_looked_at_by_a_person(t: TestDb) {
    tables(&t).await;
    let all = crate::rule::NewRule {
        points: vec![Point::Register, Point::ContactChange],
        ..new_rule("all", "act.has_network", Outcome::StepUp)
    };
    rule_in(&t, &all, RuleState::Live).await;
    let engine = engine(&t).await;
    for (point, outcome) in [(Point::Register, Outcome::Review), (Point::ContactChange, Outcome::StepUp)] {
        let judged = engine.judge(&t.cx, Act { point, amount: None, ..payment(CUSTOMER, 0) }).await;
        assert_eq!(judged.outcome(), outcome, "{point:?}");
        let (bare, now) = (officer(5), t.cx.now());
        let stops = [judged.stop(&bare, now), judged.stop(&bare.proved(now), now)];
        let want = match outcome {
            Outcome::StepUp => [Some(Stop::ProofNeeded), None],
            _ => [Some(Stop::Review); 2],
        };
        assert_eq!(stops, want);
    }
}
