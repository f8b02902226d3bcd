//! What happens from time to time.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

/// Forgets what was kept long enough: ended entries, closed incidents, old blocks.
#[derive(Debug, Clone, Copy)]
pub struct PurgeJob;

impl PurgeJob {
    pub const NAME: &'static str = "shield.purge";
}

impl Handler for PurgeJob {
    fn run<'a>(&'a self, cx: &'a Cx, _: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            crate::list::purge(cx).await?;
            crate::incident::purge(cx).await?;
            Ok(Outcome::Done)
        })
    }
}
