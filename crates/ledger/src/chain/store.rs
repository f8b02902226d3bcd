//! Rows of `ledger_entry` and `ledger_lane`. There is no statement that changes or deletes an entry.

use db::{Row, Tx, Value, params};

use super::model::{ChainEntry, GENESIS, Head, Lane};

db::statements! {
    LOCK_LANE = "SELECT lane, seq, head_hash FROM ledger_lane WHERE lane = $1 {for_update}";
    INSERT_LANE = "INSERT INTO ledger_lane (lane, seq, head_hash) VALUES ($1, 0, $2) ON CONFLICT (lane) DO NOTHING";
    UPDATE_LANE = "UPDATE ledger_lane SET seq = $2, head_hash = $3 WHERE lane = $1";
    LIST_LANES = "SELECT lane, seq, head_hash FROM ledger_lane ORDER BY lane";
    LIST_ENTRIES = "SELECT id, fact, object_id, hash FROM ledger_entry WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
    bulk INSERT_ENTRY (id: Int, fact: Text, object_id: Int, hash: Bytes) =
        "INSERT INTO ledger_entry (id, fact, object_id, hash) SELECT id, fact, object_id, hash FROM {rows}";
}

fn head(row: &Row) -> db::Result<Head> {
    let mut r = row.reader();
    Ok(Head { lane: Lane(r.get()?), seq: r.get()?, hash: r.get()? })
}

fn entry(row: &Row) -> db::Result<ChainEntry> {
    let mut r = row.reader();
    Ok(ChainEntry { id: r.get()?, fact: r.get()?, object: r.get()?, hash: r.get()? })
}

/// The lane's head, which nobody else moves until this transaction ends. A lane that is not there yet is opened.
pub(crate) async fn lock_lane(tx: &mut Tx, lane: Lane) -> db::Result<Head> {
    let lane = i64::from(lane.0);
    if let Some(row) = tx.first(&LOCK_LANE, params![lane]).await? {
        return head(&row);
    }
    tx.execute(&INSERT_LANE, params![lane, GENESIS]).await?;
    head(&tx.one(&LOCK_LANE, params![lane]).await?)
}

pub(crate) async fn update_lane(tx: &mut Tx, lane: Lane, seq: i64, hash: &[u8]) -> db::Result<()> {
    tx.execute(&UPDATE_LANE, params![i64::from(lane.0), seq, hash]).await.map(|_| ())
}

pub(crate) async fn list_lanes(tx: &mut Tx) -> db::Result<Vec<Head>> {
    tx.all(&LIST_LANES, params![]).await?.iter().map(head).collect()
}

/// At most `limit` entries after the id `after`, up to and with `last`.
pub(crate) async fn list_entries(
    tx: &mut Tx,
    after: i64,
    last: i64,
    limit: i64,
) -> db::Result<Vec<ChainEntry>> {
    tx.all(&LIST_ENTRIES, params![after, last, limit]).await?.iter().map(entry).collect()
}

pub(crate) async fn insert_entries(tx: &mut Tx, rows: Vec<Vec<Value>>) -> db::Result<()> {
    tx.bulk(&INSERT_ENTRY, rows).await.map(|_| ())
}
