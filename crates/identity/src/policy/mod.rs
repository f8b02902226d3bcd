//! What an organisation lets nobody decide alone: above which amount, for which business, who checks it, one after the other.
//! Promises: an empty list of checkers never means everybody (W3); the rules that stand are replaced as a whole and only by whoever saw
//! the version before; who may check is asked of the members as they are now.
//!
//! Requests for an approval, also those for a change of these rules, are the room `approval` of ordering.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Checker, Level, OnExpiry, Policy, Rule, Subject};
pub use ops::{
    Whom, check, checkers, current, may_check, members_who_may_change, of_party, propose, replace,
};
pub use rules::{TRANSFER_SERVICE, differences, rule_for};
pub(crate) use store::STATEMENTS;
