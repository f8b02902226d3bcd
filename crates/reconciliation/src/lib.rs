//! What the gateways' bills say against what we have booked, until every line agrees or somebody has explained it (L7).
//!
//! | room | promises |
//! |---|---|
//! | [`bill`] | each day's bill is fetched, kept as it was handed in, and told when it changed |
//! | [`matching`] | every line ends matched or in the queue; one bad line stops no other |
//! | [`difference`] | what does not agree waits for a person, with the one step that helps, and is matched anew after it |
//! | [`month`] | a month closes when nothing is open or everything open is signed for; then nothing of it changes silently |
//! | [`overview`] | how payments and their reconciliation stand, in figures |
//!
//! Booked is what the gateway reported; nothing here books a payment. What a bill knows and we do not is asked about, and the one path on
//! which money is booked takes the answer in.

mod names;

pub mod bill;
mod books;
mod day;
pub mod difference;
mod error;
pub mod matching;
pub mod month;
pub mod overview;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use durable::{Cx, Registry};
use kernel::{Actor, Duration, Money, Permission};
use ordering::payment::Payments;

pub use day::{Day, Month};
pub use difference::DifferenceId;
pub use error::Error;

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "reconciliation",
    files: &[("0001_init", include_str!("../migrations/0001_init.sql"))],
};

/// Every column of sealed values.
pub const SEALED: &[&[vault::SealedColumn]] = &[bill::store::SEALED, difference::store::SEALED];

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[
    bill::store::STATEMENTS,
    matching::store::STATEMENTS,
    difference::store::STATEMENTS,
    month::store::STATEMENTS,
    overview::store::STATEMENTS,
];

/// How often due days are looked for.
pub const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// What the operations of this crate need beyond the database.
#[derive(Debug, Clone)]
pub struct Reconciliation {
    pub payments: Arc<Payments>,
    pub terms: Terms,
}

/// What is agreed with the gateways and among ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// A fee up to this part of the amount, in ten-thousandths, is expected…
    pub fee_permyriad: i64,
    /// …and this much on top, in minor units.
    pub fee_base: i64,
    /// A difference up to this may be written off, by two people.
    pub write_off: Money,
}

impl Default for Terms {
    /// Three in a hundred and one yuan: above what WeChat Pay and Alipay (0.6 %) and cards (2.9 % and a fixed part) ask.
    fn default() -> Self {
        Self { fee_permyriad: 300, fee_base: 100, write_off: Money::cny(10_000) }
    }
}

impl Reconciliation {
    pub fn cx(&self) -> &Cx {
        &self.payments.cx
    }

    fn gateways(&self) -> Vec<String> {
        self.payments.gateways.names().map(str::to_owned).collect()
    }
}

/// Everything this crate does by itself.
pub fn register(registry: &mut Registry, svc: Arc<Reconciliation>) {
    registry.schedule(bill::SweepJob::NAME, SWEEP_EVERY, bill::SweepJob(svc));
}

pub(crate) fn require(actor: &Actor, permission: Permission) -> Result<(), Error> {
    if actor.may(permission) || actor.is_system() { Ok(()) } else { Err(Error::Forbidden) }
}

/// The hash chain of the ledger that this transaction appends to.
pub(crate) fn lane(tx: &db::Tx) -> ledger::Lane {
    ledger::Lane(u16::try_from(tx.lane()).unwrap_or(0))
}
