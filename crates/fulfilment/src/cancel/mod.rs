//! A cancellation of work under way: the service's rule says whether it still can be, what it costs, and what a late one
//! becomes. What the page shows before the click ([`can_cancel`]) and what happens after it come from one decision.

mod jobs;
mod model;
pub(crate) mod ops;
pub mod rules;
#[cfg(test)]
mod tests;

pub use jobs::{CANCEL_JOB, CancelJob};
pub use model::{CancelView, Possible};
pub use ops::can_cancel;
