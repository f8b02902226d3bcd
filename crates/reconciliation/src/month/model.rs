//! Nouns of a month.

use kernel::{AccountId, Money, Timestamp};
use serde::Serialize;

use crate::Month;
use crate::bill::model::Sum;
use crate::matching::model::Reason;
use crate::names::named;

kernel::typed_id!(
    /// A month of a gateway.
    MonthId, "bmo"
);

named! {
    /// Where a month stands.
    pub enum MonthState {
        Open = "open",
        /// One person wants to close it.
        Proposed = "proposed",
        Closed = "closed",
        /// It was closed, and then something of it changed.
        Reopened = "reopened",
    }
}

/// A month as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthView {
    pub gateway: String,
    pub month: Month,
    pub state: MonthState,
    pub proposed_by: Option<AccountId>,
    pub proposed_at: Option<Timestamp>,
    pub closed_by: Option<AccountId>,
    pub closed_at: Option<Timestamp>,
    pub reopened_at: Option<Timestamp>,
    /// A code: `bill_changed`, `late_difference`, `difference_changed`.
    pub reopened_why: Option<String>,
    /// Of the report it was closed with.
    pub hash: Option<String>,
    pub version: i64,
}

/// What stands in the way of closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Readiness {
    /// Days that are not matched to the end.
    pub days: i64,
    /// Differences that are neither handled nor signed for.
    pub items: i64,
}

/// What a month is closed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub gateway: String,
    /// `2026-11`
    pub month: String,
    pub days: Vec<DayReport>,
    /// What the bills say, by kind and currency.
    pub sums: Vec<Sum>,
    /// Fees of the gateway that are booked for its days.
    pub fees_booked: Vec<Money>,
    pub differences: Vec<ReasonReport>,
    pub signatures: Vec<Signature>,
    /// Who proposed to close it, and who checked.
    pub proposed_by: Option<String>,
    pub closed_by: Option<String>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayReport {
    /// `2026-11-21`
    pub day: String,
    pub state: &'static str,
    pub version: i64,
    pub hash: Option<String>,
    pub lines: i64,
    pub broken: i64,
    pub matched: i64,
}

/// Differences of one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonReport {
    pub reason: Reason,
    /// `open`, or how they were closed.
    pub outcome: String,
    pub count: i64,
    /// By how much the bills said more than the ledger.
    pub effect: Money,
}

/// Somebody signed for leaving a difference open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    pub difference: String,
    pub reason: Reason,
    pub effect: Money,
    pub signed_by: String,
    pub signed_at: Timestamp,
}
