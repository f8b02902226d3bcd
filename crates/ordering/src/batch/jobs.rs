//! The job that orders the lines of a submitted file.

use std::sync::Arc;

use catalogue::service::Shelf;
use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome, Registry};
use kernel::Duration;
use serde::Deserialize;

use super::model::BatchId;
use super::place::{self, Progress};
use crate::Desk;

pub(super) const PLACE_JOB: &str = "batch.place";
/// When it asks the desk again that was full.
const LATER: Duration = Duration::from_secs(2);

/// Registers the job. The lines are ordered at `desk`.
pub fn register(registry: &mut Registry, desk: &Desk, shelf: &Arc<Shelf>) {
    registry.handle(PLACE_JOB, PlaceJob { desk: desk.clone(), shelf: Arc::clone(shelf) });
}

struct PlaceJob {
    desk: Desk,
    shelf: Arc<Shelf>,
}

#[derive(Deserialize)]
struct Payload {
    batch: BatchId,
}

impl Handler for PlaceJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let Payload { batch } = serde_json::from_value(job.payload.clone())?;
            Ok(match place::run(cx, &self.desk, &self.shelf, batch).await? {
                Progress::More => Outcome::Again(cx.now()),
                Progress::Later => Outcome::Again(cx.now().plus(LATER)),
                Progress::Ended => Outcome::Done,
            })
        })
    }
}
