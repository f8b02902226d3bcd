//! The binary `everlit`: configuration, wiring, commands. Nothing is decided here.

pub mod assemble;
pub mod command;
pub mod config;
pub mod demo;
pub mod keys;
mod mail;
pub mod serve;
pub mod telemetry;
pub mod wiring;

/// Anything that ends a command: told to the person at the terminal.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The tables of every crate, in the order of their dependencies.
pub const MIGRATIONS: [db::Migrations; 8] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
    notify::MIGRATIONS,
    identity::MIGRATIONS,
    ledger::MIGRATIONS,
    catalogue::MIGRATIONS,
    ordering::MIGRATIONS,
    fulfilment::MIGRATIONS,
];

/// Every statement of every crate, for the test that prepares all on both databases.
pub fn statements() -> impl Iterator<Item = &'static dyn db::Statement> {
    [
        durable::STATEMENTS,
        audit::STATEMENTS,
        notify::STATEMENTS,
        identity::STATEMENTS,
        ledger::STATEMENTS,
        catalogue::STATEMENTS,
        ordering::STATEMENTS,
        fulfilment::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .flatten()
    .copied()
}

/// The closed registry of refusals: every code of every room.
pub fn codes() -> impl Iterator<Item = &'static kernel::CodeInfo> {
    let single: [&'static [kernel::CodeInfo]; 7] = [
        forms::CODES,
        identity::Error::CODES,
        ledger::Error::CODES,
        notify::Error::CODES,
        ordering::Error::CODES,
        ordering::payment::Error::CODES,
        web::edge::problem::EdgeError::CODES,
    ];
    let many = [catalogue::CODES, fulfilment::CODES].into_iter().flatten().copied();
    single.into_iter().chain(many).flatten()
}
