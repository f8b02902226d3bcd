//! The desk, cases and links on both databases.

use kernel::{AccountId, Actor, ActorKind, Duration, Refusal as _, Role};
use testkit::{TestDb, db_test};

use super::*;
use crate::decision;
use crate::list::Entity;
use crate::rule::RuleState;
use crate::testing::{CUSTOMER, act, engine, new_rule, officer, payment, rule_in, tables};
use crate::{Act, DecisionId, Outcome, Point};

async fn facts(t: &TestDb, topic: &str) -> Vec<serde_json::Value> {
    let sql = format!("SELECT payload FROM outbox WHERE topic = '{topic}' ORDER BY id");
    let rows = t.raw(&sql, Vec::new()).await;
    rows.iter().map(|row| serde_json::from_str(&row.reader().get::<String>().unwrap()).unwrap()).collect()
}

async fn held(t: &TestDb, customer: i64, object: i64) -> DecisionId {
    let engine = engine(t).await;
    let held = Act { mark: object, ..payment(customer, 100 * object) };
    act(t, &engine, held, object).await.0
}

async fn all_held(t: &TestDb) {
    tables(t).await;
    rule_in(t, &new_rule("hold_all", "true", Outcome::Review), RuleState::Live).await;
}

#[db_test]
async fn the_desk_brings_the_nearest_deadline_first_with_all_it_takes_to_decide(t: TestDb) {
    all_held(&t).await;
    let first = held(&t, CUSTOMER, 31).await;
    t.clock.advance(Duration::from_hours(1));
    let second = held(&t, CUSTOMER + 1, 32).await;
    let desk = next(&t.cx, &officer(5)).await.unwrap().unwrap();
    assert_eq!((desk.decision.id, desk.object), (first, Some(31)));
    assert_eq!(desk.amount, Some((3_100, "CNY".to_owned())));
    assert_eq!(desk.reasons(kernel::Locale::Zh), ["命中规则"]);
    assert_eq!(desk.rules.iter().map(|rule| rule.rule.code.as_str()).collect::<Vec<_>>(), ["hold_all"]);
    assert_eq!(desk.linked, [AccountId(CUSTOMER + 1)], "the same payee and network");
    assert_eq!((desk.then(), desk.choices().len()), (Some(Outcome::Deny), 3));
    for choice in desk.choices() {
        let words = desk.consequence(choice);
        assert!(!words.zh.is_empty() && choice.words(kernel::Locale::Zh).chars().count() <= 8);
    }
    decision::release(&t.cx, &officer(5), first, "known customer").await.unwrap();
    assert_eq!(next(&t.cx, &officer(5)).await.unwrap().unwrap().decision.id, second);
    let own = Actor {
        kind: ActorKind::account(AccountId(CUSTOMER + 1), vec![Role::RISK_OFFICER]),
        ..Actor::system("test")
    };
    assert!(next(&t.cx, &own).await.unwrap().is_none(), "nobody is brought what is about themselves");
}

#[db_test]
async fn r2_asking_for_material_gives_the_review_three_days_more_once(t: TestDb) {
    all_held(&t).await;
    let id = held(&t, CUSTOMER, 31).await;
    t.clock.advance(Duration::from_hours(23));
    let case = ask_material(&t.cx, &officer(5), id, "a photo of the invoice").await.unwrap();
    let again = ask_material(&t.cx, &officer(5), id, "and another").await.unwrap_err();
    assert_eq!(again.code(), "risk.wrong_state");
    t.clock.advance(Duration::from_hours(71));
    let outcome = async || {
        let mut tx = t.cx.read().await.unwrap();
        decision::standing(&mut tx, &t.cx, id).await.unwrap()
    };
    assert_eq!(outcome().await, Outcome::Review);
    let desk = show_review(&t.cx, &officer(5), id).await.unwrap();
    assert_eq!((desk.case, desk.choices()), (Some(case), vec![Choice::Release, Choice::Reject]));
    t.clock.advance(Duration::from_hours(1));
    assert_eq!(outcome().await, Outcome::Deny);
    let told: Vec<MaterialAsked> = facts(&t, MATERIAL_ASKED)
        .await
        .into_iter()
        .map(|fact| serde_json::from_value(fact).unwrap())
        .collect();
    let wanted =
        MaterialAsked { point: Point::Payment, subject: AccountId(CUSTOMER), object: Some(31), case };
    assert_eq!(told, [wanted]);
    let view = show(&t.cx, &officer(5), case).await.unwrap();
    assert_eq!(view.notes.first().map(|note| note.text.as_str()), Some("a photo of the invoice"));
}

#[db_test]
async fn a_case_is_worked_on_closed_with_a_verdict_and_labels_the_act(t: TestDb) {
    all_held(&t).await;
    let id = held(&t, CUSTOMER, 31).await;
    let officer = officer(5);
    let case = open(&t.cx, &officer, AccountId(CUSTOMER), Some(id), "titles-in-clear").await.unwrap();
    let same = open(&t.cx, &officer, AccountId(CUSTOMER), Some(id), "once more").await.unwrap();
    assert_eq!(same, case, "a decision has one case");
    note(&t.cx, &officer, case, "notes-in-clear").await.unwrap();
    for _ in 0..2 {
        link(&t.cx, &officer, case, Entity::Device, 77).await.unwrap();
    }
    assign(&t.cx, &officer, case, Some(AccountId(6))).await.unwrap();
    let own = assign(&t.cx, &officer, case, Some(AccountId(CUSTOMER))).await.unwrap_err();
    assert_eq!(own.code(), "risk.own_review");
    let view = show(&t.cx, &officer, case).await.unwrap();
    assert_eq!((view.case.title.as_str(), view.links.len(), view.notes.len()), ("titles-in-clear", 1, 1));
    for sql in ["SELECT * FROM risk_case", "SELECT * FROM risk_case_note"] {
        assert!(!format!("{:?}", t.raw(sql, Vec::new()).await).contains("in-clear"));
    }
    close(&t.cx, &officer, case, Some(true), "the card's owner complained").await.unwrap();
    let again = close(&t.cx, &officer, case, Some(false), "second thoughts").await.unwrap_err();
    assert_eq!(again.code(), "risk.wrong_state");
    let rows = t.raw("SELECT event_id, fraud, case_id FROM risk_label", Vec::new()).await;
    let mut r = rows[0].reader();
    let word: (i64, bool, i64) = (r.get().unwrap(), r.get().unwrap(), r.get().unwrap());
    assert_eq!((rows.len(), word), (1, (id.raw(), true, case.raw())));
}

