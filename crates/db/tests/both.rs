//! What both databases must do alike.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

use db::{Db, Value, params};
use testkit::{Backend, TestDb, db_test};

mod store {
    db::statements! {
        INSERT = "INSERT INTO box (id, name, ok, body) VALUES ($1, $2, $3, $4)";
        FIND = "SELECT id, name, ok, body FROM box WHERE id = $1 {for_update}";
        AMONG = "SELECT id FROM box WHERE id IN {list $1} ORDER BY id";
        NAMED = "SELECT id FROM box WHERE name IN {list $1} ORDER BY id";
        bulk FILL (id: Int, name: Text, ok: Bool, body: Bytes) =
            "INSERT INTO box (id, name, ok, body) SELECT id, name, ok, body FROM {rows} ON CONFLICT (id) DO NOTHING";
        bulk TAKE (id: Int, amount: Int) =
            "UPDATE box SET left_over = left_over - v.amount FROM {rows} v WHERE box.id = v.id AND box.left_over >= v.amount";
        bulk LOOK (id: Int) = "SELECT box.name FROM {rows} v JOIN box ON box.id = v.id";
    }
}
use store::*;

const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "both",
    files: &[(
        "0001",
        "CREATE TABLE box (id {id}, name TEXT NOT NULL, ok BOOLEAN NOT NULL, body {bytes},\n left_over BIGINT NOT NULL DEFAULT 10 CHECK (left_over >= 0));\nCREATE UNIQUE INDEX box_name ON box (name);\n",
    )],
};

#[db_test]
async fn rows_come_back_as_they_went_in(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let mut tx = t.cx.begin().await.unwrap();
    tx.execute(&INSERT, params![1, "盒子 📦 'x\"", true, vec![0_u8, 255]]).await.unwrap();
    tx.execute(&INSERT, params![2, "b", false, Value::Null]).await.unwrap();
    tx.commit().await.unwrap();
    let row = t.cx.read().await.unwrap().one(&FIND, params![1]).await.unwrap();
    let mut r = row.reader();
    assert_eq!(r.get::<i64>().unwrap(), 1);
    assert_eq!(r.get::<String>().unwrap(), "盒子 📦 'x\"");
    assert!(r.get::<bool>().unwrap());
    assert_eq!(r.get::<Option<Vec<u8>>>().unwrap(), Some(vec![0, 255]));
    assert!(r.get::<i64>().is_err(), "no fifth column");
}

#[db_test]
async fn bulk_statements_change_many_rows_and_lists_find_them(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let mut tx = t.cx.begin().await.unwrap();
    let rows = (1..=100_i64).map(|i| params![i, format!("b{i}"), i % 2 == 0, Value::Null]).collect();
    assert_eq!(tx.bulk(&FILL, rows).await.unwrap(), 100);
    assert_eq!(
        tx.bulk(&TAKE, vec![params![1, 4], params![2, 11], params![3, 10]]).await.unwrap(),
        2,
        "one guard fails"
    );
    let found = tx.all(&AMONG, params![vec![3_i64, 1, 999]]).await.unwrap();
    assert_eq!(found.len(), 2);
    let named = tx.all(&NAMED, params![vec!["b7".to_owned(), "it's \\ \"odd\"".to_owned()]]).await.unwrap();
    assert_eq!(named.len(), 1);
    assert_eq!(tx.bulk_rows(&LOOK, vec![params![1], params![2]]).await.unwrap().len(), 2);
    tx.commit().await.unwrap();
}

#[db_test]
async fn errors_are_told_apart_and_poison_the_transaction(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let mut tx = t.cx.begin().await.unwrap();
    tx.execute(&INSERT, params![1, "a", true, Value::Null]).await.unwrap();
    assert!(tx.execute(&INSERT, params![2, "a", true, Value::Null]).await.unwrap_err().is_unique());
    assert!(matches!(
        tx.execute(&INSERT, params![3, "c", true, Value::Null]).await,
        Err(db::Error::Poisoned)
    ));
    assert!(matches!(tx.commit().await, Err(db::Error::Poisoned)));
    let mut tx = t.cx.begin().await.unwrap();
    assert!(tx.first(&FIND, params![1]).await.unwrap().is_none(), "nothing of it was kept");
    tx.execute(&INSERT, params![1, "a", true, Value::Null]).await.unwrap();
    let error = tx.raw("UPDATE box SET left_over = -1 WHERE id = 1", Vec::new()).await.unwrap_err();
    assert!(error.is_check(), "{error}");
}

