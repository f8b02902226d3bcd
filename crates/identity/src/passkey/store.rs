//! SQL of passkeys and their ceremonies.

use db::{Result, RowReader, Tx, params};
use kernel::{AccountId, Timestamp};

use crate::account::AccountState;

use super::model::{Ceremony, CeremonyId, MOST_CEREMONIES, Owned, PasskeyId, Purpose, Stored};

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("passkey", "credential_sealed", CREDENTIAL),
    vault::SealedColumn::new("passkey", "name_sealed", NAME),
    vault::SealedColumn::new("passkey_owner", "handle_sealed", HANDLE),
    vault::SealedColumn::new("passkey_ceremony", "state_sealed", STATE),
];

/// What the seals and indexes of these tables are bound to.
pub(crate) const CREDENTIAL: &str = "identity.passkey.credential";
pub(crate) const NAME: &str = "identity.passkey.name";
pub(crate) const HANDLE: &str = "identity.passkey.handle";
pub(crate) const STATE: &str = "identity.passkey.state";
pub(crate) const BROWSER: &str = "identity.passkey.browser";

db::statements! {
    DELETE_ALL = "DELETE FROM passkey WHERE account_id = $1";
    INSERT_OWNER = "INSERT INTO passkey_owner (account_id, handle_sealed, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO NOTHING";
    FIND_OWNER = "SELECT handle_sealed FROM passkey_owner WHERE account_id = $1";
    INSERT = "INSERT INTO passkey (id, account_id, credential_index, credential_sealed, name_sealed, sign_count,
            backup_eligible, backup_state, transports, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (credential_index) DO NOTHING";
    LIST = "SELECT id, account_id, credential_index, credential_sealed, name_sealed, sign_count, backup_eligible, backup_state,
            transports, created_at, used_at, alarmed_at
        FROM passkey WHERE account_id = $1 ORDER BY id";
    COUNT = "SELECT COUNT(*) FROM passkey WHERE account_id = $1";
    FIND_OWNED = "SELECT k.id, k.account_id, k.credential_index, k.credential_sealed, k.name_sealed, k.sign_count,
            k.backup_eligible, k.backup_state, k.transports, k.created_at, k.used_at, k.alarmed_at, a.state, o.handle_sealed
        FROM passkey k JOIN account a ON a.id = k.account_id JOIN passkey_owner o ON o.account_id = k.account_id
        WHERE k.credential_index = $1";
    LOCK = "SELECT sign_count FROM passkey WHERE id = $1 {for_update}";
    UPDATE_USED = "UPDATE passkey SET sign_count = $2, backup_state = $3, used_at = $4 WHERE id = $1";
    UPDATE_ALARMED = "UPDATE passkey SET alarmed_at = $2 WHERE id = $1";
    UPDATE_NAME = "UPDATE passkey SET name_sealed = $3 WHERE id = $1 AND account_id = $2";
    DELETE = "DELETE FROM passkey WHERE id = $1 AND account_id = $2";
    INSERT_CEREMONY = "INSERT INTO passkey_ceremony (id, browser_index, purpose, account_id, state_sealed, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    TAKE_CEREMONY = "DELETE FROM passkey_ceremony WHERE id = $1 AND browser_index = $2 AND purpose = $3 AND expires_at > $4
        RETURNING account_id, state_sealed";
    DELETE_SURPLUS = "DELETE FROM passkey_ceremony WHERE browser_index = $1 AND id <= (SELECT id FROM passkey_ceremony
        WHERE browser_index = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)";
    DELETE_EXPIRED = "DELETE FROM passkey_ceremony WHERE expires_at <= $1";
}

/// Keeps the handle an account has; `sealed` only when it has none.
pub(crate) async fn insert_owner(
    tx: &mut Tx,
    account: AccountId,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&INSERT_OWNER, params![account, sealed, now]).await?;
    Ok(())
}

pub(crate) async fn find_owner(tx: &mut Tx, account: AccountId) -> Result<Option<Vec<u8>>> {
    tx.first(&FIND_OWNER, params![account]).await?.map(|row| row.reader().get()).transpose()
}

