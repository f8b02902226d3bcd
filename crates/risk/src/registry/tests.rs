//! Models that come, score, give way and come back.

use kernel::{PageRequest, Refusal as _, Timestamp};
use testkit::{TestDb, db_test};

use super::*;
use crate::engine::Thresholds;
use crate::model::{About, Model, Node};
use crate::testing::{CUSTOMER, act, engine, officer, payment, tables};
use crate::{Outcome, Reason};

/// Amounts below `split` score low, others high.
fn file(split: f64) -> Vec<u8> {
    let about = About {
        learner: "by hand".to_owned(),
        source: "simulated".to_owned(),
        from: Timestamp(0),
        to: Timestamp(1),
        rows: 2,
        frauds: 1,
        seed: 1,
        figures: None,
    };
    let inner = Node { split, weight: 0.0, feature: 0, left: 1, right: 2, missing: 1 };
    Model::write(&about, 0.0, &[vec![inner, Node::leaf(-4.0), Node::leaf(4.0)]]).unwrap()
}

/// Two people make it live.
async fn live(t: &TestDb, id: ModelId, why: &str) {
    promote(&t.cx, &officer(5), id, why).await.unwrap();
    assert_eq!(promote(&t.cx, &officer(6), id, why).await.unwrap(), ModelState::Live);
}

#[db_test]
async fn w1_nobody_makes_a_model_live_alone(t: TestDb) {
    tables(&t).await;
    let (one, other, why) = (officer(5), officer(6), "better in the test week");
    let id = add(&t.cx, &one, &file(500.0)).await.unwrap();
    let page = PageRequest::new(None, 10);
    let kept = async || list(&t.cx, &one, &page).await.unwrap().items.remove(0);
    assert_eq!(promote(&t.cx, &one, id, why).await.unwrap(), ModelState::Candidate);
    let wanted = kept().await.wanted.unwrap();
    assert_eq!((wanted.by, wanted.reason.as_str()), (kernel::AccountId(5), why));
    assert_eq!(promote(&t.cx, &one, id, why).await.unwrap_err().code(), "risk.same_person");
    // What was asked for is not what would go live now, so it is asked for anew.
    let other_limits = Thresholds { step_up: 50, review: 60, deny: 90 };
    set_thresholds(&t.cx, &other, id, other_limits, "so it is").await.unwrap();
    assert_eq!(kept().await.wanted, None);
    assert_eq!(promote(&t.cx, &other, id, why).await.unwrap(), ModelState::Candidate);
    assert_eq!(promote(&t.cx, &one, id, why).await.unwrap(), ModelState::Live);
    assert_eq!((kept().await.state, kept().await.wanted), (ModelState::Live, None));
    let system = kernel::Actor::system("command");
    let next = add(&t.cx, &system, &file(5_000.0)).await.unwrap();
    assert_eq!(promote(&t.cx, &system, next, why).await.unwrap(), ModelState::Live, "at the machine itself");
}

#[db_test]
async fn a_model_scores_beside_then_alone_and_the_one_before_comes_back(t: TestDb) {
    tables(&t).await;
    let (officer, why) = (officer(5), "better in the test week");
    let first = add(&t.cx, &officer, &file(500.0)).await.unwrap();
    assert_eq!(add(&t.cx, &officer, &file(500.0)).await.unwrap(), first, "the very same file once");
    let engine = engine(&t).await;
    let judge = async |amount| {
        engine.reload(&t.cx).await.unwrap();
        act(&t, &engine, payment(CUSTOMER, amount), 1).await
    };
    let (_, judged) = judge(900).await;
    assert_eq!((judged.outcome(), judged.score()), (Outcome::Allow, None), "a candidate has no effect");
    shadow(&t.cx, &officer, first, why).await.unwrap();
    let (id, judged) = judge(900).await;
    assert_eq!((judged.outcome(), judged.score()), (Outcome::Allow, None), "r3: beside");
    let (decision, _) = crate::decision::show_decision(&t.cx, &officer, id).await.unwrap();
    let beside = crate::decision::shadows_of(&t.cx, &officer, &decision).await.unwrap();
    assert_eq!((beside[0].score, beside[0].outcome), (Some(98), Outcome::Review));
    live(&t, first, why).await;
    let (_, judged) = judge(900).await;
    assert_eq!((judged.outcome(), judged.score()), (Outcome::Review, Some(98)));
    assert_eq!(judged.reasons(), [Reason::Feature(crate::feature::Feature::Amount)]);
    assert_eq!(judge(100).await.1.outcome(), Outcome::Allow);
    t.clock.advance(kernel::Duration::from_secs(1));
    let second = add(&t.cx, &officer, &file(5_000.0)).await.unwrap();
    live(&t, second, why).await;
    assert_eq!(judge(900).await.1.outcome(), Outcome::Allow);
    assert_eq!(roll_back(&t.cx, &officer, "too many complaints").await.unwrap(), first);
    assert_eq!(judge(900).await.1.outcome(), Outcome::Review);
    let states: Vec<_> = list(&t.cx, &officer, &PageRequest::new(None, 10)).await.unwrap().items;
    let states: Vec<_> = states.iter().map(|kept| (kept.id, kept.state)).collect();
    assert_eq!(states, [(second, ModelState::Retired), (first, ModelState::Live)]);
}

#[db_test]
async fn thresholds_follow_capacity_and_are_set_only_in_order(t: TestDb) {
    tables(&t).await;
    let officer = officer(5);
    let id = add(&t.cx, &officer, &file(500.0)).await.unwrap();
    live(&t, id, "the first model").await;
    let engine = engine(&t).await;
    for turn in 0..10 {
        let _ = act(&t, &engine, payment(CUSTOMER + turn, if turn < 3 { 900 } else { 100 }), turn).await;
    }
    let enough = thresholds_for(&t.cx, &officer, id, 3, 1).await.unwrap();
    assert_eq!((enough.acts, enough.reviewed, enough.thresholds.review), (10, 3, 3));
    let short = thresholds_for(&t.cx, &officer, id, 2, 1).await.unwrap();
    assert_eq!((short.reviewed, short.thresholds.review), (0, 99));
    let wrong = Thresholds { step_up: 90, review: 80, deny: 101 };
    let refused = set_thresholds(&t.cx, &officer, id, wrong, "by mistake").await.unwrap_err();
    assert_eq!(refused.code(), "risk.input");
    set_thresholds(&t.cx, &officer, id, Thresholds { step_up: 50, review: 60, deny: 90 }, "so it is")
        .await
        .unwrap();
    engine.reload(&t.cx).await.unwrap();
    assert_eq!(engine.judge(&t.cx, payment(CUSTOMER, 900)).await.outcome(), Outcome::Deny);
}

#[db_test]
async fn what_is_no_model_is_refused(t: TestDb) {
    tables(&t).await;
    let refused = add(&t.cx, &officer(5), b"not a model").await.unwrap_err();
    assert_eq!(refused.code(), "risk.bad_model");
}

#[test]
fn denying_pays_from_where_a_fraud_costs_more_than_a_customer() {
    assert_eq!(deny_for_cost(10_000, 10_000), 51);
    assert_eq!(deny_for_cost(90_000, 10_000), 11);
    assert_eq!(deny_for_cost(0, 10_000), 101);
}
