//! Documents that are issued: once for each line, with facts that never change, a number with a check digit, and a code
//! that proves both.

mod model;
pub(crate) mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Document, DocumentId, Facts, Row};
pub use ops::{get, receipt, verify};
