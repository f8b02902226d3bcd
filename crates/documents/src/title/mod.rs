//! The book of invoice titles (抬头): in whose name invoices are made out. Promises: a company's credit code checks; what was removed
//! stays for the requests that named it; nobody sees another's.

mod model;
mod ops;
mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{NewTitle, Title, TitleFacts, TitleId, TitleKind};
pub(crate) use ops::own;
pub use ops::{add, list, remove};

/// More titles than this nobody keeps apart.
pub const MOST: usize = 50;
