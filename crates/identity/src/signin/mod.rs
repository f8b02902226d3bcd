//! The one way in. Promises: whatever somebody proves (password, code, passkey, another site), [`enter`] decides what it opens:
//! the account's state is looked at under lock, the risk of it is judged, a second factor is asked for where it is due (W5,
//! W7), a new token is made always, and every try leaves a row and an audit entry.

mod appraise;
mod jobs;
mod model;
mod ops;
mod rules;
mod second;
#[cfg(test)]
mod tests;

pub(crate) use appraise::{Whose, note_failure as note_risk};
pub(crate) use jobs::ask;
pub use jobs::{CodeJob, SEND_CODE_JOB, ask_code};
pub use model::{Arrival, AskCode, LogIn, LogInByCode, Method, Proven, Remember, Step, Way, Ways};
pub(crate) use ops::{Tried, check_password, note_failure};
pub use ops::{enter, log_in, log_in_by_code};

pub(crate) use crate::proof::note_try;
pub use crate::proof::{Proof, prove, send_proof_code, ways_to_prove};
pub use second::{finish_enrolment, send_second_code, show_second, ways_on};
