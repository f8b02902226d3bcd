//! Keeps out what should not come in: how often somebody may ask, who may not ask at all, and who is looking for holes.
//!
//! [`Shield`] is what the edge asks in the path of every request: no database, no lock. [`limit`] counts, [`list`] holds what people decided,
//! [`signal`] adds up signs of probing, [`incident`] keeps what came of them. Addresses are personal data: sealed in the tables, masked
//! nowhere else because they are nowhere else. What people write about them is sealed too.

pub mod address;
mod error;
mod guard;
pub mod incident;
mod jobs;
pub mod limit;
pub mod list;
pub mod probe;
mod sealed;
mod settings;
pub mod signal;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod watch;

pub use address::{Network, UNKNOWN};
pub use error::Error;
pub use guard::{Party, Shield, Verdict};
pub use jobs::PurgeJob;
pub use limit::{Class, Limits, Quota, Reading};
pub use settings::{Settings, Sizes};
pub use signal::Signal;
pub use watch::Watchers;

/// Tells every node that a list or a block changed.
pub const CHANNEL: &str = "shield";

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "shield",
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_sealed", include_str!("../migrations/0002_sealed.sql")),
    ],
};

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[list::STATEMENTS, incident::STATEMENTS];

/// Columns of indexes, with what each can be made from again.
pub const INDEXED: &[&[vault::IndexedColumn]] = &[&[
    vault::IndexedColumn::new("shield_entry", "network_index", "network_sealed", sealed::CONTEXT),
    vault::IndexedColumn::new("shield_incident", "network_index", "network_sealed", sealed::CONTEXT),
    vault::IndexedColumn::new("shield_block", "network_index", "network_sealed", sealed::CONTEXT),
]];

/// Sealed columns, for the exchange of keys.
pub const SEALED: &[&[vault::SealedColumn]] = &[&[
    vault::SealedColumn::new("shield_entry", "network_sealed", sealed::CONTEXT),
    vault::SealedColumn::new("shield_incident", "network_sealed", sealed::CONTEXT),
    vault::SealedColumn::new("shield_block", "network_sealed", sealed::CONTEXT),
    vault::SealedColumn::new("shield_entry", "reason_sealed", sealed::ENTRY_REASON).once_clear(&["reason"]),
    vault::SealedColumn::new("shield_incident", "evidence_sealed", sealed::EVIDENCE)
        .once_clear(&["evidence"]),
    vault::SealedColumn::new("shield_incident", "note_sealed", sealed::NOTE).once_clear(&["note"]),
    vault::SealedColumn::new("shield_block", "lift_reason_sealed", sealed::LIFT_REASON)
        .once_clear(&["lift_reason"]),
]];
