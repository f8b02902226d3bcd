//! SQL of the lists. Networks and reasons are sealed; rows that ended stay for a year, because they say who was kept out when and why.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::Timestamp;

use super::model::{Entry, EntryId, EntryKind};
use crate::sealed;

db::statements! {
    INSERT = "INSERT INTO shield_entry (id, kind, network_sealed, network_index, reason, reason_sealed, author, created_at, expires_at)
        VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    LIVE = "SELECT id, kind, network_sealed, reason_sealed, author, created_at, expires_at FROM shield_entry
        WHERE ended_at IS NULL AND (expires_at IS NULL OR expires_at > $1) ORDER BY id DESC LIMIT $2";
    END_EXPIRED = "UPDATE shield_entry SET ended_at = expires_at WHERE ended_at IS NULL AND expires_at <= $1";
    END = "UPDATE shield_entry SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL
        AND (expires_at IS NULL OR expires_at > $2)";
    DELETE_OLD = "DELETE FROM shield_entry WHERE ended_at < $1";
}

/// `false` when a live entry of this kind is there already.
pub(crate) async fn insert_entry(tx: &mut Tx, cx: &Cx, entry: &Entry) -> Result<bool> {
    // What has run out makes room for what is new.
    tx.execute(&END_EXPIRED, params![entry.created_at]).await?;
    let (sealed, index) = sealed::seal(cx, &entry.network)?;
    let (id, kind) = (entry.id.0, entry.kind.name());
    let reason = sealed::seal_words(cx, sealed::ENTRY_REASON, &entry.reason)?;
    let values = params![id, kind, sealed, index, reason, &entry.author, entry.created_at, entry.expires_at];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

/// The entries that hold, newest first.
pub(crate) async fn live(tx: &mut Tx, cx: &Cx, limit: i64) -> Result<Vec<Entry>> {
    let rows = tx.all(&LIVE, params![cx.now(), limit]).await?;
    rows.iter().map(|row| entry(row, cx)).collect()
}

/// `false` when it does not hold any more.
pub(crate) async fn end_entry(tx: &mut Tx, id: EntryId, at: Timestamp, by: &str) -> Result<bool> {
    Ok(tx.execute(&END, params![id.0, at, by]).await? == 1)
}

pub(crate) async fn delete_ended(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_OLD, params![before]).await
}

fn entry(row: &Row, cx: &Cx) -> Result<Entry> {
    let mut r = row.reader();
    Ok(Entry {
        id: EntryId(r.get()?),
        kind: sealed::known(EntryKind::from_name(&r.get::<String>()?))?,
        network: sealed::open(cx, &r.get::<Vec<u8>>()?)?,
        reason: sealed::open_words(cx, sealed::ENTRY_REASON, r.get::<Option<Vec<u8>>>()?.as_deref())?
            .unwrap_or_default(),
        author: r.get()?,
        created_at: Timestamp(r.get()?),
        expires_at: r.get::<Option<i64>>()?.map(Timestamp),
    })
}
