//! The one way in. Promises: whatever somebody proves (password, code, passkey, another site), [`enter`] decides what it opens:
//! the account's state is looked at under lock, the risk of it is judged, a second factor is asked for where it is due (W5,
//! W7), a new token is made always, and every try leaves a row and an audit entry.

mod appraise;
mod code;
mod model;
mod ops;
mod proof;
mod rules;
mod second;
#[cfg(test)]
mod tests;

pub(crate) use appraise::{Whose, note_failure as note_risk};
pub(crate) use code::ask;
pub use code::{AskCode, CodeJob, LogInByCode, SEND_CODE_JOB, ask_code, log_in_by_code};
pub use model::{Arrival, LogIn, Method, Proven, Remember, Step, Way, Ways};
pub(crate) use ops::{Tried, check_password, note_failure};
pub use ops::{enter, log_in};
pub use proof::{Proof, prove, send_proof_code, ways_to_prove};
pub(crate) use proof::{check as check_factor, check_frozen, note_try, note_wrong, strong_ways};
pub use second::{finish_enrolment, send_second_code, show_second, ways_on};
