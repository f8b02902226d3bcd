//! Staff ask the customer for something; the order waits for the customer until it is answered (O4). Both texts are
//! sealed.

mod model;
mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Question, QuestionId};
pub use ops::{ask_customer, list, report_information};
