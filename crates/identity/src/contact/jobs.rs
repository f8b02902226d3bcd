//! What follows the review of a change of address.

use durable::{BoxError, BoxFuture, Cx, Job, Outcome, Registry};
use risk::Point;
use risk::decision::{REVIEW_ENDED, ReviewEnded};

use super::ops;

const JOB: &str = "identity.contact_reviewed";

/// Registers the subscription.
pub fn register(registry: &mut Registry) {
    registry.subscribe(REVIEW_ENDED, JOB).handle(JOB, review_ended);
}

/// Reviews of other things have no address.
fn review_ended<'a>(cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        let ended: ReviewEnded = durable::Event::of(job)?.read()?;
        if ended.point == Point::ContactChange {
            ops::review_ended(cx, ended.subject, ended.outcome).await?;
        }
        Ok(Outcome::Done)
    })
}
