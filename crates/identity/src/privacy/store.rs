//! SQL of consents, and the one list of every table that knows a person.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, Timestamp};

use super::model::{ConsentId, ConsentPurpose, ConsentView};

db::statements! {
    GIVE = "INSERT INTO consent (id, account_id, purpose, version, given_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING";
    WITHDRAW = "UPDATE consent SET withdrawn_at = $3 WHERE account_id = $1 AND purpose = $2 AND withdrawn_at IS NULL";
    WITHDRAW_ALL = "UPDATE consent SET withdrawn_at = $2 WHERE account_id = $1 AND withdrawn_at IS NULL";
    LIST = "SELECT purpose, version, given_at, withdrawn_at FROM consent WHERE account_id = $1 ORDER BY id DESC LIMIT 200";
    ERASE_ACCOUNT = "UPDATE account SET state = 'closed', name_sealed = NULL, phone_sealed = NULL, phone_index = NULL,
            phone_verified_at = NULL, email_sealed = NULL, email_index = NULL, email_verified_at = NULL, password_hash = NULL,
            erased_at = $2, updated_at = $2
        WHERE id = $1";
    ERASE_CODES = "DELETE FROM one_time_code WHERE account_id = $1";
    ERASE_SESSIONS = "DELETE FROM session WHERE account_id = $1";
    ERASE_TOTP = "DELETE FROM totp WHERE account_id = $1";
    ERASE_RECOVERY_CODES = "DELETE FROM recovery_code WHERE account_id = $1";
    ERASE_DEVICES = "DELETE FROM known_device WHERE account_id = $1";
    ERASE_LOGINS = "DELETE FROM login_event WHERE account_id = $1";
    ERASE_CHANGES = "DELETE FROM contact_change WHERE account_id = $1";
    ERASE_PASSKEYS = "DELETE FROM passkey WHERE account_id = $1";
    ERASE_PASSKEY_OWNER = "DELETE FROM passkey_owner WHERE account_id = $1";
    ERASE_CEREMONIES = "DELETE FROM passkey_ceremony WHERE account_id = $1";
    ERASE_LINKS = "DELETE FROM federated_link WHERE account_id = $1";
    ERASE_STATES = "DELETE FROM federated_state WHERE account_id = $1";
    ERASE_MERGE = "DELETE FROM account_merge WHERE account_id = $1 OR other_id = $1";
    ERASE_REAL_NAME = "DELETE FROM real_name WHERE account_id = $1";
    ERASE_CHECKS = "DELETE FROM name_check WHERE account_id = $1";
    ERASE_RECOVERIES = "DELETE FROM recovery WHERE account_id = $1";
    ERASE_MEMBERSHIPS = "DELETE FROM membership WHERE account_id = $1";
    ERASE_TOKENS = "DELETE FROM api_token WHERE client_id IN (SELECT id FROM api_client WHERE owner_id = $1)";
    ERASE_KEYS = "DELETE FROM api_key WHERE client_id IN (SELECT id FROM api_client WHERE owner_id = $1)";
    ERASE_CLIENTS = "DELETE FROM api_client WHERE owner_id = $1";
}

/// The tables that are emptied of somebody, in the order of their dependencies.
const EMPTIED: &[&db::Sql] = &[
    &ERASE_CODES,
    &ERASE_SESSIONS,
    &ERASE_TOTP,
    &ERASE_RECOVERY_CODES,
    &ERASE_DEVICES,
    &ERASE_LOGINS,
    &ERASE_CHANGES,
    &ERASE_PASSKEYS,
    &ERASE_PASSKEY_OWNER,
    &ERASE_CEREMONIES,
    &ERASE_LINKS,
    &ERASE_STATES,
    &ERASE_MERGE,
    &ERASE_REAL_NAME,
    &ERASE_CHECKS,
    &ERASE_RECOVERIES,
    &ERASE_MEMBERSHIPS,
    &ERASE_TOKENS,
    &ERASE_KEYS,
    &ERASE_CLIENTS,
];

/// Nothing happens when it was given and not taken back.
pub(crate) async fn give(
    tx: &mut Tx,
    id: ConsentId,
    account: AccountId,
    purpose: ConsentPurpose,
    now: Timestamp,
) -> Result<u64> {
    tx.execute(&GIVE, params![id.0, account, purpose.name(), purpose.version(), now]).await
}

pub(crate) async fn withdraw(
    tx: &mut Tx,
    account: AccountId,
    purpose: ConsentPurpose,
    now: Timestamp,
) -> Result<u64> {
    tx.execute(&WITHDRAW, params![account, purpose.name(), now]).await
}

pub(crate) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<ConsentView>> {
    tx.all(&LIST, params![account]).await?.iter().map(consent).collect()
}

/// Empties every table of the person. The bare account stays: orders and entries of the books point at it.
pub(crate) async fn erase(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<()> {
    for statement in EMPTIED {
        tx.execute(statement, params![account]).await?;
    }
    tx.execute(&WITHDRAW_ALL, params![account, now]).await?;
    tx.execute(&ERASE_ACCOUNT, params![account, now]).await?;
    Ok(())
}

fn consent(row: &Row) -> Result<ConsentView> {
    let mut r = row.reader();
    let purpose = ConsentPurpose::from_name(&r.get::<String>()?)
        .ok_or_else(|| db::Error::Shape("consent.purpose has an unknown word".to_owned()))?;
    Ok(ConsentView { purpose, version: r.get()?, given_at: r.get()?, withdrawn_at: r.get()? })
}
