//! Showing a factor. Promises: each try is counted before anybody looks; what works once is used up in the transaction that goes on
//! with it; nothing weaker than a second factor of the account opens sensitive acts (W8).

mod model;
mod ops;

pub use model::Proof;
pub(crate) use ops::{
    Checked, check, check_frozen, contact_for_code, note_try, note_wrong, send_code, strong_ways,
};
pub use ops::{prove, send_proof_code, ways_to_prove};
