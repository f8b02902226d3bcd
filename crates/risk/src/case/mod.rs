//! Cases and the review desk: what waits for a person, the next first, with everything needed to decide; what somebody looks into over
//! several accounts and decisions. Promises: nobody works on what is about themselves; what is written is sealed; links are found from shared
//! devices, networks, payees and phones, within bounds; closing with a verdict labels the act; an account is frozen with one step, by a fact
//! that identity hears.

mod desk;
mod graph;
mod model;
mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use desk::{Choice, Desk, MaterialAsked, ask_material, next, show_review};
pub use graph::{Graph, Linked, MOST_HOPS, Tie, graph};
pub use model::{Case, CaseId, CaseState, CaseView, FreezeAsked, Link, Note};
pub(crate) use ops::entry;
pub use ops::{ask_freeze, assign, close, link, list, note, open, show};

/// The fact that an account should be frozen; the payload is [`FreezeAsked`], the entity the account.
pub const FREEZE_ASKED: &str = "risk.freeze_asked";
/// The fact that more material is needed of a customer; the payload is [`MaterialAsked`], the entity the decision.
pub const MATERIAL_ASKED: &str = "risk.material_asked";

/// What the title of a case is sealed for.
pub const TITLE: &str = "risk.case";
/// What a note is sealed for.
pub const NOTE: &str = "risk.case_note";
