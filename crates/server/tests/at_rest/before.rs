//! What an earlier version kept in the clear: sealed by the first start, and none of it lost.

use kernel::AccountId;
use keyring::SealedColumn;
use serde_json::json;
use testkit::{TestDb, db_test};

use crate::common::TestApp;
use crate::staff;

/// Tables whose words were sealed when people were using them already.
const TABLES: &[&str] =
    &["shield_entry", "shield_incident", "shield_block", "risk_review", "quote", "attempt"];

fn columns() -> Vec<(SealedColumn, &'static str)> {
    let once_clear = |column: SealedColumn| match column.clear {
        [clear] if TABLES.contains(&column.table) => Some((column, *clear)),
        _ => None,
    };
    everlit::sealed().filter_map(once_clear).collect()
}

/// Every value of a column, opened.
async fn texts(app: &TestApp, column: &SealedColumn) -> Vec<(i64, String)> {
    let SealedColumn { table, column: name, context, .. } = column;
    let sql = format!("SELECT id, {name} FROM {table} WHERE {name} IS NOT NULL ORDER BY id");
    let rows = app.t.raw(&sql, Vec::new()).await;
    let open = |row: &db::Row| {
        let mut r = row.reader();
        let (id, sealed): (i64, Vec<u8>) = (r.get().unwrap(), r.get().unwrap());
        (id, app.t.cx.vault.open_text(context, &sealed).unwrap())
    };
    rows.iter().map(open).collect()
}

#[db_test]
async fn what_an_earlier_version_kept_in_the_clear_is_sealed_once_and_reads_as_before(t: TestDb) {
    let app = TestApp::start_with(t, |config| config.shield.blocks = true).await;
    let token = app.customer("13800000011").await;
    let line = json!({"service": "power-bill", "offering": "bill", "answers": {"household": "3301007654"}});
    assert!(app.post("/api/v1/quotes", &token, "", &line).await.status().is_success());
    staff::from_partners(&app, &token).await;
    let customer = AccountId(app.number("SELECT MAX(id) FROM account").await);
    staff::explain(&app, customer).await;
    let columns = columns();
    assert_eq!(columns.len(), 7);
    let mut before = Vec::new();
    for (column, clear) in &columns {
        let texts = texts(&app, column).await;
        assert!(!texts.is_empty(), "{column:?}");
        for (id, text) in &texts {
            let SealedColumn { table, column: name, .. } = column;
            let sql = format!("UPDATE {table} SET {clear} = $1, {name} = NULL WHERE id = $2");
            app.t.raw(&sql, vec![text.as_str().into(), (*id).into()]).await;
        }
        before.push(texts);
    }
    let sealed: Vec<SealedColumn> = everlit::sealed().collect();
    app.t.raw("DELETE FROM sealed_column", Vec::new()).await;
    let rows: usize = before.iter().map(Vec::len).sum();
    let covered = keyring::seal_what_lies_open(&app.t.cx, &sealed).await.unwrap();
    assert_eq!(usize::try_from(covered).unwrap(), rows);
    for ((column, clear), before) in columns.iter().zip(before) {
        assert_eq!(texts(&app, column).await, before, "{column:?}");
        let left = format!("SELECT COUNT(*) FROM {} WHERE {clear} <> ''", column.table);
        assert_eq!(app.number(&left).await, 0, "{column:?}");
    }
    app.sound().await;
}
