//! Who lists whom, and what is kept of it.

use kernel::{Duration, Refusal as _};
use testkit::{TestDb, db_test};

use super::*;
use crate::Outcome;
use crate::testing::{CUSTOMER, engine, officer, payment, tables};

fn entry(list: List, entity: Entity, value: &str) -> NewEntry {
    NewEntry { list, entity, value: value.to_owned(), reason: "seen in a case".to_owned(), expires_at: None }
}

#[db_test]
async fn w1_who_is_let_past_was_approved_by_a_second_person(t: TestDb) {
    tables(&t).await;
    let engine = engine(&t).await;
    let outcome = async || {
        engine.reload(&t.cx).await.unwrap();
        engine.judge(&t.cx, payment(CUSTOMER, 100)).await.outcome()
    };
    add(&t.cx, &officer(5), &entry(List::Deny, Entity::Payee, "501")).await.unwrap();
    let allow = entry(List::Allow, Entity::Network, "203.0.113.1");
    let id = add(&t.cx, &officer(5), &allow).await.unwrap();
    assert_eq!(outcome().await, Outcome::Deny, "it waits");
    assert_eq!(approve(&t.cx, &officer(5), id).await.unwrap_err().code(), "risk.same_person");
    approve(&t.cx, &officer(6), id).await.unwrap();
    assert_eq!(approve(&t.cx, &officer(7), id).await.unwrap_err().code(), "risk.wrong_state");
    assert_eq!(outcome().await, Outcome::Allow);
    assert_eq!(add(&t.cx, &officer(7), &allow).await.unwrap_err().code(), "risk.already_listed");
    remove(&t.cx, &officer(7), id, "no longer needed").await.unwrap();
    assert_eq!(outcome().await, Outcome::Deny);
}

#[db_test]
async fn an_entry_ends_by_itself_and_makes_room_for_the_same_anew(t: TestDb) {
    tables(&t).await;
    let until = Some(t.cx.now().plus(Duration::from_hours(1)));
    let watch = NewEntry { expires_at: until, ..entry(List::Watch, Entity::Payee, "501") };
    add(&t.cx, &officer(5), &watch).await.unwrap();
    let engine = engine(&t).await;
    let outcome = async || engine.judge(&t.cx, payment(CUSTOMER, 100)).await.outcome();
    assert_eq!(outcome().await, Outcome::Review);
    t.clock.advance(Duration::from_hours(1));
    assert_eq!(outcome().await, Outcome::Allow, "at its end, whoever looked or not");
    add(&t.cx, &officer(5), &NewEntry { expires_at: None, ..watch }).await.unwrap();
}

#[db_test]
async fn what_is_listed_is_sealed_and_read_only_with_the_permission_and_a_reason(t: TestDb) {
    tables(&t).await;
    let id = add(&t.cx, &officer(5), &entry(List::Deny, Entity::Phone, "13800138000")).await.unwrap();
    for row in t.raw("SELECT * FROM risk_list_entry", Vec::new()).await {
        assert!(!format!("{row:?}").contains("13800138000"));
    }
    let code = |result: Result<String, crate::Error>| result.unwrap_err().code();
    let system = kernel::Actor::system("test");
    assert_eq!(code(reveal(&t.cx, &system, id, "").await), "risk.input");
    assert_eq!(reveal(&t.cx, &system, id, "asked by the police").await.unwrap(), "13800138000");
    let bad = add(&t.cx, &officer(5), &entry(List::Deny, Entity::Phone, "12")).await.unwrap_err();
    assert_eq!(bad.fields().len(), 1);
}
