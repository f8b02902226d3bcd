//! Taking back what was done, in reverse, when a later step fails or the customer cancels.
//!
//! Only what the workflow marks `provider_cancel` is taken back; each cancellation is an operation of its own with a log
//! entry of its own, so an interrupted undoing goes on where it was.

pub(crate) mod ops;
#[cfg(test)]
mod tests;
