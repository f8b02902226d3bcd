//! Rows of data keys and of what nodes have.

use db::{Error, Result, Row, Tx, params};
use kernel::Timestamp;

use crate::model::{DataKey, KeyState, Purpose};

db::statements! {
    LIST = "SELECT purpose, number, wrapped, wrapped_by, state, created_at, current_at, retired_at, destroyed_at
            FROM data_key ORDER BY purpose, number";
    INSERT = "INSERT INTO data_key (purpose, number, wrapped, wrapped_by, state, created_at, current_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (purpose, number) DO NOTHING";
    AGE = "UPDATE data_key SET state = 'old' WHERE purpose = 'seal' AND state = 'current' AND number <> $1";
    PROMOTE = "UPDATE data_key SET state = 'current', current_at = $2
               WHERE purpose = 'seal' AND number = $1 AND state = 'known'";
    RETIRE = "UPDATE data_key SET state = 'retired', retired_at = $2
              WHERE purpose = 'seal' AND number = $1 AND state = 'old'";
    WITHDRAW_INDEX = "DELETE FROM data_key WHERE purpose = 'index' AND number = $1 AND state = 'known'";
    RETIRE_INDEX = "UPDATE data_key SET state = 'retired', retired_at = $2
                    WHERE purpose = 'index' AND state = 'current' AND number <> $1";
    PROMOTE_INDEX = "UPDATE data_key SET state = 'current', current_at = $2
                     WHERE purpose = 'index' AND number = $1 AND state = 'known'";
    DESTROY = "UPDATE data_key SET state = 'destroyed', destroyed_at = $3, wrapped = $4
               WHERE purpose = $1 AND number = $2 AND state = 'retired'";
    REWRAP = "UPDATE data_key SET wrapped = $4, wrapped_by = $5 WHERE purpose = $1 AND number = $2 AND wrapped = $3";
    ACKNOWLEDGE = "INSERT INTO keyring_node (node, known, sealing, seen_at) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (node) DO UPDATE SET known = excluded.known, sealing = excluded.sealing,
                                                    seen_at = excluded.seen_at";
    NODES = "SELECT node, known, sealing FROM keyring_node ORDER BY node";
    SWEPT = "SELECT table_name, column_name FROM sealed_column";
    SWEEP = "INSERT INTO sealed_column (table_name, column_name, done_at) VALUES ($1, $2, $3)
             ON CONFLICT (table_name, column_name) DO NOTHING";
}

fn read(row: &Row) -> Result<DataKey> {
    let mut r = row.reader();
    let purpose: String = r.get()?;
    let number = r.get()?;
    let (wrapped, wrapped_by): (Vec<u8>, String) = (r.get()?, r.get()?);
    let state: String = r.get()?;
    let unknown = |what: &str| Error::Shape(format!("{what} is no purpose or state of a data key"));
    Ok(DataKey {
        purpose: Purpose::from_name(&purpose).ok_or_else(|| unknown(&purpose))?,
        number,
        wrapped,
        wrapped_by,
        state: KeyState::from_name(&state).ok_or_else(|| unknown(&state))?,
        created_at: r.get()?,
        current_at: r.get()?,
        retired_at: r.get()?,
        destroyed_at: r.get()?,
    })
}

pub(crate) async fn list(tx: &mut Tx) -> Result<Vec<DataKey>> {
    tx.all(&LIST, params![]).await?.iter().map(read).collect()
}

/// `false` when a key of this number is there already.
pub(crate) async fn insert(tx: &mut Tx, key: &DataKey) -> Result<bool> {
    let row = params![
        key.purpose.name(),
        key.number,
        &key.wrapped,
        &key.wrapped_by,
        key.state.name(),
        key.created_at,
        key.current_at
    ];
    Ok(tx.execute(&INSERT, row).await? == 1)
}

/// The key `number` seals from now on; `false` when it was not merely known.
pub(crate) async fn promote(tx: &mut Tx, number: u32, now: Timestamp) -> Result<bool> {
    tx.execute(&AGE, params![number]).await?;
    Ok(tx.execute(&PROMOTE, params![number, now]).await? == 1)
}

pub(crate) async fn retire(tx: &mut Tx, number: u32, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&RETIRE, params![number, now]).await? == 1)
}

/// Takes a key back that made no index yet.
pub(crate) async fn withdraw_index(tx: &mut Tx, number: u32) -> Result<()> {
    tx.execute(&WITHDRAW_INDEX, params![number]).await.map(|_| ())
}

/// The key `number` makes every index from now on, and the one before makes none; `false` when it was not merely known.
pub(crate) async fn promote_index(tx: &mut Tx, number: u32, now: Timestamp) -> Result<bool> {
    tx.execute(&RETIRE_INDEX, params![number, now]).await?;
    Ok(tx.execute(&PROMOTE_INDEX, params![number, now]).await? == 1)
}

/// Empties the bytes of a retired key; `false` when it is not retired any more.
pub(crate) async fn destroy(tx: &mut Tx, key: &DataKey, now: Timestamp) -> Result<bool> {
    let row = params![key.purpose.name(), key.number, now, Vec::<u8>::new()];
    Ok(tx.execute(&DESTROY, row).await? == 1)
}

/// `false` when it was wrapped anew meanwhile.
pub(crate) async fn rewrap(tx: &mut Tx, key: &DataKey, wrapped: &[u8], by: &str) -> Result<bool> {
    let row = params![key.purpose.name(), key.number, &key.wrapped, wrapped, by];
    Ok(tx.execute(&REWRAP, row).await? == 1)
}

pub(crate) async fn acknowledge(
    tx: &mut Tx,
    node: u16,
    known: u32,
    sealing: u32,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&ACKNOWLEDGE, params![node, known, sealing, now]).await.map(|_| ())
}

/// Node, the newest key it knows, the key it seals with.
pub(crate) async fn nodes(tx: &mut Tx) -> Result<Vec<(i64, u32, u32)>> {
    let rows = tx.all(&NODES, params![]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?, r.get()?))
        })
        .collect()
}

pub(crate) async fn swept(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    let rows = tx.all(&SWEPT, params![]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?))
        })
        .collect()
}

pub(crate) async fn note_swept(tx: &mut Tx, table: &str, column: &str, now: Timestamp) -> Result<()> {
    tx.execute(&SWEEP, params![table, column, now]).await.map(|_| ())
}
