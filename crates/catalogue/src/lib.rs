//! What can be ordered: service packs and their versions, prices and who may order, stock, search.
//!
//! | room | promises |
//! |---|---|
//! | [`pack`] | the files of `services/`: read, check by named rules, refuse whole. Pure |
//! | [`service`] | the published services, in memory on every node; their prices; every version ever published |
//! | [`workflow`] | the steps by which an ordered service gets done |
//! | [`search`] | finds a service by names, aliases, pinyin and misspelt English. Pure |
//! | [`stock`] | what is on hand is never promised twice |

pub mod pack;
pub mod search;
pub mod service;
pub mod stock;
pub mod workflow;

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "catalogue",
    files: &[("0001_init", include_str!("../migrations/0001_init.sql"))],
};

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[service::store::STATEMENTS, stock::store::STATEMENTS];

/// The codes of every refusal of this crate.
pub const CODES: &[&[kernel::CodeInfo]] = &[service::Error::CODES, stock::Error::CODES];
