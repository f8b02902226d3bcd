//! SQL of one-time codes.

use db::{Result, Tx, params};
use kernel::{AccountId, Timestamp};

use super::model::{Live, Purpose};

db::statements! {
    UPSERT = "INSERT INTO one_time_code (account_id, purpose, code_hash, tries_left, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id, purpose) DO UPDATE SET code_hash = excluded.code_hash, tries_left = excluded.tries_left,
            created_at = excluded.created_at, expires_at = excluded.expires_at";
    TAKE_TRY = "UPDATE one_time_code SET tries_left = tries_left - 1
        WHERE account_id = $1 AND purpose = $2 AND tries_left > 0 AND expires_at > $3
        RETURNING code_hash, tries_left";
    DELETE = "DELETE FROM one_time_code WHERE account_id = $1 AND purpose = $2";
    DELETE_EXPIRED = "DELETE FROM one_time_code WHERE expires_at < $1";
}

/// Replaces the account's code for this purpose.
pub(crate) async fn upsert_code(
    tx: &mut Tx,
    account: AccountId,
    purpose: Purpose,
    code: &Live,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    let values = params![account, purpose.name(), &code.code_hash, code.tries_left, now, expires_at];
    tx.execute(&UPSERT, values).await?;
    Ok(())
}

/// Uses up one try; `None` when no try is left or the code is too old.
pub(crate) async fn take_try(
    tx: &mut Tx,
    account: AccountId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Live>> {
    let Some(row) = tx.first(&TAKE_TRY, params![account, purpose.name(), now]).await? else {
        return Ok(None);
    };
    let mut r = row.reader();
    Ok(Some(Live { code_hash: r.get()?, tries_left: r.get()? }))
}

pub(crate) async fn delete_code(tx: &mut Tx, account: AccountId, purpose: Purpose) -> Result<()> {
    tx.execute(&DELETE, params![account, purpose.name()]).await?;
    Ok(())
}

pub(crate) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_EXPIRED, params![now]).await
}
