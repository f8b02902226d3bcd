//! Documents people can hold against us: statements, proofs of payment, invoices, and what takes an invoice back.
//!
//! What was issued is a sheet in words ([`paper::Sheet`]) that never changes, with a number and a code that prove both to anybody at
//! `/verify`. Its PDF is drawn once and kept, so that its bytes never change either. Receipts are issued by fulfilment, in the transaction that
//! ends the work; only their file is kept here.

pub mod document;
mod error;
pub mod invoice;
pub mod title;

#[cfg(test)]
mod testing;

use kernel::Text;

pub use document::{Document, Kind, PaperId, Verified};
pub use error::Error;
pub use invoice::{Invoice, InvoiceId, InvoiceState};
pub use title::{Title, TitleId, TitleKind};

/// In whose name documents are issued, where they are checked, and what they are drawn with.
#[derive(Debug, Clone)]
pub struct Press {
    pub issuer: Text,
    /// The page where number and code are checked: `https://counter.example/verify`.
    pub verify_url: String,
    /// Without one there are print pages and no files.
    pub font: Option<paper::Font>,
}

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "documents",
    files: &[("0001_init", include_str!("../migrations/0001_init.sql"))],
};

/// Every column of sealed values.
pub const SEALED: &[&[vault::SealedColumn]] =
    &[document::store::SEALED, title::store::SEALED, invoice::store::SEALED];

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] =
    &[document::store::STATEMENTS, title::store::STATEMENTS, invoice::store::STATEMENTS];
