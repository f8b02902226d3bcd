//! What payment tells other rooms and pages.

use kernel::{AccountId, Money};
use serde::{Deserialize, Serialize};

use super::model::{Attempt, AttemptId, PaymentId, Refund, RefundId, RefundSource};
use crate::order::OrderId;

/// Topics of the outbox.
pub mod topic {
    /// A payment was paid. Payload: [`super::PaymentFact`].
    pub const PAID: &str = "payment.paid";
    /// A gateway keeps the money of an order, which goes on. Payload: [`super::PaymentFact`].
    pub const AUTHORISED: &str = "payment.authorised";
    /// One attempt was paid while others of its payment have no end: they are to be closed. Payload: [`super::PaymentFact`].
    pub const OTHERS_OPEN: &str = "payment.others_open";
    /// Money came that was not wanted any more; its refund is open. The customer is to be told (P8). Payload: [`super::PaymentFact`].
    pub const SURPLUS: &str = "payment.surplus";
    /// A gateway reports something that cannot be (P3). Payload: [`super::ReviewFact`].
    pub const ALARM: &str = "payment.alarm";
    /// A person has to look. Payload: [`super::ReviewFact`].
    pub const REVIEW: &str = "payment.review";
    /// A refund reached the payer. Payload: [`super::RefundFact`].
    pub const REFUNDED: &str = "payment.refunded";
}

/// The wake-up channel for pages that wait for a payment; the payload is `customer raw id|payment raw id`.
pub const LIVE: &str = "payment";

/// Payload of [`topic::PAID`] and [`topic::SURPLUS`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaymentFact {
    pub payment: PaymentId,
    pub attempt: AttemptId,
    pub customer: AccountId,
    pub order: Option<OrderId>,
    pub amount: Money,
    /// Why money is not wanted: `paid_twice`, `expired`, `order_ended`, `stock_gone`. Empty when it is.
    pub reason: String,
}

/// Payload of [`topic::ALARM`] and [`topic::REVIEW`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewFact {
    pub gateway: String,
    pub payment: Option<PaymentId>,
    pub attempt: Option<AttemptId>,
    pub refund: Option<RefundId>,
    pub order: Option<OrderId>,
    pub customer: Option<AccountId>,
    /// A code: `amount_mismatch`, `wrong_merchant`, `no_answer`, `refund_failed`, `refund_mismatch`, `refund_exceeds`, `refund_twice`, `refund_waits`,
    /// `dispute_opened`, `dispute_lost`, `dispute_uncovered`, `dispute_mismatch`, `dispute_contradicts`, `dispute_and_refund`.
    pub reason: String,
}

impl ReviewFact {
    /// A person has to look at a refund.
    pub(crate) fn of_refund(refund: &Refund, attempt: &Attempt, reason: &str) -> Self {
        Self {
            gateway: attempt.gateway.clone(),
            payment: Some(refund.payment),
            attempt: Some(attempt.id),
            refund: Some(refund.id),
            order: refund.order,
            customer: Some(refund.customer),
            reason: reason.to_owned(),
        }
    }
}

/// Payload of [`topic::REFUNDED`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefundFact {
    pub refund: RefundId,
    pub payment: PaymentId,
    pub customer: AccountId,
    pub order: Option<OrderId>,
    pub amount: Money,
    pub source: RefundSource,
}
