//! Models that are kept.

use kernel::{AccountId, Timestamp};

use crate::decision::named;
use crate::engine::Thresholds;

kernel::typed_id!(
    /// One model file.
    ModelId, "mdl"
);

named! {
    /// How a model stands.
    ModelState {
        /// Taken in, without effect.
        Candidate = "candidate",
        /// Scores beside and is written down; changes nothing.
        Shadow = "shadow",
        Live = "live",
        Retired = "retired",
    }
}

/// A model with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub id: ModelId,
    /// SHA-256 of the file's content, in hexadecimal: `model-` and its first eight digits are the version in decisions.
    pub hash: String,
    pub size_bytes: i64,
    /// Acts it learned from.
    pub data_from: Timestamp,
    pub data_to: Timestamp,
    /// [`crate::model::Figures`] as JSON; `null` when there was too little to measure.
    pub figures: serde_json::Value,
    pub state: ModelState,
    pub thresholds: Thresholds,
    pub made_by: Option<AccountId>,
    pub made_at: Timestamp,
    pub live_since: Option<Timestamp>,
    /// The first of the two people it takes to make it live has asked for it.
    pub wanted: Option<Wanted>,
}

/// The wish to make a model live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub by: AccountId,
    pub at: Timestamp,
    pub reason: String,
}

/// Thresholds as the days past suggest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    pub thresholds: Thresholds,
    /// Scores of so many acts were looked at.
    pub acts: i64,
    /// So many of them would have been reviewed.
    pub reviewed: i64,
}

impl ModelState {
    pub const fn words(self, locale: kernel::Locale) -> &'static str {
        match self {
            Self::Candidate => locale.pick("候选", "Candidate"),
            Self::Shadow => locale.pick("影子运行", "Shadow"),
            Self::Live => locale.pick("生效", "Live"),
            Self::Retired => locale.pick("停用", "Retired"),
        }
    }
}
