//! Money of what is done and booked goes back: asked for by the customer within the service's time, decided by a person,
//! paid back by a new transfer, once for each line. The line stays completed: that it was done remains true.

pub(crate) mod ops;
#[cfg(test)]
mod tests;

pub use ops::{refundable, request};
