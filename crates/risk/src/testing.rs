//! What tests of several rooms need: acts, people, an engine.

use std::sync::Arc;

use kernel::{AccountId, Actor, ActorKind, Money, Role, Text};
use serde_json::json;
use testkit::TestDb;

use crate::engine::{Settings, journal_many};
use crate::rule::{self, NewRule, RuleId, RuleState};
use crate::{Act, DecisionId, Engine, Judged, Origin, Outcome, Point};

pub const CUSTOMER: i64 = 7_700;

pub async fn tables(t: &TestDb) {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
}

pub async fn engine(t: &TestDb) -> Arc<Engine> {
    Engine::open(&t.cx, Settings::default(), None).await.unwrap()
}

pub fn officer(id: i64) -> Actor {
    Actor { kind: ActorKind::account(AccountId(id), vec![Role::RISK_OFFICER]), ..Actor::system("test") }
}

/// A payment of the customer from a device and a network.
pub fn payment(customer: i64, amount: i64) -> Act {
    Act {
        point: Point::Payment,
        subject: AccountId(customer),
        person: None,
        amount: Some(Money::cny(amount)),
        payee: Some(501),
        phone: None,
        origin: Origin {
            address: "203.0.113.9".to_owned(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0".to_owned(),
            device: Some(format!("device-of-{customer}")),
        },
        facts: json!({"service": "topup"}),
        mark: 0,
        is_first: false,
    }
}

pub async fn write(t: &TestDb, judged: Judged, object: i64) -> DecisionId {
    let mut tx = t.cx.begin().await.unwrap();
    let ids = journal_many(&mut tx, &t.cx, &[(judged, object)]).await.unwrap();
    tx.commit().await.unwrap();
    ids[0]
}

/// Judges and writes down.
pub async fn act(t: &TestDb, engine: &Engine, act: Act, object: i64) -> (DecisionId, Judged) {
    let judged = engine.judge(&t.cx, act).await;
    (write(t, judged.clone(), object).await, judged)
}

pub fn new_rule(code: &str, source: &str, outcome: Outcome) -> NewRule {
    NewRule {
        code: code.to_owned(),
        name: Text::new("测试规则", "A rule for a test"),
        points: vec![Point::Payment],
        source: source.to_owned(),
        outcome,
    }
}

/// A rule brought as far as `state`, by two people.
pub async fn rule_in(t: &TestDb, new: &NewRule, state: RuleState) -> RuleId {
    let id = rule::draft(&t.cx, &officer(5), new).await.unwrap();
    if state != RuleState::Draft {
        rule::ask(&t.cx, &officer(5), id, RuleState::Shadow, "to be seen beside").await.unwrap();
    }
    if state == RuleState::Live {
        rule::ask(&t.cx, &officer(5), id, RuleState::Live, "it did well beside").await.unwrap();
        rule::approve(&t.cx, &officer(6), id).await.unwrap();
    }
    id
}
