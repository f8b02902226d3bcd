//! What somebody agreed to, and what of them is kept.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// One agreement.
    ConsentId, "cns"
);

/// The topic of [`AccountErased`].
pub const ACCOUNT_ERASED: &str = "identity.account_erased";

/// An account was closed and the person behind it is gone from identity; other contexts forget theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountErased {
    pub account_id: kernel::AccountId,
}

/// What data is used for, agreed to one by one (PIPL Art. 14, 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// The privacy notice: what is needed to do what was ordered.
    Notice,
    /// Suggestions made from what was ordered and looked at.
    Personalisation,
    /// News about services.
    Marketing,
    /// Handling name, identity number and documents to know who somebody is: sensitive data, so agreed to apart (PIPL Art. 29).
    RealName,
}

impl ConsentPurpose {
    pub const ALL: [Self; 4] = [Self::Notice, Self::Personalisation, Self::Marketing, Self::RealName];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Personalisation => "personalisation",
            Self::Marketing => "marketing",
            Self::RealName => "real_name",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }

    /// The version of the text somebody agrees to now.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Notice | Self::Personalisation | Self::Marketing | Self::RealName => "2026-11",
        }
    }

    /// Whether it can be taken back while the account lasts; the notice ends with the account.
    pub const fn is_optional(self) -> bool {
        !matches!(self, Self::Notice)
    }
}

/// One agreement as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentView {
    pub purpose: ConsentPurpose,
    pub version: String,
    pub given_at: Timestamp,
    pub withdrawn_at: Option<Timestamp>,
}
