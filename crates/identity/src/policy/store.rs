//! SQL of rules.

use db::{Result, Tx, params};
use kernel::{AccountId, Timestamp};

use super::model::Policy;

db::statements! {
    FIND = "SELECT body, version FROM approval_policy WHERE organisation_id = $1";
    INSERT = "INSERT INTO approval_policy (organisation_id, body, version, changed_by, changed_at) VALUES ($1, $2, 1, $3, $4)
              ON CONFLICT (organisation_id) DO NOTHING";
    UPDATE = "UPDATE approval_policy SET body = $2, version = version + 1, changed_by = $3, changed_at = $4
              WHERE organisation_id = $1 AND version = $5";
}

pub(crate) async fn find(tx: &mut Tx, party: AccountId) -> Result<Policy> {
    let Some(row) = tx.first(&FIND, params![party]).await? else { return Ok(Policy::default()) };
    let mut r = row.reader();
    let (body, version): (String, i64) = (r.get()?, r.get()?);
    let rules = serde_json::from_str(&body).map_err(|error| db::Error::Other(error.into()))?;
    Ok(Policy { rules, version })
}

/// Replaces the rules of this version; `false` when they have changed since.
pub(crate) async fn replace(
    tx: &mut Tx,
    party: AccountId,
    policy: &Policy,
    by: AccountId,
    now: Timestamp,
) -> Result<bool> {
    let body = serde_json::to_string(&policy.rules).map_err(|error| db::Error::Other(error.into()))?;
    let changed = if policy.version == 0 {
        tx.execute(&INSERT, params![party, body, by, now]).await?
    } else {
        tx.execute(&UPDATE, params![party, body, by, now, policy.version]).await?
    };
    Ok(changed == 1)
}
