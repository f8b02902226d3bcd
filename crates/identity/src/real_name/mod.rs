//! Real names (实名认证). Promises: a name and a number are believed only when a provider or a person of staff confirmed them;
//! every question to the provider is written before it is asked and asked under one id until it has an end, so a crash
//! neither loses nor doubles one; one person has at most so many accounts ([`Policy::accounts_a_person`]), whatever happens
//! at once; names and numbers are sealed and shown masked.
//!
//! The first answer to a question holds: a provider that changes its mind later changes nothing.

mod claim;
mod error;
mod holder;
mod jobs;
mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use claim::{Claim, claim, hand_over};
pub use claim::{erase, withdraw};
pub use error::Error;
pub use holder::{able_to_move, find_holder, is_named, name_of};
pub use jobs::register;
pub(crate) use model::Person;
pub use model::{Begun, Check, CheckId, CheckState, KnownPerson, NewCheck, Policy, RealName, Standing};
pub(crate) use ops::{INDEXED, SEALED, account_able, index_of, open_person, seal_person, shown, tell};
pub use ops::{ask, begin, check, level_of, levels_of, standing};
pub(crate) use rules::{parse_person, today, too_many};
pub(crate) use store::{STATEMENTS, find_person};
