//! What a hold is and what can happen to it.

use kernel::{AccountId, Currency, Money, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::LedgerAccountId;
use crate::column::id_column;
use crate::transfer::{TransferKind, model::MAX_AMOUNT_MINOR};
use crate::{Error, TransferId};

kernel::typed_id!(
    /// A hold. The caller makes it, so that the order can name its hold in the same batch.
    HoldId, "hld"
);
id_column!(HoldId);

/// The event of a hold that expired; its payload is [`HoldExpired`].
pub const EXPIRED: &str = "ledger.hold_expired";

/// Payload of [`EXPIRED`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldExpired {
    pub hold: HoldId,
    /// The order it was placed for, as the raw id.
    pub order: Option<i64>,
}

/// A hold to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHold {
    pub id: HoldId,
    pub debit: LedgerAccountId,
    pub credit: LedgerAccountId,
    /// More than zero and at most [`MAX_AMOUNT_MINOR`](crate::MAX_AMOUNT_MINOR).
    pub amount: Money,
    /// The kind of the transfer that will post it.
    pub kind: TransferKind,
    /// What this money is for, once and for all: `order:ord_…`.
    pub business_key: String,
    /// The order it belongs to, as the raw id.
    pub order: Option<i64>,
    pub customer: Option<AccountId>,
    /// From then on it can no longer be posted. `None` when only its owner ends it.
    pub expires_at: Option<Timestamp>,
    /// A code that says more than the kind. No personal data.
    pub memo: std::borrow::Cow<'static, str>,
}

/// A hold as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub id: HoldId,
    pub debit: LedgerAccountId,
    pub credit: LedgerAccountId,
    pub amount: Money,
    pub kind: TransferKind,
    pub business_key: String,
    pub order: Option<i64>,
    pub customer: Option<AccountId>,
    pub expires_at: Option<Timestamp>,
    pub memo: String,
    pub created_at: Timestamp,
    pub state: HoldState,
    /// The entry of the hash chain that tells of its placing.
    pub(crate) entry: i64,
    /// The entry that tells of its end.
    pub(crate) closed_entry: Option<i64>,
}

/// Where a hold stands. Everything but `Pending` is the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldState {
    Pending,
    Posted { amount_minor: i64, at: Timestamp },
    Voided { at: Timestamp },
    Expired { at: Timestamp },
}

impl HoldState {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Posted { .. } => "posted",
            Self::Voided { .. } => "voided",
            Self::Expired { .. } => "expired",
        }
    }

    /// When it ended.
    pub const fn closed_at(self) -> Option<Timestamp> {
        match self {
            Self::Pending => None,
            Self::Posted { at, .. } | Self::Voided { at } | Self::Expired { at } => Some(at),
        }
    }

    pub const fn posted_minor(self) -> i64 {
        match self {
            Self::Posted { amount_minor, .. } => amount_minor,
            Self::Pending | Self::Voided { .. } | Self::Expired { .. } => 0,
        }
    }
}

/// How much of a hold is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    All,
    /// In minor units; what is left is released.
    Part(i64),
}

/// One hold to be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostHold {
    pub hold: HoldId,
    pub take: Take,
}

/// What is done to a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Post(Take),
    Void,
    Expire,
}

/// Why a hold was left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldRefusal {
    NotFound,
    AlreadyPosted,
    AlreadyVoided,
    Expired,
    MoreThanHeld {
        held: Money,
    },
    /// Nothing or less than nothing was to be posted.
    BadAmount {
        currency: Currency,
    },
}

impl From<HoldRefusal> for Error {
    fn from(refusal: HoldRefusal) -> Self {
        match refusal {
            HoldRefusal::NotFound => Self::NotFound,
            HoldRefusal::AlreadyPosted => Self::AlreadyPosted,
            HoldRefusal::AlreadyVoided => Self::AlreadyVoided,
            HoldRefusal::Expired => Self::Expired,
            HoldRefusal::MoreThanHeld { held } => Self::MoreThanHeld { held },
            HoldRefusal::BadAmount { currency } => {
                Self::BadAmount { most: Money::new(MAX_AMOUNT_MINOR, currency) }
            }
        }
    }
}

/// How one of several holds came out of [`post_holds`](crate::post_holds).
pub type Posted = Result<TransferId, HoldRefusal>;
