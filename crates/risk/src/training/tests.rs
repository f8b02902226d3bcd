//! Who may read rows, and within which time. That they equal what was judged by is a test of the engine.

use kernel::{Duration, Refusal as _};
use testkit::{TestDb, db_test};

use super::rows;
use crate::testing::{CUSTOMER, act, engine, officer, payment, tables};

#[db_test]
async fn rows_begin_and_end_where_they_were_asked_to_and_need_the_permission(t: TestDb) {
    tables(&t).await;
    let engine = engine(&t).await;
    let mut times = Vec::new();
    for turn in 0..5 {
        times.push(t.cx.now());
        let _ = act(&t, &engine, payment(CUSTOMER, 100), turn).await;
        t.clock.advance(Duration::from_days(1));
    }
    let mut found = Vec::new();
    let mut rows_of = rows(&officer(5), times[1], times[3]).unwrap();
    while let Some(part) = rows_of.next(&t.cx).await.unwrap() {
        found.extend(part.into_iter().map(|row| (row.at, row.amount_minor)));
    }
    assert_eq!(found, [(times[1], 100), (times[2], 100)]);
    let customer = kernel::Actor {
        kind: kernel::ActorKind::account(kernel::AccountId(CUSTOMER), vec![kernel::Role::CUSTOMER]),
        ..officer(5)
    };
    assert_eq!(rows(&customer, times[0], times[1]).unwrap_err().code(), "risk.forbidden");
}
