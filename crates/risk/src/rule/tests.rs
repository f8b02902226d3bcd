//! What rules may say, who may change them, and what a dry run counts.

use durable::Registry;
use kernel::{Duration, Refusal as _};
use serde_json::json;
use testkit::{TestDb, db_test};

use super::rules::{self, Takes, Tried, try_out};
use super::*;
use crate::testing::{CUSTOMER, act, engine, new_rule, officer, payment, rule_in, tables};
use crate::{Outcome, Point};

fn check(source: &str, en: &str) {
    let refused = rules::compile(source).unwrap_err();
    assert!(refused.en.contains(en), "{source}: {} does not say {en}", refused.en);
    assert!(refused.zh.chars().any(|c| c > '\u{4e00}'), "{}", refused.zh);
}

#[test]
fn a_rule_that_is_wrong_is_refused_with_the_place() {
    check("", "1 to 1000");
    check("act.amount >", "Line 1, column");
    check("act.amount > 5 &&\n  act.colour == 'red'", "Line 2, column 3: there is no variable act.colour");
    check("nobody", "Line 1, column 1: there is no variable nobody");
    check("features.shoe_size > 5", "there is no variable features.shoe_size");
    check("[1, 2].exists(x, x > 1)", "no loops");
    check("lists.all(x, x == 'a')", "no loops");
    check("matches(act.currency, '(a+)+$')", "no matches here");
    check(&"(".repeat(60), "too many brackets");
    check(&format!("{}act.weekend", "!".repeat(60)), "too many brackets");
    check(&vec!["1"; 200].join("+"), "too long");
    check(&"a".repeat(1_001), "1 to 1000");
}

#[test]
fn every_name_that_is_told_can_be_used_and_every_feature_has_one() {
    for variable in VARIABLES {
        rules::compile(&format!("{} == {}", variable.name, variable.name)).unwrap();
        assert!(variable.words(kernel::Locale::Zh).chars().any(|c| c > '\u{4e00}'));
    }
    for name in crate::feature::NAMES {
        rules::compile(&format!("features.{name} > 1.5")).unwrap();
    }
}

#[test]
fn whole_and_broken_numbers_compare_and_what_is_missing_gives_no_answer() {
    let variables = json!({
        "act": {"amount": 900}, "amount_over_mean": 3.5, "facts": {}, "lists": ["watch:network"], "score": 7,
    });
    let try_out = |source| try_out(source, &variables).unwrap();
    assert_eq!(try_out("act.amount > 899 && amount_over_mean > 3"), Tried::Matches);
    assert_eq!(try_out("act.amount > 899.5 && amount_over_mean > 3.4"), Tried::Matches);
    assert_eq!(try_out("'watch:network' in lists"), Tried::Matches);
    assert_eq!(try_out("score > 7"), Tried::DoesNot);
    assert!(matches!(try_out("facts.colour == 'red'"), Tried::Unclear(_)));
    assert!(matches!(try_out("act.amount"), Tried::Unclear(_)));
    assert!(matches!(try_out("act.amount / 0 > 1"), Tried::Unclear(_)));
}

#[test]
fn nothing_goes_live_that_did_not_run_beside_and_nothing_comes_back() {
    use RuleState::{Draft, Live, Retired, Shadow};
    assert_eq!(rules::takes(Draft, Live), Takes::Refused);
    assert_eq!(rules::takes(Shadow, Live), Takes::Two);
    assert_eq!(rules::takes(Live, Retired), Takes::Two);
    for to in [Draft, Shadow, Live] {
        assert_eq!(rules::takes(Retired, to), Takes::Refused);
    }
}

