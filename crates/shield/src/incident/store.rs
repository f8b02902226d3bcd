//! SQL of incidents and blocks.

use db::{Result, Row, RowReader, Tx, params};
use durable::Cx;
use kernel::{PageRequest, Timestamp};

use super::model::{Block, BlockId, Incident, IncidentId, Kind, State};
use crate::address::Network;
use crate::sealed;

db::statements! {
    FIND_LIVE = "SELECT id, kind, state, network_sealed, hits, subjects, evidence_sealed, first_seen_at,
               last_seen_at, note_sealed, handled_by, handled_at
        FROM shield_incident WHERE kind = $1 AND network_index = $2 AND state <> 'closed' {for_update}";
    FIND = "SELECT id, kind, state, network_sealed, hits, subjects, evidence_sealed, first_seen_at,
               last_seen_at, note_sealed, handled_by, handled_at
        FROM shield_incident WHERE id = $1";
    LOCK = "SELECT id, kind, state, network_sealed, hits, subjects, evidence_sealed, first_seen_at,
               last_seen_at, note_sealed, handled_by, handled_at
        FROM shield_incident WHERE id = $1 {for_update}";
    LIST = "SELECT id, kind, state, network_sealed, hits, subjects, evidence_sealed, first_seen_at,
               last_seen_at, note_sealed, handled_by, handled_at
        FROM shield_incident WHERE state = $3 AND id < $1 ORDER BY id DESC LIMIT $2";
    COUNT = "SELECT COUNT(*) FROM shield_incident WHERE state = $1";
    INSERT = "INSERT INTO shield_incident (id, kind, state, network_sealed, network_index, hits, subjects, evidence, evidence_sealed,
                                       first_seen_at, last_seen_at)
        VALUES ($1, $2, 'open', $3, $4, $5, $6, '', $7, $8, $9)";
    ADD = "UPDATE shield_incident SET hits = hits + $2, subjects = subjects + $3, evidence_sealed = $4, last_seen_at = $5 WHERE id = $1";
    HANDLE = "UPDATE shield_incident SET state = $2, note_sealed = $3, handled_by = $4, handled_at = $5 WHERE id = $1";
    DELETE_CLOSED = "DELETE FROM shield_incident WHERE state = 'closed' AND last_seen_at < $1";
    INSERT_BLOCK = "INSERT INTO shield_block (id, incident_id, network_sealed, network_index, level, blocked_at, until_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    COUNT_BLOCKS = "SELECT COUNT(*) FROM shield_block WHERE network_index = $1 AND blocked_at > $2 AND lifted_at IS NULL";
    HOLDING = "SELECT COUNT(*) FROM shield_block WHERE network_index = $1 AND until_at > $2 AND lifted_at IS NULL";
    LIVE_BLOCKS = "SELECT id, incident_id, network_sealed, level, blocked_at, until_at, lifted_at, lifted_by, lift_reason_sealed
        FROM shield_block WHERE lifted_at IS NULL AND until_at > $1 ORDER BY id DESC LIMIT $2";
    BLOCKS_OF = "SELECT id, incident_id, network_sealed, level, blocked_at, until_at, lifted_at, lifted_by, lift_reason_sealed
        FROM shield_block WHERE incident_id = $1 ORDER BY id DESC LIMIT 50";
    LIFT = "UPDATE shield_block SET lifted_at = $2, lifted_by = $3, lift_reason_sealed = $4
        WHERE incident_id = $1 AND lifted_at IS NULL AND until_at > $2";
    DELETE_BLOCKS = "DELETE FROM shield_block WHERE until_at < $1";
}

