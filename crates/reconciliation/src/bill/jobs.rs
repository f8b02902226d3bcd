//! Bills without being asked for.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use super::ops;
use crate::Reconciliation;

/// Looks for days whose bill is due.
pub struct SweepJob(pub Arc<Reconciliation>);

impl SweepJob {
    pub const NAME: &'static str = "reconciliation.sweep";
}

impl Handler for SweepJob {
    fn run<'a>(&'a self, _: &'a Cx, _: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            ops::sweep(&self.0).await?;
            Ok(Outcome::Done)
        })
    }
}
