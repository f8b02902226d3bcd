//! Sessions: who is signed in, on what. Promises: a token is random, shown once and kept only as a hash; signing in always
//! makes a new one, and so does every further proof; a session that is not open permits nothing; it ends by itself, by its
//! owner, and when its account may no longer act.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use model::Client;
pub use model::{NewSession, SessionId, SessionKind, SessionView, SignedIn, Stage};
pub(crate) use ops::{
    Opening, SEALED, end_of_device, end_others_of, end_token, note_act, open, prove, purge, refusal,
    set_acting_for, signals_of, take,
};
pub use ops::{
    authenticate, csrf_matches, csrf_token, end_other_sessions, end_session, find_session, list_sessions,
    log_out,
};
pub(crate) use rules::client;
pub(crate) use store::STATEMENTS;
