//! Passwords. Promises: only passwords that are hard to guess are taken, longer ones where nothing stands beside them; of them only an Argon2id hash is kept; checking
//! one takes the same time whether the account exists or not, and never more memory than a few checks at once need.

mod model;
mod ops;
mod rules;
#[cfg(test)]
mod tests;

pub use model::{Cost, PasswordHash};
pub use ops::Hasher;
pub(crate) use rules::check_password;
pub use rules::{ALONE, BESIDE};
