//! The fallout desk (O5): what went wrong waits for a decision. Each act needs a permission and a reason, is audited, and
//! says what else is possible when it is not.

mod model;
pub(crate) mod ops;
#[cfg(test)]
mod tests;

pub use model::FalloutItem;
pub use ops::{count, fail, force_complete, get, list, refund, retry, skip};
