//! Dry runs, a part at a time.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};
use serde::Deserialize;

use super::dry_run::{self, DryRunId};

/// The job that counts how a rule would have done.
pub const DRY_RUN_JOB: &str = "risk.dry_run";

/// Parts done before the job makes room for others.
const PARTS: usize = 20;

#[derive(Deserialize)]
struct Payload {
    dry_run: i64,
}

/// Counts how a rule would have done; comes back until it is through.
#[derive(Debug, Clone, Copy, Default)]
pub struct DryRunJob;

impl Handler for DryRunJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let payload: Payload = serde_json::from_value(job.payload.clone())?;
            for _ in 0..PARTS {
                if !dry_run::step(cx, DryRunId(payload.dry_run)).await? {
                    return Ok(Outcome::Done);
                }
            }
            Ok(Outcome::Again(cx.now()))
        })
    }
}
