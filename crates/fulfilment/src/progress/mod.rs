//! What the customer sees of the work: the steps of the workflow with their times, in the words of the service pack. Only
//! what is safe to show (O2).

mod model;
mod ops;
mod rules;
#[cfg(test)]
mod tests;

pub use model::{EntryState, Outcome, TimelineEntry};
pub use ops::{outcomes, timeline};
