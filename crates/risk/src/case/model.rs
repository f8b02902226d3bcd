//! Cases, their links and notes.

use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::DecisionId;
use crate::decision::named;
use crate::list::Entity;

kernel::typed_id!(
    /// One case.
    CaseId, "cas"
);

named! {
    /// How a case stands.
    CaseState {
        Open = "open",
        Closed = "closed",
    }
}

/// What somebody looks into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub id: CaseId,
    pub state: CaseState,
    /// Whom it is about.
    pub customer: AccountId,
    /// From which decision it was opened.
    pub decision: Option<DecisionId>,
    pub title: String,
    /// `None` for the system.
    pub opened_by: Option<AccountId>,
    pub opened_at: Timestamp,
    pub assigned_to: Option<AccountId>,
    pub closed_at: Option<Timestamp>,
    /// What it came to; `None` while open, or when it stayed unclear.
    pub fraud: Option<bool>,
}

/// What belongs to a case besides its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub entity: Entity,
    /// An account's id, or the number of anything else.
    pub value: i64,
    pub added_at: Timestamp,
}

/// What somebody wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub author: Option<AccountId>,
    pub at: Timestamp,
    pub text: String,
}

/// A case as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseView {
    pub case: Case,
    pub links: Vec<Link>,
    /// The oldest first.
    pub notes: Vec<Note>,
}

/// The payload of the fact that an account should be frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeAsked {
    pub account: AccountId,
    pub case: CaseId,
    pub asked_by: Option<AccountId>,
}
