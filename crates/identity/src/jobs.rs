//! Housekeeping: what has expired is removed.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use crate::{code, session, setup, throttle};

/// Removes expired sessions, codes, links and counts. For a schedule, once an hour.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgeJob;

impl Handler for PurgeJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let now = cx.now();
            let mut tx = cx.begin().await?;
            session::purge(&mut tx, now).await?;
            code::purge(&mut tx, now).await?;
            setup::purge(&mut tx, now).await?;
            throttle::purge(&mut tx, now).await?;
            tx.commit().await?;
            Ok(Outcome::Done)
        })
    }
}
