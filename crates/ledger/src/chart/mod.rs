//! The chart of accounts: what each sort of account is for, which limit it keeps and who moves it; and the accounts as they stand, now
//! and at any moment before. Currencies are never added up with each other.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{AccountSort, At, Flow, OpenHold, SortTotal};
pub use ops::{account, balance_at, flows, holds, holds_of, list, totals};
