//! Rows of keys.

use db::{Tx, Value, params};
use durable::Cx;
use kernel::Timestamp;

use super::model::Key;

db::statements! {
    FIND = "SELECT fingerprint, result FROM idempotency WHERE actor_id = $1 AND route = $2 AND key = $3";
    bulk FIND_MANY (n: Int, actor_id: Int, route: Text, key: Text) =
        "SELECT v.n, i.fingerprint, i.result FROM {rows} v
         JOIN idempotency i ON i.actor_id = v.actor_id AND i.route = v.route AND i.key = v.key";
    bulk INSERT (id: Int, actor_id: Int, route: Text, key: Text, fingerprint: Bytes, result: Text, created_at: Int) =
        "INSERT INTO idempotency (id, actor_id, route, key, fingerprint, result, created_at)
         SELECT id, actor_id, route, key, fingerprint, result, created_at FROM {rows}";
    PURGE = "DELETE FROM idempotency WHERE created_at < $1";
}

/// What came of many keys, by their place in `keys`: fingerprint and result.
pub(crate) async fn find_many(tx: &mut Tx, keys: &[&Key]) -> db::Result<Vec<(usize, Vec<u8>, String)>> {
    let rows = (0_i64..).zip(keys).map(|(n, key)| params![n, key.actor, key.route, &key.key]).collect();
    tx.bulk_rows(&FIND_MANY, rows)
        .await?
        .iter()
        .map(|row| {
            let mut r = row.reader();
            let n: i64 = r.get()?;
            Ok((usize::try_from(n).unwrap_or(usize::MAX), r.get()?, r.get()?))
        })
        .collect()
}

pub(crate) fn row(cx: &Cx, key: &Key, result: &str) -> Vec<Value> {
    let now = cx.now();
    params![cx.ids.next(now), key.actor, key.route, &key.key, key.fingerprint, result, now]
}

pub(crate) async fn insert_many(tx: &mut Tx, rows: Vec<Vec<Value>>) -> db::Result<()> {
    tx.bulk(&INSERT, rows).await.map(|_| ())
}

pub(crate) async fn find_one(tx: &mut Tx, key: &Key) -> db::Result<Option<(Vec<u8>, String)>> {
    let row = tx.first(&FIND, params![key.actor, key.route, &key.key]).await?;
    row.map(|row| {
        let mut r = row.reader();
        Ok((r.get()?, r.get()?))
    })
    .transpose()
}

pub(crate) async fn purge(tx: &mut Tx, before: Timestamp) -> db::Result<u64> {
    tx.execute(&PURGE, params![before]).await
}
