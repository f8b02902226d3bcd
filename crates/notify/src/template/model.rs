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

impl CodePurpose {
    pub const ALL: [Self; 6] =
        [Self::VerifyPhone, Self::VerifyEmail, Self::SignIn, Self::Proof, Self::Unfreeze, Self::Reset];

    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyPhone => "verify_phone",
            Self::VerifyEmail => "verify_email",
            Self::SignIn => "sign_in",
            Self::Proof => "proof",
            Self::Unfreeze => "unfreeze",
            Self::Reset => "reset",
        }
    }

    /// Whether such a code is ever sent to a phone.
    pub const fn goes_to_phones(self) -> bool {
        !matches!(self, Self::VerifyEmail)
    }
}

/// What a text can fill a carrier's template with, besides its `title`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fillings {
    These(&'static [&'static str]),
    /// Whoever wrote the text chose the names.
    OfItsAuthor,
}

/// What the text of this name can fill a template with; `None` when no text has this name.
pub fn fillings(template: &str) -> Option<Fillings> {
    match template.split_once('.')? {
        ("code", purpose) => CodePurpose::ALL
            .iter()
            .any(|known| known.name() == purpose)
            .then_some(Fillings::These(&["code", "minutes"])),
        ("order", update) => OrderUpdate::ALL
            .iter()
            .any(|known| known.name() == update)
            .then_some(Fillings::These(&["service", "number"])),
        ("custom", name) if !name.is_empty() => Some(Fillings::OfItsAuthor),
        _ => None,
    }
}

impl Template {
    /// What the message table keeps in clear.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Code { purpose, .. } => format!("code.{}", purpose.name()),
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
    /// What stands in the words, by name, for carriers that have words of their own; empty where the words themselves travel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
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
