//! The schedule that expires holds.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use super::ops::expire_due;
use crate::Lane;

/// Holds expired in one transaction.
const BATCH: u16 = 200;

/// Expires every hold whose time is over. Run it every few seconds; it does nothing when nothing is due.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExpireHoldsJob;

impl ExpireHoldsJob {
    /// The name of its schedule.
    pub const NAME: &'static str = "ledger.expire_holds";
}

impl Handler for ExpireHoldsJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            while expire_due(cx, Lane::of(0), BATCH).await? == usize::from(BATCH) {}
            Ok(Outcome::Done)
        })
    }
}
