//! What somebody wants to pay, and how that was answered.

use catalogue::service::CaptureAt;
use connectors::{Checkout, Screen};
use kernel::{AccountId, Locale, Money, Timestamp};

use super::model::{AttemptId, PaymentId};
use crate::order::OrderId;

/// The payment of an order that is being placed. The desk makes the id, so that it can answer with it.
#[derive(Debug, Clone)]
pub struct NewOrderPayment {
    pub id: PaymentId,
    pub customer: AccountId,
    pub order: OrderId,
    pub amount: Money,
    pub expires_at: Timestamp,
    pub capture: CaptureAt,
}

/// A wish to pay at a gateway.
#[derive(Debug, Clone)]
pub struct StartAttempt {
    pub payment: PaymentId,
    /// `card`
    pub gateway: String,
    /// Of the gateway's page.
    pub locale: Locale,
    /// Where the browser goes afterwards. Our own page; [`RETURN_PLACE`] in it becomes the attempt's id.
    pub return_url: String,
    /// Where the payer is going to pay.
    pub screen: Screen,
    /// The address the payer's request came from, which some gateways insist on.
    pub payer_address: Option<String>,
}

impl StartAttempt {
    /// At a computer, from an address nobody knows.
    pub fn new(payment: PaymentId, gateway: &str, locale: Locale, return_url: &str) -> Self {
        Self {
            payment,
            gateway: gateway.to_owned(),
            locale,
            return_url: return_url.to_owned(),
            screen: Screen::Computer,
            payer_address: None,
        }
    }
}

/// What stands in a return address for the attempt's id, which is not known before.
pub const RETURN_PLACE: &str = "{attempt}";

/// How a wish to pay was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// This is how the payer gets to pay.
    Checkout {
        attempt: AttemptId,
        checkout: Checkout,
    },
    AlreadyPaid,
    /// An earlier attempt has no known end: the customer must not pay again yet. "正在确认支付结果"
    Confirming,
}

/// How a wish to pay from the balance was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromBalance {
    Paid,
    /// It was paid before; nothing was taken now.
    AlreadyPaid,
    /// An attempt at a gateway has no known end: the customer must not pay again yet.
    Confirming,
}
