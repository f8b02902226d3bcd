//! Another phone number or e-mail address. Promises: nobody's address changes without a fresh proof and a code to the new one (W8);
//! the old one is told and can take it back for a day, which ends every session; what looks like theft waits for a person, who is not hurried.

mod jobs;
mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use jobs::register;
pub use model::ContactKind;
pub(crate) use ops::{SEALED, purge};
pub use ops::{ask, confirm, look_at_undo, undo, waiting};
pub(crate) use store::STATEMENTS;
