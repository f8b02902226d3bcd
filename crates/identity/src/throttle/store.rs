//! SQL of the throttle table.

use db::{Result, Tx, params};
use kernel::Timestamp;

use super::model::Tally;

db::statements! {
    INSERT = "INSERT INTO throttle (throttle_key, tries, open_at, updated_at) VALUES ($1, 0, 0, $2)
        ON CONFLICT (throttle_key) DO NOTHING";
    LOCK = "SELECT tries, open_at, updated_at FROM throttle WHERE throttle_key = $1 {for_update}";
    TRIES = "SELECT tries FROM throttle WHERE throttle_key = $1";
    UPDATE = "UPDATE throttle SET tries = $2, open_at = $3, updated_at = $4 WHERE throttle_key = $1";
    DELETE = "DELETE FROM throttle WHERE throttle_key = $1";
    DELETE_OLD = "DELETE FROM throttle WHERE updated_at < $1";
}

/// The tally of a key, locked until the end of the transaction; made when there is none.
pub(crate) async fn lock_tally(tx: &mut Tx, key: &[u8], now: Timestamp) -> Result<Tally> {
    tx.execute(&INSERT, params![key, now]).await?;
    let row = tx.one(&LOCK, params![key]).await?;
    let mut r = row.reader();
    Ok(Tally { tries: r.get()?, open_at: r.get()?, updated_at: r.get()? })
}

/// The tally of a key, if there is one, locked.
pub(crate) async fn find_tally(tx: &mut Tx, key: &[u8]) -> Result<Option<Tally>> {
    let Some(row) = tx.first(&LOCK, params![key]).await? else { return Ok(None) };
    let mut r = row.reader();
    Ok(Some(Tally { tries: r.get()?, open_at: r.get()?, updated_at: r.get()? }))
}

pub(crate) async fn count_tries(tx: &mut Tx, key: &[u8]) -> Result<i64> {
    let Some(row) = tx.first(&TRIES, params![key]).await? else { return Ok(0) };
    row.reader().get()
}

pub(crate) async fn update_tally(tx: &mut Tx, key: &[u8], tally: Tally) -> Result<()> {
    tx.execute(&UPDATE, params![key, tally.tries, tally.open_at, tally.updated_at]).await?;
    Ok(())
}

pub(crate) async fn delete_tally(tx: &mut Tx, key: &[u8]) -> Result<()> {
    tx.execute(&DELETE, params![key]).await?;
    Ok(())
}

pub(crate) async fn delete_older(tx: &mut Tx, than: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_OLD, params![than]).await
}
