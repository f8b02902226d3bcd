//! Payment gateways: taking and giving back money through somebody who may.
//!
//! A gateway only reports; whether a report is booked is decided elsewhere, by one completion path for callback, poll
//! and browser return (P5). All ids given in are ours and are idempotency keys.

mod bill;
mod wish;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderMap;
use kernel::{Money, Text, Timestamp};
use serde::{Deserialize, Serialize};

pub use bill::{Bill, BillKind, BillLine, BrokenLine};
pub use wish::{Begun, Capture, Checkout, NewPayment, NewRefund, Screen};

use crate::BoxFuture;
use crate::signed::CallError;
pub use crate::signed::CallbackError;

/// One way to pay.
pub trait Gateway: Send + Sync + std::fmt::Debug {
    /// The name under which service packs and attempts call it: `card`.
    fn name(&self) -> &str;

    /// Opens a payment for one attempt. Repeating it under the same attempt id gives the same payment.
    fn create_attempt<'a>(&'a self, new: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>>;

    /// How the payment of an attempt stands now.
    fn query<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>>;

    /// Makes sure nobody can pay it any more. The payment that comes back tells what holds: `Closed`, or `Captured` when
    /// the payer was faster, or `Processing` when the bank has not decided.
    fn close<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>>;

    /// Gives back a part or the whole of what was captured.
    fn refund<'a>(&'a self, new: &'a NewRefund) -> BoxFuture<'a, Result<Refund, GatewayError>>;

    /// How a refund stands now.
    fn query_refund<'a>(
        &'a self,
        attempt_id: &'a str,
        refund_id: &'a str,
    ) -> BoxFuture<'a, Result<Refund, GatewayError>>;

    /// Takes a part or the whole of what was authorised ([`PaymentState::Authorised`]); the rest is let go. Repeating it with the same
    /// amount gives the same payment. Gateways that always take at once refuse.
    fn capture<'a>(
        &'a self,
        attempt_id: &'a str,
        amount: Money,
    ) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        let _ = (attempt_id, amount);
        Box::pin(async { Err(GatewayError::not_offered("capture")) })
    }

    /// Everything the gateway booked on a day of its own calendar, for comparison with our books (L7). [`GatewayError::NotKnown`] while
    /// the bill of that day is not there yet.
    fn bill(&self, day: jiff::civil::Date) -> BoxFuture<'_, Result<Bill, GatewayError>> {
        let _ = day;
        Box::pin(async { Err(GatewayError::not_offered("bill")) })
    }

    /// Believes a callback or does not: signature on the raw bytes, then merchant. The amount is compared by the caller,
    /// with [`Payment::agrees`].
    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<GatewayEvent, CallbackError>;

    /// What the caller of a callback is answered, so that it stops repeating, or goes on. A refusal without a body is one that the
    /// protocol has no words for: whoever answers may use their own.
    fn acknowledge(&self, taken: Taken) -> Acknowledgement {
        Acknowledgement::empty(match taken {
            Taken::In => 204,
            Taken::NotBelieved => 401,
            Taken::Refused => 422,
            Taken::Later => 503,
        })
    }
}

/// What became of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Taken in, now or before; or booked nowhere because of the amount it names (P3): repeating it changes nothing.
    In,
    /// Not believed.
    NotBelieved,
    /// Not for us, about nothing we know, too large, or it does not read.
    Refused,
    /// We could not; the gateway is to try again.
    Later,
}

/// An answer as the gateway's protocol wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// HTTP.
    pub status: u16,
    pub content_type: &'static str,
    pub body: &'static str,
}

impl Acknowledgement {
    pub const fn empty(status: u16) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: "" }
    }
}

/// How a payment stands at the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PaymentState {
    /// Waits for the payer.
    Open,
    /// The payer has paid and the bank has not decided. It cannot be closed.
    Processing,
    /// The bank keeps it for us until `until`; [`Gateway::capture`] takes it, [`Gateway::close`] lets it go.
    Authorised { authorised: Money, until: Timestamp },
    /// The money is taken. Final.
    Captured {
        /// What was really taken, which is what is booked (L7).
        captured: Money,
        /// With cards.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<CardHint>,
    },
    /// Not taken.
    Declined {
        /// `insufficient_funds`, `card_expired`, …
        code: String,
        message: Text,
        /// The payer may try again where they are, so money may still come until it is closed. Otherwise this is final.
        #[serde(default)]
        again: bool,
    },
    /// Nobody paid in time, or it was closed. Final.
    Closed,
}

impl PaymentState {
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Captured { .. } | Self::Declined { again: false, .. } | Self::Closed)
    }

    /// `open`, `processing`, `authorised`, `captured`, `declined`, `closed`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Authorised { .. } => "authorised",
            Self::Captured { .. } => "captured",
            Self::Declined { .. } => "declined",
            Self::Closed => "closed",
        }
    }
}

