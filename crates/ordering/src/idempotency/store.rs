//! Rows of keys.

use db::{Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, Duration};

use crate::Error;

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

/// A key as it was sent, with what its request means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub actor: AccountId,
    /// Method and path template: keys of different routes do not meet.
    pub route: &'static str,
    pub key: String,
    pub fingerprint: [u8; 32],
}

impl Key {
    /// The kept result, when the request is the same; a conflict when it is another.
    pub(crate) fn matches(&self, fingerprint: &[u8], result: String) -> Result<String, Error> {
        if fingerprint == self.fingerprint { Ok(result) } else { Err(Error::IdempotencyConflict) }
    }
}

/// What came of this key before; [`Error::IdempotencyConflict`] when it was used for something else.
pub async fn find(tx: &mut Tx, key: &Key) -> Result<Option<String>, Error> {
    let Some(row) = tx.first(&FIND, params![key.actor, key.route, &key.key]).await? else { return Ok(None) };
    let mut r = row.reader();
    let (fingerprint, result): (Vec<u8>, String) = (r.get()?, r.get()?);
    key.matches(&fingerprint, result).map(Some)
}

/// What came of many keys, by their place in `keys`: fingerprint and result.
pub(crate) async fn find_many(tx: &mut Tx, keys: &[&Key]) -> db::Result<Vec<(usize, Vec<u8>, String)>> {
    let rows = (0_i64..)
        .zip(keys)
        .map(|(n, key)| params![n, key.actor, key.route, &key.key])
        .collect();
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

/// Remembers what came of a key, in the transaction of the effect. A unique violation means that another request was faster.
pub async fn insert(tx: &mut Tx, cx: &Cx, key: &Key, result: &str) -> db::Result<()> {
    insert_many(tx, vec![row(cx, key, result)]).await
}

pub(crate) fn row(cx: &Cx, key: &Key, result: &str) -> Vec<Value> {
    let now = cx.now();
    params![cx.ids.next(now), key.actor, key.route, &key.key, key.fingerprint, result, now]
}

pub(crate) async fn insert_many(tx: &mut Tx, rows: Vec<Vec<Value>>) -> db::Result<()> {
    tx.bulk(&INSERT, rows).await.map(|_| ())
}

/// Forgets keys older than `keep`.
pub async fn purge(cx: &Cx, keep: Duration) -> db::Result<u64> {
    let mut tx = cx.begin().await?;
    let gone = tx.execute(&PURGE, params![cx.now().minus(keep)]).await?;
    tx.commit().await?;
    Ok(gone)
}
