//! The ledger: double entry, integers only.
//!
//! Two nouns and one invariant. A **transfer** moves money from one account to another and is never changed; a **hold** is a
//! transfer that waits, and is posted, voided or expired exactly once. Whatever happens, the sum over all accounts of a currency
//! is zero. A correction is a new transfer.
//!
//! Each account carries four running totals: debits and credits, posted and pending. Limits are guarded in the `UPDATE` that
//! moves them, never read first and written later. Every transfer and every change of a hold is an entry of a hash chain, so that
//! [`proof::verify`] finds a row that was changed behind our back.
//!
//! Functions that take a `tx` join the caller's transaction: a payment and the order it pays commit together. An error from one of
//! them means that the transaction is to be rolled back, except where the function says otherwise.
#![deny(clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        reason = "in a test an overflow panics, which is what it should do"
    )
)]

pub mod account;
pub mod adjustment;
pub mod allowance;
pub mod chain;
pub mod chart;
mod column;
mod error;
pub mod hold;
pub mod payout;
pub mod proof;
pub mod settlement;
pub mod statement;
pub mod transfer;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod test_support;

pub use account::{
    Account, AccountKind, AccountName, Balance, Guard, HOUSE_CURRENCY, LedgerAccountId, ensure_account,
    load_accounts, load_accounts_by_code, wallet, wallet_balance,
};
pub use chain::Lane;
pub use error::Error;
pub use hold::{
    Hold, HoldId, HoldRefusal, HoldState, NewHold, PostHold, Take, expire_due, find_hold, place, place_holds,
    post, post_holds, void, void_holds,
};
pub use proof::{CurrencyTotal, Fault, Report, verify};
pub use statement::{Entry, MonthFlow, Statement, entries, monthly, net_since, statement};
pub use transfer::{
    MAX_AMOUNT_MINOR, NewTransfer, TopUp, Transfer, TransferId, TransferKind, credit_top_up, find_transfer,
    post_transfer, post_transfers, reverse, transfers_by_key, transfers_of_order,
};

/// The tables of this crate.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "ledger",
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_allowance", include_str!("../migrations/0002_allowance.sql")),
        ("0003_statement", include_str!("../migrations/0003_statement.sql")),
        ("0004_adjustment", include_str!("../migrations/0004_adjustment.sql")),
        ("0005_settlement", include_str!("../migrations/0005_settlement.sql")),
        ("0006_chart", include_str!("../migrations/0006_chart.sql")),
    ],
};

/// Every column of sealed values.
pub const SEALED: &[&[vault::SealedColumn]] = &[adjustment::store::SEALED, settlement::store::SEALED];

/// Every SQL statement of this crate, for the test that prepares all on both engines.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[
    account::store::STATEMENTS,
    adjustment::store::STATEMENTS,
    allowance::store::STATEMENTS,
    chain::store::STATEMENTS,
    chart::store::STATEMENTS,
    hold::store::STATEMENTS,
    payout::store::STATEMENTS,
    proof::store::STATEMENTS,
    settlement::store::STATEMENTS,
    statement::store::STATEMENTS,
    transfer::store::STATEMENTS,
];
