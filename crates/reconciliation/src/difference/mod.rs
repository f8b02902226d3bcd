//! What does not agree: a queue with the reason in words, and the one step that helps.
//!
//! A remedy is an act with permission, reason and audit. After it the line is matched anew: it leaves the queue because it agrees, because the
//! ledger was corrected by two people, or because somebody explained it by name; never because a button was pressed.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod remedy;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Difference, DifferenceId, Filter, Note, Remedy, Resolution, State};
pub use ops::{assign, find, list, note, notes, release};
pub use remedy::{
    accept_timing, approve_write_off, ask_gateway, book_fee, book_payout, explain, link, propose_write_off,
    refuse_write_off, sign_off,
};
pub use rules::remedies;
