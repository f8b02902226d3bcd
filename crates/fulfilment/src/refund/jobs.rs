//! What follows the review of a wish for a refund.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};
use ordering::order::LineId;
use risk::Point;
use risk::decision::ReviewEnded;

use crate::{Fulfilment, task};

/// The job that hears the end of a review.
pub const REVIEW_JOB: &str = "refund.review_ended";

/// Turns the wish down where the review did; a release leaves it to who decides about refunds. Reviews of other things are not ours.
#[derive(Debug, Clone)]
pub struct ReviewJob(pub Arc<Fulfilment>);

impl Handler for ReviewJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let ended: ReviewEnded = durable::Event::of(job)?.read()?;
            if let (Point::Refund, Some(line), false) = (ended.point, ended.object, ended.outcome.is_open()) {
                task::ops::turn_down_refund(cx, &self.0, LineId(line)).await?;
            }
            Ok(Outcome::Done)
        })
    }
}
