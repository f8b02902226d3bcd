//! Maker and checker inside an organisation (W1). What is above its rules is asked for: an order, a file of orders, a change of the rules
//! themselves. Promises: whoever asked never agrees, and nobody agrees twice; two who agree at once count once; what was withdrawn,
//! returned or expired cannot be agreed to any more; what is done is what was shown, because it was written down when it was asked for.
//!
//! An order waits in the room `held` with its money and its stock. Locks: the order first, then the request.

mod error;
mod jobs;
mod many;
mod model;
mod ops;
mod query;
mod rules;
pub(crate) mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use error::Error;
pub use jobs::register;
pub use many::{MOST_AT_ONCE, decide_many, look_at_many};
pub use model::{
    Approval, ApprovalId, ApprovalState, ApprovalView, DecidedMany, Decision, Mine, PolicyChange, Proposed,
    SubjectKind, SubjectView, Verdict, topic,
};
pub use ops::{approve, change_policy, expire_due, return_it, withdraw};
pub(crate) use ops::{ask, close_of_order, cover, hold_for, request_for};
pub use query::{list, view};
pub use rules::PROOF_FROM;
