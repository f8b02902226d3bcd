//! Work that will be done, whatever happens to the process meanwhile.

use db::{Result, Row, Tx, params};
use kernel::{Duration, Timestamp};

use crate::{Cx, WAKE};

/// How long a node may work on a job before another takes it. Long jobs say `Again`.
const LEASE: Duration = Duration::from_secs(120);
/// Failures after which a person has to look.
const MAX_ATTEMPTS: i64 = 12;

/// What the reason of a failure is sealed for: it may quote what the job worked on.
const ERROR: &str = "job.error";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("job", "error_sealed", ERROR).once_clear(&["last_error"])];

db::statements! {
    bulk INSERT (id: Int, kind: Text, dedupe: Text, payload: Text, due_at: Int, created_at: Int) =
        "INSERT INTO job (id, kind, dedupe, payload, due_at, attempts, dead, created_at)
         SELECT id, kind, dedupe, payload, due_at, 0, FALSE, created_at FROM {rows} WHERE TRUE
         ON CONFLICT (kind, dedupe) DO NOTHING";
    ANY_DUE = "SELECT 1 FROM job WHERE dead = FALSE AND due_at <= $1 LIMIT 1";
    CLAIM = "UPDATE job SET due_at = $2, attempts = attempts + 1, leased_by = $3
             WHERE id IN (SELECT id FROM job WHERE dead = FALSE AND due_at <= $1
                          ORDER BY due_at LIMIT $4 {for_update_skip_locked})
             RETURNING id, kind, payload, attempts";
    FINISH = "DELETE FROM job WHERE id = $1 AND attempts = $2 AND leased_by = $3";
    AGAIN = "UPDATE job SET due_at = $4, attempts = 0, leased_by = NULL, error_sealed = NULL
             WHERE id = $1 AND attempts = $2 AND leased_by = $3";
    FAILED = "UPDATE job SET due_at = $4, dead = $5, error_sealed = $6, leased_by = NULL
              WHERE id = $1 AND attempts = $2 AND leased_by = $3";
    NEXT_DUE = "SELECT due_at FROM job WHERE dead = FALSE ORDER BY due_at LIMIT 1";
    FREE = "UPDATE job SET due_at = $2, leased_by = NULL WHERE leased_by = $1";
    DEAD = "SELECT id, kind, attempts, error_sealed, created_at FROM job WHERE dead = TRUE ORDER BY id DESC LIMIT 200";
    REVIVE = "UPDATE job SET dead = FALSE, attempts = 0, due_at = $2, leased_by = NULL WHERE id = $1 AND dead = TRUE";
    CANCEL = "DELETE FROM job WHERE kind = $1 AND dedupe IN {list $2}";
    COUNTS = "SELECT CAST(COUNT(*) AS BIGINT),
                     CAST(COALESCE(SUM(CASE WHEN dead = TRUE THEN 1 ELSE 0 END), 0) AS BIGINT),
                     CAST(COALESCE(MIN(CASE WHEN dead = FALSE THEN due_at END), 0) AS BIGINT) FROM job";
}

/// A job to be written.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub kind: &'static str,
    /// Unique among the live jobs of this kind; a second one with the same key is not written.
    pub key: String,
    pub payload: serde_json::Value,
    pub run_at: Timestamp,
}

/// A job in the hands of a worker.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub payload: serde_json::Value,
    /// 1 at the first try.
    pub attempts: i64,
    pub(crate) node: i64,
}

/// A job that failed too often.
#[derive(Debug, Clone)]
pub struct DeadJob {
    pub id: i64,
    pub kind: String,
    pub attempts: i64,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
}

/// How much work there is.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobCounts {
    pub total: i64,
    pub dead: i64,
    /// When the oldest live job was or is due.
    pub oldest_due: Option<Timestamp>,
}

/// Writes a job in the caller's transaction.
pub async fn enqueue(tx: &mut Tx, cx: &Cx, job: NewJob) -> Result<()> {
    enqueue_many(tx, cx, vec![job]).await
}

/// Writes many jobs with one statement.
pub async fn enqueue_many(tx: &mut Tx, cx: &Cx, jobs: Vec<NewJob>) -> Result<()> {
    let now = cx.now();
    let rows = jobs
        .into_iter()
        .map(|job| params![cx.ids.next(now), job.kind, job.key, job.payload.to_string(), job.run_at, now])
        .collect();
    tx.bulk(&INSERT, rows).await?;
    tx.notify(WAKE, "");
    Ok(())
}

/// Forgets jobs that nothing waits for any more, in the caller's transaction. One that a worker has in hand is not stopped, but
/// it does not come again.
pub async fn cancel_jobs(tx: &mut Tx, kind: &'static str, keys: Vec<String>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    tx.execute(&CANCEL, params![kind, keys]).await.map(|_| ())
}

