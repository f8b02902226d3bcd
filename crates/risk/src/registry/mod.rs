//! Trained models: files with where they come from and how good they were, which of them scores, and the thresholds that belong to its
//! scores. Promises: a file is never changed and is read before it is taken; one model a family is live, and two people make it so;
//! who they were, why, and the way back stay in the audit; every node follows at once.

mod model;
mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Capacity, Kept, ModelId, ModelState, Wanted};
pub(crate) use ops::FAMILY;
pub use ops::{add, file, list, promote, retire, roll_back, set_thresholds, shadow, thresholds_for};
pub use rules::deny_for_cost;

/// What a file is sealed for: trees tell of the customers they were grown from.
pub const FILE: &str = "risk.model";
/// What a reason is sealed for.
pub const REASON: &str = "risk.model_reason";
