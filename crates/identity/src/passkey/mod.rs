//! Passkeys (WebAuthn level 3). Promises: a passkey always verifies its person, so it counts as two factors (W7); a
//! challenge is random, lives five minutes, belongs to one browser and one purpose, and is answered once; credentials are
//! sealed and found by keyed index; whoever is refused at signing in learns nothing about why.
//!
//! A ceremony has two halves: `begin_…` hands out the options for `navigator.credentials` and keeps what the answer will be
//! measured against; `add` and `prove` take the answer. [`prove`] only says who it was: opening a session, noting a fresh proof
//! or passing a second factor is the caller's next step.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Added, Answer, Begun, CeremonyId, PasskeyId, PasskeyView, Passkeys, Purpose};
pub(crate) use ops::INDEXED;
pub use ops::{add, begin_adding, begin_proving, list, prove, remove, rename};
pub(crate) use ops::{count_of, purge, remove_all};
pub use rules::{At, Party};
pub(crate) use store::{SEALED, STATEMENTS};
