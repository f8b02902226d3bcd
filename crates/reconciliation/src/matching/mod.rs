//! Line by line: what the bill says against attempts, refunds and the entries of the ledger.
//!
//! Both sides are brought into the order of our numbers and read side by side, so that a million lines need no more memory than a few
//! thousand. What finds no partner there is looked for by the gateway's number and on the days around. Each line ends matched or in the
//! queue, and the run fails rather than miscount.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Ours, Reason, Theirs};
pub use rules::{Matcher, Side, Step};