#[db_test]
async fn a_dropped_transaction_leaves_nothing_and_a_signal_is_heard_only_after_the_commit(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let mut heard = t.cx.db.listen("boxes");
    let mut lost = t.cx.begin().await.unwrap();
    lost.execute(&INSERT, params![1, "a", true, Value::Null]).await.unwrap();
    lost.notify("boxes", "lost");
    drop(lost);
    let mut kept = t.cx.begin().await.unwrap();
    kept.execute(&INSERT, params![1, "a", true, Value::Null]).await.unwrap();
    kept.notify("boxes", "kept");
    kept.commit().await.unwrap();
    assert_eq!(heard.recv().await.as_deref(), Some("kept"));
}

#[db_test]
async fn migrations_are_applied_once_also_by_two_nodes(t: TestDb) {
    let other = Db::open(t.url()).await.unwrap();
    let (sets, more) = ([MIGRATIONS], [MIGRATIONS]);
    let (one, two) = tokio::join!(t.cx.db.migrate(&sets), other.migrate(&more));
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 1);
    assert!(other.pending_migrations(&[MIGRATIONS]).await.unwrap().is_empty());
}

#[db_test]
async fn an_installation_moves_with_every_row(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let mut tx = t.cx.begin().await.unwrap();
    let rows = (1..=1201_i64).map(|i| params![i, format!("名{i}"), i % 3 == 0, vec![1_u8, 2]]).collect();
    tx.bulk(&FILL, rows).await.unwrap();
    tx.commit().await.unwrap();
    // To the other engine, as people do when they outgrow a machine, and back.
    let target =
        TestDb::open(if t.backend == Backend::Sqlite { Backend::Postgres } else { Backend::Sqlite }).await;
    target.migrate(&[MIGRATIONS]).await;
    assert_eq!(
        t.cx.db.schema().await.unwrap(),
        target.cx.db.schema().await.unwrap(),
        "the same schema on both"
    );
    let moved = db::move_to(&t.cx.db, &target.cx.db).await.unwrap();
    assert_eq!(moved.iter().find(|m| m.table == "box").map(|m| m.rows), Some(1201));
    assert!(db::move_to(&t.cx.db, &target.cx.db).await.is_err(), "never onto existing rows");
}

#[db_test]
async fn every_statement_prepares(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    for statement in STATEMENTS {
        t.cx.db.prepare(*statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name()));
    }
}

#[db_test]
async fn a_door_opens_to_a_column_of_the_schema_only_and_exchanges_what_is_still_the_same(t: TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    let schema = t.cx.db.schema().await.unwrap();
    for (table, column, clear) in [
        ("box; DROP TABLE box", "body", &[][..]),
        ("box", "body = 1 OR body", &[]),
        ("box", "name", &[]),
        ("box", "body", &["ok"]),
        ("box", "body", &["no_such"]),
    ] {
        assert!(db::ColumnDoor::of(&schema, table, column, clear).is_err(), "{table}.{column} {clear:?}");
    }
    let door = db::ColumnDoor::of(&schema, "box", "body", &["name"]).unwrap();
    assert!(!door.has_any(&t.cx.db).await.unwrap());
    let mut tx = t.cx.begin().await.unwrap();
    for (id, body) in [(1, vec![1_u8, 7, 0]), (2, vec![1, 8, 0]), (3, vec![2, 0, 0, 1, 0, 9])] {
        tx.execute(&INSERT, params![id, format!("n{id}"), true, body]).await.unwrap();
    }
    tx.execute(&INSERT, params![4, "n4", true, Value::Null]).await.unwrap();
    tx.commit().await.unwrap();
    let unlike = door.unlike(&t.cx.db, &[1, 8], None, 10).await.unwrap();
    let ids: Vec<&Value> = unlike.iter().map(|found| &found.key[0]).collect();
    assert_eq!(ids, [&Value::Int(1), &Value::Int(3)]);
    let next = door.unlike(&t.cx.db, &[1, 8], Some(&unlike[0].key), 10).await.unwrap();
    assert_eq!(next.len(), 1, "after a key comes the next");
    let mut counts = door.count_by_prefix(&t.cx.db, (1, 2), 5).await.unwrap();
    counts.sort();
    assert_eq!(counts, [(vec![1, 7], 1), (vec![1, 8], 1), (vec![2, 0, 0, 1, 0], 1)]);
    let mut tx = t.cx.begin().await.unwrap();
    let (key, old) = (&unlike[0].key, &unlike[0].bytes);
    assert!(!door.replace(&mut tx, key, b"something else", b"new").await.unwrap());
    assert!(door.replace(&mut tx, key, old, b"new").await.unwrap());
    assert!(!door.replace(&mut tx, key, old, b"newer").await.unwrap(), "it is not the same any more");
    tx.commit().await.unwrap();
}
