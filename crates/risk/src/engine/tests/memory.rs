//! Histories: what a decision knows of whom, whatever is committed late, given way or restarted.

use std::sync::Arc;

use kernel::{Duration, Timestamp};
use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use super::super::*;
use crate::decision;
use crate::testing::{CUSTOMER, act, engine, officer, payment, tables};
use crate::training::{self, Row};

async fn kept_vector(t: &TestDb, row: &Row) -> String {
    let (_, inputs) = decision::show_decision(&t.cx, &officer(5), row.id).await.unwrap();
    inputs.unwrap()["vector"].as_str().unwrap().to_owned()
}

async fn all_rows(t: &TestDb) -> Vec<Row> {
    let mut rows =
        training::rows(&officer(5), Timestamp(0), t.cx.now().plus(Duration::from_days(1))).unwrap();
    let mut all = Vec::new();
    while let Some(part) = rows.next(&t.cx).await.unwrap() {
        all.extend(part);
    }
    all
}

#[db_test]
async fn what_was_judged_online_is_what_a_replay_comes_to_for_every_row_with_two_nodes_and_a_restart(
    t: TestDb,
) {
    tables(&t).await;
    let mut nodes = [engine(&t).await, engine(&t).await];
    let mut ids = Vec::new();
    for turn in 0..60_i64 {
        let who = CUSTOMER + turn % 4;
        let mut one = payment(who, 100 + 37 * (turn % 9));
        one.payee = (turn % 5 != 0).then_some(500 + turn % 3);
        one.origin.address = format!("203.0.{}.9", turn % 2);
        let node = usize::try_from(turn % 2).unwrap();
        if turn == 30 {
            nodes[0] = engine(&t).await;
        }
        if turn % 10 == 7 {
            // Judged before either is written, in one transaction: neither saw the other.
            let both = [nodes[node].judge(&t.cx, one.clone()).await, nodes[1 - node].judge(&t.cx, one).await];
            let both: Vec<_> = both.into_iter().map(|judged| (judged, turn)).collect();
            let mut tx = t.cx.begin().await.unwrap();
            ids.extend(journal_many(&mut tx, &t.cx, &both).await.unwrap());
            tx.commit().await.unwrap();
        } else {
            ids.push(act(&t, &nodes[node], one, turn).await.0);
        }
        t.clock.advance(if turn % 3 == 0 { Duration::from_hours(19) } else { Duration::from_secs(3) });
        if turn % 6 == 5 {
            let labelled = ids[ids.len() / 2];
            let word = (turn % 12 == 5, t.cx.now());
            crate::label::label(&t.cx, &officer(5), labelled, word, "told by the bank").await.unwrap();
            t.clock.advance(Duration::from_secs(1));
        }
    }
    let rows = all_rows(&t).await;
    assert_eq!(rows.len(), ids.len());
    for row in &rows {
        let replayed = kernel::hex::encode(&row.vector.to_bytes());
        assert_eq!(replayed, kept_vector(&t, row).await, "{}", row.id);
    }
    assert!(rows.iter().any(|row| row.fraud == Some(true)) && rows.iter().any(|row| row.fraud.is_none()));
    assert_eq!(all_rows(&t).await, rows, "the same question gives the same rows");
}

/// A row is written, another decision is made, only then is the row committed; what the next decision counts.
async fn counted_after_a_late_commit(t: &TestDb, apart: Duration) -> Value {
    tables(t).await;
    let engine = engine(t).await;
    let _ = engine.judge(&t.cx, payment(CUSTOMER, 100)).await;
    let late = engine.judge(&t.cx, payment(CUSTOMER, 100)).await;
    let mut slow = t.cx.begin().await.unwrap();
    journal_many(&mut slow, &t.cx, &[(late, 1)]).await.unwrap();
    t.clock.advance(apart);
    let _ = act(t, &engine, payment(CUSTOMER, 100), 2).await;
    slow.commit().await.unwrap();
    t.clock.advance(apart);
    let (id, _) = act(t, &engine, payment(CUSTOMER, 100), 3).await;
    let (_, inputs) = decision::show_decision(&t.cx, &officer(5), id).await.unwrap();
    inputs.unwrap()["variables"]["customer"]["count_1d"].clone()
}

