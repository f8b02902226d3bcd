//! Rules, their versions and states.

use kernel::{AccountId, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::decision::named;
use crate::{Outcome, Point};

kernel::typed_id!(
    /// One version of a rule.
    RuleId, "rul"
);

named! {
    /// How a version stands.
    RuleState {
        /// Written, without any effect.
        Draft = "draft",
        /// Runs beside and is written down; changes nothing.
        Shadow = "shadow",
        Live = "live",
        Retired = "retired",
    }
}

/// A rule as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRule {
    /// What all versions share: small letters, digits, `_`; 3 to 40.
    pub code: String,
    pub name: Text,
    /// Where it is asked; never empty.
    pub points: Vec<Point>,
    /// CEL over [`super::VARIABLES`]; true means the outcome.
    pub source: String,
    /// What is done when it matches: notify, step up, review or deny.
    pub outcome: Outcome,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: RuleId,
    /// 1, 2, 3 … within the code.
    pub number: i64,
    pub rule: NewRule,
    pub state: RuleState,
    pub made_by: AccountId,
    pub made_at: Timestamp,
    /// What somebody asked for and nobody approved yet.
    pub wanted: Option<Wanted>,
    pub changed_by: Option<AccountId>,
    pub changed_at: Option<Timestamp>,
}

/// A change of state that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub state: RuleState,
    pub by: AccountId,
    pub at: Timestamp,
    pub reason: String,
}

/// How a rule did since it ran, as shadow and live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    pub shadow_hits: i64,
    pub live_hits: i64,
    /// Of all hits, those whose latest label says fraud, and those whose says it was none.
    pub fraud: i64,
    pub cleared: i64,
}

impl RuleState {
    pub const fn words(self, locale: kernel::Locale) -> &'static str {
        match self {
            Self::Draft => locale.pick("草稿", "Draft"),
            Self::Shadow => locale.pick("影子运行", "Shadow"),
            Self::Live => locale.pick("生效", "Live"),
            Self::Retired => locale.pick("停用", "Retired"),
        }
    }
}
