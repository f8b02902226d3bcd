//! The services customers can order. Promises: what is published has passed every rule and stays as it is; a running
//! order finds the version it began with; every node shows the same catalogue soon after a publication.

mod error;
mod method;
mod model;
mod ops;
mod rules;
mod shelf;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use crate::stock::{Hours, SlotPlan, Weekday, Window};
pub use crate::workflow::*;
pub use error::Error;
pub use method::{CaptureAt, PaymentMethod};
pub use model::*;
pub use ops::*;
pub use rules::*;
pub use shelf::*;
