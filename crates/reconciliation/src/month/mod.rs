//! The close of a month at a gateway.
//!
//! It closes when every day has its bill and is matched, and nothing is open that nobody signed for; one person proposes it, another who signed
//! for nothing checks it. What is reported then can be made again from the rows and has the same hash. After that nothing of the month
//! changes silently: whatever does opens it again and calls a person.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{DayReport, MonthState, MonthView, Readiness, ReasonReport, Report, Signature};
pub use ops::{close, csv, get, propose, report, withdraw};
