//! The schedule that ends waits whose time is over.

use durable::{BoxError, BoxFuture, Cx, Job, Outcome, Registry};
use kernel::Duration;

use super::ops::expire_due;

/// Reserved stock is given back within a minute (S3).
const EVERY: Duration = Duration::from_secs(15);

/// Registers the schedule.
pub fn register(registry: &mut Registry) {
    registry.schedule("order.hold_expire", EVERY, expire);
}

fn expire<'a>(cx: &'a Cx, _: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        expire_due(cx).await?;
        Ok(Outcome::Done)
    })
}
