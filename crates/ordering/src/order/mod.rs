//! An order and its lines: what was ordered, where it stands, who changed it and why.
//!
//! The state of the work ([`OrderState`]) and of the money ([`MoneyState`]) are separate (P12). Every change goes through
//! [`rules::on`] and leaves an [`Event`] with who, when, from, to, why, request (O2). Others join their transaction with
//! [`ops::pay`], [`ops::change_line`]; when the last line ends, the money is settled in the same transaction.

pub mod model;
pub mod ops;
pub mod query;
pub mod rules;
pub(crate) mod settle;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::*;
pub use query::{OrderView, Which};
