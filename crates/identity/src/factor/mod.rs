//! Second factors of an account. Promises: a time-based password (RFC 6238) is taken once and for half a minute either side of
//! now; recovery codes work once and a new set voids the old (W7); factors are added and removed only after a fresh proof, and
//! the owner is told; a role that demands one is never left without.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Enrolled, TotpOffer, TotpState};
pub(crate) use ops::{
    SEALED, after_adding, enrolled, purge, remove_all, require_removable, take_recovery_code, take_totp,
};
pub use ops::{confirm_totp, enrolled_of, new_recovery_codes, offer_totp, remove_totp, totp_state};
pub use rules::shown_by_app;
#[cfg(test)]
pub(crate) use rules::{code_at, step_at};
pub(crate) use store::STATEMENTS;
