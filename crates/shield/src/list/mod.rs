//! The lists kept by hand: networks that are kept out, and networks that are never blocked automatically. Every change has a reason and an
//! author, is audited, and holds on all nodes at once.

mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Entry, EntryId, EntryKind, Lifetime, NewEntry};
pub(crate) use ops::purge;
pub use ops::{add, entries, remove};
pub(crate) use store::{STATEMENTS, live};
