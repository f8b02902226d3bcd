//! A line, a month, a statement.

use kernel::{AccountId, Money, Timestamp};
use serde::Serialize;

use crate::transfer::{TransferId, TransferKind};

/// One movement of a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub transfer: TransferId,
    pub kind: TransferKind,
    /// More than zero for what came in, less for what went out.
    pub amount: Money,
    /// The balance after it.
    pub balance: Money,
    /// The order it belongs to, as the raw id.
    #[serde(skip)]
    pub order: Option<i64>,
    pub memo: String,
    pub at: Timestamp,
}

/// What came in and went out in a month of Beijing time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MonthFlow {
    pub year: i16,
    /// 1–12.
    pub month: i8,
    pub income: Money,
    /// Zero or more.
    pub outgo: Money,
    /// The balance at the end of the month, or now.
    pub closing: Money,
}

/// All movements of a balance in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    pub customer: AccountId,
    pub from: Timestamp,
    /// The first moment that is not in it.
    pub to: Timestamp,
    pub opening: Money,
    /// Oldest first.
    pub entries: Vec<Entry>,
    pub income: Money,
    /// Zero or more.
    pub outgo: Money,
    /// `opening + income − outgo`.
    pub closing: Money,
    /// The period is over: nothing can be added to it.
    pub is_final: bool,
}

/// One movement before its balance is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Movement {
    pub transfer: TransferId,
    pub kind: TransferKind,
    /// More than zero for what came in.
    pub minor: i64,
    pub order: Option<i64>,
    pub memo: String,
    pub at: Timestamp,
}

/// The sums of one day; `day` counts from 1970 in Beijing time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayFlow {
    pub day: i64,
    pub income: i64,
    pub outgo: i64,
}
