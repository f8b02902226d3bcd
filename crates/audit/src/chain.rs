//! The chains: each entry's hash covers the one before, so a changed, missing or inserted row is found and named.

use db::{Result, Tx, params};
use durable::Cx;
use sha2::{Digest as _, Sha256};
use vault::Vault;

use crate::search::read;
use crate::{Sealed, Stored};

/// What the first entry of a lane follows.
pub(crate) const GENESIS: [u8; 32] = [0; 32];

/// Rows looked at in one query.
const BATCH: i64 = 1000;

db::statements! {
    LANES = "SELECT lane, seq, hash FROM audit_lane ORDER BY lane";
    NEXT = "SELECT id, lane, seq, at, actor, actor_id, verb, object_kind, object_id, customer_id, detail, reason,
                   reason_sealed, reason_hash, request_id, prev_hash, hash
            FROM audit_entry WHERE lane = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";
    // In one statement, which sees one moment: a living system goes on.
    BEFORE_THE_FIRST = "SELECT id, lane, seq FROM audit_entry WHERE lane = $1 AND seq < 1 ORDER BY seq LIMIT 1";
    AFTER_THE_LAST = "SELECT id, lane, seq FROM audit_entry WHERE lane = $1
                      AND seq > (SELECT seq FROM audit_lane WHERE lane = $1) ORDER BY seq LIMIT 1";
    // Jumps from lane to lane along the index.
    ENTRY_LANES = "WITH RECURSIVE found(lane) AS (
                       SELECT MIN(lane) FROM audit_entry
                       UNION ALL SELECT (SELECT MIN(lane) FROM audit_entry WHERE lane > found.lane) FROM found WHERE found.lane IS NOT NULL)
                   SELECT lane FROM found WHERE lane IS NOT NULL AND lane NOT IN (SELECT lane FROM audit_lane)";
    FIRST_OF_LANE = "SELECT id, lane, seq FROM audit_entry WHERE lane = $1 ORDER BY seq LIMIT 1";
    AT = "SELECT at FROM audit_entry WHERE lane = $1 AND seq = $2";
}

/// Where the record first does not agree with itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEntry {
    pub lane: i64,
    pub seq: i64,
    /// The row, where there is one.
    pub id: i64,
    pub what: &'static str,
}

/// Where a chain ends. Kept elsewhere, it shows later that nothing was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub lane: i64,
    pub seq: i64,
    pub hash: Vec<u8>,
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub entries: u64,
    pub lanes: usize,
    pub heads: Vec<Head>,
    pub bad: Option<BadEntry>,
}

/// Follows every chain up to the head it had when the lane was read, and compares each reason with its digest; works on a live system.
pub async fn verify(cx: &Cx) -> Result<Verified> {
    let heads = heads(cx).await?;
    let mut report = Verified { entries: 0, lanes: heads.len(), heads: Vec::new(), bad: None };
    for head in &heads {
        report.bad = match follow(cx, head, &mut report.entries).await? {
            None => stray(cx, head.lane).await?,
            bad => bad,
        };
        if report.bad.is_some() {
            return Ok(report);
        }
    }
    report.bad = without_head(cx).await?;
    report.heads = heads;
    Ok(report)
}

/// Where the chains end now.
pub(crate) async fn heads(cx: &Cx) -> Result<Vec<Head>> {
    let rows = cx.read().await?.all(&LANES, params![]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok(Head { lane: r.get()?, seq: r.get()?, hash: r.get()? })
        })
        .collect()
}

/// The next entries of a lane after `seq`, at most to `last`.
pub(crate) async fn next(
    tx: &mut Tx,
    vault: &Vault,
    lane: i64,
    (seq, last): (i64, i64),
    limit: i64,
) -> Result<Vec<Sealed>> {
    let rows = tx.all(&NEXT, params![lane, seq, last, limit]).await?;
    rows.iter().map(|row| read(vault, row)).collect()
}

/// When an entry was written.
pub(crate) async fn at(tx: &mut Tx, lane: i64, seq: i64) -> Result<Option<kernel::Timestamp>> {
    tx.first(&AT, params![lane, seq]).await?.map(|row| row.reader().get()).transpose()
}

async fn follow(cx: &Cx, head: &Head, seen: &mut u64) -> Result<Option<BadEntry>> {
    let (mut seq, mut expected) = (0_i64, GENESIS.to_vec());
    let bad = |seq, id, what| Ok(Some(BadEntry { lane: head.lane, seq, id, what }));
    while seq < head.seq {
        let entries = next(&mut cx.read().await?, &cx.vault, head.lane, (seq, head.seq), BATCH).await?;
        if entries.is_empty() {
            return bad(seq.saturating_add(1), 0, "the entry is missing");
        }
        for sealed in &entries {
            let Sealed { entry, previous, hash: own } = sealed;
            seq = seq.saturating_add(1);
            if entry.seq != seq {
                return bad(seq, 0, "the entry is missing");
            }
            if *previous != expected {
                return bad(seq, entry.id, "the entry does not follow the one before");
            }
            if hash(previous, entry) != *own {
                return bad(seq, entry.id, "the entry was changed");
            }
            if !entry.reason.is_whole() {
                return bad(seq, entry.id, "the reason was changed, or its key is not here");
            }
            expected.clone_from(own);
            *seen = seen.saturating_add(1);
        }
    }
    if expected == head.hash { Ok(None) } else { bad(seq, 0, "the chain does not end where it should") }
}

/// Rows of a lane outside of its chain.
async fn stray(cx: &Cx, lane: i64) -> Result<Option<BadEntry>> {
    let mut tx = cx.read().await?;
    for (statement, what) in [
        (&BEFORE_THE_FIRST, "the entry stands before the beginning of its chain"),
        (&AFTER_THE_LAST, "the entry stands after the end of its chain"),
    ] {
        if let Some(row) = tx.first(statement, params![lane]).await? {
            let mut r = row.reader();
            return Ok(Some(BadEntry { id: r.get()?, lane: r.get()?, seq: r.get()?, what }));
        }
    }
    Ok(None)
}

/// Rows of a lane that has no end.
async fn without_head(cx: &Cx) -> Result<Option<BadEntry>> {
    let mut tx = cx.read().await?;
    let Some(lane) = tx.first(&ENTRY_LANES, params![]).await? else { return Ok(None) };
    let lane: i64 = lane.reader().get()?;
    let row = tx.one(&FIRST_OF_LANE, params![lane]).await?;
    let mut r = row.reader();
    Ok(Some(BadEntry { id: r.get()?, lane: r.get()?, seq: r.get()?, what: "the entry belongs to no chain" }))
}

/// SHA-256 over the previous hash and every column, each with its length; of a reason its digest. No key is needed for it.
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
    let (sort, covered) = entry.reason.hashed();
    feed(&[sort]);
    feed(covered);
    hash.finalize().to_vec()
}