#[db_test]
async fn a_row_that_was_committed_late_is_seen_at_the_next_decision(t: TestDb) {
    // Where writers wait for each other nothing is committed late.
    if t.has_many_writers() {
        assert_eq!(counted_after_a_late_commit(&t, Duration::from_secs(2)).await, json!(2));
    }
}

#[db_test]
async fn a_row_that_was_committed_a_moment_late_is_seen_at_the_very_next_decision(t: TestDb) {
    if t.has_many_writers() {
        assert_eq!(counted_after_a_late_commit(&t, Duration::from_millis(100)).await, json!(2));
    }
}

#[db_test]
async fn histories_that_gave_way_are_read_again(t: TestDb) {
    tables(&t).await;
    let settings = Settings { acts_in_memory: 3, ..Settings::default() };
    let engine: Arc<Engine> = Engine::open(&t.cx, settings, None).await.unwrap();
    for turn in 0..12 {
        let _ = act(&t, &engine, payment(CUSTOMER + turn % 3, 100), turn).await;
        t.clock.advance(Duration::from_secs(1));
    }
    let (id, _) = act(&t, &engine, payment(CUSTOMER, 100), 99).await;
    let (_, inputs) = decision::show_decision(&t.cx, &officer(5), id).await.unwrap();
    let variables = &inputs.unwrap()["variables"];
    assert_eq!(
        (&variables["customer"]["count_1d"], &variables["payee"]["count_1d"]),
        (&json!(4), &json!(12))
    );
    assert_eq!((&variables["device"]["new"], &variables["network"]["count_7d"]), (&json!(false), &json!(12)));
}

#[db_test]
async fn what_is_new_of_an_entity_is_found_by_an_index(t: TestDb) {
    tables(&t).await;
    for entity in ["customer_id", "payee", "device", "network"] {
        let index = format!("risk_event_{}", entity.trim_end_matches("_id"));
        let sql = format!(
            "SELECT id, amount_minor FROM risk_event WHERE {entity} = 7 AND family = 1 AND id > 9 ORDER BY id DESC LIMIT 10000"
        );
        let plan = t.plan(&sql).await;
        assert!(plan.contains(&index), "{plan}");
    }
}

#[db_test]
async fn many_decisions_at_once_know_what_was_committed_before_they_were_asked(t: TestDb) {
    tables(&t).await;
    let (here, there) = (engine(&t).await, engine(&t).await);
    for turn in 1..=6_i64 {
        // Committed by another node: nothing in this one's memory tells of it.
        let _ = act(&t, &there, payment(CUSTOMER, 100), turn).await;
        let all = (0..24).map(|number| here.judge(&t.cx, payment(CUSTOMER + number % 3 * 50, 100)));
        for judged in futures_util::future::join_all(all).await {
            let inputs = crate::rule::variables::unfold(judged.decision.asked.inputs);
            assert_eq!(inputs["variables"]["payee"]["count_1d"], json!(turn));
        }
        t.clock.advance(Duration::from_secs(1));
    }
}

#[db_test]
async fn a_node_that_was_idle_while_others_worked_begins_anew(t: TestDb) {
    tables(&t).await;
    let (here, there) = (engine(&t).await, engine(&t).await);
    let _ = act(&t, &here, payment(CUSTOMER, 100), 1).await;
    for turn in 0..5 {
        let _ = act(&t, &there, payment(CUSTOMER, 100), 10 + turn).await;
        t.clock.advance(Duration::from_hours(3));
    }
    let (id, _) = act(&t, &here, payment(CUSTOMER, 100), 99).await;
    let (_, inputs) = decision::show_decision(&t.cx, &officer(5), id).await.unwrap();
    assert_eq!(inputs.unwrap()["variables"]["customer"]["count_1d"], json!(6));
}
