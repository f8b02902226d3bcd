//! Allowances: how much a customer may top up, spend and send away, by how surely it is known who they are. The limit is kept in the
//! statement that uses it up, so that no number of requests at once goes beyond it; each use has a key, so that taking twice takes
//! once and giving back gives back once.
//!
//! Days, months and years are those of Beijing. The amounts count a currency for itself; limits are in minor units of any.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{AllowanceKind, Caps, Left, Policy, Room, Span};
pub use ops::{finish, give_back, has_room, left, publish, room, take};
