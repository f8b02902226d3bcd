//! The schedule that watches service levels.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use super::ops;
use crate::services::told;

/// Notices what is late.
#[derive(Debug, Clone, Copy, Default)]
pub struct WatchJob;

impl WatchJob {
    /// The name of its schedule.
    pub const NAME: &'static str = "fulfilment.watch";
}

impl Handler for WatchJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            ops::watch(cx).await.map_err(told)?;
            let counts = ops::counts(cx).await.map_err(told)?;
            for (kind, count) in [
                ("late_orders", counts.late_orders),
                ("fallout", counts.fallout),
                ("open_tasks", counts.open_tasks),
                ("overdue_tasks", counts.overdue_tasks),
            ] {
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                metrics::gauge!("everlit_waiting_for_staff", "kind" => kind).set(f64::from(count));
            }
            Ok(Outcome::Done)
        })
    }
}