#[db_test]
async fn w3_freezing_takes_the_right_to_and_only_accounts_of_the_case(t: TestDb) {
    all_held(&t).await;
    let id = held(&t, CUSTOMER, 31).await;
    let case = open(&t.cx, &officer(5), AccountId(CUSTOMER), Some(id), "a stolen card").await.unwrap();
    let operator =
        Actor { kind: ActorKind::account(AccountId(9), vec![Role::OPERATOR]), ..Actor::system("test") };
    let ask = async |actor: &Actor, account| {
        let reason = "money would leave";
        ask_freeze(&t.cx, actor, case, AccountId(account), reason).await.map_err(|error| error.code())
    };
    assert_eq!(ask(&operator, CUSTOMER).await, Err("risk.forbidden"));
    assert_eq!(ask(&officer(5), CUSTOMER + 1).await, Err("risk.no_such_entry"));
    ask(&officer(5), CUSTOMER).await.unwrap();
    link(&t.cx, &officer(5), case, Entity::Customer, CUSTOMER + 1).await.unwrap();
    ask(&officer(5), CUSTOMER + 1).await.unwrap();
    let asked: Vec<i64> = facts(&t, FREEZE_ASKED)
        .await
        .into_iter()
        .map(|fact| serde_json::from_value::<FreezeAsked>(fact).unwrap().account.raw())
        .collect();
    assert_eq!(asked, [CUSTOMER, CUSTOMER + 1]);
}

#[db_test]
async fn links_go_over_shared_things_hop_by_hop_and_not_over_what_everybody_shares(t: TestDb) {
    tables(&t).await;
    let engine = engine(&t).await;
    // 1 and 2 share a device, 2 and 3 a payee; forty others a network with 1.
    let of = |account: i64, device: &str, payee, address: &str| {
        let mut act = payment(CUSTOMER + account, 100);
        (act.origin.device, act.payee) = (Some(device.to_owned()), Some(payee));
        act.origin.address = address.to_owned();
        act
    };
    let mut acts = vec![
        of(1, "shared", 10, "198.51.100.1"),
        of(2, "shared", 20, "203.0.113.2"),
        of(3, "own", 20, "192.0.2.3"),
    ];
    acts.extend((100..140).map(|n| of(n, &format!("d{n}"), 1_000 + n, "198.51.100.1")));
    for (object, one) in acts.into_iter().enumerate() {
        let _ = act(&t, &engine, one, i64::try_from(object).unwrap()).await;
    }
    let found = async |hops| graph(&t.cx, &officer(5), AccountId(CUSTOMER + 1), hops).await.unwrap();
    let accounts = |graph: &Graph| {
        graph.accounts.iter().map(|one| (one.account.raw() - CUSTOMER, one.hops)).collect::<Vec<_>>()
    };
    assert_eq!(accounts(&found(1).await), [(1, 0), (2, 1)]);
    let two = found(2).await;
    assert_eq!(accounts(&two), [(1, 0), (2, 1), (3, 2)]);
    let kinds: Vec<(Entity, usize)> = two.ties.iter().map(|tie| (tie.entity, tie.accounts.len())).collect();
    assert_eq!(kinds, [(Entity::Device, 2), (Entity::Payee, 2)]);
    assert_eq!(accounts(&found(200).await), accounts(&two), "no further than there is");
}

#[db_test]
async fn a_sign_up_at_the_desk_has_no_account_that_could_be_linked_or_asked(t: TestDb) {
    tables(&t).await;
    let hold = crate::rule::NewRule {
        points: vec![Point::Register],
        ..new_rule("hold_all", "true", Outcome::Review)
    };
    rule_in(&t, &hold, RuleState::Live).await;
    let engine = engine(&t).await;
    for mark in [1, 2] {
        let new = Act { point: Point::Register, subject: AccountId(0), amount: None, mark, ..payment(0, 0) };
        let (_, judged) = act(&t, &engine, new, 0).await;
        assert_eq!(judged.outcome(), Outcome::Review);
    }
    let desk = next(&t.cx, &officer(5)).await.unwrap().unwrap();
    assert!(!desk.has_account() && desk.linked.is_empty());
    assert_eq!(desk.choices(), [Choice::Release, Choice::Reject]);
    let asked = ask_material(&t.cx, &officer(5), desk.decision.id, "who are you?").await.unwrap_err();
    assert_eq!(asked.code(), "risk.wrong_state");
    decision::release(&t.cx, &officer(5), desk.decision.id, "a colleague knows them").await.unwrap();
    assert!(next(&t.cx, &officer(5)).await.unwrap().is_some(), "each address is looked at by itself");
}
