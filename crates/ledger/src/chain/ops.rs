//! Appending to a lane. The lane is locked first, before holds and accounts: everybody locks in that order.

use db::{Tx, Value, params};
use durable::Cx;

use super::model::{Fact, Head, Lane};
use super::rules::{self, Canonical};
use super::store;
use crate::Error;

/// The end of every lane. Kept outside the database (in a backup's report, in print), they show later that nothing before them changed.
pub async fn heads(cx: &Cx) -> Result<Vec<Head>, Error> {
    let mut tx = cx.db.read().await?;
    Ok(store::list_lanes(&mut tx).await?)
}

/// A locked lane and what will be appended to it.
#[derive(Debug)]
pub(crate) struct Writer {
    lane: Lane,
    seq: i64,
    head: Vec<u8>,
    rows: Vec<Vec<Value>>,
}

impl Writer {
    /// Locks the lane until the transaction ends.
    pub async fn open(tx: &mut Tx, lane: Lane) -> db::Result<Self> {
        let head = store::lock_lane(tx, lane).await?;
        Ok(Self { lane, seq: head.seq, head: head.hash, rows: Vec::new() })
    }

    /// Adds an entry for a row and answers its id, which the row carries.
    pub fn add(&mut self, fact: Fact, object: i64, content: &Canonical) -> i64 {
        self.seq = self.seq.saturating_add(1);
        let hash = rules::link(&self.head, content);
        let id = self.lane.entry(self.seq);
        self.rows.push(params![id, fact, object, hash]);
        self.head = hash.to_vec();
        id
    }

    /// Writes the entries and the new head. Dropped without, nothing was appended.
    pub async fn write(self, tx: &mut Tx) -> db::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        store::insert_entries(tx, self.rows).await?;
        store::update_lane(tx, self.lane, self.seq, &self.head).await
    }
}
