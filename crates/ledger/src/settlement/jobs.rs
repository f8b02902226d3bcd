//! The schedule that settles what is due.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use super::ops::run_due;

/// Settles every period that is over. Stopped in between, it goes on where it stopped.
#[derive(Debug, Clone, Copy, Default)]
pub struct SettleJob;

impl SettleJob {
    /// The name of its schedule.
    pub const NAME: &'static str = "ledger.settle";
}

impl Handler for SettleJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            run_due(cx).await?;
            Ok(Outcome::Done)
        })
    }
}
