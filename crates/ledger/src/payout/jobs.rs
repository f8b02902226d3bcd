//! The schedule that sends payouts and asks about them.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use super::model::PayoutPort;
use super::ops::drive_due;

/// Sends what was approved and asks about what was sent.
#[derive(Debug, Clone)]
pub struct PayoutJob {
    /// Whoever carries payouts out.
    pub port: Arc<dyn PayoutPort>,
}

impl PayoutJob {
    /// The name of its schedule.
    pub const NAME: &'static str = "ledger.payouts";
}

impl Handler for PayoutJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            drive_due(cx, &*self.port).await?;
            Ok(Outcome::Done)
        })
    }
}
