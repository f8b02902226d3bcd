//! Whatever somebody with the database's password changes, the proof names the row.

use db::{Value, params};
use testkit::{TestDb, db_test};

use super::{customer, write};
use crate::{MIGRATIONS, verify};

/// The row that is tampered with; every column has a value.
const OBJECT: i64 = 6;

async fn forty(t: &TestDb) -> i64 {
    t.migrate(&[MIGRATIONS]).await;
    for object in 0..40 {
        write(t, &customer(3), "box.open", object, Some(3)).await;
    }
    let report = verify(&t.cx).await.unwrap();
    assert_eq!((report.entries, report.bad), (40, None));
    let row = t.raw("SELECT id FROM audit_entry WHERE object_id = $1", params![OBJECT]).await;
    row[0].reader().get().unwrap()
}

#[db_test]
async fn w4_a_change_of_any_column_of_an_entry_is_found_and_the_row_named(t: TestDb) {
    let id = forty(&t).await;
    let changes = [
        ("id", "-id"),
        ("lane", "lane + 100"),
        ("seq", "seq + 1000"),
        ("at", "at + 1"),
        ("actor", "'acc_0000000000007'"),
        ("actor_id", "NULL"),
        ("actor_id", "actor_id + 1"),
        ("verb", "'box.close'"),
        ("object_kind", "'order'"),
        ("object_id", "object_id + 100"),
        ("customer_id", "NULL"),
        ("customer_id", "customer_id + 1"),
        ("detail", "'{}'"),
        ("reason", "''"),
        ("reason", "'asked'"),
        ("reason_sealed", "NULL"),
        ("reason_sealed", "reason_hash"),
        ("reason_sealed", "(SELECT o.reason_sealed FROM audit_entry o WHERE o.object_id = 8)"),
        ("reason_hash", "NULL"),
        ("reason_hash", "hash"),
        ("reason_hash", "(SELECT o.reason_hash FROM audit_entry o WHERE o.object_id = 8)"),
        ("request_id", "request_id + 1"),
        ("prev_hash", "hash"),
        ("hash", "prev_hash"),
    ];
    let columns = t.raw("SELECT * FROM audit_entry WHERE id = $1", params![id]).await;
    let mut tried: Vec<&str> = changes.iter().map(|(column, _)| *column).collect();
    tried.dedup();
    assert_eq!(tried.len(), columns[0].values().len(), "a column is not tried");
    for (column, change) in changes {
        let before = t.raw(&format!("SELECT {column} FROM audit_entry WHERE id = $1"), params![id]).await;
        let before: Value = before[0].values()[0].clone();
        t.raw(&format!("UPDATE audit_entry SET {column} = {change} WHERE id = $1"), params![id]).await;
        let bad =
            verify(&t.cx).await.unwrap().bad.unwrap_or_else(|| panic!("{column} = {change} was not found"));
        let moved = ["lane", "seq"].contains(&column);
        assert!(moved || bad.id.abs() == id, "{column} = {change}: {bad:?}");
        let now = if column == "id" { -id } else { id };
        t.raw(&format!("UPDATE audit_entry SET {column} = $1 WHERE id = $2"), vec![before, now.into()]).await;
        assert_eq!(verify(&t.cx).await.unwrap().bad, None, "{column} was not put back");
    }
}

#[db_test]
async fn w4_removed_added_and_cut_entries_are_found(t: TestDb) {
    let id = forty(&t).await;
    let copy = "INSERT INTO audit_entry (id, lane, seq, at, actor, verb, object_kind, object_id, detail, request_id, prev_hash, hash)
                SELECT -7, $2, $3, at, actor, verb, object_kind, object_id, detail, request_id, prev_hash, hash
                FROM audit_entry WHERE id = $1";
    for (lane, seq, what) in [
        (0, -1, "the entry stands before the beginning of its chain"),
        (0, 0, "the entry stands before the beginning of its chain"),
        (0, 41, "the entry stands after the end of its chain"),
        (99, 1, "the entry belongs to no chain"),
    ] {
        t.raw(copy, params![id, lane, seq]).await;
        let bad = verify(&t.cx).await.unwrap().bad.unwrap();
        assert_eq!((bad.id, bad.lane, bad.seq, bad.what), (-7, lane, seq, what));
        t.raw("DELETE FROM audit_entry WHERE id = -7", params![]).await;
    }
    // The end of a chain is moved back with its last entry: inside nothing is wrong, only the ends tell.
    let before = verify(&t.cx).await.unwrap();
    t.raw("DELETE FROM audit_entry WHERE id = $1", params![id]).await;
    assert_eq!(verify(&t.cx).await.unwrap().bad.unwrap().what, "the entry is missing");
    t.raw("UPDATE audit_lane SET seq = 0, hash = $1", params![vec![0_u8; 32]]).await;
    t.raw("DELETE FROM audit_entry", params![]).await;
    let after = verify(&t.cx).await.unwrap();
    assert_eq!(after.bad, None);
    assert_ne!(after.heads, before.heads, "who kept the ends elsewhere sees it");
}
