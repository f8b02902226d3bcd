//! Risk in figures: what was decided, how reviews keep up, whether alarms were right, what was kept from being stolen, what each rule and
//! the model do. Every question walks one index over at most [`LONGEST`].

mod model;
mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Alarms, Day, Figures, Held, LiveModel, Load, RuleHits};
pub use ops::{LONGEST, show};
