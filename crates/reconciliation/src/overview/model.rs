//! Figures.

use kernel::{Money, Timestamp};

use crate::matching::model::Reason;
use crate::month::model::MonthState;
use crate::{Day, Month};

/// What waits in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueFigures {
    pub open: i64,
    /// Somebody waits for another day's bill.
    pub timing: i64,
    /// Waits for a second person.
    pub proposed: i64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
    /// Not closed, by reason, the most first.
    pub reasons: Vec<(Reason, i64)>,
}

/// What a gateway owes us: by its bills, and by the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayBalance {
    pub gateway: String,
    /// The last day that is matched.
    pub up_to: Option<Day>,
    pub ledger: Money,
    /// What the bills say is owed.
    pub bills: Money,
    /// Booked after the last matched day: no bill can have it yet.
    pub not_billed: Money,
    /// Booked before, left to the bill of the next day.
    pub cut_off: Money,
    /// Differences that are open.
    pub open: Money,
    /// Differences that somebody explained without a booking.
    pub explained: Money,
    /// What none of this explains. Zero when all is right.
    pub unexplained: Money,
}

/// How long differences of one reason have waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonAges {
    pub reason: Reason,
    /// Less than a day.
    pub day: i64,
    /// One to three days.
    pub three_days: i64,
    /// Three to seven days.
    pub week: i64,
    pub older: i64,
}

/// How a month of a gateway comes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthRow {
    pub gateway: String,
    pub month: Month,
    pub state: MonthState,
    /// Days of it that are over.
    pub over: i64,
    /// Of those, the ones that are matched.
    pub matched: i64,
    /// Differences of its days that are not closed.
    pub open: i64,
}
