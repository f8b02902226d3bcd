//! Ways back in. Promises: a forgotten password is set anew only by a code to a verified address, and never takes a second factor
//! away; lost second factors are taken away only after two members of staff agreed and a day has passed; every step is told on
//! every address, and the owner can stop it.

mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use model::{RecoveryId, RecoveryState, RecoveryView, ResetPassword};
pub(crate) use ops::{SEALED, purge};
pub use ops::{approve, ask_reset, complete, list, of_pending, refuse, request, reset_password, stop};
pub(crate) use store::STATEMENTS;
