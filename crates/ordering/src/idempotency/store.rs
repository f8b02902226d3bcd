//! Rows of keys. What was answered is sealed, and what was asked is kept as a keyed digest only: who reads the table can neither read
//! an answer nor try out whose number was asked with.

use db::{Tx, Value, params};
use durable::Cx;
use kernel::Timestamp;

use super::model::Key;
use crate::order::store::{open_or_none, seal_or_none};

const RESULT: &str = "idempotency.result";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("idempotency", "result_sealed", RESULT).once_clear(&["result"])];

db::statements! {
    FIND = "SELECT fingerprint, result_sealed FROM idempotency WHERE actor_id = $1 AND route = $2 AND key = $3";
    bulk FIND_MANY (n: Int, actor_id: Int, route: Text, key: Text) =
        "SELECT v.n, i.fingerprint, i.result_sealed FROM {rows} v
         JOIN idempotency i ON i.actor_id = v.actor_id AND i.route = v.route AND i.key = v.key";
    bulk INSERT (id: Int, actor_id: Int, route: Text, key: Text, fingerprint: Bytes, result: Bytes, created_at: Int) =
        "INSERT INTO idempotency (id, actor_id, route, key, fingerprint, result, result_sealed, created_at)
         SELECT id, actor_id, route, key, fingerprint, '', result, created_at FROM {rows}";
    PURGE = "DELETE FROM idempotency WHERE created_at < $1";
}

/// What came of many keys, by their place in `keys`: fingerprint and result.
pub(crate) async fn find_many(
    tx: &mut Tx,
    cx: &Cx,
    keys: &[&Key],
) -> db::Result<Vec<(usize, Vec<u8>, String)>> {
    let rows = (0_i64..).zip(keys).map(|(n, key)| params![n, key.actor, key.route, &key.key]).collect();
    tx.bulk_rows(&FIND_MANY, rows)
        .await?
        .iter()
        .map(|row| {
            let mut r = row.reader();
            let n: i64 = r.get()?;
            let place = usize::try_from(n).unwrap_or(usize::MAX);
            let asked = keys.get(place).map(|key| key.fingerprint);
            let (fingerprint, result) = read(cx, &mut r, asked)?;
            Ok((place, fingerprint, result))
        })
        .collect()
}

pub(crate) fn row(cx: &Cx, key: &Key, result: &str) -> db::Result<Vec<Value>> {
    let now = cx.now();
    let sealed = seal_or_none(cx, RESULT, Some(result))?;
    let fingerprint = keyed(cx, &key.fingerprint);
    Ok(params![cx.ids.next(now), key.actor, key.route, &key.key, fingerprint, sealed, now])
}

fn keyed(cx: &Cx, fingerprint: &[u8; 32]) -> [u8; 32] {
    cx.vault.mac(&[b"idempotency.fingerprint", fingerprint])
}

/// Fingerprint and result; the fingerprint is the one asked with where it is the same.
fn read(cx: &Cx, r: &mut db::RowReader<'_>, asked: Option<[u8; 32]>) -> db::Result<(Vec<u8>, String)> {
    let (kept, sealed): (Vec<u8>, Option<Vec<u8>>) = (r.get()?, r.get()?);
    let result = open_or_none(cx, RESULT, sealed)?.unwrap_or_default();
    let same = asked.filter(|fingerprint| kept == keyed(cx, fingerprint));
    Ok((same.map_or(kept, Vec::from), result))
}

pub(crate) async fn insert_many(tx: &mut Tx, rows: Vec<Vec<Value>>) -> db::Result<()> {
    tx.bulk(&INSERT, rows).await.map(|_| ())
}

pub(crate) async fn find_one(tx: &mut Tx, cx: &Cx, key: &Key) -> db::Result<Option<(Vec<u8>, String)>> {
    let row = tx.first(&FIND, params![key.actor, key.route, &key.key]).await?;
    row.map(|row| read(cx, &mut row.reader(), Some(key.fingerprint))).transpose()
}

pub(crate) async fn purge(tx: &mut Tx, before: Timestamp) -> db::Result<u64> {
    tx.execute(&PURGE, params![before]).await
}
