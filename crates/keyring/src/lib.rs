//! The keys under which personal data lies: made here, wrapped by a master key, exchanged on a live system.
//!
//! Two levels. *Data keys* seal values and key the indexes; they live in the table `data_key`, wrapped. The *master key* wraps them and
//! touches nothing else; it is a file, a setting, or a key in a key management service ([`connectors::Kms`]). So another master key
//! means wrapping a few rows again ([`rewrap`]), and another data key means sealing every value again ([`rotate`]), which no
//! master key is needed for.
//!
//! A new data key is *known* before it is *current*: it is published, every living node takes it on its ring and says so, and only then
//! does the first value appear under it. So no node ever meets a value it cannot open. [`Keyring::follow`] keeps a node up to date.
//!
//! The key of the indexes is exchanged while nothing serves ([`reindex`]). What is kept nowhere, such as a recovery code, cannot be made
//! again; it is keyed by the proof key, which stays.

mod destroy;
mod error;
mod keyring;
mod master;
mod model;
mod reindex;
mod rewrap;
mod rotate;
mod status;
mod store;
mod sweep;
#[cfg(test)]
mod tests;

pub use destroy::{DestroyJob, destroy_due, due_at};
pub use error::Error;
pub use keyring::{CHANNEL, Keyring, Midway, Start};
pub use master::{LocalMaster, Masters};
pub use model::{KeyState, Purpose};
pub use reindex::{Made, Reindexed, reindex};
pub use rewrap::rewrap;
pub use rotate::{Rotated, Step, rotate};
pub use status::{KeyReport, NodeReport, Status, status};
pub use sweep::seal_what_lies_open;
pub use vault::{IndexedColumn, SealedColumn};

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "keyring",
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_proof", include_str!("../migrations/0002_proof.sql")),
    ],
};

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[store::STATEMENTS];
