//! What is known when somebody signs in, and what was learned before.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{AccountId, Duration, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::decision::{DecisionId, Ladder, OnFailure, Outcome, Policy, ReviewRule};
use crate::place::{Coordinates, Places, Spot};
use crate::{Agent, Reason};

/// What identity knows of a login whose first proof was right. Kept, sealed, while a second factor is due: what was judged is
/// what is learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginSignals {
    pub account: AccountId,
    /// The client's address; empty when there is none.
    pub address: String,
    pub user_agent: String,
    /// The browser carries the mark of a device that signed in to this account before.
    pub device_known: bool,
    pub at: Timestamp,
    /// Wrong tries for this account since the last success.
    pub failures_before: u32,
    /// A second factor can be asked for.
    pub has_second_factor: bool,
    pub is_staff: bool,
}

/// What identity does next.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub decision: DecisionId,
    pub outcome: Outcome,
    /// 0 to 100; `None` when nobody scored in time.
    pub score: Option<u8>,
    /// The strongest first.
    pub reasons: Vec<Reason>,
    /// Where it came from, if the operator's file says so: for the message to the owner.
    pub place: Option<Text>,
}

/// How logins are judged.
#[derive(Debug, Clone)]
pub struct LoginSettings {
    pub customer: Policy,
    pub staff: Policy,
    pub model: Model,
    /// Judge along and are written down, nothing else.
    pub shadows: Vec<Model>,
}

/// Weights with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub version: String,
    pub weights: Weights,
}

/// How much each sign says. Set by hand and checked against the simulated population of this room's tests; not learned from real logins.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    pub network: f64,
    pub agent: f64,
    pub country: f64,
    pub city: f64,
    pub hour: f64,
    pub device: f64,
    pub failures: f64,
    /// Per logarithm of how many others failed from the network.
    pub attacks: f64,
    pub far_apart: f64,
    pub quick_change: f64,
    /// As many logins' worth of "could be anything" in each account's counts.
    pub smoothing: f64,
    /// The sum of signs that is as likely the one as the other, and how fast the score rises around it.
    pub centre: f64,
    pub spread: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            network: 0.7,
            agent: 0.7,
            country: 1.0,
            city: 0.5,
            hour: 0.5,
            device: 1.0,
            failures: 0.9,
            attacks: 0.9,
            far_apart: 3.0,
            quick_change: 0.8,
            smoothing: 1.0,
            centre: 2.8,
            spread: 2.6,
        }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self { version: "login-1".to_owned(), weights: Weights::default() }
    }
}

impl Default for LoginSettings {
    fn default() -> Self {
        let ladder = Ladder { notify: 30, step_up: 60, stop: 85, top: Outcome::Review };
        let customer = Policy {
            time_limit: Duration::from_millis(500),
            on_failure: OnFailure::FailOpen,
            ladder,
            review: ReviewRule { lasts: Duration::from_hours(24), then: Outcome::Deny },
        };
        let staff = Policy {
            on_failure: OnFailure::FailClosed,
            ladder: Ladder { top: Outcome::Deny, ..ladder },
            ..customer
        };
        Self { customer, staff, model: Model::default(), shadows: Vec::new() }
    }
}

/// The decision point of logins. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct LoginPoint(Arc<Inner>);

#[derive(Debug, Clone, Default)]
struct Inner {
    settings: LoginSettings,
    places: Option<Places>,
}

impl LoginPoint {
    /// `places` is the operator's file, if there is one.
    pub fn new(settings: LoginSettings, places: Option<Places>) -> Self {
        Self(Arc::new(Inner { settings, places }))
    }

    pub fn settings(&self) -> &LoginSettings {
        &self.0.settings
    }

    /// The operator's file of places.
    pub fn places(&self) -> Option<&Places> {
        self.0.places.as_ref()
    }

    /// Who can show a second factor is asked for it instead of being stopped.
    pub(crate) fn policy(&self, signals: &LoginSignals) -> Policy {
        let mut policy = if signals.is_staff { self.0.settings.staff } else { self.0.settings.customer };
        if signals.has_second_factor {
            policy.ladder.top = Outcome::StepUp;
        }
        policy
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Feature {
    Network,
    Agent,
    Country,
    City,
    Hour,
    Device,
}

impl Feature {
    pub(crate) const ALL: [Self; 6] =
        [Self::Network, Self::Agent, Self::Country, Self::City, Self::Hour, Self::Device];

    /// The number in the table.
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Network => 1,
            Self::Agent => 2,
            Self::Country => 3,
            Self::City => 4,
            Self::Hour => 5,
            Self::Device => 6,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.code() == code)
    }

    /// Also counted over everybody.
    pub(crate) const fn is_worldly(self) -> bool {
        matches!(self, Self::Network | Self::Agent | Self::Country | Self::City)
    }
}

/// The value under which everybody's counts of a feature are added up.
pub(crate) const SUM: i64 = 0;

/// A login as it is judged: keyed hashes in place of what they stand for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Features {
    pub at: Timestamp,
    /// What of [`Feature`] is known of it.
    pub values: BTreeMap<Feature, i64>,
    pub agent: Agent,
    pub spot: Option<Spot>,
    pub device_known: bool,
    pub failures: u32,
    /// The same network and browser.
    pub mark: i64,
}

impl Features {
    pub(crate) fn network(&self) -> i64 {
        self.values.get(&Feature::Network).copied().unwrap_or(SUM)
    }
}

/// A count as of a time, in thousandths of a login; it fades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub milli: i64,
    pub seen_at: Timestamp,
}

/// Counts of one account, or of everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Habits(pub BTreeMap<(Feature, i64), Count>);

/// The last success.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Visit {
    pub at: Timestamp,
    pub network: i64,
    pub point: Option<Coordinates>,
}

/// Everything a login is judged by, as it was before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub own: Habits,
    /// Of everybody, only for the values at hand, and the sums.
    pub world: Habits,
    pub last: Option<Visit>,
    /// Who failed from this network lately.
    pub failed_here: i64,
    /// What a person decided about the very same.
    pub ruled: Option<Outcome>,
}

/// What a success changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lesson {
    pub own: Vec<(Feature, i64, Count)>,
    pub world: Vec<(Feature, i64, Count)>,
    /// Values of the account that give way.
    pub dropped: Vec<(Feature, i64)>,
}
