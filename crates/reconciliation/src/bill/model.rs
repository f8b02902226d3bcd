//! Nouns of bills.

use connectors::gateway::BillKind;
use kernel::{Money, Timestamp};

use crate::Day;
use crate::names::named;

kernel::typed_id!(
    /// One version of one day's bill.
    BillId, "bil"
);
kernel::typed_id!(
    /// One day of one gateway.
    BillDayId, "bld"
);

named! {
    /// Where a day stands.
    pub enum DayState {
        /// The bill is not here yet.
        Waiting = "waiting",
        /// It is here, whole, and not matched.
        Fetched = "fetched",
        Matched = "matched",
        /// The gateway hands in no bills.
        NotOffered = "not_offered",
    }
}

/// One day of one gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillDay {
    pub id: BillDayId,
    pub gateway: String,
    pub day: Day,
    pub state: DayState,
    /// The bill that counts.
    pub bill: Option<BillId>,
    /// 0 before the first.
    pub version: i64,
    /// Questions for the bill since the day began to wait.
    pub tries: i64,
    /// When it is looked at again.
    pub next_at: Option<Timestamp>,
    /// Since when somebody has been called because the bill is late.
    pub alarmed_at: Option<Timestamp>,
    /// Why the last question led to nothing, for staff.
    pub trouble: Option<String>,
    /// Lines that agreed when it was matched.
    pub matched: i64,
    /// Bookings of ours that the bill of the next day may still have.
    pub pending: i64,
    /// Bookings of ours on that day, and how many of them agreed.
    pub ours: i64,
    pub ours_matched: i64,
    pub fetched_at: Option<Timestamp>,
    pub matched_at: Option<Timestamp>,
}

/// What is known of a bill beside its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillHead {
    pub id: BillId,
    pub gateway: String,
    pub day: Day,
    pub version: i64,
    /// SHA-256 of its content, hexadecimal.
    pub hash: String,
    pub lines: i64,
    pub broken: i64,
    /// What it says its lines add up to.
    pub total: Option<Money>,
    /// What they do add up to, in that currency.
    pub lines_total: Option<i64>,
    pub fetched_at: Timestamp,
}

/// What the lines of one kind and currency add up to; lines with impossible amounts are counted and not added.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Sum {
    pub kind: BillKind,
    pub amount: Money,
    pub fee: Money,
    pub lines: i64,
}

/// The right to work on a day, until it runs out or somebody takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub day: BillDayId,
    pub token: i64,
}

/// How asking for a bill ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// A first bill, or one with another content.
    New,
    /// The one that is known.
    Same,
    NotYet,
    NotOffered,
}

/// Topics of the outbox.
pub mod topic {
    /// A person has to look. Payload: [`super::AlarmFact`].
    pub const ALARM: &str = "reconciliation.alarm";
}

/// Payload of [`topic::ALARM`].
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct AlarmFact {
    pub gateway: String,
    /// `2026-11-21`, or a month `2026-11`.
    pub period: String,
    /// `bill_late`, `bill_changed`, `month_reopened`.
    pub reason: String,
}
