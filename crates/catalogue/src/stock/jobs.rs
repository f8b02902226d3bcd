//! What runs from time to time: ending reservations, opening the times of new days.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use crate::service::Shelf;

/// Ends what is due. Every 15 seconds, so that stock is back within 60 (S3).
pub fn expire_job<'a>(cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        super::expire_due(cx).await?;
        Ok(Outcome::Done)
    })
}

/// Opens the times of the days that came into reach. Every ten minutes is plenty.
#[derive(Debug, Clone)]
pub struct OpenSlotsJob {
    pub shelf: Arc<Shelf>,
}

impl Handler for OpenSlotsJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            super::open_slots(cx, &self.shelf).await?;
            Ok(Outcome::Done)
        })
    }
}
