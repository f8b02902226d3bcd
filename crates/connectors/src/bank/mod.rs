//! Transfers to our account at a bank: the payer sends money from their own bank, either to an account that the bank opens for the
//! one payment, or to ours with a code as purpose. The bank tells of each receipt by a signed callback and hands in a statement.
//!
//! ```text
//! POST {base}/v1/collections                            → payment     (webhook-id: attempt id)
//! GET  {base}/v1/collections/{attempt_id}               → payment
//! POST {base}/v1/collections/{attempt_id}/close         → payment
//! POST {base}/v1/collections/{attempt_id}/refunds       → refund      (webhook-id: refund id)
//! GET  {base}/v1/collections/{attempt_id}/refunds/{refund}  → refund
//! GET  {base}/v1/statements/{yyyy-mm-dd}                → CSV, see `statement`
//! POST {callback_url}   {"type": "payment" | "refund", "data": payment | refund}
//! ```
//!
//! All of it is signed like the provider protocol. `captured` is everything that came in for the payment so far: less or more than was
//! asked for is reported as it is, and is not booked (P3). Nobody can keep people from sending money late: that is a late success.
//! A refund is a transfer to the account the money came from.

mod code;
pub mod statement;

use std::sync::Arc;

use http::{HeaderMap, Method};
use kernel::{Clock, Duration, Money, Text, Timestamp};
use serde::{Deserialize, Serialize};

pub use code::{CODE_CHARS, code_of, codes_in, is_code};

use crate::BoxFuture;
use crate::gateway::{
    Begun, Bill, CallbackError, Capture, Checkout, Gateway, GatewayError, GatewayEvent, NewPayment,
    NewRefund, Payment, Refund, Report,
};
use crate::http::{BaseUrl, Http, Limits, Request};
use crate::protocol::{Keys, OperationId};
use crate::signed::Partner;

/// How the bank knows which payment money is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// By an account that exists for the one payment.
    Account,
    /// By a code that the payer writes as purpose.
    Code,
}

/// Who we are at the bank and how we speak with it.
#[derive(Debug, Clone)]
pub struct BankSettings {
    /// The address before `/v1`.
    pub base: BaseUrl,
    /// The bank's number of us.
    pub merchant_id: String,
    pub keys: Keys,
    pub told: Told,
}

/// Body of `POST /v1/collections`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateCollection {
    pub merchant_id: String,
    pub attempt_id: OperationId,
    pub amount: Money,
    pub description: Text,
    /// The order number.
    pub reference: String,
    pub told: Told,
    /// Ours, where the payer is to write one.
    pub code: Option<String>,
    pub callback_url: String,
    pub expires_at: Timestamp,
}

/// Body of `…/close`; it repeats the id because the signature does not cover the path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloseCollection {
    pub attempt_id: OperationId,
}

/// Body of `…/refunds`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateReturn {
    pub refund_id: OperationId,
    pub attempt_id: OperationId,
    pub amount: Money,
    pub reason: String,
}

/// After midnight the bank still closes the day before.
const CLOSED_AFTER: Duration = Duration::from_mins(10);
const BEIJING: jiff::tz::Offset = jiff::tz::Offset::constant(8);

/// The client of the bank.
#[derive(Debug, Clone)]
pub struct BankTransfer {
    name: String,
    merchant_id: String,
    told: Told,
    partner: Partner,
}

fn unclear(detail: impl std::fmt::Display) -> GatewayError {
    GatewayError::Unknown { detail: detail.to_string() }
}

fn refused(code: &str, detail: impl std::fmt::Display) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), detail: detail.to_string(), retriable: false }
}

fn id(text: &str) -> Result<OperationId, GatewayError> {
    OperationId::parse(text).map_err(|error| refused("malformed", error))
}

impl BankTransfer {
    /// What one exchange may take. A statement is larger than any other answer.
    pub fn limits() -> Limits {
        Limits { answer_bytes: 64 * 1024 * 1024, ..Limits::default() }
    }

    pub fn new(name: impl Into<String>, settings: BankSettings, http: Http, clock: Arc<dyn Clock>) -> Self {
        let BankSettings { base, merchant_id, keys, told } = settings;
        Self { name: name.into(), merchant_id, told, partner: Partner { http, base, keys, clock } }
    }

    /// An answer about another payment, or with somebody else's code, is no answer.
    fn about(&self, attempt_id: &str, payment: Payment) -> Result<Payment, GatewayError> {
        let ours = payment.attempt_id == attempt_id && payment.merchant_id == self.merchant_id;
        let code_fits = match (&payment.checkout, self.told) {
            (Some(Checkout::BankTransfer { reference, .. }), Told::Code) => *reference == code_of(attempt_id),
            _ => true,
        };
        if ours && code_fits { Ok(payment) } else { Err(unclear("the answer is about another payment")) }
    }

