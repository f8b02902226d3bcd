//! The chain of hashes, and the proof that nobody changed it.

use db::{Result, Row, params};
use durable::Cx;
use sha2::{Digest, Sha256};

use crate::Stored;

/// What the first entry of a lane follows.
pub(crate) const GENESIS: [u8; 32] = [0; 32];
/// Entries read at a time.
const BATCH: i64 = 1000;

db::statements! {
    LANES = "SELECT lane, seq, hash FROM audit_lane ORDER BY lane";
    NEXT = "SELECT id, lane, seq, at, actor, actor_id, verb, object_kind, object_id, customer_id, detail, reason, request_id,
                   prev_hash, hash
            FROM audit_entry WHERE lane = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";
}

/// The first entry that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEntry {
    pub lane: i64,
    pub seq: i64,
    /// The row's id; 0 when the row is missing.
    pub id: i64,
    pub what: &'static str,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub entries: u64,
    pub lanes: usize,
    pub bad: Option<BadEntry>,
}

/// Follows every chain up to the head it had when the lane was read; works on a live system.
pub async fn verify(cx: &Cx) -> Result<Verified> {
    let lanes = cx.read().await?.all(&LANES, params![]).await?;
    let mut report = Verified { entries: 0, lanes: lanes.len(), bad: None };
    for row in &lanes {
        let mut r = row.reader();
        let (lane, last, head): (i64, i64, Vec<u8>) = (r.get()?, r.get()?, r.get()?);
        if let Some(bad) = follow(cx, lane, last, &head, &mut report.entries).await? {
            report.bad = Some(bad);
            return Ok(report);
        }
    }
    Ok(report)
}

async fn follow(cx: &Cx, lane: i64, last: i64, head: &[u8], seen: &mut u64) -> Result<Option<BadEntry>> {
    let (mut seq, mut expected) = (0_i64, GENESIS.to_vec());
    let bad = |seq, id, what| Ok(Some(BadEntry { lane, seq, id, what }));
    while seq < last {
        let rows = cx.read().await?.all(&NEXT, params![lane, seq, last, BATCH]).await?;
        if rows.is_empty() {
            return bad(seq.saturating_add(1), 0, "the entry is missing");
        }
        for row in &rows {
            let (stored, previous, own) = read(row)?;
            seq = seq.saturating_add(1);
            if stored.seq != seq {
                return bad(seq, 0, "the entry is missing");
            }
            if previous != expected {
                return bad(seq, stored.id, "the entry does not follow the one before");
            }
            if hash(&previous, &stored) != own {
                return bad(seq, stored.id, "the entry was changed");
            }
            expected = own;
            *seen = seen.saturating_add(1);
        }
    }
    if expected == head { Ok(None) } else { bad(seq, 0, "the chain does not end where it should") }
}

fn read(row: &Row) -> Result<(Stored, Vec<u8>, Vec<u8>)> {
    let mut r = row.reader();
    let stored = Stored {
        id: r.get()?,
        lane: r.get()?,
        seq: r.get()?,
        at: r.get()?,
        actor: r.get()?,
        actor_id: r.get()?,
        verb: r.get()?,
        object_kind: r.get()?,
        object_id: r.get()?,
        customer_id: r.get()?,
        detail: r.get()?,
        reason: r.get()?,
        request_id: r.get()?,
    };
    Ok((stored, r.get()?, r.get()?))
}

/// SHA-256 over the previous hash and every column, each with its length.
pub(crate) fn hash(previous: &[u8], entry: &Stored) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut feed = |bytes: &[u8]| {
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    };
    feed(previous);
    for number in [entry.id, entry.lane, entry.seq, entry.at.0, entry.object_id, entry.request_id] {
        feed(&number.to_le_bytes());
    }
    for optional in [entry.actor_id, entry.customer_id] {
        feed(&optional.map(i64::to_le_bytes).map_or(Vec::new(), |b| b.to_vec()));
    }
    for text in [&entry.actor, &entry.verb, &entry.object_kind, &entry.detail] {
        feed(text.as_bytes());
    }
    feed(&[u8::from(entry.reason.is_some())]);
    feed(entry.reason.as_deref().unwrap_or_default().as_bytes());
    hash.finalize().to_vec()
}
