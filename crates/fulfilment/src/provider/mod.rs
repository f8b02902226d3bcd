//! Speaking to the providers of a workflow's steps.
//!
//! The answer to a call, a poll and a callback all end in [`ops::hear`]: whichever comes first counts, repeats and
//! stragglers change nothing. No answer means "unknown" and is asked again under the same operation id until the deadline;
//! then a person is alarmed (O3) and asking goes on more slowly.

pub(crate) mod ops;
pub mod rules;
#[cfg(test)]
mod tests;

pub use crate::enquiry::Enquiries;
pub use ops::callback;
