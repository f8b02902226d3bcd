//! The job of a cancellation.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Event, Handler, Job, Outcome};
use ordering::order::OrderId;

use super::ops;
use crate::Fulfilment;
use crate::services::told;

/// Finds out whether a cancellation is possible.
pub const CANCEL_JOB: &str = "fulfilment.cancel";

/// Handles [`CANCEL_JOB`].
#[derive(Debug)]
pub struct CancelJob(pub Arc<Fulfilment>);

impl Handler for CancelJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let event = Event::of(job)?;
            ops::assess(cx, &self.0, OrderId(event.entity)).await.map_err(told)
        })
    }
}
