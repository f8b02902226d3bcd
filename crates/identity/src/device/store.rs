//! SQL of devices and of tries to sign in.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, PageRequest, Timestamp};

use crate::signin::Method;

use super::model::{DeviceId, KnownDevice, LoginId, Outcome, StoredLogin};

db::statements! {
    FIND = "SELECT id, client_sealed, remembered_until, created_at, seen_at
        FROM known_device WHERE account_id = $1 AND token_hash = $2";
    LIST = "SELECT id, client_sealed, remembered_until, created_at, seen_at
        FROM known_device WHERE account_id = $1 ORDER BY seen_at DESC LIMIT 100";
    ANY = "SELECT id FROM known_device WHERE account_id = $1 LIMIT 1";
    INSERT = "INSERT INTO known_device (id, account_id, token_hash, client_sealed, remembered_until, created_at, seen_at)
        VALUES ($1, $2, $3, $4, NULL, $5, $5)";
    UPDATE = "UPDATE known_device SET client_sealed = $2, seen_at = $3 WHERE id = $1";
    REMEMBER = "UPDATE known_device SET remembered_until = $2 WHERE id = $1";
    ROTATE = "UPDATE known_device SET token_hash = $2 WHERE token_hash = $1";
    DELETE = "DELETE FROM known_device WHERE account_id = $1 AND id = $2";
    FORGET_ALL = "UPDATE known_device SET remembered_until = NULL WHERE account_id = $1";
    DELETE_OLD = "DELETE FROM known_device WHERE seen_at < $1";
    INSERT_EVENT = "INSERT INTO login_event (id, account_id, outcome, method, client_sealed, device_id, score, reasons, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    LIST_EVENTS = "SELECT id, outcome, method, client_sealed, reasons, created_at FROM login_event
        WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    DELETE_OLD_EVENTS = "DELETE FROM login_event WHERE created_at < $1";
}

pub(crate) async fn find_device(
    tx: &mut Tx,
    account: AccountId,
    token_hash: &[u8],
) -> Result<Option<KnownDevice>> {
    tx.first(&FIND, params![account, token_hash]).await?.as_ref().map(device).transpose()
}

/// Last used first.
pub(crate) async fn list_devices(tx: &mut Tx, account: AccountId) -> Result<Vec<KnownDevice>> {
    tx.all(&LIST, params![account]).await?.iter().map(device).collect()
}

pub(crate) async fn has_device(tx: &mut Tx, account: AccountId) -> Result<bool> {
    Ok(tx.first(&ANY, params![account]).await?.is_some())
}

pub(crate) async fn insert_device(
    tx: &mut Tx,
    id: DeviceId,
    account: AccountId,
    token_hash: &[u8],
    client_sealed: &[u8],
    now: Timestamp,
) -> Result<()> {
    tx.execute(&INSERT, params![id.0, account, token_hash, client_sealed, now]).await?;
    Ok(())
}

pub(crate) async fn update_device(
    tx: &mut Tx,
    id: DeviceId,
    client_sealed: &[u8],
    now: Timestamp,
) -> Result<()> {
    tx.execute(&UPDATE, params![id.0, client_sealed, now]).await?;
    Ok(())
}

pub(crate) async fn update_remembered(tx: &mut Tx, id: DeviceId, until: Timestamp) -> Result<()> {
    tx.execute(&REMEMBER, params![id.0, until]).await?;
    Ok(())
}

/// One browser, whatever accounts it is known to, goes on under another token.
pub(crate) async fn update_token(tx: &mut Tx, old: &[u8], new: &[u8]) -> Result<u64> {
    tx.execute(&ROTATE, params![old, new]).await
}

pub(crate) async fn delete_device(tx: &mut Tx, account: AccountId, id: DeviceId) -> Result<u64> {
    tx.execute(&DELETE, params![account, id.0]).await
}

pub(crate) async fn forget_all(tx: &mut Tx, account: AccountId) -> Result<u64> {
    tx.execute(&FORGET_ALL, params![account]).await
}

pub(crate) async fn delete_unused(tx: &mut Tx, since: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_OLD, params![since]).await
}

pub(crate) async fn insert_event(
    tx: &mut Tx,
    (account, device): (Option<AccountId>, Option<DeviceId>),
    (score, reasons): (i64, &str),
    row: &StoredLogin,
) -> Result<()> {
    let values = params![
        row.id.0,
        account,
        row.outcome.name(),
        row.method.name(),
        &row.client_sealed,
        device.map(DeviceId::raw),
        score,
        reasons,
        row.at,
    ];
    tx.execute(&INSERT_EVENT, values).await?;
    Ok(())
}

/// Newest first.
pub(crate) async fn list_events(
    tx: &mut Tx,
    account: AccountId,
    page: &PageRequest,
) -> Result<Vec<StoredLogin>> {
    let rows = tx.all(&LIST_EVENTS, params![account, page.after.id, page.fetch()]).await?;
    rows.iter().map(event).collect()
}

pub(crate) async fn delete_old_events(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_OLD_EVENTS, params![before]).await
}

fn device(row: &Row) -> Result<KnownDevice> {
    let mut r = row.reader();
    Ok(KnownDevice {
        id: DeviceId(r.get()?),
        client_sealed: r.get()?,
        remembered_until: r.get()?,
        created_at: r.get()?,
        seen_at: r.get()?,
    })
}

fn event(row: &Row) -> Result<StoredLogin> {
    let mut r = row.reader();
    let id = LoginId(r.get()?);
    let unknown = || db::Error::Shape("a try to sign in has an unknown word".to_owned());
    Ok(StoredLogin {
        id,
        outcome: Outcome::from_name(&r.get::<String>()?).ok_or_else(unknown)?,
        method: Method::from_name(&r.get::<String>()?).ok_or_else(unknown)?,
        client_sealed: r.get()?,
        reasons: r.get()?,
        at: r.get()?,
    })
}
