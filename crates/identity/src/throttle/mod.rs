//! What makes guessing slow (behaviour W6). Promises: a try is counted *before* what it tries is looked at, so parallel
//! tries cannot slip past; waits double and grow to an hour; nothing here depends on whether an account exists.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use model::{Claimed, Key, Scope};
pub(crate) use ops::{claim, claim_in, forget, purge, tries};
pub(crate) use store::STATEMENTS;
