//! The schedule that ends waits whose time is over, and what follows the end of a review.

use durable::{BoxError, BoxFuture, Cx, Job, Outcome, Registry};
use kernel::Duration;
use risk::decision::{REVIEW_ENDED, ReviewEnded};
use risk::{Point, ReviewState};

use super::model::Reviewed;
use super::ops::{self, expire_due};
use crate::OrderId;

/// Reserved stock is given back within a minute (S3).
const EVERY: Duration = Duration::from_secs(15);

/// The job that follows a review.
const REVIEW_JOB: &str = "order.review_ended";
/// Why an order ended that a person looked at.
const REJECTED: &str = "risk_rejected";

/// Registers the schedule and the subscription.
pub fn register(registry: &mut Registry) {
    registry
        .schedule("order.hold_expire", EVERY, expire)
        .subscribe(REVIEW_ENDED, REVIEW_JOB)
        .handle(REVIEW_JOB, review_ended);
}

/// Reviews of other things have no order.
fn review_ended<'a>(cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        let ended: ReviewEnded = durable::Event::of(job)?.read()?;
        let (Point::Payment | Point::Transfer | Point::Withdrawal, Some(order)) = (ended.point, ended.object)
        else {
            return Ok(Outcome::Done);
        };
        let how = match (ended.outcome.is_open(), ended.state) {
            (true, _) => Reviewed::Passed,
            (false, ReviewState::Expired) => Reviewed::Failed(ops::EXPIRED),
            (false, _) => Reviewed::Failed(REJECTED),
        };
        ops::review_ended(cx, OrderId(order), how).await?;
        Ok(Outcome::Done)
    })
}

fn expire<'a>(cx: &'a Cx, _: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        expire_due(cx).await?;
        Ok(Outcome::Done)
    })
}
