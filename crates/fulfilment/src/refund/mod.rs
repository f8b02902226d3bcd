//! Money of what is done and booked goes back: asked for by the customer within the service's time, decided by a person,
//! paid back by a new transfer, once for each line. The line stays completed: that it was done remains true. What the risk desk looks at is
//! not granted before it has decided, and what it turned down is denied.

mod jobs;
pub(crate) mod ops;
#[cfg(test)]
mod tests;

pub use jobs::{REVIEW_JOB, ReviewJob};
pub(crate) use ops::cleared;
pub use ops::{refundable, request};
