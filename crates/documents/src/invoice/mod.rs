//! Invoices. Promises: about what was really paid and kept, one an order at a time; what was issued is taken back only by a red-letter
//! invoice over the same amount; a request keeps the title as it was when it was made.
//!
//! ```text
//! requested ─► issued ─► reversed      (a new one can be asked for then)
//!     └──────► refused
//! ```

mod model;
mod ops;
mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Decision, Invoice, InvoiceId, InvoiceState};
pub use ops::{ask, find, issue, list, list_own, of_order, refuse, reverse};
