//! Rows to learn from: every act with the numbers it was judged by, and what became known of it. Promises: a row's numbers are those of
//! the request path, made again by the same functions from the same rows; the same question gives the same rows.

mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use ops::{Row, Rows, rows};
pub(crate) use store::STATEMENTS;
