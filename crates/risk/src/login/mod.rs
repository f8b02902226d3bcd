//! A login: how likely it is that the owner signs in. Promises: judged by what was known at that moment and nothing later; the same
//! functions judge online and in a replay; an account without history is not abnormal; what is learned is bounded and fades.
//!
//! The score follows Freeman and others, "Who Are You? A Statistical Approach to Measuring User Authenticity" (NDSS 2016): for network,
//! place, browser and hour, how often everybody comes with this value over how often this account does, both smoothed; added up as
//! logarithms with what is known of the device, of failures and of the network's reputation.

mod jobs;
mod model;
mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use jobs::PurgeJob;
pub use model::{LoginPoint, LoginSettings, LoginSignals, Model, Verdict, Weights};
pub use ops::{assess, learn, note_failure};

/// What the place of the last visit is sealed for.
pub const PLACE: &str = "risk.visit";
