//! The gateways' daily bills: fetched, kept as they were handed in, matched.
//!
//! A day is asked for from ten in the morning on; when it is late somebody is called. The same content again changes nothing; another content
//! is another version, which is matched anew and is told: never silently. One node works on a day at a time, and what was begun and not
//! finished is begun again.

mod jobs;
pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use jobs::SweepJob;
pub use model::{AlarmFact, BillDay, BillDayId, BillHead, BillId, DayState, Fetched, Sum, topic};
pub use ops::{broken_text, days, fetch, find_day, hand_in, heads, sweep};
pub use rules::MOST_FILE_BYTES;
