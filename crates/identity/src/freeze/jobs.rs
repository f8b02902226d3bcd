//! Telling owners what stands out, with the brake at hand.

use durable::{BoxError, BoxFuture, Cx, Job, Outcome, Registry};
use risk::engine::{ALARM, Alarmed};

use super::ops;

const JOB: &str = "identity.alarm";

/// Registers the subscription.
pub fn register(registry: &mut Registry) {
    registry.subscribe(ALARM, JOB).handle(JOB, alarm);
}

fn alarm<'a>(cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        let alarmed: Alarmed = durable::Event::of(job)?.read()?;
        ops::alarm(cx, &alarmed).await?;
        Ok(Outcome::Done)
    })
}
