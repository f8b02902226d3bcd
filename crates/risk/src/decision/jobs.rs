//! Reviews whose time is over.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use super::ops;

/// Ends the reviews nobody looked at in time. For a schedule, once a minute; what asks before sees the end all the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExpireReviewsJob;

impl Handler for ExpireReviewsJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            while ops::expire_due(cx).await? > 0 {}
            Ok(Outcome::Done)
        })
    }
}
