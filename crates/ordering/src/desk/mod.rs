//! The order desk: the one place where orders come into being.
//!
//! Placing an order is one decision about many facts: key, price, eligibility, stock, balance. The desk works like a clerk who takes all
//! that is waiting: it loads the facts of a whole batch with a handful of statements, decides each command in turn with the pure
//! [`rules::decide`], writes all decisions with a handful of statements and commits once. There is no artificial delay: alone, an
//! order is a batch of one. When a guard fails because somebody else moved a row, the batch is rolled back and replayed one by
//! one, so that one order never takes others with it.

mod batch;
mod judge;
mod model;
mod prepare;
mod queue;
pub(crate) mod rules;
mod sending;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use batch::{PAY_WITHIN, RESERVATION_GRACE};
pub use model::{NewLine, PlaceOrder, Placed};
pub(crate) use model::{Prepared, PreparedLine};
pub use prepare::check_level;
pub(crate) use prepare::{beijing_date, checked_line, checked_version_line, from_catalogue};
pub use queue::{Desk, DeskLimits};
