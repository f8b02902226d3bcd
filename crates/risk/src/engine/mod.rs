//! The engine: an act comes in, an outcome goes out. Promises: lists and live rules before the learned score, the hardest wins; an
//! answer within the point's time, whatever the database, a rule or the model does (R1); judged by what was known at that moment, exactly,
//! on every node and after a restart; what was judged, from what, and why is written in the caller's transaction, one statement a table;
//! shadows change nothing (R3).
//!
//! ```text
//! let judged = engine.judge(cx, act).await;               // before any transaction
//! match judged.outcome() { … }
//! journal_many(&mut tx, cx, &[(judged, order)]).await?;   // with what came of it
//! ```

mod memory;
mod model;
mod ops;
pub(crate) mod rules;
mod snapshot;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub(crate) use model::Family;
pub use model::{Act, Alarmed, Guard, Judged, Origin, PointPolicy, Settings, Stop, Thresholds};
pub use ops::{Engine, journal_alone, journal_many, payee};

/// Tells every node that rules, lists or models changed.
pub const CHANNEL: &str = "risk";

/// The fact that the owner of an account should know of an act; the payload is [`Alarmed`], the entity the decision.
pub const ALARM: &str = "risk.alarm";

/// What the place of an act is sealed for.
pub const PLACE: &str = "risk.event";