/// `false` when the credential is known already, here or to another account.
pub(crate) async fn insert_passkey(tx: &mut Tx, key: &Stored) -> Result<bool> {
    let values = params![
        key.id.0,
        key.account,
        &key.credential_index,
        &key.credential_sealed,
        &key.name_sealed,
        key.sign_count,
        key.backup_eligible,
        key.backup_state,
        &key.transports,
        key.created_at,
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(crate) async fn list_passkeys(tx: &mut Tx, account: AccountId) -> Result<Vec<Stored>> {
    tx.all(&LIST, params![account]).await?.iter().map(|row| stored(&mut row.reader())).collect()
}

pub(crate) async fn count_passkeys(tx: &mut Tx, account: AccountId) -> Result<i64> {
    tx.one(&COUNT, params![account]).await?.reader().get()
}

pub(crate) async fn find_owned(tx: &mut Tx, credential_index: &[u8]) -> Result<Option<Owned>> {
    let Some(row) = tx.first(&FIND_OWNED, params![credential_index]).await? else { return Ok(None) };
    let mut r = row.reader();
    let key = stored(&mut r)?;
    let state = AccountState::from_name(&r.get::<String>()?)
        .ok_or_else(|| db::Error::Shape("account.state has an unknown word".to_owned()))?;
    Ok(Some(Owned { key, state, handle_sealed: r.get()? }))
}

/// The counter as it is now; `None` when the passkey is gone.
pub(crate) async fn lock_count(tx: &mut Tx, id: PasskeyId) -> Result<Option<u32>> {
    tx.first(&LOCK, params![id.0]).await?.map(|row| row.reader().get()).transpose()
}

pub(crate) async fn update_used(
    tx: &mut Tx,
    id: PasskeyId,
    sign_count: u32,
    backup_state: bool,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&UPDATE_USED, params![id.0, sign_count, backup_state, now]).await?;
    Ok(())
}

pub(crate) async fn update_alarmed(tx: &mut Tx, id: PasskeyId, now: Timestamp) -> Result<()> {
    tx.execute(&UPDATE_ALARMED, params![id.0, now]).await?;
    Ok(())
}

/// `false` when the passkey is not this account's.
pub(crate) async fn update_name(
    tx: &mut Tx,
    id: PasskeyId,
    account: AccountId,
    sealed: Vec<u8>,
) -> Result<bool> {
    Ok(tx.execute(&UPDATE_NAME, params![id.0, account, sealed]).await? == 1)
}

/// Every passkey of an account.
pub(crate) async fn delete_all(tx: &mut Tx, account: AccountId) -> Result<u64> {
    tx.execute(&DELETE_ALL, params![account]).await
}

pub(crate) async fn delete_passkey(tx: &mut Tx, id: PasskeyId, account: AccountId) -> Result<bool> {
    Ok(tx.execute(&DELETE, params![id.0, account]).await? == 1)
}

/// Writes a ceremony and makes room among those of its browser.
pub(crate) async fn insert_ceremony(tx: &mut Tx, ceremony: &Ceremony) -> Result<()> {
    let values = params![
        ceremony.id.0,
        &ceremony.browser_index,
        ceremony.purpose.name(),
        ceremony.account,
        &ceremony.state_sealed,
        ceremony.expires_at,
    ];
    tx.execute(&INSERT_CEREMONY, values).await?;
    tx.execute(&DELETE_SURPLUS, params![&ceremony.browser_index, MOST_CEREMONIES]).await?;
    Ok(())
}

/// Uses a ceremony up: it is gone, whatever the answer is worth. `None` when it is too old, another browser's, for
/// something else, or was answered.
pub(crate) async fn take_ceremony(
    tx: &mut Tx,
    id: CeremonyId,
    browser_index: &[u8],
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<(Option<AccountId>, Vec<u8>)>> {
    let values = params![id.0, browser_index, purpose.name(), now];
    let Some(row) = tx.first(&TAKE_CEREMONY, values).await? else { return Ok(None) };
    let mut r = row.reader();
    Ok(Some((r.get()?, r.get()?)))
}

pub(crate) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_EXPIRED, params![now]).await
}

fn stored(r: &mut RowReader<'_>) -> Result<Stored> {
    Ok(Stored {
        id: PasskeyId(r.get()?),
        account: r.get()?,
        credential_index: r.get()?,
        credential_sealed: r.get()?,
        name_sealed: r.get()?,
        sign_count: r.get()?,
        backup_eligible: r.get()?,
        backup_state: r.get()?,
        transports: r.get()?,
        created_at: r.get()?,
        used_at: r.get()?,
        alarmed_at: r.get()?,
    })
}
