//! A request for an approval, and what was decided about it.

use identity::policy::{Policy, Rule};
use kernel::{AccountId, Money, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use crate::order::{OrderView, named};

kernel::typed_id!(
    /// A request for an approval.
    ApprovalId, "apr"
);

named! {
    /// What is asked for.
    pub enum SubjectKind {
        Order = "order",
        /// A change of the rules.
        Policy = "policy",
    }
}

named! {
    /// Where a request stands.
    pub enum ApprovalState {
        Open = "open",
        /// Every level agreed, and it was carried out.
        Approved = "approved",
        /// A checker returned it.
        Returned = "returned",
        /// Its maker took it back.
        Withdrawn = "withdrawn",
        /// Nobody decided in time.
        Expired = "expired",
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub id: ApprovalId,
    /// The organisation.
    pub party: AccountId,
    pub maker: AccountId,
    pub subject: SubjectKind,
    /// The order or the file, as a raw id; the organisation itself for its rules.
    pub object: i64,
    pub amount: Money,
    /// Who checks it, as the rules were when it was asked for.
    pub rule: Rule,
    /// How many levels have agreed.
    pub level: i64,
    pub state: ApprovalState,
    /// The owners were asked, because nobody decided.
    pub escalated: bool,
    /// A schedule looks after its end, because no order's wait does.
    pub alone: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// Why it was returned.
    pub reason: Option<String>,
}

/// What one checker said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub level: i64,
    pub checker: AccountId,
    pub agreed: bool,
    pub at: Timestamp,
}

/// A change of the rules: those that stand when it was asked for, and those that are to stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    pub before: Policy,
    pub after: Policy,
}

/// What exactly will be done.
#[derive(Debug, Clone)]
pub enum SubjectView {
    Order(Box<OrderView>),
    Policy(Proposed),
}

/// What whoever looks may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mine {
    /// Agree or return; with a fresh proof where it is wanted.
    MayCheck {
        proof: bool,
    },
    /// Withdraw, nothing else (W1).
    Maker,
    CheckedBefore,
    NotChecker,
    /// It is decided.
    Over,
}

/// What one checker says of many requests at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    Agree,
    /// With the reason their maker reads.
    Return(&'a str),
}

/// What became of many requests that were decided at once.
#[derive(Debug, Default)]
pub struct DecidedMany {
    pub done: usize,
    /// Those that could not be decided, and why; the others are not undone for it.
    pub refused: Vec<(ApprovalId, Error)>,
}

/// A request with everything its page shows.
#[derive(Debug, Clone)]
pub struct ApprovalView {
    pub approval: Approval,
    pub decisions: Vec<Decision>,
    pub subject: SubjectView,
    pub mine: Mine,
}

/// What became of a wish to change the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyChange {
    /// The only owner: they count from the next order on.
    Changed,
    /// Another owner checks them.
    Asked(ApprovalId),
}

/// Topics of the outbox. Their payload is [`ApprovalFact`].
pub mod topic {
    /// Somebody's check is wanted.
    pub const ASKED: &str = "approval.asked";
    /// It is decided: its maker wants to know.
    pub const DECIDED: &str = "approval.decided";
}

/// Payload of the topics.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ApprovalFact {
    pub approval: ApprovalId,
    /// The version that people are to be told about.
    pub version: i64,
}
