//! Holds: money set aside for something that is not finished. A hold is posted (in part or whole, the rest is released), voided or
//! expired exactly once; the second try says which it was. Held money cannot be spent twice: it counts against the guard.

pub(crate) mod jobs;
pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use jobs::ExpireHoldsJob;
pub use model::{
    EXPIRED, Hold, HoldExpired, HoldId, HoldRefusal, HoldState, NewHold, PostHold, Posted, Take,
};
pub use ops::{expire_due, find_hold, place, place_holds, post, post_holds, void, void_holds};