pub(crate) async fn find_live(
    tx: &mut Tx,
    cx: &Cx,
    kind: Kind,
    network: &Network,
) -> Result<Option<Incident>> {
    let found = tx.first(&FIND_LIVE, params![kind.name(), sealed::index(cx, network)]).await?;
    found.map(|row| incident(&row, cx)).transpose()
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: IncidentId) -> Result<Option<Incident>> {
    tx.first(&FIND, params![id.0]).await?.map(|row| incident(&row, cx)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: IncidentId) -> Result<Option<Incident>> {
    tx.first(&LOCK, params![id.0]).await?.map(|row| incident(&row, cx)).transpose()
}

pub(crate) async fn list_incidents(
    tx: &mut Tx,
    cx: &Cx,
    state: State,
    page: &PageRequest,
) -> Result<Vec<Incident>> {
    let rows = tx.all(&LIST, params![page.after.id, page.fetch(), state.name()]).await?;
    rows.iter().map(|row| incident(row, cx)).collect()
}

pub(crate) async fn count(tx: &mut Tx, state: State) -> Result<i64> {
    tx.one(&COUNT, params![state.name()]).await?.reader().get()
}

pub(crate) async fn insert_incident(tx: &mut Tx, cx: &Cx, new: &Incident) -> Result<()> {
    let (sealed, index) = sealed::seal(cx, &new.network)?;
    let values = params![
        new.id.0,
        new.kind.name(),
        sealed,
        index,
        new.hits,
        new.subjects,
        written(cx, &new.evidence)?,
        new.first_seen_at,
        new.last_seen_at,
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

/// Adds what was tried since; `evidence` is all of it.
pub(crate) async fn add_to_incident(
    tx: &mut Tx,
    cx: &Cx,
    id: IncidentId,
    (hits, subjects): (i64, i64),
    evidence: &[String],
    at: Timestamp,
) -> Result<()> {
    tx.execute(&ADD, params![id.0, hits, subjects, written(cx, evidence)?, at]).await?;
    Ok(())
}

pub(crate) async fn update_handled(
    tx: &mut Tx,
    cx: &Cx,
    id: IncidentId,
    state: State,
    note: &str,
    by: &str,
) -> Result<()> {
    let note = sealed::seal_words(cx, sealed::NOTE, note)?;
    tx.execute(&HANDLE, params![id.0, state.name(), note, by, cx.now()]).await?;
    Ok(())
}

pub(crate) async fn insert_block(tx: &mut Tx, cx: &Cx, block: &Block) -> Result<()> {
    let (sealed, index) = sealed::seal(cx, &block.network)?;
    let Block { id, incident, level, blocked_at, until_at, .. } = block;
    tx.execute(&INSERT_BLOCK, params![id.0, incident.0, sealed, index, *level, *blocked_at, *until_at])
        .await?;
    Ok(())
}

/// Blocks of this network since then that nobody lifted.
pub(crate) async fn count_blocks(tx: &mut Tx, cx: &Cx, network: &Network, since: Timestamp) -> Result<i64> {
    tx.one(&COUNT_BLOCKS, params![sealed::index(cx, network), since]).await?.reader().get()
}

/// Whether this very network is blocked now.
pub(crate) async fn is_blocked(tx: &mut Tx, cx: &Cx, network: &Network, now: Timestamp) -> Result<bool> {
    let holding: i64 = tx.one(&HOLDING, params![sealed::index(cx, network), now]).await?.reader().get()?;
    Ok(holding > 0)
}

pub(crate) async fn live_blocks(tx: &mut Tx, cx: &Cx, limit: i64) -> Result<Vec<Block>> {
    let rows = tx.all(&LIVE_BLOCKS, params![cx.now(), limit]).await?;
    rows.iter().map(|row| block(row, cx)).collect()
}

pub(crate) async fn blocks_of(tx: &mut Tx, cx: &Cx, incident: IncidentId) -> Result<Vec<Block>> {
    tx.all(&BLOCKS_OF, params![incident.0]).await?.iter().map(|row| block(row, cx)).collect()
}

/// Blocks lifted.
pub(crate) async fn lift_blocks(
    tx: &mut Tx,
    cx: &Cx,
    incident: IncidentId,
    by: &str,
    reason: &str,
) -> Result<u64> {
    let reason = sealed::seal_words(cx, sealed::LIFT_REASON, reason)?;
    tx.execute(&LIFT, params![incident.0, cx.now(), by, reason]).await
}

pub(crate) async fn delete_older(tx: &mut Tx, than: Timestamp) -> Result<u64> {
    let blocks = tx.execute(&DELETE_BLOCKS, params![than]).await?;
    Ok(tx.execute(&DELETE_CLOSED, params![than]).await?.saturating_add(blocks))
}

fn written(cx: &Cx, evidence: &[String]) -> Result<Vec<u8>> {
    sealed::seal_words(cx, sealed::EVIDENCE, &serde_json::Value::from(evidence).to_string())
}

fn words(cx: &Cx, context: &str, r: &mut RowReader<'_>) -> Result<Option<String>> {
    sealed::open_words(cx, context, r.get::<Option<Vec<u8>>>()?.as_deref())
}

fn incident(row: &Row, cx: &Cx) -> Result<Incident> {
    let mut r = row.reader();
    Ok(Incident {
        id: IncidentId(r.get()?),
        kind: sealed::known(Kind::from_name(&r.get::<String>()?))?,
        state: sealed::known(State::from_name(&r.get::<String>()?))?,
        network: sealed::open(cx, &r.get::<Vec<u8>>()?)?,
        hits: r.get()?,
        subjects: r.get()?,
        evidence: match words(cx, sealed::EVIDENCE, &mut r)? {
            Some(list) => sealed::known(serde_json::from_str(&list).ok())?,
            None => Vec::new(),
        },
        first_seen_at: r.get()?,
        last_seen_at: r.get()?,
        note: words(cx, sealed::NOTE, &mut r)?,
        handled_by: r.get()?,
        handled_at: r.get()?,
    })
}

fn block(row: &Row, cx: &Cx) -> Result<Block> {
    let mut r = row.reader();
    Ok(Block {
        id: BlockId(r.get()?),
        incident: IncidentId(r.get()?),
        network: sealed::open(cx, &r.get::<Vec<u8>>()?)?,
        level: r.get()?,
        blocked_at: r.get()?,
        until_at: r.get()?,
        lifted_at: r.get()?,
        lifted_by: r.get()?,
        lift_reason: words(cx, sealed::LIFT_REASON, &mut r)?,
    })
}
