//! Rows of what became known.

use db::{Result, Tx, params};
use durable::Cx;
use kernel::{AccountId, Timestamp};

db::statements! {
    INSERT = "INSERT INTO risk_label (id, event_id, fraud, known_at, noted_at, noted_by, case_id)
              SELECT $2, e.id, $3, $4, $5, $6, $7 FROM risk_event e WHERE e.id = $1";
    BETWEEN = "SELECT event_id, fraud, noted_at FROM risk_label WHERE event_id > $1 AND event_id <= $2 ORDER BY id";
}

/// A word about an act.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    pub event: i64,
    pub fraud: bool,
    /// When it became known outside.
    pub known_at: Timestamp,
    pub by: Option<AccountId>,
    pub case: Option<i64>,
}

/// `false` when there is no such act.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, word: Word) -> Result<bool> {
    let now = cx.now();
    let Word { event, fraud, known_at, by, case } = word;
    Ok(tx.execute(&INSERT, params![event, cx.ids.next(now), fraud, known_at, now, by, case]).await? == 1)
}

/// Words about the acts after one up to another: act, fraud, noted when; in the order they were noted.
pub(crate) async fn list_between(tx: &mut Tx, after: i64, to: i64) -> Result<Vec<(i64, bool, Timestamp)>> {
    let rows = tx.all(&BETWEEN, params![after, to]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?, r.get()?))
        })
        .collect()
}
