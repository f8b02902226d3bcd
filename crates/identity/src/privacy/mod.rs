//! One's own data. Promises: agreements are kept one by one with their version and taken back as easily as given; whoever asks gets a
//! copy of what is known; whoever closes the account is erased, and only bare numbers stay for orders and books.

mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use model::{ACCOUNT_ERASED, AccountErased, ConsentId, ConsentPurpose, ConsentView};
pub use ops::{close_own, consents, export, give_consent, withdraw_consent};
pub(crate) use ops::{note_consent, note_withdrawal};
pub(crate) use store::STATEMENTS;
