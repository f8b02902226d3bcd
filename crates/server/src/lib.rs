//! The binary `everlit`: configuration, wiring, commands. Nothing is decided here.

pub mod assemble;
pub mod command;
pub mod config;
pub mod demo;
pub mod door;
mod fonts;
pub mod keys;
mod mail;
mod payout;
mod redirect;
pub mod serve;
pub mod sign_in;
pub mod telemetry;
pub mod tls;
pub mod wiring;

/// Anything that ends a command: told to the person at the terminal.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The tables of every crate, in the order of their dependencies.
pub const MIGRATIONS: [db::Migrations; 13] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
    shield::MIGRATIONS,
    risk::MIGRATIONS,
    keyring::MIGRATIONS,
    notify::MIGRATIONS,
    identity::MIGRATIONS,
    ledger::MIGRATIONS,
    catalogue::MIGRATIONS,
    ordering::MIGRATIONS,
    fulfilment::MIGRATIONS,
    reconciliation::MIGRATIONS,
    documents::MIGRATIONS,
];

/// Every column of sealed values of every crate, for the exchange of keys.
pub fn sealed() -> impl Iterator<Item = vault::SealedColumn> {
    [
        durable::SEALED,
        audit::SEALED,
        shield::SEALED,
        risk::SEALED,
        notify::SEALED,
        identity::SEALED,
        ledger::SEALED,
        ordering::SEALED,
        fulfilment::SEALED,
        reconciliation::SEALED,
        documents::SEALED,
    ]
    .into_iter()
    .flatten()
    .copied()
    .flatten()
    .copied()
}

/// Every column of indexes of every crate, for the exchange of their key.
pub fn indexed() -> impl Iterator<Item = vault::IndexedColumn> {
    [shield::INDEXED, identity::INDEXED, ordering::INDEXED].into_iter().flatten().copied().flatten().copied()
}

/// Every statement of every crate, for the test that prepares all on both databases.
pub fn statements() -> impl Iterator<Item = &'static dyn db::Statement> {
    [
        durable::STATEMENTS,
        audit::STATEMENTS,
        shield::STATEMENTS,
        risk::STATEMENTS,
        keyring::STATEMENTS,
        notify::STATEMENTS,
        identity::STATEMENTS,
        ledger::STATEMENTS,
        catalogue::STATEMENTS,
        ordering::STATEMENTS,
        fulfilment::STATEMENTS,
        reconciliation::STATEMENTS,
        documents::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .flatten()
    .copied()
}

/// The closed registry of refusals: every code of every room.
pub fn codes() -> impl Iterator<Item = &'static kernel::CodeInfo> {
    let single: &[&'static [kernel::CodeInfo]] = &[
        documents::Error::CODES,
        forms::CODES,
        audit::Error::CODES,
        risk::Error::CODES,
        identity::Error::CODES,
        identity::real_name::Error::CODES,
        web::edge::upload::Error::CODES,
        ledger::Error::CODES,
        notify::Error::CODES,
        ordering::Error::CODES,
        ordering::approval::Error::CODES,
        ordering::batch::Error::CODES,
        shield::Error::CODES,
        ordering::payment::Error::CODES,
        reconciliation::Error::CODES,
        web::edge::problem::EdgeError::CODES,
    ];
    let many = [catalogue::CODES, fulfilment::CODES].into_iter().flatten().copied();
    single.iter().copied().chain(many).flatten()
}
