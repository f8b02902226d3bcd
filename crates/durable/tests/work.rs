//! What survives: facts reach subscribers, jobs are retried and given back, schedules run on one node.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use durable::{
    BoxError, BoxFuture, Cx, Event, Handler, Job, NewJob, NodeLease, Outcome, Presence, Registry, emit,
    enqueue, run_due,
};
use kernel::Duration;
use serde_json::json;
use testkit::{TestDb, db_test};

/// Counts its runs and fails the first `failures` times.
struct Counting {
    runs: Arc<AtomicI64>,
    failures: i64,
}

impl Handler for Counting {
    fn run<'a>(&'a self, _: &'a Cx, _: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let run = self.runs.fetch_add(1, Ordering::SeqCst);
            if run < self.failures { Err("not now".into()) } else { Ok(Outcome::Done) }
        })
    }
}

/// Notes which things the events are about.
struct Noting(Arc<std::sync::Mutex<Vec<i64>>>);

impl Handler for Noting {
    fn run<'a>(&'a self, _: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            self.0.lock().unwrap().push(Event::of(job)?.entity);
            Ok(Outcome::Done)
        })
    }
}

fn counting(failures: i64) -> (Arc<AtomicI64>, Counting) {
    let runs = Arc::new(AtomicI64::new(0));
    (Arc::clone(&runs), Counting { runs, failures })
}

#[db_test]
async fn a_fact_reaches_every_subscriber_once_and_only_when_committed(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS]).await;
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut registry = Registry::default();
    for kind in ["one", "two"] {
        registry.subscribe("thing.happened", kind).handle(kind, Noting(Arc::clone(&seen)));
    }
    let mut lost = t.cx.begin().await.unwrap();
    emit(&mut lost, &t.cx, "thing.happened", 1, &json!({})).await.unwrap();
    drop(lost);
    let mut kept = t.cx.begin().await.unwrap();
    emit(&mut kept, &t.cx, "thing.happened", 2, &json!({})).await.unwrap();
    kept.commit().await.unwrap();
    run_due(&t.cx, &registry).await.unwrap();
    run_due(&t.cx, &registry).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [2, 2], "once for each of two subscribers");
    assert_eq!(durable::job_counts(&t.cx).await.unwrap().total, 0, "nothing is left");
}

#[db_test]
async fn a_failing_job_waits_longer_each_time_and_ends_well(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS]).await;
    let (runs, handler) = counting(3);
    let mut registry = Registry::default();
    registry.handle("shaky", handler);
    let mut tx = t.cx.begin().await.unwrap();
    for _ in 0..2 {
        let job = NewJob { kind: "shaky", key: "1".into(), payload: json!(1), run_at: t.cx.now() };
        enqueue(&mut tx, &t.cx, job).await.unwrap();
    }
    tx.commit().await.unwrap();
    for expected in [1, 2, 3, 4] {
        run_due(&t.cx, &registry).await.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), expected);
        run_due(&t.cx, &registry).await.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), expected, "not before its time");
        t.clock.advance(Duration::from_mins(1));
    }
    assert_eq!(durable::job_counts(&t.cx).await.unwrap().total, 0);
}

#[db_test]
async fn a_job_that_always_fails_dies_and_can_be_revived(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS]).await;
    let (runs, handler) = counting(12);
    let mut registry = Registry::default();
    registry.handle("broken", handler);
    let mut tx = t.cx.begin().await.unwrap();
    enqueue(
        &mut tx,
        &t.cx,
        NewJob { kind: "broken", key: "1".into(), payload: json!(1), run_at: t.cx.now() },
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    for _ in 0..20 {
        run_due(&t.cx, &registry).await.unwrap();
        t.clock.advance(Duration::from_hours(2));
    }
    assert_eq!(runs.load(Ordering::SeqCst), 12);
    let dead = durable::dead_jobs(&t.cx).await.unwrap();
    assert_eq!(dead[0].last_error.as_deref(), Some("not now"));
    let mut tx = t.cx.begin().await.unwrap();
    assert!(durable::retry_dead(&mut tx, &t.cx, dead[0].id).await.unwrap());
    tx.commit().await.unwrap();
    run_due(&t.cx, &registry).await.unwrap();
    assert_eq!(durable::job_counts(&t.cx).await.unwrap().total, 0);
}

#[db_test]
async fn schedules_run_once_a_period(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS]).await;
    let (runs, handler) = counting(0);
    let mut registry = Registry::default();
    registry.schedule("sweep", Duration::from_secs(30), handler);
    for (advance, expected) in [(0, 1), (10, 1), (25, 2), (30, 3)] {
        t.clock.advance(Duration::from_secs(advance));
        run_due(&t.cx, &registry).await.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), expected);
    }
    assert!(durable::schedules(&t.cx).await.unwrap()[0].succeeded_at.is_some());
}

#[db_test]
async fn a_vanished_node_gives_back_its_number_and_its_jobs(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS]).await;
    let lease = NodeLease::take(&t.cx.db, &*t.cx.clock, "one".into(), Presence::Beside).await.unwrap();
    t.raw(
        "INSERT INTO job (id, kind, dedupe, payload, due_at, attempts, leased_by, dead, created_at)
         VALUES (1, 'k', 'd', '1', $1, 1, $2, FALSE, 0)",
        db::params![t.cx.now().plus(Duration::from_mins(2)), lease.node],
    )
    .await;
    assert!(lease.renew(&t.cx).await.unwrap());
    t.clock.advance(Duration::from_secs(11));
    let next = NodeLease::take(&t.cx.db, &*t.cx.clock, "two".into(), Presence::Beside).await.unwrap();
    assert_eq!(next.node, lease.node, "the number is free again");
    assert!(!lease.renew(&t.cx).await.unwrap(), "the first holder learns that it lost it");
    let (runs, handler) = counting(0);
    let mut registry = Registry::default();
    registry.handle("k", handler);
    run_due(&t.cx, &registry).await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 1, "its job is done by the next");
}

#[db_test]
async fn every_statement_prepares(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS]).await;
    for statement in durable::STATEMENTS.iter().copied().flatten() {
        t.cx.db.prepare(*statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name()));
    }
}

#[db_test]
async fn a_command_beside_a_running_server_takes_another_number(t: TestDb) {
    t.migrate(&[durable::MIGRATIONS]).await;
    let server = NodeLease::take(&t.cx.db, &*t.cx.clock, "server".into(), Presence::Serving).await.unwrap();
    let command = NodeLease::take(&t.cx.db, &*t.cx.clock, "command".into(), Presence::Beside).await.unwrap();
    assert_ne!(server.node, command.node);
    command.release(&t.cx).await.unwrap();
    assert!(server.renew(&t.cx).await.unwrap(), "the server keeps its number");
}
