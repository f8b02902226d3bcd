//! SQL of states and claims.

use db::{Result, Tx, params};
use kernel::{AccountId, Timestamp};
use vault::SealedColumn;

use super::model::{Purpose, Spent, StoredClaim, Taken};

pub(super) const SECRETS: &str = "identity.federated_state.secrets";
pub(super) const CLAIMED: &str = "identity.federated_claim.claimed";

/// The columns of sealed values.
pub(crate) const SEALED: &[SealedColumn] = &[
    SealedColumn::new("federated_state", "secrets_sealed", SECRETS),
    SealedColumn::new("federated_claim", "claimed_sealed", CLAIMED),
];

db::statements! {
    INSERT_STATE = "INSERT INTO federated_state
            (id, state_hash, browser_hash, provider, purpose, account_id, secrets_sealed, created_at, expires_at, used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)";
    TAKE_STATE = "UPDATE federated_state SET used_at = $4
        WHERE state_hash = $1 AND browser_hash = $2 AND provider = $3 AND used_at IS NULL AND expires_at > $4
        RETURNING purpose, account_id, secrets_sealed";
    FIND_STATE = "SELECT browser_hash, provider, used_at, expires_at FROM federated_state WHERE state_hash = $1";
    DELETE_STATES = "DELETE FROM federated_state WHERE expires_at < $1";
    INSERT_CLAIM = "INSERT INTO federated_claim (id, browser_hash, provider, subject_index, claimed_sealed, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (browser_hash) DO UPDATE SET provider = $3, subject_index = $4, claimed_sealed = $5,
            created_at = $6, expires_at = $7";
    FIND_CLAIM = "SELECT provider, subject_index, claimed_sealed FROM federated_claim WHERE browser_hash = $1 AND expires_at > $2";
    TAKE_CLAIM = "DELETE FROM federated_claim WHERE browser_hash = $1 AND expires_at > $2
        RETURNING provider, subject_index, claimed_sealed";
    DELETE_CLAIMS = "DELETE FROM federated_claim WHERE expires_at < $1";
}

/// A state to be written.
pub(crate) struct NewState<'a> {
    pub id: i64,
    pub state_hash: [u8; 32],
    pub browser_hash: [u8; 32],
    pub provider: &'a str,
    pub purpose: Purpose,
    pub account: Option<AccountId>,
    pub secrets_sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

pub(crate) async fn insert_state(tx: &mut Tx, state: NewState<'_>) -> Result<()> {
    let values = params![
        state.id,
        state.state_hash,
        state.browser_hash,
        state.provider,
        state.purpose.name(),
        state.account,
        state.secrets_sealed,
        state.created_at,
        state.expires_at,
    ];
    tx.execute(&INSERT_STATE, values).await?;
    Ok(())
}

/// Uses a state up. Of several callers one gets it.
pub(crate) async fn take_state(
    tx: &mut Tx,
    state_hash: [u8; 32],
    browser_hash: [u8; 32],
    provider: &str,
    now: Timestamp,
) -> Result<Option<Taken>> {
    let values = params![state_hash, browser_hash, provider, now];
    let Some(row) = tx.first(&TAKE_STATE, values).await? else { return Ok(None) };
    let mut r = row.reader();
    let purpose = Purpose::from_name(&r.get::<String>()?);
    let purpose = purpose.ok_or_else(|| db::Error::Shape("a state has an unknown purpose".to_owned()))?;
    Ok(Some(Taken { purpose, account: r.get()?, secrets_sealed: r.get()? }))
}

/// What is known about a state that could not be taken.
pub(crate) async fn find_spent(
    tx: &mut Tx,
    state_hash: [u8; 32],
    browser_hash: [u8; 32],
) -> Result<Option<Spent>> {
    let Some(row) = tx.first(&FIND_STATE, params![state_hash]).await? else { return Ok(None) };
    let mut r = row.reader();
    let is_ours = r.get::<Vec<u8>>()? == browser_hash;
    Ok(Some(Spent { is_ours, provider: r.get()?, used_at: r.get()?, expires_at: r.get()? }))
}

/// A browser has one claim: a newer one takes the place of the older.
pub(crate) async fn upsert_claim(
    tx: &mut Tx,
    id: i64,
    browser_hash: [u8; 32],
    claim: &StoredClaim,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<()> {
    let values = params![
        id,
        browser_hash,
        &claim.provider,
        &claim.subject_index,
        &claim.claimed_sealed,
        now,
        expires_at,
    ];
    tx.execute(&INSERT_CLAIM, values).await?;
    Ok(())
}

pub(crate) async fn find_claim(
    tx: &mut Tx,
    browser_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<StoredClaim>> {
    tx.first(&FIND_CLAIM, params![browser_hash, now]).await?.as_ref().map(claim).transpose()
}

/// Uses a claim up.
pub(crate) async fn take_claim(
    tx: &mut Tx,
    browser_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<StoredClaim>> {
    tx.first(&TAKE_CLAIM, params![browser_hash, now]).await?.as_ref().map(claim).transpose()
}

pub(crate) async fn delete_expired(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let states = tx.execute(&DELETE_STATES, params![before]).await?;
    let claims = tx.execute(&DELETE_CLAIMS, params![before]).await?;
    Ok(states.saturating_add(claims))
}

fn claim(row: &db::Row) -> Result<StoredClaim> {
    let mut r = row.reader();
    Ok(StoredClaim { provider: r.get()?, subject_index: r.get()?, claimed_sealed: r.get()? })
}
