//! The card gateway in the shape of Stripe's API: what it keeps. Payments are decided by the payer on its page; nothing like a card
//! number exists here, only a brand and four digits.

mod books;
mod dispute;
mod events;
mod ops;
mod page;
mod routes;
mod show;

use connectors::OperationId;
use kernel::{Locale, Money, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::Due;

pub(crate) use ops::{expire, settle, settle_refunds};
pub(crate) use routes::{denied_as_busy, router};
pub(crate) use show::disputes_form;

/// One payment: the session in which it is paid and the intent that is the payment itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PaymentRecord {
    /// The merchant's id of it, from the metadata.
    pub attempt: OperationId,
    /// The form it was opened with, and the answer: a repeated request gets the first answer again.
    pub asked: Vec<(String, String)>,
    pub first: Value,
    pub session_id: String,
    pub intent_id: String,
    pub merchant_id: String,
    pub amount: Money,
    pub capture: CaptureMethod,
    pub description: String,
    pub reference: String,
    pub locale: Locale,
    pub return_url: String,
    pub callback_url: String,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub status: Status,
    pub session: SessionState,
    /// Why the last card was refused.
    pub failure: Option<CardFailure>,
    pub charge: Option<ChargeRecord>,
    /// What was taken.
    pub received: i64,
    /// Until when an authorisation can be captured.
    pub capture_before: Option<Timestamp>,
    /// When the bank decides.
    pub settle_at: Option<Timestamp>,
    pub canceled_at: Option<Timestamp>,
    /// The payer chose the card whose payments are never reported.
    pub silent: bool,
    pub refunds: Vec<RefundRecord>,
    pub dispute: Option<DisputeRecord>,
    pub movements: Vec<Movement>,
    /// Events so far: they are numbered.
    pub events: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaptureMethod {
    Automatic,
    Manual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    RequiresPaymentMethod,
    RequiresAction,
    Processing,
    RequiresCapture,
    Canceled,
    Succeeded,
}

impl Status {
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::RequiresCapture => "requires_capture",
            Self::Canceled => "canceled",
            Self::Succeeded => "succeeded",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionState {
    Open,
    Complete,
    Expired,
}

/// Why a card was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CardFailure {
    pub code: String,
    pub decline_code: Option<String>,
    pub message: String,
}

/// One try to take the money.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ChargeRecord {
    pub id: String,
    pub last4: String,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RefundRecord {
    /// The merchant's id of it.
    pub id: OperationId,
    pub asked: Vec<(String, String)>,
    pub gateway_id: String,
    pub amount: i64,
    pub status: RefundStatus,
    pub created_at: Timestamp,
    pub settle_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

/// The payer wants the money back from the bank.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DisputeRecord {
    pub id: String,
    pub amount: i64,
    pub status: DisputeStatus,
    pub created_at: Timestamp,
    pub due_by: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DisputeStatus {
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
}

/// One line of the merchant's account here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Movement {
    pub id: String,
    /// As the API names it: `charge`, `refund`, `adjustment`.
    pub kind: String,
    pub category: String,
    /// Signed.
    pub amount: i64,
    pub fee: i64,
    pub at: Timestamp,
    /// The charge, refund or dispute it is about.
    pub source: String,
}

/// The cards on the hosted page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Pay,
    Decline,
    Expired,
    /// Pays, and the gateway never says so by itself.
    Silent,
    /// Pays, and the bank takes its time.
    Slow,
    /// The bank first asks whether it is really the payer (3-D Secure).
    Secure,
    /// The bank declines, and takes the money a little later all the same.
    Late,
}

impl Choice {
    pub const ALL: [Self; 7] =
        [Self::Pay, Self::Decline, Self::Expired, Self::Silent, Self::Slow, Self::Secure, Self::Late];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Decline => "decline",
            Self::Expired => "expired",
            Self::Silent => "silent",
            Self::Slow => "slow",
            Self::Secure => "secure",
            Self::Late => "late",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }

    pub const fn last4(self) -> &'static str {
        match self {
            Self::Pay => "4242",
            Self::Decline => "0002",
            Self::Expired => "0069",
            Self::Silent => "0341",
            Self::Slow => "3220",
            Self::Secure => "3155",
            Self::Late => "0101",
        }
    }
}

impl PaymentRecord {
    pub fn attempt_id(&self) -> OperationId {
        self.attempt.clone()
    }

    /// Whether a card can be chosen on the page.
    pub fn is_payable(&self, now: Timestamp) -> bool {
        self.session == SessionState::Open
            && self.status == Status::RequiresPaymentMethod
            && self.settle_at.is_none()
            && self.expires_at > now
    }

    pub fn due(&self) -> Vec<(Timestamp, Due)> {
        let attempt = self.attempt_id();
        let expire = (self.session == SessionState::Open).then_some(self.expires_at);
        let lapse = self.capture_before.filter(|_| self.status == Status::RequiresCapture);
        let ends = expire.into_iter().chain(lapse).map(|at| (at, Due::Expire(attempt.clone())));
        let settle = self.settle_at.map(|at| (at, Due::Settle(attempt.clone())));
        let refunds = self.refunds.iter().filter_map(|refund| refund.settle_at);
        let refunds = refunds.map(|at| (at, Due::Refund(attempt.clone())));
        ends.chain(settle).chain(refunds).collect()
    }

    /// What refunds have given back or are about to.
    pub fn given_back(&self) -> i64 {
        let counts = |refund: &&RefundRecord| refund.status != RefundStatus::Failed;
        self.refunds.iter().filter(counts).map(|refund| refund.amount).sum()
    }

    /// What refunds have given back.
    pub fn refunded(&self) -> Money {
        let done = self.refunds.iter().filter(|refund| refund.status == RefundStatus::Succeeded);
        Money { minor: done.map(|refund| refund.amount).sum(), ..self.amount }
    }

    pub fn updated_at(&self) -> Timestamp {
        let charge = self.charge.as_ref().map(|charge| charge.created_at);
        [Some(self.created_at), charge, self.canceled_at]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(self.created_at)
    }
}