/// All we ever learn about a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardHint {
    pub brand: String,
    pub last4: String,
}

/// A payment as the gateway reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    pub attempt_id: String,
    /// The gateway's own number, for its support and the daily bill.
    pub gateway_id: String,
    pub merchant_id: String,
    /// What was asked for.
    pub amount: Money,
    #[serde(flatten)]
    pub state: PaymentState,
    /// What was given back so far.
    pub refunded: Money,
    /// How the payer gets to pay, while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout: Option<Checkout>,
    /// Grows with every change; an older report never replaces a newer one.
    pub sequence: u64,
    pub updated_at: Timestamp,
}

/// The report is not about what we asked for (P3): not booked, an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the gateway reports {reported}, expected {expected}")]
pub struct AmountMismatch {
    pub reported: Money,
    pub expected: Money,
}

impl Payment {
    /// Whether amount and currency, asked and captured, are what the attempt was opened with.
    pub fn agrees(&self, expected: Money) -> Result<(), AmountMismatch> {
        let captured = match &self.state {
            PaymentState::Captured { captured, .. } => *captured,
            PaymentState::Authorised { authorised, .. } => *authorised,
            PaymentState::Open
            | PaymentState::Processing
            | PaymentState::Declined { .. }
            | PaymentState::Closed => self.amount,
        };
        match [self.amount, captured].into_iter().find(|reported| *reported != expected) {
            Some(reported) => Err(AmountMismatch { reported, expected }),
            None => Ok(()),
        }
    }
}

/// How a refund stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RefundState {
    Pending,
    /// The money is on its way to the payer. Final.
    Succeeded,
    /// It is not. Final.
    Failed {
        code: String,
        message: Text,
    },
}

/// A refund as the gateway reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    pub refund_id: String,
    pub attempt_id: String,
    pub gateway_id: String,
    pub merchant_id: String,
    pub amount: Money,
    #[serde(flatten)]
    pub state: RefundState,
    pub updated_at: Timestamp,
}

/// A callback that is believed. The same event may come many times; `id` stays the same.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayEvent {
    pub id: String,
    pub report: Report,
}

/// What a callback reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Report {
    Payment(Payment),
    Refund(Refund),
    Dispute(Dispute),
}

/// The payer asks the bank for the money back (chargeback).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dispute {
    /// The gateway's.
    pub dispute_id: String,
    /// Ours; from gateways whose disputes carry nothing of ours, their own number of the payment ([`Payment::gateway_id`]).
    pub attempt_id: String,
    pub merchant_id: String,
    pub amount: Money,
    /// What the gateway charges for it, whoever wins.
    pub fee: Money,
    /// `fraudulent`, `product_not_received`, …
    pub reason: String,
    pub state: DisputeState,
    /// Until when evidence can be handed in.
    pub due_by: Option<Timestamp>,
    pub updated_at: Timestamp,
}

/// How a dispute stands. While it is open the gateway keeps the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// The bank only asks: no money was taken. It may become a dispute.
    Asked,
    /// It never came to a dispute: no money was ever taken. Final.
    Dropped,
    Open,
    /// The money is ours again. Final.
    Won,
    /// It went back to the payer. Final.
    Lost,
}

/// What may be concluded when there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// It may have happened (P7). Query, or repeat under the same id; never treat it as a failure.
    #[error("unknown: {detail}")]
    Unknown { detail: String },
    /// The gateway says no, or was not reached: nothing happened. `retriable`: the same request may pass later.
    #[error("refused ({code}): {detail}")]
    Refused { code: String, detail: String, retriable: bool },
    /// The gateway has never heard of this id. A request still under way may yet arrive.
    #[error("the gateway does not know the payment")]
    NotKnown,
}

impl GatewayError {
    /// The gateway has no such operation.
    pub fn not_offered(operation: &str) -> Self {
        Self::Refused { code: "not_offered".to_owned(), detail: operation.to_owned(), retriable: false }
    }
}

impl From<CallError> for GatewayError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(detail) => {
                Self::Refused { code: "unreachable".to_owned(), detail, retriable: true }
            }
            CallError::Unknown(detail) => Self::Unknown { detail },
            CallError::Problem(problem) if problem.code.starts_with("unknown_") => Self::NotKnown,
            CallError::Problem(problem) => Self::Refused {
                retriable: problem.code == "busy",
                code: problem.code,
                detail: problem.detail,
            },
        }
    }
}

/// All gateways of this installation by name.
#[derive(Debug, Clone, Default)]
pub struct Gateways(BTreeMap<String, Arc<dyn Gateway>>);

impl Gateways {
    pub fn new(gateways: impl IntoIterator<Item = Arc<dyn Gateway>>) -> Self {
        Self(gateways.into_iter().map(|gateway| (gateway.name().to_owned(), gateway)).collect())
    }

    pub fn get(&self, name: &str) -> Option<&Arc<dyn Gateway>> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
