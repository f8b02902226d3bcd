//! A decision: whether something goes on. Promises: an answer within the point's time limit, whatever the scorer does (R1); allow, notify,
//! step up, review or deny, and a review that nobody looks at ends by itself (R2); each decision a new row with sealed inputs, version,
//! score and reasons, and shadows that are written down and change nothing (R3). Nothing here knows what is judged.

mod jobs;
mod model;
mod ops;
mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use jobs::ExpireReviewsJob;
pub(crate) use model::named;
pub use model::{
    Asked, Decision, DecisionId, Failure, Filter, Judged, Ladder, OnFailure, Opinion, Outcome, Point, Policy,
    Review, ReviewEnded, ReviewRule, ReviewState, Scored,
};
pub use ops::{
    Candidate, decide, expire_due, journal, list_decisions, list_own, reject, release, shadows_of,
    show_decision, standing, standing_of, weigh, withdraw,
};
pub(crate) use ops::{journal_many, permit};
pub(crate) use rules::{precedent, reason};

/// The fact that a review ended; the payload is [`ReviewEnded`], the entity the decision.
pub const REVIEW_ENDED: &str = "risk.review_ended";

/// What the inputs of a decision are sealed for.
pub const INPUTS: &str = "risk.decision";
