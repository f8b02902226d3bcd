//! Figures.

use kernel::{Money, Text, Timestamp};

use crate::registry::ModelId;
use crate::rule::{RuleId, RuleState};
use crate::{Outcome, Point};

/// How risk stands, over a time that ends now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Decisions that counted, without shadows: point by point as it is asked, the mildest outcome first.
    pub decisions: Vec<(Point, Outcome, i64)>,
    /// One a part of the time, the oldest first.
    pub days: Vec<Day>,
    pub load: Load,
    pub alarms: Alarms,
    /// What acts that did not go on at once came to, by currency.
    pub held: Vec<Held>,
    /// Rules that are live or beside, those with the most matches first.
    pub rules: Vec<RuleHits>,
    /// `None` while no model scores.
    pub model: Option<LiveModel>,
}

/// One part of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// Went on at once.
    pub let_through: i64,
    /// One more proof was wanted.
    pub step_up: i64,
    pub reviewed: i64,
    pub denied: i64,
}

/// Reviews, and whether people keep up with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Waits now, for us or for material of the customer.
    pub pending: i64,
    /// Of these, for material.
    pub material: i64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
    /// Opened in the time.
    pub opened: i64,
    /// Of those, decided by a person.
    pub decided: i64,
    /// Of those, ended because nobody looked in time.
    pub expired: i64,
}

/// Acts that were stopped for a proof, a review or for good, and what became known of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alarms {
    pub all: i64,
    /// Fraud, by the latest word.
    pub confirmed: i64,
    /// Known to be none.
    pub cleared: i64,
}

/// What stopped acts came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Of all acts that were reviewed or denied.
    pub stopped: Money,
    /// Of those whose latest word says fraud.
    pub saved: Money,
}

/// How often a rule matched in the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHits {
    pub id: RuleId,
    pub code: String,
    pub number: i64,
    pub name: Text,
    pub state: RuleState,
    pub live: i64,
    pub shadow: i64,
    /// Of all, those known to be fraud.
    pub fraud: i64,
    /// Of all, those known to be none.
    pub cleared: i64,
}

/// The model that scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveModel {
    pub id: ModelId,
    /// As in decisions: `model-` and eight digits.
    pub version: String,
    pub since: Option<Timestamp>,
    /// How it did on weeks it had not seen; `None` when there was too little to measure.
    pub figures: Option<crate::model::Figures>,
}

impl Alarms {
    /// Of the alarms whose truth is known, how many in a thousand were fraud; none while nothing is known.
    pub const fn confirmed_permille(self) -> Option<i64> {
        self.confirmed.saturating_mul(1_000).checked_div(self.confirmed.saturating_add(self.cleared))
    }
}
