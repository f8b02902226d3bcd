//! Who did what to what, when, why: append-only and hash-chained, written inside the transaction of the act.
//!
//! Entries form a few independent chains ("lanes"), so that transactions of different tasks do not queue behind one row. Writing an entry is
//! the last thing a transaction does before it commits: lanes are always locked after everything else. `detail` never holds personal data.
//!
//! There is no switch that stops it and no statement here that changes or removes an entry: an act whose entry cannot be written does
//! not happen either. What somebody with the database's own password does is found by [`verify`], and by comparing the ends of the
//! chains with those kept elsewhere. One thing of an entry does change: when the keys are exchanged its reason is sealed again. The digest
//! of it, which the chain covers, stays.

mod chain;
mod error;
mod export;
mod proof;
mod reason;
mod refusal;
mod search;
#[cfg(test)]
mod tests;

use db::{Result, Tx, params};
use durable::Cx;
use kernel::{AccountId, Actor, Timestamp};

pub use chain::{BadEntry, Head, Verified, verify};
pub use error::Error;
pub use export::{Export, begin_export};
pub use proof::{BadLine, Proof, verify_export};
pub use refusal::note_refusal;
pub use search::{Filter, Found, search, verbs};

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "audit",
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_search", include_str!("../migrations/0002_search.sql")),
        ("0003_sealed", include_str!("../migrations/0003_sealed.sql")),
    ],
};

/// Every column of sealed values.
pub const SEALED: &[&[vault::SealedColumn]] = &[reason::SEALED];

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] =
    &[STORE, chain::STATEMENTS, search::STATEMENTS, refusal::STATEMENTS];
static STORE: &[&dyn db::Statement] = STATEMENTS_HERE;

mod store {
    db::statements! {
        HEAD = "SELECT seq, hash FROM audit_lane WHERE lane = $1 {for_update}";
        OPEN_LANE = "INSERT INTO audit_lane (lane, seq, hash) VALUES ($1, 0, $2) ON CONFLICT (lane) DO NOTHING";
        MOVE_HEAD = "UPDATE audit_lane SET seq = $2, hash = $3 WHERE lane = $1";
        bulk INSERT (id: Int, lane: Int, seq: Int, at: Int, actor: Text, actor_id: Int, verb: Text, object_kind: Text,
                     object_id: Int, customer_id: Int, detail: Text, reason_sealed: Bytes, reason_hash: Bytes, request_id: Int,
                     prev_hash: Bytes, hash: Bytes) =
            "INSERT INTO audit_entry (id, lane, seq, at, actor, actor_id, verb, object_kind, object_id, customer_id, detail,
                                      reason_sealed, reason_hash, request_id, prev_hash, hash)
             SELECT id, lane, seq, at, actor, actor_id, verb, object_kind, object_id, customer_id, detail,
                    reason_sealed, reason_hash, request_id, prev_hash, hash FROM {rows}";
    }
}
use reason::Reason;
use store::STATEMENTS as STATEMENTS_HERE;

/// One act.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// `room.verb`, for example `order.cancel`.
    pub verb: &'static str,
    pub object_kind: &'static str,
    pub object: i64,
    /// Whose business it was.
    pub customer: Option<AccountId>,
    /// Facts without personal data.
    pub detail: serde_json::Value,
    /// Free text; it is sealed.
    pub reason: Option<&'a str>,
}

/// An entry as it is stored and hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    pub(crate) lane: i64,
    pub(crate) seq: i64,
    pub(crate) at: Timestamp,
    pub(crate) actor: String,
    pub(crate) actor_id: Option<i64>,
    pub(crate) verb: String,
    pub(crate) object_kind: String,
    pub(crate) object_id: i64,
    pub(crate) customer_id: Option<i64>,
    pub(crate) detail: String,
    pub(crate) reason: Reason,
    pub(crate) request_id: i64,
}

/// An entry with its place in the chain.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) entry: Stored,
    /// The hash of the entry before.
    pub(crate) previous: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

/// Records one act in the caller's transaction.
pub async fn record(tx: &mut Tx, cx: &Cx, actor: &Actor, entry: Entry<'_>) -> Result<()> {
    record_many(tx, cx, vec![(actor, entry)]).await
}

/// Records many acts with one statement.
pub async fn record_many(tx: &mut Tx, cx: &Cx, entries: Vec<(&Actor, Entry<'_>)>) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let lane = tx.lane();
    let (mut seq, mut head) = lock_head(tx, lane).await?;
    let now = cx.now();
    let mut rows = Vec::with_capacity(entries.len());
    for (actor, entry) in entries {
        seq = seq.saturating_add(1);
        let (sealed, digest) = entry.reason.map(|text| reason::seal(cx, text)).transpose()?.unzip();
        let stored = Stored {
            id: cx.ids.next(now),
            lane,
            seq,
            at: now,
            actor: actor.label(),
            actor_id: actor.account().map(AccountId::raw),
            verb: entry.verb.to_owned(),
            object_kind: entry.object_kind.to_owned(),
            object_id: entry.object,
            customer_id: entry.customer.map(AccountId::raw),
            detail: entry.detail.to_string(),
            reason: digest.clone().map_or(Reason::None, Reason::of_digest),
            request_id: actor.request.raw(),
        };
        let hash = chain::hash(&head, &stored);
        rows.push(params![
            stored.id,
            lane,
            seq,
            now,
            stored.actor,
            stored.actor_id,
            stored.verb,
            stored.object_kind,
            stored.object_id,
            stored.customer_id,
            stored.detail,
            sealed,
            digest,
            stored.request_id,
            head.clone(),
            hash.clone(),
        ]);
        head = hash;
    }
    tx.bulk(&store::INSERT, rows).await?;
    tx.execute(&store::MOVE_HEAD, params![lane, seq, head]).await?;
    Ok(())
}

async fn lock_head(tx: &mut Tx, lane: i64) -> Result<(i64, Vec<u8>)> {
    if let Some(row) = tx.first(&store::HEAD, params![lane]).await? {
        let mut r = row.reader();
        return Ok((r.get()?, r.get()?));
    }
    tx.execute(&store::OPEN_LANE, params![lane, chain::GENESIS]).await?;
    let row = tx.one(&store::HEAD, params![lane]).await?;
    let mut r = row.reader();
    Ok((r.get()?, r.get()?))
}
