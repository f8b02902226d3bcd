//! SQL of second factors.

use db::{Result, Tx, params};
use kernel::{AccountId, Timestamp};

use super::model::StoredTotp;

db::statements! {
    FIND = "SELECT secret_sealed, confirmed_at, last_step, waiting_sealed, waiting_since FROM totp WHERE account_id = $1";
    OFFER = "INSERT INTO totp (account_id, last_step, waiting_sealed, waiting_since) VALUES ($1, 0, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET waiting_sealed = excluded.waiting_sealed, waiting_since = excluded.waiting_since";
    CONFIRM = "UPDATE totp SET secret_sealed = waiting_sealed, confirmed_at = $2, last_step = $3, waiting_sealed = NULL,
            waiting_since = NULL WHERE account_id = $1";
    // A step counts once: of two at the same time only one moves it on.
    TAKE_STEP = "UPDATE totp SET last_step = $2 WHERE account_id = $1 AND last_step < $2";
    DELETE = "DELETE FROM totp WHERE account_id = $1";
    DELETE_WAITING = "UPDATE totp SET waiting_sealed = NULL, waiting_since = NULL WHERE waiting_since < $1";
    COUNT_CODES = "SELECT COUNT(*) FROM recovery_code WHERE account_id = $1";
    bulk INSERT_CODES (account_id: Int, code_hash: Bytes) =
        "INSERT INTO recovery_code (account_id, code_hash) SELECT account_id, code_hash FROM {rows}";
    TAKE_CODE = "DELETE FROM recovery_code WHERE account_id = $1 AND code_hash = $2";
    DELETE_CODES = "DELETE FROM recovery_code WHERE account_id = $1";
}

pub(crate) async fn find_totp(tx: &mut Tx, account: AccountId) -> Result<Option<StoredTotp>> {
    let Some(row) = tx.first(&FIND, params![account]).await? else { return Ok(None) };
    let mut r = row.reader();
    Ok(Some(StoredTotp {
        secret_sealed: r.get()?,
        confirmed_at: r.get()?,
        last_step: r.get()?,
        waiting_sealed: r.get()?,
        waiting_since: r.get()?,
    }))
}

/// A new secret waits to be confirmed; the one in use stays.
pub(crate) async fn upsert_waiting(
    tx: &mut Tx,
    account: AccountId,
    sealed: &[u8],
    now: Timestamp,
) -> Result<()> {
    tx.execute(&OFFER, params![account, sealed, now]).await?;
    Ok(())
}

/// The waiting secret becomes the one in use.
pub(crate) async fn confirm(tx: &mut Tx, account: AccountId, step: i64, now: Timestamp) -> Result<()> {
    tx.execute(&CONFIRM, params![account, now, step]).await?;
    Ok(())
}

/// Whether the step is newer than all that counted.
pub(crate) async fn take_step(tx: &mut Tx, account: AccountId, step: i64) -> Result<bool> {
    Ok(tx.execute(&TAKE_STEP, params![account, step]).await? > 0)
}

pub(crate) async fn delete_totp(tx: &mut Tx, account: AccountId) -> Result<u64> {
    tx.execute(&DELETE, params![account]).await
}

/// Forgets secrets that nobody confirmed.
pub(crate) async fn delete_waiting(tx: &mut Tx, since: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_WAITING, params![since]).await
}

pub(crate) async fn count_codes(tx: &mut Tx, account: AccountId) -> Result<i64> {
    tx.one(&COUNT_CODES, params![account]).await?.reader().get()
}

/// Replaces all recovery codes of an account.
pub(crate) async fn replace_codes(tx: &mut Tx, account: AccountId, hashes: Vec<Vec<u8>>) -> Result<()> {
    tx.execute(&DELETE_CODES, params![account]).await?;
    let rows = hashes.into_iter().map(|hash| params![account, hash]).collect();
    tx.bulk(&INSERT_CODES, rows).await?;
    Ok(())
}

pub(crate) async fn delete_codes(tx: &mut Tx, account: AccountId) -> Result<u64> {
    tx.execute(&DELETE_CODES, params![account]).await
}

/// Uses a code up; only one of two at the same time gets it.
pub(crate) async fn take_code(tx: &mut Tx, account: AccountId, hash: &[u8]) -> Result<bool> {
    Ok(tx.execute(&TAKE_CODE, params![account, hash]).await? > 0)
}
