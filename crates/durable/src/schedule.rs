//! What runs from time to time, on one node at a time.

use db::{Result, params};
use kernel::{Duration, Timestamp};

use crate::registry::Scheduled;
use crate::{Cx, Registry};

db::statements! {
    CREATE = "INSERT INTO schedule (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    DUE = "SELECT name FROM schedule WHERE next_at <= $1";
    TAKE = "UPDATE schedule SET next_at = $3, started_at = $2 WHERE name = $1 AND next_at <= $2";
    SUCCEEDED = "UPDATE schedule SET succeeded_at = $2 WHERE name = $1";
    LIST = "SELECT name, next_at, started_at, succeeded_at FROM schedule ORDER BY name";
}

/// A schedule as the health page shows it.
#[derive(Debug, Clone)]
pub struct ScheduleState {
    pub name: String,
    pub next_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub succeeded_at: Option<Timestamp>,
}

/// All schedules and when they last ran.
pub async fn schedules(cx: &Cx) -> Result<Vec<ScheduleState>> {
    let rows = cx.read().await?.all(&LIST, params![]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok(ScheduleState {
                name: r.get()?,
                next_at: r.get()?,
                started_at: r.get()?,
                succeeded_at: r.get()?,
            })
        })
        .collect()
}

/// Writes the rows of new schedules; they are due at once.
pub(crate) async fn create(cx: &Cx, registry: &Registry) -> Result<()> {
    let mut tx = cx.begin().await?;
    for schedule in &registry.schedules {
        tx.execute(&CREATE, params![schedule.name, cx.now()]).await?;
    }
    tx.commit().await
}

/// Takes the schedules that are due; each is taken by one node only.
pub(crate) async fn take_due(cx: &Cx, registry: &Registry) -> Result<Vec<Scheduled>> {
    let now = cx.now();
    let due = cx.read().await?.all(&DUE, params![now]).await?;
    let mut taken = Vec::new();
    for row in due {
        let name: String = row.reader().get()?;
        let Some(schedule) = registry.schedules.iter().find(|s| s.name == name) else { continue };
        let mut tx = cx.begin().await?;
        if tx.execute(&TAKE, params![schedule.name, now, now.plus(schedule.period)]).await? == 1 {
            taken.push(schedule.clone());
        }
        tx.commit().await?;
    }
    Ok(taken)
}

pub(crate) async fn succeeded(cx: &Cx, name: &str) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.execute(&SUCCEEDED, params![name, cx.now()]).await?;
    tx.commit().await
}

/// When the next schedule is due, at the latest after `at_most`.
pub(crate) async fn next_due(cx: &Cx, at_most: Duration) -> Result<Timestamp> {
    let limit = cx.now().plus(at_most);
    Ok(schedules(cx).await?.into_iter().map(|s| s.next_at).min().map_or(limit, |next| next.min(limit)))
}
