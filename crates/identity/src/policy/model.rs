//! Rules of who checks what.

use kernel::{AccountId, Role};
use serde::{Deserialize, Serialize};

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Every order.
    Any,
    /// Money that goes to somebody else's account.
    Transfer,
    /// Orders with this service.
    Service(String),
}

/// Somebody who may check, by place or by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checker {
    /// Every member who holds this role.
    Role(Role),
    /// This member.
    Member(AccountId),
}

/// One check: any one of these agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    pub checkers: Vec<Checker>,
}

/// What happens when nobody decided in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// It ends, and the money goes back.
    Reject,
    /// The owners are asked, once more for the same time; then it ends.
    Escalate,
}

impl OnExpiry {
    pub const ALL: [Self; 2] = [Self::Reject, Self::Escalate];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Escalate => "escalate",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// From which amount on who checks what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub subject: Subject,
    /// Orders of more than this, in fen.
    pub above_minor: i64,
    /// One after the other.
    pub levels: Vec<Level>,
    /// How long it waits, in hours.
    pub lasts_hours: i64,
    pub on_expiry: OnExpiry,
}

/// The rules of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    pub rules: Vec<Rule>,
    /// Counts the changes; 0 before the first.
    pub version: i64,
}
