//! The documents of the provider protocol. Unknown members are ignored on both sides, so that the protocol can grow.

use kernel::{Money, Text, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// No document of the protocol is larger.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// Everlit's name for one operation, and its idempotency key: 1 to 64 of `A–Z a–z 0–9 _ -`.
///
/// The alphabet keeps it safe in a path and in the signed text, where `.` separates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperationId(String);

/// The text is no operation id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an operation id is 1 to 64 of A-Z a-z 0-9 _ -")]
pub struct BadOperationId;

impl OperationId {
    pub fn parse(text: impl Into<String>) -> Result<Self, BadOperationId> {
        let text = text.into();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text))
        } else {
            Err(BadOperationId)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OperationId {
    type Error = BadOperationId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl From<OperationId> for String {
    fn from(id: OperationId) -> Self {
        id.0
    }
}

impl std::fmt::Display for OperationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the provider is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Do it. The only kind, with `Cancel`, that changes anything.
    Submit,
    /// Tell facts, for example what is due on a bill.
    Query,
    /// Tell a price and until when it holds.
    Quote,
    /// Undo the submit named by `cancels`, if that is still possible.
    Cancel,
}

impl OperationKind {
    pub const ALL: [Self; 4] = [Self::Submit, Self::Query, Self::Quote, Self::Cancel];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Query => "query",
            Self::Quote => "quote",
            Self::Cancel => "cancel",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One request to a provider. The same id always carries the same document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    pub operation_id: OperationId,
    pub operation: OperationKind,
    /// The id of the service in its service pack.
    pub service: String,
    /// The id of the chosen offering; absent where none is chosen yet (query).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offering: Option<String>,
    /// How many of the offering; 1 where the service has no quantity.
    pub quantity: u32,
    /// The answers to the service's form, by field name.
    #[serde(default)]
    pub answers: Map<String, Value>,
    /// What the customer pays for this line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// What people call it on both sides: the order number, or the request id of an enquiry.
    pub reference: String,
    /// With [`OperationKind::Cancel`]: the operation to undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancels: Option<OperationId>,
    /// Where later answers go. Without it the provider is polled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

/// A rule between the members of an [`Operation`] that its types cannot express.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOperation {
    #[error("`cancels` names an operation exactly when `operation` is cancel")]
    Cancels,
    #[error("`quantity` is at least 1")]
    Quantity,
    #[error("`amount` is not negative")]
    Amount,
    #[error("`service` and `reference` are 1 to 128 characters")]
    Names,
}

impl Operation {
    /// Checks what the types leave open. Both sides call it: before sending and after reading.
    pub fn check(&self) -> Result<(), InvalidOperation> {
        let named = |text: &str| (1..=128).contains(&text.chars().count());
        if (self.operation == OperationKind::Cancel) != self.cancels.is_some() {
            Err(InvalidOperation::Cancels)
        } else if self.quantity == 0 {
            Err(InvalidOperation::Quantity)
        } else if self.amount.is_some_and(|amount| amount.minor < 0) {
            Err(InvalidOperation::Amount)
        } else if !named(&self.service) || !named(&self.reference) {
            Err(InvalidOperation::Names)
        } else {
            Ok(())
        }
    }
}

/// How an operation stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Final: it happened. `result` holds what came out of it.
    Done {
        #[serde(default)]
        result: Map<String, Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Text>,
    },
    /// It is being worked on. A callback or a poll brings more.
    Later {
        /// Until when the provider expects to be final. Not a promise; when it has passed, Everlit raises an alert.
        expected_by: Timestamp,
        /// The provider's word for the step: `accepted`, `packed`, `shipped`.
        state: String,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        facts: Map<String, Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Text>,
    },
    /// Final: it did not happen and will not under this id.
    Refused {
        /// Machine-readable, `snake_case`: `empty_number`, `too_late`.
        reason_code: String,
        /// What the customer reads.
        message: Text,
        /// Whether the same request under a **new** id may succeed.
        retriable: bool,
    },
}

/// What a quote answers, read from the `result` of [`Outcome::Done`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    pub amount: Money,
    pub valid_until: Timestamp,
    #[serde(default)]
    pub facts: Map<String, Value>,
}

impl Outcome {
    /// Done and refused never change again.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Refused { .. })
    }

    /// The price in a done quote; `None` when it is no done quote or does not read as one.
    pub fn quote(&self) -> Option<Quote> {
        match self {
            Self::Done { result, .. } => serde_json::from_value(Value::Object(result.clone())).ok(),
            Self::Later { .. } | Self::Refused { .. } => None,
        }
    }

    /// `done`, `later`, `refused`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Later { .. } => "later",
            Self::Refused { .. } => "refused",
        }
    }
}

/// The answer to a request, a poll, and the body of a callback: always this document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub operation_id: OperationId,
    /// Grows by at least 1 with every change of the outcome, from 1. Callbacks may overtake each other: an answer whose
    /// sequence is not greater than the last one seen is old news.
    pub sequence: u64,
    /// When the outcome became so.
    pub at: Timestamp,
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Answer {
    /// Whether this answer says more than the last one seen. A final outcome is never replaced.
    pub fn supersedes(&self, last: &Answer) -> bool {
        !last.outcome.is_final() && self.sequence > last.sequence
    }
}

/// A refusal of the request itself (RFC 9457): nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `malformed`, `bad_signature`, `unknown_operation`, `operation_conflict`, `too_large`, `busy`.
    pub code: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub detail: String,
}
