//! Who somebody says they are, the questions asked about it, and where an account stands.

use std::sync::Arc;

use connectors::NameCheck;
use kernel::{AccountId, Duration, Level, Timestamp};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// One question to the provider, and the id it is asked under.
    CheckId, "nck"
);

/// How real names are handled in this installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Live accounts of one person.
    pub accounts_a_person: i64,
    /// Questions an account may have answered in 24 hours; the provider charges for each.
    pub checks_a_day: i64,
    /// Documents handed in within 24 hours.
    pub reviews_a_day: i64,
    /// How long documents, and names and numbers that came to nothing, are kept after the end.
    pub keep: Duration,
    /// How long a question without an answer is asked again.
    pub ask_for: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            accounts_a_person: 1,
            checks_a_day: 5,
            reviews_a_day: 3,
            keep: Duration::from_days(30),
            ask_for: Duration::from_mins(30),
        }
    }
}

/// The provider, if there is one, and the policy.
#[derive(Debug, Clone, Default)]
pub struct RealName {
    pub provider: Option<Arc<dyn NameCheck>>,
    pub policy: Policy,
}

/// A name with its number, checked in form. Has no `Debug`: it is personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub name: String,
    pub number: String,
    /// [`forms::Holder::name`].
    pub holder: String,
}

/// What somebody fills in. Errors point to `/name`, `/number` and `/consent`.
pub struct NewCheck {
    pub name: String,
    pub number: String,
    /// The separate consent to handling the identity number (PIPL Art. 29).
    pub consent: bool,
    /// The same key with the same content is the same question; with another content it is refused.
    pub key: String,
}

/// How a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Written; asked until there is an answer.
    Asking,
    Match,
    /// The number is somebody else's.
    Mismatch,
    /// The register has no such number.
    NotFound,
    /// No answer in time.
    Unavailable,
    /// They belong together, and the person has an account already.
    Taken,
    /// The customer took back the consent.
    Withdrawn,
}

impl CheckState {
    pub const ALL: [Self; 7] = [
        Self::Asking,
        Self::Match,
        Self::Mismatch,
        Self::NotFound,
        Self::Unavailable,
        Self::Taken,
        Self::Withdrawn,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::NotFound => "not_found",
            Self::Unavailable => "unavailable",
            Self::Taken => "taken",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A question, with its personal data masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub id: CheckId,
    pub account: AccountId,
    pub state: CheckState,
    /// `林*`; `None` once erased.
    pub name: Option<String>,
    /// `1*************002X`; `None` once erased.
    pub number: Option<String>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// What beginning a question brought.
#[derive(Debug, Clone)]
pub struct Begun {
    pub check: Check,
    /// The key was used for the same before: nothing new was written.
    pub replayed: bool,
}

/// Who an account was shown to be, masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    pub name: String,
    pub number: String,
    /// [`forms::Holder::name`].
    pub holder: String,
    pub proved_at: Timestamp,
}

/// Where an account stands.
#[derive(Debug, Clone)]
pub struct Standing {
    pub level: Level,
    pub person: Option<KnownPerson>,
    /// Whether there is a provider to ask.
    pub offered: bool,
    /// Newest first, at most 20.
    pub checks: Vec<Check>,
    /// Questions left for now.
    pub left: i64,
}

impl Standing {
    /// The question that has no answer yet.
    pub fn running(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.state == CheckState::Asking)
    }
}

/// A row of the table of questions.
#[derive(Clone)]
pub(crate) struct StoredCheck {
    pub id: CheckId,
    pub account: AccountId,
    pub state: CheckState,
    pub person_sealed: Option<Vec<u8>>,
    pub request_key: String,
    pub request_index: Vec<u8>,
    pub consented_at: Timestamp,
    pub tries: i64,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// A row of the table of persons.
#[derive(Clone)]
pub(crate) struct StoredPerson {
    pub account: AccountId,
    pub person_index: Vec<u8>,
    pub slot: Option<i64>,
    pub level: Level,
    pub person_sealed: Vec<u8>,
    pub consented_at: Timestamp,
    pub proved_at: Timestamp,
}
