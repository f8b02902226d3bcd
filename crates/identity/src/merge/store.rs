//! SQL of merging.

use db::{Result, Tx, params};
use kernel::{AccountId, Timestamp};

use crate::session::SessionId;
use crate::signin::Method;

use super::model::Pending;

db::statements! {
    UPSERT = "INSERT INTO account_merge (account_id, session_id, other_id, method, proved_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id) DO UPDATE SET session_id = $2, other_id = $3, method = $4, proved_at = $5, expires_at = $6";
    FIND = "SELECT account_id, session_id, other_id, method, proved_at, expires_at FROM account_merge WHERE account_id = $1";
    DELETE = "DELETE FROM account_merge WHERE account_id = $1 OR other_id = $1";
    DELETE_EXPIRED = "DELETE FROM account_merge WHERE expires_at < $1";
    // The address leaves the one account before the other takes it: it is unique.
    DROP_PHONE = "UPDATE account SET phone_sealed = NULL, phone_index = NULL, phone_verified_at = NULL WHERE id = $1";
    DROP_EMAIL = "UPDATE account SET email_sealed = NULL, email_index = NULL, email_verified_at = NULL WHERE id = $1";
    TAKE_PHONE = "UPDATE account SET phone_sealed = $2, phone_index = $3, phone_verified_at = $4, updated_at = $5 WHERE id = $1";
    TAKE_EMAIL = "UPDATE account SET email_sealed = $2, email_index = $3, email_verified_at = $4, updated_at = $5 WHERE id = $1";
    CLOSE = "UPDATE account SET state = 'closed', merged_into = $2, updated_at = $3 WHERE id = $1";
    HAS_HANDLE = "SELECT account_id FROM passkey_owner WHERE account_id = $1";
    MOVE_HANDLE = "UPDATE passkey_owner SET account_id = $2 WHERE account_id = $1";
    MOVE_PASSKEYS = "UPDATE passkey SET account_id = $2 WHERE account_id = $1";
    HAS_ORGANISATION = "SELECT account_id FROM membership WHERE account_id = $1 LIMIT 1";
}

/// One an account: a newer proof takes the place of the older.
pub(crate) async fn upsert_pending(tx: &mut Tx, pending: &Pending) -> Result<()> {
    let values = params![
        pending.account,
        pending.session.0,
        pending.other,
        pending.method.name(),
        pending.proved_at,
        pending.expires_at,
    ];
    tx.execute(&UPSERT, values).await?;
    Ok(())
}

pub(crate) async fn find_pending(tx: &mut Tx, account: AccountId) -> Result<Option<Pending>> {
    let Some(row) = tx.first(&FIND, params![account]).await? else { return Ok(None) };
    let mut r = row.reader();
    let (account, session, other) = (r.get()?, SessionId(r.get()?), r.get()?);
    let method = Method::from_name(&r.get::<String>()?);
    let method = method.ok_or_else(|| db::Error::Shape("a merge has an unknown method".to_owned()))?;
    Ok(Some(Pending { account, session, other, method, proved_at: r.get()?, expires_at: r.get()? }))
}

/// Everything pending in which the account is one of the two.
pub(crate) async fn delete_pending(tx: &mut Tx, account: AccountId) -> Result<u64> {
    tx.execute(&DELETE, params![account]).await
}

pub(crate) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_EXPIRED, params![now]).await
}

/// An address on its way: sealed value, index, when it was verified.
pub(crate) struct Moving<'a> {
    pub sealed: &'a [u8],
    pub index: &'a [u8],
    pub verified_at: Option<Timestamp>,
}

pub(crate) async fn move_phone(
    tx: &mut Tx,
    (from, to): (AccountId, AccountId),
    phone: Moving<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&DROP_PHONE, params![from]).await?;
    tx.execute(&TAKE_PHONE, params![to, phone.sealed, phone.index, phone.verified_at, now]).await?;
    Ok(())
}

pub(crate) async fn move_email(
    tx: &mut Tx,
    (from, to): (AccountId, AccountId),
    email: Moving<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&DROP_EMAIL, params![from]).await?;
    tx.execute(&TAKE_EMAIL, params![to, email.sealed, email.index, email.verified_at, now]).await?;
    Ok(())
}

/// Authenticators know an account by one handle: passkeys move with theirs, where the other account has none. How many moved.
pub(crate) async fn move_passkeys(tx: &mut Tx, from: AccountId, to: AccountId) -> Result<u64> {
    if tx.first(&HAS_HANDLE, params![to]).await?.is_some() {
        return Ok(0);
    }
    tx.execute(&MOVE_HANDLE, params![from, to]).await?;
    tx.execute(&MOVE_PASSKEYS, params![from, to]).await
}

pub(crate) async fn close(tx: &mut Tx, account: AccountId, into: AccountId, now: Timestamp) -> Result<()> {
    tx.execute(&CLOSE, params![account, into, now]).await?;
    Ok(())
}

pub(crate) async fn has_organisation(tx: &mut Tx, account: AccountId) -> Result<bool> {
    Ok(tx.first(&HAS_ORGANISATION, params![account]).await?.is_some())
}
