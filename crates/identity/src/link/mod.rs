//! Identities at other parties that open an account. Promises: one identity opens at most one account; which account it opens
//! is never guessed from an e-mail address or a phone number; adding and removing needs a fresh proof (W8) and is told to the
//! owner; the last way into an account cannot be removed.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use model::NewLink;
pub use model::{LinkId, LinkView};
pub(crate) use ops::{add, count_of, find, move_all, note_use};
pub use ops::{list, remove};
pub(crate) use store::{SEALED, STATEMENTS};
