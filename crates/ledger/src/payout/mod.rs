//! Payouts: what is owed to a seller goes to the seller's bank. One person asks, another approves (W1); the money is set aside from the
//! beginning, so nothing is paid out twice or below zero. A licensed provider carries it out behind [`PayoutPort`]: the payout's id is the
//! operation's id, no answer is never taken for "no", and it is asked about until it has an end.

pub(crate) mod jobs;
pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use jobs::PayoutJob;
pub use model::{NewPayout, Payout, PayoutAnswer, PayoutId, PayoutOrder, PayoutPort, PayoutState};
pub use ops::{approve, drive_due, get, hear, list, refuse, request};
