//! Facts that happened, written in the transaction that made them true.

use db::{Result, Tx, params};
use kernel::{Duration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::job::{NewJob, enqueue_many};
use crate::{BoxError, Cx, Job, Registry, WAKE};

/// Facts handed on in one transaction.
const BATCH: i64 = 256;

db::statements! {
    bulk INSERT (id: Int, topic: Text, entity_id: Int, payload: Text, created_at: Int) =
        "INSERT INTO outbox (id, topic, entity_id, payload, created_at)
         SELECT id, topic, entity_id, payload, created_at FROM {rows}";
    WAITING = "SELECT id, topic, entity_id, payload FROM outbox WHERE dispatched_at IS NULL
               ORDER BY id LIMIT $1 {for_update_skip_locked}";
    bulk MARK (id: Int, at: Int) = "UPDATE outbox SET dispatched_at = v.at FROM {rows} v WHERE outbox.id = v.id";
    OLDEST = "SELECT created_at FROM outbox WHERE dispatched_at IS NULL ORDER BY id LIMIT 1";
    PURGE = "DELETE FROM outbox WHERE dispatched_at IS NOT NULL AND dispatched_at < $1";
}

/// A fact, as its subscribers' jobs carry it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Event {
    pub id: i64,
    pub topic: String,
    /// The id of the thing it happened to.
    pub entity: i64,
    pub payload: serde_json::Value,
}

impl Event {
    /// The event a subscriber's job carries.
    pub fn of(job: &Job) -> Result<Self, BoxError> {
        Ok(serde_json::from_value(job.payload.clone())?)
    }

    /// The payload as its type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, BoxError> {
        Ok(serde_json::from_value(self.payload.clone())?)
    }
}

/// Writes a fact: it reaches every subscriber if, and only if, this transaction commits.
pub async fn emit(
    tx: &mut Tx,
    cx: &Cx,
    topic: &'static str,
    entity: i64,
    payload: &impl Serialize,
) -> Result<()> {
    let payload = serde_json::to_value(payload).map_err(|e| db::Error::Other(e.into()))?;
    emit_many(tx, cx, vec![(topic, entity, payload)]).await
}

/// Writes many facts with one statement.
pub async fn emit_many(
    tx: &mut Tx,
    cx: &Cx,
    facts: Vec<(&'static str, i64, serde_json::Value)>,
) -> Result<()> {
    let now = cx.now();
    let rows = facts
        .into_iter()
        .map(|(topic, entity, payload)| params![cx.ids.next(now), topic, entity, payload.to_string(), now])
        .collect();
    tx.bulk(&INSERT, rows).await?;
    tx.notify(WAKE, "");
    Ok(())
}

/// Hands waiting facts on to their subscribers as jobs; how many facts there were.
pub(crate) async fn dispatch(cx: &Cx, registry: &Registry) -> Result<usize> {
    let mut probe = cx.read().await?;
    if probe.first(&OLDEST, params![]).await?.is_none() {
        return Ok(0);
    }
    drop(probe);
    let mut tx = cx.begin().await?;
    let rows = tx.all(&WAITING, params![BATCH]).await?;
    let now = cx.now();
    let (mut jobs, mut marks) = (Vec::new(), Vec::new());
    for row in &rows {
        let mut r = row.reader();
        let (id, topic, entity, payload): (i64, String, i64, String) =
            (r.get()?, r.get()?, r.get()?, r.get()?);
        marks.push(params![id, now]);
        let payload = serde_json::from_str(&payload).map_err(|e| db::Error::Other(e.into()))?;
        let event = Event { id, topic, entity, payload };
        let carried = serde_json::to_value(&event).map_err(|e| db::Error::Other(e.into()))?;
        for &kind in registry.subscribers(&event.topic) {
            jobs.push(NewJob { kind, key: id.to_string(), payload: carried.clone(), run_at: now });
        }
    }
    enqueue_many(&mut tx, cx, jobs).await?;
    tx.bulk(&MARK, marks).await?;
    tx.commit().await?;
    Ok(rows.len())
}

/// How long the oldest fact has been waiting; zero when none is.
pub async fn outbox_age(cx: &Cx) -> Result<Duration> {
    let row = cx.read().await?.first(&OLDEST, params![]).await?;
    let oldest: Option<Timestamp> = row.map(|row| row.reader().get()).transpose()?;
    Ok(oldest.map_or(Duration::ZERO, |at| cx.now().since(at)))
}

/// Forgets facts handed on longer than `keep` ago.
pub async fn purge(cx: &Cx, keep: Duration) -> Result<u64> {
    let mut tx = cx.begin().await?;
    let gone = tx.execute(&PURGE, params![cx.now().minus(keep)]).await?;
    tx.commit().await?;
    Ok(gone)
}
