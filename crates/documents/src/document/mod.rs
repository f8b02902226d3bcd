//! A document that was issued. Promises: one for each subject, whoever asks how often; number, sheet and file never change; whoever
//! changes a row behind our back has no code for it.

mod model;
mod ops;
mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub(crate) use model::New;
pub use model::{Document, Kind, PaperId, Verified};
pub(crate) use ops::issue;
pub use ops::{draw, evidence, file, find, list_own, payment_proof, receipt_file, statement, verify};
pub(crate) use rules::{blank as sheet, in_full};
