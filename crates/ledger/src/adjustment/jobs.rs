//! The schedule that lets requests expire.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use super::ops::expire_due;

/// Expires requests nobody decided in time.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExpireAdjustmentsJob;

impl ExpireAdjustmentsJob {
    /// The name of its schedule.
    pub const NAME: &'static str = "ledger.expire_adjustments";
}

impl Handler for ExpireAdjustmentsJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            expire_due(cx).await?;
            Ok(Outcome::Done)
        })
    }
}
