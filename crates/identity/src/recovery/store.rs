//! SQL of recoveries.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, PageRequest, Timestamp};

use super::model::{RecoveryId, RecoveryState, StoredRecovery};

db::statements! {
    INSERT = "INSERT INTO recovery (id, account_id, state, reason_sealed, stop_hash, opens_at, expires_at, created_at)
        VALUES ($1, $2, 'waiting', $3, $4, $5, $6, $7)";
    LIVE = "SELECT id, account_id, state, reason_sealed, first_by, second_by, opens_at, expires_at, created_at FROM recovery
        WHERE account_id = $1 AND ended_at IS NULL {for_update}";
    LOCK = "SELECT id, account_id, state, reason_sealed, first_by, second_by, opens_at, expires_at, created_at FROM recovery
        WHERE id = $1 {for_update}";
    BY_STOP = "SELECT id, account_id, state, reason_sealed, first_by, second_by, opens_at, expires_at, created_at FROM recovery
        WHERE stop_hash = $1 AND ended_at IS NULL {for_update}";
    LIST = "SELECT id, account_id, state, reason_sealed, first_by, second_by, opens_at, expires_at, created_at FROM recovery
        WHERE id < $1 ORDER BY id DESC LIMIT $2";
    FIRST = "UPDATE recovery SET first_by = $2, first_at = $3 WHERE id = $1 AND state = 'waiting' AND first_by IS NULL";
    SECOND = "UPDATE recovery SET second_by = $2, second_at = $3, state = 'approved'
        WHERE id = $1 AND state = 'waiting' AND first_by IS NOT NULL AND first_by <> $2 AND second_by IS NULL";
    FINISH = "UPDATE recovery SET state = $2, ended_at = $3 WHERE id = $1 AND ended_at IS NULL";
    EXPIRE = "UPDATE recovery SET state = 'refused', ended_at = $1 WHERE ended_at IS NULL AND expires_at < $1";
}

pub(crate) async fn insert_recovery(tx: &mut Tx, row: &StoredRecovery, stop_hash: [u8; 32]) -> Result<()> {
    let values = params![
        row.id.0,
        row.account,
        row.reason_sealed.clone(),
        stop_hash,
        row.opens_at,
        row.expires_at,
        row.created_at
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

pub(crate) async fn find_live(tx: &mut Tx, account: AccountId) -> Result<Option<StoredRecovery>> {
    tx.first(&LIVE, params![account]).await?.as_ref().map(recovery).transpose()
}

pub(crate) async fn lock_recovery(tx: &mut Tx, id: RecoveryId) -> Result<Option<StoredRecovery>> {
    tx.first(&LOCK, params![id.0]).await?.as_ref().map(recovery).transpose()
}

pub(crate) async fn find_by_stop(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<StoredRecovery>> {
    tx.first(&BY_STOP, params![hash]).await?.as_ref().map(recovery).transpose()
}

pub(crate) async fn list_recoveries(tx: &mut Tx, page: &PageRequest) -> Result<Vec<StoredRecovery>> {
    tx.all(&LIST, params![page.after.id, page.fetch()]).await?.iter().map(recovery).collect()
}

/// Whether this was the first to agree.
pub(crate) async fn agree_first(tx: &mut Tx, id: RecoveryId, by: AccountId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&FIRST, params![id.0, by, now]).await? == 1)
}

/// Whether this was the second to agree, and another person than the first.
pub(crate) async fn agree_second(tx: &mut Tx, id: RecoveryId, by: AccountId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&SECOND, params![id.0, by, now]).await? == 1)
}

/// False when it had ended before.
pub(crate) async fn finish(
    tx: &mut Tx,
    id: RecoveryId,
    state: RecoveryState,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&FINISH, params![id.0, state.name(), now]).await? == 1)
}

pub(crate) async fn expire(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&EXPIRE, params![now]).await
}

fn recovery(row: &Row) -> Result<StoredRecovery> {
    let mut r = row.reader();
    let (id, account) = (RecoveryId(r.get()?), r.get()?);
    let state = RecoveryState::from_name(&r.get::<String>()?)
        .ok_or_else(|| db::Error::Shape("recovery.state has an unknown word".to_owned()))?;
    Ok(StoredRecovery {
        id,
        account,
        state,
        reason_sealed: r.get()?,
        first_by: r.get()?,
        second_by: r.get()?,
        opens_at: r.get()?,
        expires_at: r.get()?,
        created_at: r.get()?,
    })
}
