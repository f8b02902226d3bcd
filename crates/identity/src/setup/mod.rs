//! How staff accounts begin: one-time links. Promises: nobody has a default password; the first administrator is made by a
//! link that works once and only while there is none; all others are invited by an administrator.

mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use model::{LinkView, Redeem, SetupLink};
pub(crate) use ops::purge;
pub use ops::{create_setup_link, has_administrator, invite_staff, look_at_link, redeem};
pub(crate) use store::STATEMENTS;
