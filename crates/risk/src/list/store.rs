//! Rows of lists.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Timestamp};
use vault::SealedColumn;

use super::model::{Entity, Entry, EntryId, EntryState, List, NewEntry};
use super::{REASON, VALUE};
use crate::decision::store::name;

pub(crate) const SEALED: &[SealedColumn] = &[
    SealedColumn::new("risk_list_entry", "value_sealed", VALUE),
    SealedColumn::new("risk_list_entry", "reason_sealed", REASON),
];

db::statements! {
    INSERT = "INSERT INTO risk_list_entry (id, list, entity, value, value_sealed, reason_sealed, state, made_by, made_at, expires_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
              ON CONFLICT (list, entity, value) WHERE state <> 'removed' DO NOTHING";
    LOCK = "SELECT id, list, entity, value, reason_sealed, state, made_by, made_at, checked_by, expires_at
            FROM risk_list_entry WHERE id = $1 {for_update}";
    LIST = "SELECT id, list, entity, value, reason_sealed, state, made_by, made_at, checked_by, expires_at
            FROM risk_list_entry WHERE id < $1 AND state <> 'removed' ORDER BY id DESC LIMIT $2";
    ACTIVE = "SELECT entity, value, list, expires_at FROM risk_list_entry WHERE state = 'active'";
    SEALED_VALUE = "SELECT value_sealed FROM risk_list_entry WHERE id = $1";
    APPROVE = "UPDATE risk_list_entry SET state = 'active', checked_by = $2, checked_at = $3 WHERE id = $1 AND state = 'proposed'";
    REMOVE = "UPDATE risk_list_entry SET state = 'removed', removed_by = $2, removed_at = $3 WHERE id = $1 AND state <> 'removed'";
    REMOVE_EXPIRED = "UPDATE risk_list_entry SET state = 'removed', removed_at = $1 WHERE state <> 'removed' AND expires_at <= $1";
}

/// `false` when the same stands there already.
pub(crate) async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    (id, value): (EntryId, i64),
    new: &NewEntry,
    state: EntryState,
    by: AccountId,
) -> Result<bool> {
    let seal = |context, text: &str| {
        let sealed = cx.vault.seal_text(cx.rng.as_ref(), context, text);
        sealed.map_err(|error| db::Error::Other(error.into()))
    };
    let (sealed, reason) = (seal(VALUE, new.value.trim())?, seal(REASON, new.reason.trim())?);
    let (list, entity) = (new.list.name(), new.entity.name());
    let values =
        params![id.raw(), list, entity, value, sealed, reason, state.name(), by, cx.now(), new.expires_at];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: EntryId) -> Result<Option<Entry>> {
    tx.first(&LOCK, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn list(tx: &mut Tx, cx: &Cx, after: i64, limit: i64) -> Result<Vec<Entry>> {
    tx.all(&LIST, params![after, limit]).await?.iter().map(|row| read(cx, row)).collect()
}

/// What every node keeps in memory.
pub(crate) async fn list_active(tx: &mut Tx) -> Result<Vec<(Entity, i64, List, Option<Timestamp>)>> {
    let rows = tx.all(&ACTIVE, params![]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let entity = name(Entity::from_name, &r.get::<String>()?)?;
            let value = r.get()?;
            Ok((entity, value, name(List::from_name, &r.get::<String>()?)?, r.get()?))
        })
        .collect()
}

pub(crate) async fn find_value(tx: &mut Tx, cx: &Cx, id: EntryId) -> Result<Option<String>> {
    let Some(row) = tx.first(&SEALED_VALUE, params![id.raw()]).await? else { return Ok(None) };
    let sealed: Vec<u8> = row.reader().get()?;
    cx.vault.open_text(VALUE, &sealed).map(Some).map_err(|error| db::Error::Other(error.into()))
}

pub(crate) async fn update_approved(tx: &mut Tx, id: EntryId, by: AccountId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&APPROVE, params![id.raw(), by, now]).await? == 1)
}

pub(crate) async fn update_removed(tx: &mut Tx, id: EntryId, by: AccountId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&REMOVE, params![id.raw(), by, now]).await? == 1)
}

/// Takes away what has expired; how many there were.
pub(crate) async fn remove_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&REMOVE_EXPIRED, params![now]).await
}

fn read(cx: &Cx, row: &Row) -> Result<Entry> {
    let mut r = row.reader();
    let id = EntryId(r.get()?);
    let list = name(List::from_name, &r.get::<String>()?)?;
    let entity = name(Entity::from_name, &r.get::<String>()?)?;
    let value = r.get()?;
    let reason = cx.vault.open_text(REASON, &r.get::<Vec<u8>>()?);
    let reason = reason.map_err(|error| db::Error::Other(error.into()))?;
    let state = name(EntryState::from_name, &r.get::<String>()?)?;
    let (made_by, made_at, checked_by, expires_at) = (r.get()?, r.get()?, r.get()?, r.get()?);
    Ok(Entry { id, list, entity, value, reason, state, made_by, made_at, checked_by, expires_at })
}
