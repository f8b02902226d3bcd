//! Files of orders: what an organisation orders many times, in one file (CSV). Promises: every line is an ordinary order, placed at the
//! desk under a key of its own and checked by the rules of the organisation (W1); the same file makes nothing twice, and what another
//! line ordered lately is ordered again only when somebody says so; a wrong line is told with its column and stops no other; nothing
//! that was typed is lost. Another organisation's file is not found (W2).

mod error;
mod jobs;
mod model;
mod ops;
mod place;
mod query;
mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use jobs::register;
pub use model::{Batch, BatchId, BatchState, BatchView, Column, Counts, Entry, EntryState, NewBatch, Wrong};
pub use ops::{discard, keep, mend, submit, upload};
pub use query::{list, view};
pub use rules::{MOST_BYTES, MOST_LINES, columns, is_offered};
