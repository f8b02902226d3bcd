//! Two accounts of one person become one. Promises: whoever merges has proved, within minutes, to be the owner of both, with
//! as much as each of them demands; what opens the other account moves over, and it closes pointing at the one that stays;
//! an account with business of its own is never merged away; both owners' addresses are told.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use crate::standing::{Standing, Unhindered};
pub use model::{Candidate, Merged, Obstacle};
pub(crate) use ops::purge;
pub use ops::{ProveByPassword, candidate, merge, prove, prove_by_password};
pub(crate) use store::STATEMENTS;
