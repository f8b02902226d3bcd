//! The gateway's documents, as far as they are read. Members that are not named here are passed over, so that a newer version of
//! the gateway does no harm; a member that is named and does not read stops the document.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What we wrote on an object when it was made, given back with it.
pub(super) type Metadata = BTreeMap<String, String>;

/// Something that is named by its id, or stands there whole when asked for with `expand`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Ref<T> {
    Id(String),
    Whole(Box<T>),
}

/// One page of a list.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

/// `checkout.session`: the page the payer is sent to.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Session {
    pub id: String,
    /// `open`, `complete`, `expired`.
    pub status: String,
    /// While it is open.
    pub url: Option<String>,
    pub payment_intent: Option<Ref<Intent>>,
    pub amount_total: i64,
    pub currency: String,
    pub created: i64,
    #[serde(default)]
    pub metadata: Metadata,
}

/// `payment_intent`: the payment itself.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Intent {
    pub id: String,
    pub amount: i64,
    #[serde(default)]
    pub amount_received: i64,
    #[serde(default)]
    pub amount_capturable: i64,
    /// `cny`
    pub currency: String,
    pub status: String,
    pub created: i64,
    pub canceled_at: Option<i64>,
    #[serde(default)]
    pub metadata: Metadata,
    pub last_payment_error: Option<Failure>,
    /// Up to version 2022-08-01; the newest first.
    pub charges: Option<List<Charge>>,
    /// From version 2022-11-15 on.
    pub latest_charge: Option<Ref<Charge>>,
}

impl Intent {
    /// The last try to take the money, where the document brings it.
    pub fn charge(&self) -> Option<&Charge> {
        match &self.latest_charge {
            Some(Ref::Whole(charge)) => Some(charge),
            Some(Ref::Id(_)) | None => self.charges.as_ref().and_then(|list| list.data.first()),
        }
    }
}

/// Why a try was refused; also the error of a request.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Failure {
    #[serde(rename = "type", default)]
    pub kind: String,
    pub code: Option<String>,
    /// What the bank said, where it said anything.
    pub decline_code: Option<String>,
    #[serde(default)]
    pub message: String,
}

/// The body of an answer that is no 2xx.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refusal {
    pub error: Failure,
}

/// `charge`: one try to take the money.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Charge {
    pub amount: i64,
    #[serde(default)]
    pub amount_captured: i64,
    #[serde(default)]
    pub amount_refunded: i64,
    pub currency: String,
    pub created: i64,
    pub payment_intent: Option<String>,
    #[serde(default)]
    pub metadata: Metadata,
    pub payment_method_details: Option<MethodDetails>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct MethodDetails {
    pub card: Option<CardDetails>,
}

/// All we read of a card. There is a number nowhere.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CardDetails {
    #[serde(default)]
    pub brand: String,
    #[serde(default)]
    pub last4: String,
    /// Until when an authorisation can be captured.
    pub capture_before: Option<i64>,
}

/// `refund`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct WireRefund {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub status: Option<String>,
    pub failure_reason: Option<String>,
    pub created: i64,
    #[serde(default)]
    pub metadata: Metadata,
}

/// `dispute`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct WireDispute {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub payment_intent: Option<String>,
    pub reason: String,
    pub status: String,
    pub created: i64,
    #[serde(default)]
    pub metadata: Metadata,
    #[serde(default)]
    pub evidence_details: Evidence,
    #[serde(default)]
    pub balance_transactions: Vec<FeeOf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Evidence {
    pub due_by: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FeeOf {
    #[serde(default)]
    pub fee: i64,
}

/// `event`: what a callback brings.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Event {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub created: i64,
    pub livemode: bool,
    /// Whose event it is, where one address hears of several accounts.
    pub account: Option<String>,
    pub data: EventData,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct EventData {
    pub object: Value,
}

/// `balance_transaction`: one movement on our account at the gateway.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Movement {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about when `kind` says no more than `adjustment`.
    pub reporting_category: Option<String>,
    /// Signed: money that leaves our account is negative.
    pub amount: i64,
    pub fee: i64,
    pub currency: String,
    pub created: i64,
    pub source: Option<Ref<Source>>,
}

/// What caused a movement: a charge, a refund, a dispute, a payout.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Source {
    pub id: String,
    pub payment_intent: Option<String>,
    #[serde(default)]
    pub metadata: Metadata,
}
