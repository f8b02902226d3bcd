//! The daily bill: everything a gateway booked on a day, line by line, for comparison with our books (L7).

use kernel::{Money, Timestamp};
use serde::{Deserialize, Serialize};

/// What a gateway booked on one day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bill {
    pub lines: Vec<BillLine>,
    /// Lines that do not read; they stop no other (L7).
    pub broken: Vec<BrokenLine>,
    /// What the bill says its lines add up to, where it does: receipts less refunds, before fees.
    pub total: Option<Money>,
}

/// One line of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// Counted from 1, as it stands in the file.
    pub number: u64,
    pub kind: BillKind,
    /// Ours: the attempt's id, or with refunds the refund's. Empty where the gateway names none.
    pub our_id: String,
    pub gateway_id: String,
    /// Never negative; `kind` says which way it went.
    pub amount: Money,
    /// What the gateway keeps for itself of it; negative where it gives back a fee.
    pub fee: Money,
    pub at: Timestamp,
}

/// What a line of a bill is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillKind {
    /// Money came in.
    Payment,
    /// Money went back.
    Refund,
    /// Taken away by a dispute.
    DisputeLost,
    /// Given back after a dispute.
    DisputeWon,
    /// The gateway sent what it owed us to our bank.
    Payout,
    /// A charge of its own.
    Fee,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenLine {
    pub number: u64,
    /// As it stands in the file, at most 2,000 characters.
    pub text: String,
    /// What is wrong with it, for staff.
    pub why: String,
}
