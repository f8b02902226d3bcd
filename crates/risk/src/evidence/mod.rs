//! Evidence of a case: what was done and decided, as sections of rows with a digest of each, so that what was handed out can be shown to be
//! unchanged. Promises: only with a fresh proof, a reason and the right to export; who took it and why is in the audit with its digest;
//! what people wrote is in it only for who may see personal data.

mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Evidence, Section};
pub use ops::export;
pub(crate) use store::STATEMENTS;
