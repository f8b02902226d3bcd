//! The proof that the books are right, on a live system and without stopping anybody: the chain of every lane is unbroken and agrees
//! with the rows, every row is in the chain, every account's totals are the sum of its transfers and pending holds, and all accounts
//! of a currency together are zero. What does not agree is named.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{CurrencyTotal, Fault, Report};
pub use ops::verify;
