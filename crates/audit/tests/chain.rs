//! The record cannot be changed unseen.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

use audit::{Entry, record, verify};
use db::params;
use kernel::Actor;
use serde_json::json;
use testkit::{TestDb, db_test};

async fn write(t: &TestDb, object: i64) {
    let mut tx = t.cx.begin().await.unwrap();
    let entry = Entry {
        verb: "box.open",
        object_kind: "box",
        object,
        customer: None,
        detail: json!({"n": object}),
        reason: (object % 2 == 0).then_some("asked"),
    };
    record(&mut tx, &t.cx, &Actor::system("test"), entry).await.unwrap();
    tx.commit().await.unwrap();
}

#[db_test]
async fn an_untouched_record_verifies_and_is_found(t: TestDb) {
    t.migrate(&[audit::MIGRATIONS]).await;
    for object in 0..40 {
        write(&t, object).await;
    }
    let report = verify(&t.cx).await.unwrap();
    assert_eq!((report.entries, report.bad), (40, None));
    let page = kernel::PageRequest::new(None, 10);
    let all = audit::search(&t.cx, &audit::Filter::default(), &page).await.unwrap();
    assert_eq!((all.items.len(), all.next.is_some()), (10, true));
    let one = audit::Filter { object: Some(("box".into(), 7)), ..audit::Filter::default() };
    assert_eq!(audit::search(&t.cx, &one, &page).await.unwrap().items.len(), 1);
}

#[db_test]
async fn a_changed_a_missing_and_a_cut_entry_are_named(t: TestDb) {
    t.migrate(&[audit::MIGRATIONS]).await;
    for object in 0..40 {
        write(&t, object).await;
    }
    for (tamper, undo, what) in [
        (
            "UPDATE audit_entry SET reason = 'x' WHERE object_id = 6",
            "UPDATE audit_entry SET reason = NULL WHERE object_id = 6",
            "the entry was changed",
        ),
        (
            "UPDATE audit_entry SET seq = -seq WHERE object_id = 5",
            "UPDATE audit_entry SET seq = -seq WHERE object_id = 5",
            "the entry is missing",
        ),
        (
            "UPDATE audit_entry SET seq = -seq WHERE object_id = 39",
            "UPDATE audit_entry SET seq = -seq WHERE object_id = 39",
            "the entry is missing",
        ),
    ] {
        t.raw(tamper, params![]).await;
        let bad = verify(&t.cx).await.unwrap().bad.expect(tamper);
        assert_eq!(bad.what, what, "{tamper}");
        t.raw(undo, params![]).await;
        assert_eq!(verify(&t.cx).await.unwrap().bad, None, "{undo}");
    }
}

#[db_test]
async fn every_statement_prepares(t: TestDb) {
    t.migrate(&[audit::MIGRATIONS]).await;
    for statement in audit::STATEMENTS.iter().copied().flatten() {
        t.cx.db.prepare(*statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name()));
    }
}
