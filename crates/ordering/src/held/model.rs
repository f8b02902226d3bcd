//! Why an order waits, until when, and what then.

use kernel::{AccountId, Duration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::order::{Order, OrderId, named};

named! {
    /// Why an order waits for a person.
    pub enum HoldCause {
        /// Colleagues of an organisation agree to it first (W1).
        Approval = "approval",
        /// Staff look at what the risk engine found (R2).
        RiskReview = "risk_review",
    }
}

named! {
    /// What happens when nobody decided in time.
    pub enum OnExpiry {
        /// It goes on.
        Release = "release",
        /// It ends, and everything goes back.
        Reject = "reject",
    }
}

/// How an order is to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldFor {
    pub cause: HoldCause,
    /// From the moment it is placed.
    pub lasts: Duration,
    pub on_expiry: OnExpiry,
}

impl From<HoldCause> for HoldFor {
    /// As long as a working day and a night; silence is no agreement.
    fn from(cause: HoldCause) -> Self {
        Self { cause, lasts: Duration::from_hours(24), on_expiry: OnExpiry::Reject }
    }
}

/// An order's wait, while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub order: OrderId,
    pub customer: AccountId,
    pub cause: HoldCause,
    pub began_at: Timestamp,
    pub expires_at: Timestamp,
    pub on_expiry: OnExpiry,
    /// What it waits for after this: a release leads there first.
    pub next: Option<HoldFor>,
}

/// An order that waits, for staff.
#[derive(Debug, Clone)]
pub struct HeldOrder {
    pub order: Order,
    pub held: Held,
}

/// How the review of an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewed {
    Passed,
    /// With the code that the customer reads in words.
    Failed(&'static str),
}
