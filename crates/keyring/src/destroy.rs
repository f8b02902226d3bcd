//! Keys under which nothing lies any more are destroyed after a while, so that nothing that turns up later can be opened by them.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};
use kernel::{Actor, Duration, Timestamp};
use serde_json::json;
use vault::SealedColumn;

use crate::keyring::CHANNEL;
use crate::model::{DataKey, KeyState, Purpose};
use crate::rotate::entry;
use crate::{Error, status, store};

/// When a retired key is due, if it is kept for `keep`.
pub fn due_at(retired_at: Option<Timestamp>, keep: Duration) -> Option<Timestamp> {
    retired_at.map(|at| at.plus(keep))
}

/// Destroys the keys that were retired `keep` ago: their bytes are gone from the database, and every node drops them. A key under which a
/// value turned up meanwhile stays, and is told. The numbers of those that were destroyed.
pub async fn destroy_due(
    cx: &Cx,
    actor: &Actor,
    sealed: &[SealedColumn],
    keep: Duration,
) -> Result<Vec<(Purpose, u32)>, Error> {
    let now = cx.now();
    let is_due = |key: &DataKey| {
        key.state == KeyState::Retired && due_at(key.retired_at, keep).is_some_and(|due| due <= now)
    };
    let mut due = store::list(&mut cx.read().await?).await?;
    due.retain(is_due);
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let counted = status(cx, sealed).await?;
    let values = |key: &DataKey| {
        let own = counted.keys.iter().find(|k| (k.purpose, k.number) == (key.purpose, key.number));
        own.map_or(0, |k| k.values)
    };
    let mut gone = Vec::new();
    let mut tx = cx.begin().await?;
    for key in &due {
        if values(key) > 0 {
            tracing::error!(
                key = key.number,
                values = values(key),
                "a retired key has values again and is kept; rotate once more"
            );
            continue;
        }
        if store::destroy(&mut tx, key, now).await? {
            let detail = json!({"purpose": key.purpose.name(), "retired_at": key.retired_at});
            audit::record(&mut tx, cx, actor, entry("keys.destroy", key.number, detail)).await?;
            gone.push((key.purpose, key.number));
        }
    }
    tx.notify(CHANNEL, "");
    tx.commit().await?;
    Ok(gone)
}

/// For a schedule, once a day.
#[derive(Debug)]
pub struct DestroyJob {
    /// Every column of sealed values: what lies under a key keeps it.
    pub sealed: Vec<SealedColumn>,
    pub keep: Duration,
}

impl Handler for DestroyJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            for (purpose, number) in
                destroy_due(cx, &Actor::system("keyring"), &self.sealed, self.keep).await?
            {
                tracing::info!(purpose = purpose.name(), number, "a retired data key was destroyed");
            }
            Ok(Outcome::Done)
        })
    }
}
