//! What is limited, over what, and how much.

use std::collections::BTreeMap;

use kernel::{AccountId, Level, Money};

use crate::column::coded;

coded! {
    /// What a limit is about.
    pub enum AllowanceKind {
        /// Adding to the balance.
        TopUp = "top_up",
        /// Sending from the balance to somebody else.
        TransferOut = "transfer_out",
    }
}

coded! {
    /// Over what a limit counts.
    pub enum Span {
        Day = "day",
        Month = "month",
        Year = "year",
        /// Not over a time: what is on its way in and not yet there, which counts towards the most that may be held.
        Open = "open",
    }
}

/// The limits of one kind for one level, in minor units; `None` is no limit and zero forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps {
    pub single: Option<i64>,
    pub day: Option<i64>,
    pub month: Option<i64>,
    pub year: Option<i64>,
    /// The most the balance may be afterwards; for what comes in.
    pub holding: Option<i64>,
}

/// All limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy(pub BTreeMap<(Level, AllowanceKind), Caps>);

/// How much of a limit is used and left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub span: Span,
    pub limit: Money,
    pub used: Money,
    pub left: Money,
}

/// What a customer may still move, as it stands in a transaction: for deciding about several amounts before any of it is taken. What is
/// taken is counted by [`super::take`] all the same, with the guard in its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub(crate) caps: Caps,
    /// What was used of each limit that counts over a time, in minor units.
    pub(crate) used: Vec<(Span, i64)>,
}

/// The day, month and year of Beijing that a moment falls in: days since 1970, months since year 0, the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Periods {
    pub day: i64,
    pub month: i64,
    pub year: i64,
}

impl Periods {
    pub const fn of(self, span: Span) -> i64 {
        match span {
            Span::Day => self.day,
            Span::Month => self.month,
            Span::Year => self.year,
            Span::Open => 0,
        }
    }
}

coded! {
    /// Where a use stands.
    pub(crate) enum UseState {
        /// Taken for something that may still not come about.
        Open = "open",
        Done = "done",
        GivenBack = "given_back",
    }
}

/// What was taken under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub key: String,
    pub customer: AccountId,
    pub kind: AllowanceKind,
    pub amount: Money,
    pub periods: Periods,
    pub state: UseState,
}
