//! The way to another party that says who somebody is, and back. Promises: a state is random, kept as a hash, belongs to one
//! browser, one party and one purpose, and works once within ten minutes; the PKCE verifier and the nonce never leave the
//! server; what a party says is believed only after its adapter checked it; an identity nobody knows opens nothing until its
//! owner signs in or registers.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Away, Begin, Claimant, Finished, Purpose, RegisterClaimed, RegisteredClaimed, Return};
pub(crate) use ops::purge;
pub use ops::{adopt, begin, claimant, finish, register};
pub(crate) use store::{SEALED, STATEMENTS};
