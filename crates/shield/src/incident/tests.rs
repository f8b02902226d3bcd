//! Incidents and blocks, on both databases.

use kernel::{Duration, PageRequest, Refusal as _, Timestamp};
use testkit::{TestDb, db_test};

use super::ops::Answer;
use super::*;
use crate::signal::Alarm;
use crate::testing::{TABLES, customer, officer};

fn alarm(kind: Kind, at: Timestamp) -> Alarm {
    Alarm {
        network: "192.0.2.7".parse().unwrap(),
        kind,
        hits: 54,
        subjects: 5,
        evidence: vec!["/.env".to_owned(), "/wp-login.php".to_owned()],
        first_at: at.minus(Duration::from_secs(9)),
        last_at: at,
    }
}

async fn only(t: &TestDb, state: State) -> Incident {
    let page = list(&t.cx, &officer(), state, PageRequest::new(None, 10)).await.unwrap();
    assert_eq!(page.items.len(), 1);
    page.items.into_iter().next().unwrap()
}

#[db_test]
async fn trying_on_adds_to_the_incident_and_lengthens_the_block(t: TestDb) {
    t.migrate(TABLES).await;
    let first = raise(&t.cx, &alarm(Kind::PathScan, t.cx.now()), Answer::Block).await.unwrap().unwrap();
    assert_eq!((first.level, first.until_at.since(t.cx.now())), (0, Duration::from_mins(10)));
    // Another node saw the same: one block is enough.
    assert!(raise(&t.cx, &alarm(Kind::PathScan, t.cx.now()), Answer::Block).await.unwrap().is_none());
    t.clock.advance(Duration::from_mins(11));
    let mut more = alarm(Kind::PathScan, t.cx.now());
    more.evidence = vec!["/.git/config".to_owned()];
    let second = raise(&t.cx, &more, Answer::Block).await.unwrap().unwrap();
    assert_eq!((second.level, second.until_at.since(t.cx.now())), (1, Duration::from_mins(20)));
    let seen = only(&t, State::Open).await;
    assert_eq!((seen.hits, seen.subjects), (162, 15));
    assert_eq!(seen.evidence, ["/.env", "/wp-login.php", "/.git/config"]);
    assert_eq!(seen.last_seen_at, t.cx.now());
    assert_eq!(seen.network.to_string(), "192.0.2.7");
    assert_eq!(get(&t.cx, &officer(), seen.id).await.unwrap().blocks.len(), 2);
    assert_eq!(audit::verify(&t.cx).await.unwrap().bad, None);
}

#[db_test]
async fn another_kind_is_another_incident(t: TestDb) {
    t.migrate(TABLES).await;
    raise(&t.cx, &alarm(Kind::PathScan, t.cx.now()), Answer::Block).await.unwrap();
    raise(&t.cx, &alarm(Kind::Stuffing, t.cx.now()), Answer::Block).await.unwrap();
    assert_eq!(open_count(&t.cx, &officer()).await.unwrap(), 2);
    assert_eq!(blocks(&t.cx, &officer()).await.unwrap().len(), 1, "the network is blocked once");
}

#[db_test]
async fn who_may_not_be_blocked_is_only_noted(t: TestDb) {
    t.migrate(TABLES).await;
    assert!(raise(&t.cx, &alarm(Kind::PathScan, t.cx.now()), Answer::Note).await.unwrap().is_none());
    assert!(blocks(&t.cx, &officer()).await.unwrap().is_empty());
    only(&t, State::Open).await;
}

#[db_test]
async fn an_incident_is_acknowledged_lifted_and_closed_with_reasons(t: TestDb) {
    t.migrate(TABLES).await;
    raise(&t.cx, &alarm(Kind::PathScan, t.cx.now()), Answer::Block).await.unwrap();
    let id = only(&t, State::Open).await.id;
    acknowledge(&t.cx, &officer(), id, "asked the partner").await.unwrap();
    assert_eq!(
        acknowledge(&t.cx, &officer(), id, "asked again").await.unwrap_err().code(),
        "shield.wrong_state"
    );
    lift(&t.cx, &officer(), id, "their test of our pages").await.unwrap();
    assert!(blocks(&t.cx, &officer()).await.unwrap().is_empty());
    assert_eq!(
        lift(&t.cx, &officer(), id, "their test again").await.unwrap_err().code(),
        "shield.wrong_state"
    );
    assert_eq!(close(&t.cx, &officer(), id, "").await.unwrap_err().fields()[0].pointer, "/reason");
    close(&t.cx, &officer(), id, "agreed with the partner").await.unwrap();
    let closed = only(&t, State::Closed).await;
    assert_eq!(closed.note.as_deref(), Some("agreed with the partner"));
    assert!(closed.handled_by.is_some() && closed.handled_at.is_some());
    // What comes after is a new incident, and a block that was lifted does not count.
    let block = raise(&t.cx, &alarm(Kind::PathScan, t.cx.now()), Answer::Block).await.unwrap().unwrap();
    assert_eq!(block.level, 0);
    assert_ne!(block.incident, id);
}

#[db_test]
async fn only_who_may_sees_and_decides(t: TestDb) {
    t.migrate(TABLES).await;
    raise(&t.cx, &alarm(Kind::PathScan, t.cx.now()), Answer::Block).await.unwrap();
    let id = only(&t, State::Open).await.id;
    let nobody = customer();
    let page = PageRequest::new(None, 10);
    let refused = [
        list(&t.cx, &nobody, State::Open, page).await.unwrap_err(),
        get(&t.cx, &nobody, id).await.unwrap_err(),
        blocks(&t.cx, &nobody).await.unwrap_err(),
        open_count(&t.cx, &nobody).await.unwrap_err(),
        acknowledge(&t.cx, &nobody, id, "let me see").await.unwrap_err(),
        close(&t.cx, &nobody, id, "let me see").await.unwrap_err(),
        lift(&t.cx, &nobody, id, "let me see").await.unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.code() == "shield.not_allowed"), "{refused:?}");
    assert_eq!(get(&t.cx, &officer(), IncidentId(7)).await.unwrap_err().code(), "shield.not_found");
}

#[db_test]
async fn closed_incidents_and_old_blocks_are_forgotten_after_a_year(t: TestDb) {
    t.migrate(TABLES).await;
    raise(&t.cx, &alarm(Kind::PathScan, t.cx.now()), Answer::Block).await.unwrap();
    raise(&t.cx, &alarm(Kind::Stuffing, t.cx.now()), Answer::Note).await.unwrap();
    let page = list(&t.cx, &officer(), State::Open, PageRequest::new(None, 10)).await.unwrap();
    close(&t.cx, &officer(), page.items[0].id, "looked into it").await.unwrap();
    t.clock.advance(Duration::from_days(366));
    assert_eq!(purge(&t.cx).await.unwrap(), 2);
    only(&t, State::Open).await;
}
