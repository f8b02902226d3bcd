//! Looking a key up, and remembering what came of it in the transaction of the effect.

use db::Tx;
use durable::Cx;
use kernel::Duration;

use super::model::Key;
use super::store;
use crate::Error;

/// What came of this key before; [`Error::IdempotencyConflict`] when it was used for something else.
pub async fn find(tx: &mut Tx, cx: &Cx, key: &Key) -> Result<Option<String>, Error> {
    match store::find_one(tx, cx, key).await? {
        Some((fingerprint, result)) => key.matches(&fingerprint, result).map(Some),
        None => Ok(None),
    }
}

/// Remembers what came of a key, in the transaction of the effect. A unique violation means that another request was faster.
pub async fn insert(tx: &mut Tx, cx: &Cx, key: &Key, result: &str) -> db::Result<()> {
    store::insert_many(tx, vec![store::row(cx, key, result)?]).await
}

/// Forgets keys older than `keep`.
pub async fn purge(cx: &Cx, keep: Duration) -> db::Result<u64> {
    let mut tx = cx.begin().await?;
    let gone = store::purge(&mut tx, cx.now().minus(keep)).await?;
    tx.commit().await?;
    Ok(gone)
}
