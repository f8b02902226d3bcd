//! What a gateway is asked for, and how the payer gets to pay.

use kernel::{Locale, Money, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// What is needed to open a payment.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPayment {
    /// Ours: 1 to 64 of `A–Z a–z 0–9 _ -`; never used for another attempt.
    pub attempt_id: String,
    pub amount: Money,
    /// What the payer reads: the order number and what it is for.
    pub description: Text,
    /// The order number.
    pub reference: String,
    pub locale: Locale,
    /// Where the browser goes afterwards. Coming back proves nothing.
    pub return_url: String,
    pub callback_url: String,
    /// Until when it is to be paid. A gateway whose shortest time is longer takes money a while after it, until it is closed.
    pub expires_at: Timestamp,
    pub screen: Screen,
    /// The address the payer's request came from, which some gateways insist on.
    pub payer_address: Option<String>,
    pub capture: Capture,
}

/// A payment that was opened, as it is asked about later. It carries what was agreed then: a gateway that nobody has paid at repeats
/// little of it, and one learns of the payment only from the payer. Nothing of it is remembered here, so every node and every restart
/// asks alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Begun {
    pub attempt_id: String,
    pub amount: Money,
    /// After this the gateway takes no money for it.
    pub expires_at: Timestamp,
    /// How the payer gets to pay; `None` while nobody was told.
    pub checkout: Option<Checkout>,
}

impl Begun {
    /// What was asked for, with the way to pay that came of it.
    pub fn of(new: &NewPayment, checkout: Option<Checkout>) -> Self {
        let NewPayment { attempt_id, amount, expires_at, .. } = new;
        Self { attempt_id: attempt_id.clone(), amount: *amount, expires_at: *expires_at, checkout }
    }
}

/// Where the payer is going to pay, which decides what the gateway is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Screen {
    /// A computer: a page of the gateway, or a code to scan with a phone.
    #[default]
    Computer,
    /// The browser of a phone: the gateway's app is opened.
    Phone,
    /// Inside the gateway's own app, where it is known who pays (WeChat: JSAPI).
    Inside {
        /// The gateway's number for the payer (WeChat: openid).
        payer: String,
    },
}

/// When the money is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    #[default]
    Now,
    /// Authorised now, taken by [`Gateway::capture`] when the work is done.
    Later,
}

/// How the payer gets to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Checkout {
    /// The browser is sent to a page of the gateway.
    Page { url: String },
    /// The text of a code that the payer scans with the gateway's app.
    Code { text: String },
    /// Arguments for the gateway's script inside its app, as one JSON object.
    Script { arguments: serde_json::Value },
    /// Money is sent from the payer's own bank.
    BankTransfer {
        bank: Text,
        /// Whose account it is.
        holder: String,
        account: String,
        /// What the payer writes as purpose, where the account is not the payment's own.
        reference: String,
    },
}

impl Checkout {
    /// Where a browser goes, when that is all there is to it.
    pub fn page(&self) -> Option<&str> {
        match self {
            Self::Page { url } => Some(url),
            Self::Code { .. } | Self::Script { .. } | Self::BankTransfer { .. } => None,
        }
    }
}

/// What is needed to give money back.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRefund {
    /// Ours, as [`NewPayment::attempt_id`].
    pub refund_id: String,
    pub attempt_id: String,
    pub amount: Money,
    pub reason: String,
}
