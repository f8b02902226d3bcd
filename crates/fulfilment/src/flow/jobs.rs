//! The jobs of flows.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Event, Handler, Job, Outcome};
use ordering::order::OrderId;
use serde::Deserialize;

use super::model::StepId;
use super::ops;
use crate::Fulfilment;
use crate::services::told;

/// Begins the work on an order that was accepted.
pub const START_JOB: &str = "fulfilment.start";
/// Drives one try of one step.
pub const STEP_JOB: &str = "fulfilment.step";

/// Handles [`START_JOB`].
#[derive(Debug)]
pub struct StartJob(pub Arc<Fulfilment>);

impl Handler for StartJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let event = Event::of(job)?;
            ops::begin(cx, &self.0, OrderId(event.entity)).await.map_err(told)
        })
    }
}

/// Handles [`STEP_JOB`].
#[derive(Debug)]
pub struct StepJob(pub Arc<Fulfilment>);

#[derive(Deserialize)]
struct Payload {
    step: StepId,
}

impl Handler for StepJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let payload: Payload = serde_json::from_value(job.payload.clone())?;
            ops::drive(cx, &self.0, payload.step).await.map_err(told)
        })
    }
}
