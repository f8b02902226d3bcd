//! The card gateway of the sandbox, in the shape card gateways have: the payer is sent to a page of the gateway and card
//! numbers never come near us. Requests and callbacks are signed like those of the provider protocol.
//!
//! ```text
//! POST {base}/v1/payments                                → payment     (webhook-id: attempt id)
//! GET  {base}/v1/payments/{attempt_id}                   → payment
//! POST {base}/v1/payments/{attempt_id}/close             → payment
//! POST {base}/v1/payments/{attempt_id}/refunds           → refund      (webhook-id: refund id)
//! GET  {base}/v1/payments/{attempt_id}/refunds/{refund}  → refund
//! POST {callback_url}   {"type": "payment" | "refund", "data": payment | refund}
//! ```

use std::sync::Arc;

use http::HeaderMap;
use kernel::{Clock, Locale, Money, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::BoxFuture;
use crate::gateway::{
    CallbackError, Gateway, GatewayError, GatewayEvent, NewPayment, NewRefund, Payment, Refund, Report,
};
use crate::http::{BaseUrl, Http};
use crate::protocol::{Keys, OperationId};
use crate::signed::Partner;

/// Body of `POST /v1/payments`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreatePayment {
    pub merchant_id: String,
    pub attempt_id: OperationId,
    pub amount: Money,
    pub description: Text,
    pub reference: String,
    pub locale: Locale,
    pub return_url: String,
    pub callback_url: String,
    pub expires_at: Timestamp,
}

/// Body of `POST /v1/payments/{attempt_id}/close`; it repeats the id because the signature does not cover the path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClosePayment {
    pub attempt_id: OperationId,
}

/// Body of `POST /v1/payments/{attempt_id}/refunds`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateRefund {
    pub refund_id: OperationId,
    pub attempt_id: OperationId,
    pub amount: Money,
    pub reason: String,
}

/// The client of the card gateway.
#[derive(Debug, Clone)]
pub struct CardGateway {
    name: String,
    merchant_id: String,
    partner: Partner,
}

impl CardGateway {
    /// `base` is the address before `/v1/payments`; `keys` are the merchant's.
    pub fn new(
        name: impl Into<String>,
        merchant_id: impl Into<String>,
        base: BaseUrl,
        keys: Keys,
        http: Http,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            name: name.into(),
            merchant_id: merchant_id.into(),
            partner: Partner { http, base, keys, clock },
        }
    }

    fn id(text: &str) -> Result<OperationId, GatewayError> {
        OperationId::parse(text).map_err(|error| GatewayError::Refused {
            code: "malformed".to_owned(),
            detail: error.to_string(),
            retriable: false,
        })
    }

    /// An answer about another payment or merchant is no answer.
    fn about(&self, attempt_id: &str, payment: Payment) -> Result<Payment, GatewayError> {
        if payment.attempt_id == attempt_id && payment.merchant_id == self.merchant_id {
            Ok(payment)
        } else {
            Err(GatewayError::Unknown { detail: "the answer is about another payment".to_owned() })
        }
    }

    fn about_refund(&self, refund_id: &str, refund: Refund) -> Result<Refund, GatewayError> {
        if refund.refund_id == refund_id && refund.merchant_id == self.merchant_id {
            Ok(refund)
        } else {
            Err(GatewayError::Unknown { detail: "the answer is about another refund".to_owned() })
        }
    }
}

impl Gateway for CardGateway {
    fn name(&self) -> &str {
        &self.name
    }

    fn create_attempt<'a>(&'a self, new: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(async move {
            let document = CreatePayment {
                merchant_id: self.merchant_id.clone(),
                attempt_id: Self::id(&new.attempt_id)?,
                amount: new.amount,
                description: new.description.clone(),
                reference: new.reference.clone(),
                locale: new.locale,
                return_url: new.return_url.clone(),
                callback_url: new.callback_url.clone(),
                expires_at: new.expires_at,
            };
            let payment = self.partner.post(&new.attempt_id, &["v1", "payments"], &document).await?;
            self.about(&new.attempt_id, payment)
        })
    }

    fn query<'a>(&'a self, attempt_id: &'a str) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(async move {
            Self::id(attempt_id)?;
            let payment = self.partner.get(attempt_id, &["v1", "payments", attempt_id]).await?;
            self.about(attempt_id, payment)
        })
    }

    fn close<'a>(&'a self, attempt_id: &'a str) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(async move {
            let document = ClosePayment { attempt_id: Self::id(attempt_id)? };
            let path = ["v1", "payments", attempt_id, "close"];
            let payment = self.partner.post(attempt_id, &path, &document).await?;
            self.about(attempt_id, payment)
        })
    }

    fn refund<'a>(&'a self, new: &'a NewRefund) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(async move {
            let document = CreateRefund {
                refund_id: Self::id(&new.refund_id)?,
                attempt_id: Self::id(&new.attempt_id)?,
                amount: new.amount,
                reason: new.reason.clone(),
            };
            let path = ["v1", "payments", &new.attempt_id, "refunds"];
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
            Self::id(attempt_id)?;
            Self::id(refund_id)?;
            let path = ["v1", "payments", attempt_id, "refunds", refund_id];
            let refund = self.partner.get(refund_id, &path).await?;
            self.about_refund(refund_id, refund)
        })
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