#[db_test]
async fn w1_a_rule_goes_live_only_with_a_second_person_who_did_not_write_it(t: TestDb) {
    tables(&t).await;
    let (maker, colleague, third) = (officer(5), officer(6), officer(7));
    let new = new_rule("large", "act.amount > 1", Outcome::Review);
    let id = rule_in(&t, &new, RuleState::Shadow).await;
    let code = |result: Result<RuleState, crate::Error>| result.unwrap_err().code();
    assert_eq!(code(approve(&t.cx, &colleague, id).await), "risk.wrong_state", "nobody asked");
    ask(&t.cx, &colleague, id, RuleState::Live, "it did well beside").await.unwrap();
    assert_eq!(show(&t.cx, &maker, id).await.unwrap().state, RuleState::Shadow);
    assert_eq!(code(approve(&t.cx, &colleague, id).await), "risk.same_person");
    assert_eq!(code(approve(&t.cx, &maker, id).await), "risk.same_person", "its author");
    assert_eq!(approve(&t.cx, &third, id).await.unwrap(), RuleState::Live);
    assert_eq!(
        code(approve(&t.cx, &third, id).await),
        "risk.wrong_state",
        "two approvals at once count once"
    );
    // The next version takes the place of the one before.
    let next = rule_in(&t, &new_rule("large", "act.amount > 2", Outcome::Deny), RuleState::Live).await;
    let states = async |id| show(&t.cx, &maker, id).await.map(|rule| (rule.number, rule.state)).unwrap();
    assert_eq!((states(id).await, states(next).await), ((1, RuleState::Retired), (2, RuleState::Live)));
    // Taking it out of service opens a gate, so it takes two as well.
    ask(&t.cx, &maker, next, RuleState::Retired, "too many honest people").await.unwrap();
    assert_eq!(code(approve(&t.cx, &maker, next).await), "risk.same_person");
    assert_eq!(approve(&t.cx, &colleague, next).await.unwrap(), RuleState::Retired);
    assert_eq!(audit::verify(&t.cx).await.unwrap().bad, None);
}

#[db_test]
async fn w3_who_may_not_decide_writes_no_rule_and_problems_are_told_at_their_fields(t: TestDb) {
    tables(&t).await;
    let new = new_rule("large", "act.amount > 1", Outcome::Review);
    let auditor = kernel::Actor {
        kind: kernel::ActorKind::account(kernel::AccountId(9), vec![kernel::Role::OPERATOR]),
        ..officer(5)
    };
    assert_eq!(draft(&t.cx, &auditor, &new).await.unwrap_err().code(), "risk.forbidden");
    let wrong = NewRule { code: "L".to_owned(), points: vec![Point::Login], outcome: Outcome::Allow, ..new };
    let refused = draft(&t.cx, &officer(5), &wrong).await.unwrap_err();
    let pointers: Vec<&str> = refused.fields().iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(pointers, ["/code", "/points", "/outcome"]);
}

#[db_test]
async fn a_dry_run_counts_what_would_have_matched_and_what_was_fraud_and_never_twice(t: TestDb) {
    tables(&t).await;
    let engine = engine(&t).await;
    let mut ids = Vec::new();
    for turn in 1..=8 {
        ids.push(act(&t, &engine, payment(CUSTOMER, turn * 100), turn).await.0);
        t.clock.advance(Duration::from_hours(12));
    }
    for (place, fraud) in [(0, true), (6, true), (7, false)] {
        let word = (fraud, t.cx.now());
        crate::label::label(&t.cx, &officer(5), ids[place], word, "told by the bank").await.unwrap();
    }
    let id = rule_in(&t, &new_rule("large", "act.amount >= 600", Outcome::Review), RuleState::Draft).await;
    let asked = dry_run(&t.cx, &officer(5), id, 90).await.unwrap();
    let short = dry_run(&t.cx, &officer(5), id, 1).await.unwrap();
    assert_eq!(show_dry_run(&t.cx, &officer(5), asked).await.unwrap().state, DryRunState::Waiting);
    let mut registry = Registry::default();
    crate::register(&mut registry);
    while durable::run_due(&t.cx, &registry).await.unwrap() > 0 {}
    let run = show_dry_run(&t.cx, &officer(5), asked).await.unwrap();
    assert_eq!((run.state, run.progress_percent()), (DryRunState::Done, 100));
    assert_eq!((run.scanned, run.matched, run.matched_fraud, run.fraud), (8, 3, 1, 2));
    assert_eq!((run.unreadable, run.samples), (0, ids[5..].to_vec()));
    assert!(!super::dry_run::step(&t.cx, asked).await.unwrap());
    let run = show_dry_run(&t.cx, &officer(5), short).await.unwrap();
    assert_eq!((run.scanned, run.matched), (2, 2), "the last day only");
}
