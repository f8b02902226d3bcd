//! Orders that wait for a person: an approval inside an organisation, a review of risk. Promises: everything was checked, set aside and
//! reserved when the order was sent, so a release continues the same order and a rejection gives all of it back (R4); each happens
//! once, whoever comes second is told what the order is now (O1); when nobody decides, what was configured happens (R2).
//!
//! The money's hold carries no end of its own: it is in the ledger's chain and could not be taken away again. It ends with the wait, in the
//! same transaction. Functions that take `tx` leave the audit entry to the caller, who writes it last.

mod jobs;
mod model;
mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use jobs::register;
pub use model::{Held, HeldOrder, HoldCause, HoldFor, OnExpiry, Reviewed};
pub(crate) use ops::end;
pub use ops::{expire_due, find, list, reject, release, review_ended};
