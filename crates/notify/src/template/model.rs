//! The texts that can be sent, before they are words of one language.

use std::collections::BTreeMap;

use kernel::Text;
use serde::{Deserialize, Serialize};

/// What a one-time code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    VerifyPhone,
    VerifyEmail,
    SignIn,
    /// Showing that it is really the owner who does something sensitive.
    Proof,
    Unfreeze,
    /// Setting a new password.
    Reset,
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderUpdate {
    /// Placed and waiting for payment.
    Placed,
    Paid,
    /// Somebody or something works on it.
    Started,
    /// The customer has to do something.
    NeedsYou,
    Completed,
    Cancelled,
    Refunded,
    /// Not done; nothing is owed for it.
    Failed,
}

/// One text to send. Has no `Debug`: it holds codes and names.
pub enum Template {
    Code {
        purpose: CodePurpose,
        code: String,
        valid_minutes: i64,
    },
    /// `number` is the order number as the customer reads it.
    Order {
        update: OrderUpdate,
        service: Text,
        number: String,
    },
    /// A text an operator wrote. `name` says which, for the log.
    Custom {
        name: String,
        title: Text,
        body: Text,
        values: BTreeMap<String, String>,
    },
}

impl Template {
    /// What the message table keeps in clear.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Code { purpose: CodePurpose::VerifyPhone, .. } => "code.verify_phone".to_owned(),
            Self::Code { purpose: CodePurpose::VerifyEmail, .. } => "code.verify_email".to_owned(),
            Self::Code { purpose: CodePurpose::SignIn, .. } => "code.sign_in".to_owned(),
            Self::Code { purpose: CodePurpose::Proof, .. } => "code.proof".to_owned(),
            Self::Code { purpose: CodePurpose::Unfreeze, .. } => "code.unfreeze".to_owned(),
            Self::Code { purpose: CodePurpose::Reset, .. } => "code.reset".to_owned(),
            Self::Order { update, .. } => format!("order.{}", update.name()),
            Self::Custom { name, .. } => format!("custom.{name}"),
        }
    }
}

impl OrderUpdate {
    pub const ALL: [Self; 8] = [
        Self::Placed,
        Self::Paid,
        Self::Started,
        Self::NeedsYou,
        Self::Completed,
        Self::Cancelled,
        Self::Refunded,
        Self::Failed,
    ];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Paid => "paid",
            Self::Started => "started",
            Self::NeedsYou => "needs_you",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::Failed => "failed",
        }
    }
}

/// What a person reads.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub title: String,
    pub body: String,
    /// Path of the page that shows more: `/orders/ord_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl std::fmt::Debug for Content {
    /// Never the words themselves.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content(sealed)")
    }
}

/// Why an operator's text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadTemplate {
    /// A `{` without `}`, or a `}` without `{`.
    Unbalanced,
    /// A placeholder that is no lower-case name.
    BadName(String),
    /// Nothing was given for this placeholder.
    Unfilled(String),
}

impl std::fmt::Display for BadTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unbalanced => f.write_str("a brace has no partner; write {{ or }} for a brace itself"),
            Self::BadName(name) => write!(f, "{{{name}}} is not a placeholder: use a-z, 0-9 and _"),
            Self::Unfilled(name) => write!(f, "nothing is known for {{{name}}}"),
        }
    }
}

impl std::error::Error for BadTemplate {}
