//! Acts, what is known of them, and how points behave.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{AccountId, Actor, Duration, Money, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Engine;
use crate::decision::{self, Failure, OnFailure, Outcome, Point, ReviewRule};
use crate::feature::Happening;
use crate::list::Entity;
use crate::rule::RuleId;
use crate::{Agent, Reason};

/// What somebody wants to do.
#[derive(Debug, Clone)]
pub struct Act {
    pub point: Point,
    /// Whose business it is: the account or organisation. At a registration, 0.
    pub subject: AccountId,
    /// Who does it, where that is somebody else than `subject`.
    pub person: Option<AccountId>,
    pub amount: Option<Money>,
    /// Who gets it: an account's id, or [`super::payee`] of anything else.
    pub payee: Option<i64>,
    /// A phone number that belongs to the act: the one registered, or exchanged for.
    pub phone: Option<String>,
    pub origin: Origin,
    /// For rules: an object of texts, numbers and flags, small and without personal data; rules read it as `facts.…`.
    pub facts: Value,
    /// What makes two acts the same: while one is under review, a repeat opens no second review, and what a person decided about
    /// it holds for a day. The order's number, for example; 0 is like nothing else.
    pub mark: i64,
    /// What it is about came to be with it, so nobody can have decided about the same before.
    pub is_first: bool,
}

/// Where an act comes from. Nothing of it is kept in the clear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address; empty when there is none.
    pub address: String,
    pub user_agent: String,
    /// The mark a known browser or app carries.
    pub device: Option<String>,
}

/// What an operation is judged with: the engine, and where the request comes from.
#[derive(Debug, Clone)]
pub struct Guard {
    pub engine: Arc<Engine>,
    pub origin: Origin,
}

/// Why an act does not go on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It goes on with a fresh proof of who somebody is.
    ProofNeeded,
    /// A person looks at it first.
    Review,
    Denied,
}

/// The payload of the fact that the owner of an account should know of an act. It says what was wanted, never why it stood out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarmed {
    pub point: Point,
    /// Who seems to have done it.
    pub person: AccountId,
    pub outcome: Outcome,
    pub amount: Option<Money>,
}

/// How a point behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointPolicy {
    pub time_limit: Duration,
    pub on_failure: OnFailure,
    /// Hold until a model with thresholds of its own is live.
    pub thresholds: Thresholds,
    pub review: ReviewRule,
}

/// From which score on what is done; 101 is never reached. `step_up <= review <= deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    pub step_up: u8,
    pub review: u8,
    pub deny: u8,
}

/// How the engine is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub points: BTreeMap<Point, PointPolicy>,
    /// Acts of histories kept in memory, about 130 bytes each; the longest unused history gives way.
    pub acts_in_memory: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let points = Point::ALL.iter().map(|point| (*point, PointPolicy::of(*point))).collect();
        Self { points, acts_in_memory: 500_000 }
    }
}

impl Settings {
    pub fn policy(&self, point: Point) -> PointPolicy {
        self.points.get(&point).copied().unwrap_or_else(|| PointPolicy::of(point))
    }
}

impl Settings {
    /// The same at every point with this much time to answer.
    #[must_use]
    pub fn within(mut self, time_limit: Duration) -> Self {
        for policy in self.points.values_mut() {
            policy.time_limit = time_limit;
        }
        self
    }
}

impl PointPolicy {
    /// What holds where nothing is set: where money would leave for good it waits, where a customer would only be kept from paying it
    /// goes on, and the contacts of an account are never changed unjudged.
    pub const fn of(point: Point) -> Self {
        let (on_failure, (step_up, review, deny)) = match point {
            Point::Login | Point::Register => (OnFailure::FailOpen, (60, 95, 95)),
            Point::Payment => (OnFailure::FailOpen, (50, 80, 101)),
            Point::Transfer | Point::Withdrawal => (OnFailure::HoldForReview, (40, 70, 101)),
            Point::Refund => (OnFailure::HoldForReview, (80, 80, 101)),
            Point::ContactChange => (OnFailure::FailClosed, (50, 80, 95)),
        };
        Self {
            time_limit: Duration::from_millis(300),
            on_failure,
            thresholds: Thresholds { step_up, review, deny },
            review: ReviewRule { lasts: Duration::from_hours(24), then: Outcome::Deny },
        }
    }
}

/// What histories are counted over together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Family {
    Money,
    Refund,
    Register,
    Contact,
    Login,
}

impl Family {
    pub(crate) const fn of(point: Point) -> Self {
        match point {
            Point::Payment | Point::Transfer | Point::Withdrawal => Self::Money,
            Point::Refund => Self::Refund,
            Point::Register => Self::Register,
            Point::ContactChange => Self::Contact,
            Point::Login => Self::Login,
        }
    }

    /// The number in tables.
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Money => 1,
            Self::Refund => 2,
            Self::Register => 3,
            Self::Contact => 4,
            Self::Login => 5,
        }
    }
}

/// An act with keyed hashes in place of what they stand for.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub family: Family,
    pub happening: Happening,
    pub phone: Option<i64>,
    pub agent: Agent,
    pub country: Option<String>,
}

impl Seen {
    /// What lists may name.
    pub(crate) fn parts(&self) -> Vec<(Entity, i64)> {
        let Happening { customer, payee, device, network, .. } = self.happening;
        [
            (customer != 0).then_some((Entity::Customer, customer)),
            payee.map(|value| (Entity::Payee, value)),
            device.map(|value| (Entity::Device, value)),
            network.map(|value| (Entity::Network, value)),
            self.phone.map(|value| (Entity::Phone, value)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// An act that was judged and is not written down yet.
#[derive(Debug, Clone)]
pub struct Judged {
    pub(crate) decision: decision::Judged,
    pub(crate) seen: Seen,
    pub(crate) person: Option<AccountId>,
    pub(crate) amount: Option<Money>,
    /// The newest row it was judged by; 0 for none.
    pub(crate) newest: i64,
    /// Rules that matched, with whether each was a shadow.
    pub(crate) hits: Vec<(RuleId, bool)>,
}

impl Judged {
    /// What is to be done.
    pub fn outcome(&self) -> Outcome {
        self.decision.main.outcome
    }

    /// What keeps it from going on at once for who asks now; `None` where nothing does.
    pub fn stop(&self, actor: &Actor, now: Timestamp) -> Option<Stop> {
        match self.outcome() {
            Outcome::Allow | Outcome::Notify => None,
            Outcome::StepUp if actor.has_fresh_proof(now) => None,
            Outcome::StepUp => Some(Stop::ProofNeeded),
            Outcome::Review => Some(Stop::Review),
            Outcome::Deny => Some(Stop::Denied),
        }
    }

    /// It was refused, for this or for another act that would have gone on with it: written down so, it makes nobody familiar.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.seen.happening.stopped = true;
        self
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.seen.happening.stopped || matches!(self.outcome(), Outcome::Review | Outcome::Deny)
    }

    /// 0 to 100; `None` without a live model, or when nobody scored in time.
    pub fn score(&self) -> Option<u8> {
        self.decision.main.score
    }

    /// The strongest first.
    pub fn reasons(&self) -> &[Reason] {
        &self.decision.main.reasons
    }

    /// Rules and model it was judged by.
    pub fn version(&self) -> &str {
        &self.decision.main.version
    }

    pub fn failure(&self) -> Option<Failure> {
        self.decision.main.failure
    }

    pub fn point(&self) -> Point {
        self.decision.asked.point
    }

    pub fn subject(&self) -> AccountId {
        self.decision.asked.subject
    }

    pub fn at(&self) -> Timestamp {
        self.decision.at
    }
}
