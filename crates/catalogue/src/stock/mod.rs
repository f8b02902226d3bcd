//! What is on hand and to whom it is promised. Promises: available = on hand − allocated − live reservations, never
//! below zero, whatever happens at once; a reservation ends by itself; people's corrections take the same guarded way.
//!
//! Functions that take `tx` join the caller's transaction. Locks are taken in this order: reservations, then stock items
//! by id.

mod error;
mod jobs;
mod model;
mod ops;
mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use jobs::{OpenSlotsJob, expire_job};
pub use model::*;
pub use ops::*;
pub(crate) use rules::{bookable, goods, slots};
