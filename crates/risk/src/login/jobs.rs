//! Housekeeping: what is not remembered any longer is removed.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use super::ops;

/// Removes old failures, faded counts of everybody, and decisions older than 400 days. For a schedule, once an hour.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgeJob;

impl Handler for PurgeJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let mut tx = cx.begin().await?;
            ops::purge(&mut tx, cx.now()).await?;
            tx.commit().await?;
            Ok(Outcome::Done)
        })
    }
}
