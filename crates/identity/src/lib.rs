//! Who it is. Accounts of customers and staff, their passwords and one-time codes, the sessions they act in, the roles
//! that say what they may do, and the throttle that makes guessing slow.
//!
//! Names, phones and e-mail addresses are sealed in the database and found by keyed index; passwords are Argon2id;
//! of tokens and codes only hashes are kept. Everything that changes who may do what is audited, without personal data.

pub mod account;
pub mod client;
pub mod code;
pub mod contact;
pub mod customer;
pub mod device;
mod error;
pub mod factor;
pub mod federation;
pub mod freeze;
mod jobs;
mod judged;
pub mod link;
pub mod merge;
mod notice;
pub mod organisation;
pub mod passkey;
pub mod password;
pub mod policy;
pub mod privacy;
mod proof;
pub mod real_name;
pub mod recovery;
pub mod review;
pub mod role;
pub mod session;
pub mod setup;
pub mod signin;
mod standing;
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
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_session", include_str!("../migrations/0002_session.sql")),
        ("0003_factor", include_str!("../migrations/0003_factor.sql")),
        ("0004_passkey", include_str!("../migrations/0004_passkey.sql")),
        ("0005_federation", include_str!("../migrations/0005_federation.sql")),
        ("0006_role", include_str!("../migrations/0006_role.sql")),
        ("0007_organisation", include_str!("../migrations/0007_organisation.sql")),
        ("0008_real_name", include_str!("../migrations/0008_real_name.sql")),
        ("0009_recovery", include_str!("../migrations/0009_recovery.sql")),
        ("0010_client", include_str!("../migrations/0010_client.sql")),
        ("0011_privacy", include_str!("../migrations/0011_privacy.sql")),
        ("0012_session_signals", include_str!("../migrations/0012_session_signals.sql")),
        ("0013_policy", include_str!("../migrations/0013_policy.sql")),
    ],
};

/// Every column of sealed values of this crate.
pub const SEALED: &[&[vault::SealedColumn]] = &[
    account::SEALED,
    client::SEALED,
    contact::SEALED,
    device::SEALED,
    factor::SEALED,
    federation::SEALED,
    link::SEALED,
    organisation::SEALED,
    passkey::SEALED,
    real_name::SEALED,
    recovery::SEALED,
    review::SEALED,
    session::SEALED,
];

/// Every column of indexes of this crate, with what each can be made from again.
pub const INDEXED: &[&[vault::IndexedColumn]] =
    &[account::INDEXED, organisation::INDEXED, passkey::INDEXED, real_name::INDEXED];

/// Every statement of this crate, for the test that prepares all on both databases.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[
    account::STATEMENTS,
    client::STATEMENTS,
    code::STATEMENTS,
    contact::STATEMENTS,
    device::STATEMENTS,
    factor::STATEMENTS,
    federation::STATEMENTS,
    link::STATEMENTS,
    merge::STATEMENTS,
    passkey::STATEMENTS,
    policy::STATEMENTS,
    privacy::STATEMENTS,
    real_name::STATEMENTS,
    recovery::STATEMENTS,
    review::STATEMENTS,
    organisation::STATEMENTS,
    role::STATEMENTS,
    session::STATEMENTS,
    setup::STATEMENTS,
    throttle::STATEMENTS,
];
