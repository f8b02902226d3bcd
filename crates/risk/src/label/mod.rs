//! What became known of an act: fraud, or not. Promises: a word is a row and is never changed, the latest counts; it counts for features
//! from the moment it was noted, never before; what a reviewer decided is a word too.

mod ops;
pub(crate) mod store;

pub use ops::label;
pub(crate) use ops::note;
pub(crate) use store::Word;
