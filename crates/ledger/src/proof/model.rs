//! What a verification tells.

use serde::Serialize;

use crate::chain::Head;

/// What was looked at and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub accounts: u64,
    pub transfers: u64,
    pub holds: u64,
    /// Entries of the chain that were hashed anew.
    pub entries: u64,
    /// Statements that were made anew and compared.
    pub statements: u64,
    /// Settlements that were computed anew.
    pub settlements: u64,
    pub totals: Vec<CurrencyTotal>,
    /// The end of every lane, as it was when its check began.
    pub heads: Vec<Head>,
    /// The first fault of each check, in the order of the checks; empty when the books are right.
    pub faults: Vec<Fault>,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The totals of all accounts of one currency. Debits equal credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrencyTotal {
    pub currency: String,
    pub accounts: i64,
    pub debits_posted: i64,
    pub credits_posted: i64,
    pub debits_pending: i64,
    pub credits_pending: i64,
}

/// A row that does not agree with the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub table: &'static str,
    /// The raw id, and what it stands for where there is such a name: `trf_…`, an account's code.
    pub id: i64,
    pub name: String,
    /// What differs, in English, for operators.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({}): {}", self.table, self.name, self.id, self.what)
    }
}

/// An account whose totals are not the sum of what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub account: i64,
    pub code: String,
    pub debits: i64,
    pub credits: i64,
    pub debits_sum: i64,
    pub credits_sum: i64,
}

/// A limit of which more (above zero) or less is counted than was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Miscount {
    pub customer: i64,
    pub kind: String,
    pub currency: String,
    pub span: String,
    pub period: i64,
    pub minor: i64,
}

/// How many rows there are, and how many the chain knows; all counted at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub transfers: i64,
    pub transfer_entries: i64,
    pub holds: i64,
    pub hold_entries: i64,
    pub released: i64,
    pub release_entries: i64,
    pub posted: i64,
    pub posting_transfers: i64,
    pub entries: i64,
    pub lane_lengths: i64,
}

impl Counts {
    /// Every row is in the chain once, and the chain is as long as its heads say.
    pub fn agree(&self) -> bool {
        self.transfers == self.transfer_entries
            && self.holds == self.hold_entries
            && self.released == self.release_entries
            && self.posted == self.posting_transfers
            && self.entries == self.lane_lengths
    }
}