    fn about_refund(&self, refund_id: &str, refund: Refund) -> Result<Refund, GatewayError> {
        if refund.refund_id == refund_id && refund.merchant_id == self.merchant_id {
            Ok(refund)
        } else {
            Err(unclear("the answer is about another refund"))
        }
    }

    async fn create(&self, new: &NewPayment) -> Result<Payment, GatewayError> {
        if new.capture == Capture::Later {
            return Err(GatewayError::not_offered("capture"));
        }
        let document = CreateCollection {
            merchant_id: self.merchant_id.clone(),
            attempt_id: id(&new.attempt_id)?,
            amount: new.amount,
            description: new.description.clone(),
            reference: new.reference.clone(),
            told: self.told,
            code: (self.told == Told::Code).then(|| code_of(&new.attempt_id)),
            callback_url: new.callback_url.clone(),
            expires_at: new.expires_at,
        };
        let payment = self.partner.post(&new.attempt_id, &["v1", "collections"], &document).await?;
        self.about(&new.attempt_id, payment)
    }

    async fn statement(&self, day: jiff::civil::Date) -> Result<Bill, GatewayError> {
        let end = day.tomorrow().ok().and_then(|next| BEIJING.to_timestamp(next.at(0, 0, 0, 0)).ok());
        let end = end.ok_or_else(|| refused("bad_day", "no calendar has this day"))?;
        if self.partner.clock.now() < Timestamp::from_secs(end.as_second()).plus(CLOSED_AFTER) {
            return Err(GatewayError::NotKnown);
        }
        let day = day.to_string();
        let signed = self.partner.keys.sign(&day, self.partner.clock.now(), b"");
        let url = self.partner.base.join(&["v1", "statements", &day]);
        let request = Request { method: Method::GET, url, headers: &signed.pairs(), body: Vec::new() };
        let reply = self.partner.http.send(request).await.map_err(unclear)?;
        match reply.status {
            status if status.is_success() => statement::read(&reply.body).map_err(unclear),
            http::StatusCode::NOT_FOUND => Err(GatewayError::NotKnown),
            status => Err(unclear(format!("status {status}"))),
        }
    }
}

impl Gateway for BankTransfer {
    fn name(&self) -> &str {
        &self.name
    }

    fn create_attempt<'a>(&'a self, new: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.create(new))
    }

    fn query<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(async move {
            let attempt_id = begun.attempt_id.as_str();
            id(attempt_id)?;
            let payment = self.partner.get(attempt_id, &["v1", "collections", attempt_id]).await?;
            self.about(attempt_id, payment)
        })
    }

    fn close<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(async move {
            let attempt_id = begun.attempt_id.as_str();
            let document = CloseCollection { attempt_id: id(attempt_id)? };
            let path = ["v1", "collections", attempt_id, "close"];
            let payment = self.partner.post(attempt_id, &path, &document).await?;
            self.about(attempt_id, payment)
        })
    }

    fn refund<'a>(&'a self, new: &'a NewRefund) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(async move {
            let document = CreateReturn {
                refund_id: id(&new.refund_id)?,
                attempt_id: id(&new.attempt_id)?,
                amount: new.amount,
                reason: new.reason.clone(),
            };
            let path = ["v1", "collections", &new.attempt_id, "refunds"];
            let refund = self.partner.post(&new.refund_id, &path, &document).await?;
            self.about_refund(&new.refund_id, refund)
        })
    }

    fn query_refund<'a>(
        &'a self,
        attempt_id: &'a str,
        refund_id: &'a str,
    ) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(async move {
            id(attempt_id)?;
            id(refund_id)?;
            let path = ["v1", "collections", attempt_id, "refunds", refund_id];
            let refund = self.partner.get(refund_id, &path).await?;
            self.about_refund(refund_id, refund)
        })
    }

    fn bill(&self, day: jiff::civil::Date) -> BoxFuture<'_, Result<Bill, GatewayError>> {
        Box::pin(self.statement(day))
    }

    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<GatewayEvent, CallbackError> {
        let (verified, report) = self.partner.receive::<Report>(headers, body)?;
        let merchant = match &report {
            Report::Payment(payment) => &payment.merchant_id,
            Report::Refund(refund) => &refund.merchant_id,
            Report::Dispute(dispute) => &dispute.merchant_id,
        };
        if *merchant == self.merchant_id {
            Ok(GatewayEvent { id: verified.id, report })
        } else {
            Err(CallbackError::WrongMerchant(merchant.clone()))
        }
    }
}
