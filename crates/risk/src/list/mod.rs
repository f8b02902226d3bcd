//! Lists of what is known to be bad, good or worth a look: accounts, devices, networks, payees, phones. Promises: who is allowed past the
//! score was approved by a second person; nothing lifts a sanction; an entry has a reason, may end by itself, and is never read back in the
//! clear without the permission to.

mod model;
mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Entity, Entry, EntryId, EntryState, List, NewEntry};
pub use ops::{add, approve, list, remove, reveal};

/// What the value of an entry is sealed for.
pub const VALUE: &str = "risk.list_value";
/// What the reason of an entry is sealed for.
pub const REASON: &str = "risk.list_reason";
