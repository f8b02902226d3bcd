//! Who it is. Accounts of customers and staff, their passwords and one-time codes, the sessions they act in, the roles
//! that say what they may do, and the throttle that makes guessing slow.
//!
//! Names, phones and e-mail addresses are sealed in the database and found by keyed index; passwords are Argon2id;
//! of tokens and codes only hashes are kept. Everything that changes who may do what is audited, without personal data.

pub mod account;
pub mod code;
pub mod customer;
mod error;
mod jobs;
pub mod password;
pub mod role;
pub mod session;
pub mod setup;
#[cfg(test)]
mod testing;
pub mod throttle;
mod token;

pub use account::{ACCOUNT_REGISTERED, AccountRegistered};
pub use error::Error;
pub use jobs::PurgeJob;
pub use password::Hasher;
pub use session::SignedIn;
pub use token::Token;

/// The tables of this crate.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "identity",
    files: &[("0001_init", include_str!("../migrations/0001_init.sql"))],
};

/// Every statement of this crate, for the test that prepares all on both databases.
pub static STATEMENTS: &[&[&dyn db::Statement]] =
    &[account::STATEMENTS, code::STATEMENTS, session::STATEMENTS, setup::STATEMENTS, throttle::STATEMENTS];
