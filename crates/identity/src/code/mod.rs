//! One-time codes. Promises: six digits, kept only as a keyed hash bound to account, purpose and address; ten minutes,
//! five tries, one use; a new code voids the old one; sending is throttled.

mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use model::{CodeSent, Purpose};
pub(crate) use model::{Taken, VALID};
pub(crate) use ops::{parse, purge, send, send_code, take};
pub use ops::{resend_code, verify_contact};
pub(crate) use store::STATEMENTS;
