//! Service levels: an order that takes longer than promised is noticed, noted and alarmed once, and stands in the queue of
//! late orders from that moment on (O9); so is a task that nobody did in time.

mod jobs;
mod model;
mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use jobs::WatchJob;
pub use model::Counts;
pub use ops::{counts, late_orders, watch};
