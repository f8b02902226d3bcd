//! Sessions: who is signed in, on what. Promises: a token is random, shown once and kept only as a hash; signing in always
//! makes a new one; it ends by itself, by its owner, and when its account may no longer act.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use model::{LogIn, NewSession, SessionId, SessionKind, SessionView, SignedIn};
pub use ops::{
    authenticate, csrf_matches, csrf_token, end_other_sessions, end_session, list_sessions, log_in, log_out,
};
pub(crate) use ops::{end_others_of, purge, refusal};
pub(crate) use store::STATEMENTS;