/// Takes up to `limit` due jobs for this node.
pub(crate) async fn claim(cx: &Cx, node: i64, limit: i64) -> Result<Vec<Job>> {
    let now = cx.now();
    if cx.read().await?.first(&ANY_DUE, params![now]).await?.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = cx.begin().await?;
    let rows = tx.all(&CLAIM, params![now, now.plus(LEASE), node, limit]).await?;
    let jobs = rows.iter().map(|row| read(row, node)).collect::<Result<Vec<_>>>()?;
    tx.commit().await?;
    Ok(jobs)
}

fn read(row: &Row, node: i64) -> Result<Job> {
    let mut r = row.reader();
    let (id, kind, payload): (i64, String, String) = (r.get()?, r.get()?, r.get()?);
    let payload = serde_json::from_str(&payload).map_err(|e| db::Error::Other(e.into()))?;
    Ok(Job { id, kind, payload, attempts: r.get()?, node })
}

/// The attempt number fences: a node that lost its lease changes nothing.
pub(crate) async fn finish(cx: &Cx, job: &Job) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.execute(&FINISH, params![job.id, job.attempts, job.node]).await?;
    tx.commit().await
}

pub(crate) async fn again(cx: &Cx, job: &Job, at: Timestamp) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.execute(&AGAIN, params![job.id, job.attempts, job.node, at]).await?;
    tx.commit().await
}

/// Notes a failure; true when it was the last try.
pub(crate) async fn failed(cx: &Cx, job: &Job, error: &str) -> Result<bool> {
    let dead = job.attempts >= MAX_ATTEMPTS;
    let retry_at = cx.now().plus(back_off(job.attempts, cx.rng.below(1000)));
    let error: String = error.chars().take(500).collect();
    let error = cx.vault.seal_text(&*cx.rng, ERROR, &error).map_err(|e| db::Error::Other(e.into()))?;
    let mut tx = cx.begin().await?;
    tx.execute(&FAILED, params![job.id, job.attempts, job.node, retry_at, dead, error]).await?;
    tx.commit().await?;
    Ok(dead)
}

/// 1 s, 2 s, 4 s … up to an hour, plus up to half again by chance (`jitter` in thousandths).
fn back_off(attempts: i64, jitter: u64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 12)).unwrap_or(0);
    let base = 1_000_000_i64.saturating_mul(1 << doublings).min(3_600_000_000);
    let extra = base.saturating_mul(i64::try_from(jitter).unwrap_or(0)) / 2_000;
    Duration::from_micros(base.saturating_add(extra))
}

/// When the next job is due, if there is one.
pub(crate) async fn next_due(cx: &Cx) -> Result<Option<Timestamp>> {
    cx.read().await?.first(&NEXT_DUE, params![]).await?.map(|row| row.reader().get()).transpose()
}

/// Gives back what a vanished node had taken.
pub(crate) async fn free(tx: &mut Tx, node: i64, now: Timestamp) -> Result<u64> {
    tx.execute(&FREE, params![node, now]).await
}

/// The jobs a person has to look at, newest first.
pub async fn dead_jobs(cx: &Cx) -> Result<Vec<DeadJob>> {
    let rows = cx.read().await?.all(&DEAD, params![]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (id, kind, attempts) = (r.get()?, r.get()?, r.get()?);
            let error: Option<Vec<u8>> = r.get()?;
            let error = error.map(|sealed| cx.vault.open_text(ERROR, &sealed)).transpose();
            let last_error = error.map_err(|e| db::Error::Other(e.into()))?;
            Ok(DeadJob { id, kind, attempts, last_error, created_at: r.get()? })
        })
        .collect()
}

/// Gives a dead job a new life; false when it is not there or not dead.
pub async fn retry_dead(tx: &mut Tx, cx: &Cx, id: i64) -> Result<bool> {
    tx.notify(WAKE, "");
    Ok(tx.execute(&REVIVE, params![id, cx.now()]).await? == 1)
}

/// How much work there is.
pub async fn job_counts(cx: &Cx) -> Result<JobCounts> {
    let row = cx.read().await?.one(&COUNTS, params![]).await?;
    let mut r = row.reader();
    let (total, dead, oldest): (i64, i64, i64) = (r.get()?, r.get()?, r.get()?);
    Ok(JobCounts { total, dead, oldest_due: (oldest > 0).then_some(Timestamp(oldest)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_up_to_an_hour() {
        assert_eq!(back_off(1, 0), Duration::from_secs(1));
        assert_eq!(back_off(4, 0), Duration::from_secs(8));
        assert_eq!(back_off(4, 1000), Duration::from_secs(12));
        assert_eq!(back_off(99, 0), Duration::from_hours(1));
    }
}
