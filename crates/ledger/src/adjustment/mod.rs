//! Corrections by hand: a reversal, or a booking between two accounts. One person asks with a reason, another decides (W1); the money is
//! set aside when it is asked for, so that what is approved can be booked. Decided once: the second try is told so.

pub(crate) mod jobs;
pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use jobs::ExpireAdjustmentsJob;
pub use model::{Adjustment, AdjustmentId, AdjustmentState, NewAdjustment, Side, Wanted};
pub use ops::{approve, expire_due, get, list, refuse, request, sides, withdraw};
