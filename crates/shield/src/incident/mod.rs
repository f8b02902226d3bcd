//! What somebody tried, and the block that followed. Promises: an attempt that is blocked leaves an incident with what it was, masked; trying
//! on adds to it; a block ends by itself, each next one later; a person can look, lift and close, with a reason, and all of it is audited.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Block, BlockId, Detail, Incident, IncidentId, Kind, State};
pub(crate) use ops::{Answer, purge, raise};
pub use ops::{acknowledge, blocks, close, get, lift, list, open_count};
pub(crate) use rules::FIRST;
pub(crate) use store::{STATEMENTS, live_blocks};
