//! SQL of changed addresses.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, Timestamp};

use super::model::ContactChange;

db::statements! {
    DELETE_WAITING_CHANGE = "DELETE FROM contact_change WHERE account_id = $1 AND kind = $2 AND state = 'waiting'";
    INSERT_CHANGE = "INSERT INTO contact_change (id, account_id, kind, state, new_sealed, created_at, expires_at)
        VALUES ($1, $2, $3, 'waiting', $4, $5, $6)";
    FIND_CHANGE = "SELECT id, account_id, kind, new_sealed, old_sealed FROM contact_change
        WHERE account_id = $1 AND kind = $2 AND state = 'waiting' AND expires_at > $3";
    FINISH_CHANGE = "UPDATE contact_change SET state = 'done', old_sealed = $2, undo_hash = $3, expires_at = $4 WHERE id = $1";
    FIND_UNDO = "SELECT id, account_id, kind, new_sealed, old_sealed FROM contact_change
        WHERE undo_hash = $1 AND state = 'done' AND expires_at > $2";
    UNDO_CHANGE = "UPDATE contact_change SET state = 'undone' WHERE id = $1 AND state = 'done'";
    DELETE_OLD_CHANGES = "DELETE FROM contact_change WHERE expires_at < $1";
}

/// Writes what waits for a code; an older wish for the same address is forgotten.
pub(crate) async fn replace_change(
    tx: &mut Tx,
    change: &ContactChange,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    tx.execute(&DELETE_WAITING_CHANGE, params![change.account, change.kind.as_str()]).await?;
    let values = params![change.id, change.account, change.kind.as_str(), &change.new_sealed, now, until];
    tx.execute(&INSERT_CHANGE, values).await?;
    Ok(())
}

pub(crate) async fn find_change(
    tx: &mut Tx,
    account: AccountId,
    kind: &str,
    now: Timestamp,
) -> Result<Option<ContactChange>> {
    tx.first(&FIND_CHANGE, params![account, kind, now]).await?.as_ref().map(change).transpose()
}

/// The change is made; until `until` the holder of the undo token can take it back.
pub(crate) async fn finish_change(
    tx: &mut Tx,
    id: i64,
    old_sealed: Option<Vec<u8>>,
    undo_hash: Option<[u8; 32]>,
    until: Timestamp,
) -> Result<()> {
    tx.execute(&FINISH_CHANGE, params![id, old_sealed, undo_hash, until]).await?;
    Ok(())
}

pub(crate) async fn find_undo(
    tx: &mut Tx,
    undo_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<ContactChange>> {
    tx.first(&FIND_UNDO, params![undo_hash, now]).await?.as_ref().map(change).transpose()
}

/// Whether it was this call that took the change back.
pub(crate) async fn undo_change(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(tx.execute(&UNDO_CHANGE, params![id]).await? > 0)
}

pub(crate) async fn delete_old_changes(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_OLD_CHANGES, params![before]).await
}

fn change(row: &Row) -> Result<ContactChange> {
    let mut r = row.reader();
    Ok(ContactChange {
        id: r.get()?,
        account: r.get()?,
        kind: r.get()?,
        new_sealed: r.get()?,
        old_sealed: r.get()?,
    })
}
