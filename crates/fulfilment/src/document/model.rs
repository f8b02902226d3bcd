//! Nouns of documents.

use kernel::{AccountId, Locale, Money, Text, Timestamp};
use ordering::order::{LineId, OrderId};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// A document that was issued.
    DocumentId, "doc"
);

/// A document that was issued.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub id: DocumentId,
    /// `receipt`.
    pub kind: String,
    /// With a check digit, as order numbers have: `01HV-6K2M-9Q7R-TC`.
    pub number: String,
    pub order: OrderId,
    pub line: LineId,
    pub customer: AccountId,
    pub facts: Facts,
    /// Proves number and facts: `7Q2M-9K4T-XB`.
    pub code: String,
    pub issued_at: Timestamp,
}

/// What the document says, as it was when it was issued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub order_number: String,
    pub service: Text,
    /// What was ordered, in one phrase.
    pub item: Text,
    pub offering: Text,
    pub quantity: i64,
    pub unit: Money,
    pub total: Money,
    /// The total in capital Chinese numerals.
    pub total_capital: String,
    /// `balance`, `card`.
    pub payment: String,
    pub seller: String,
    /// What the seller was called; documents from before there was a name have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_name: Option<Text>,
    pub placed_at: Timestamp,
    pub issued_at: Timestamp,
    /// What was asked and answered, personal data left out or masked.
    pub rows: Vec<Row>,
}

impl Facts {
    /// Who was paid, for people.
    pub fn payee(&self, locale: Locale) -> &str {
        self.seller_name.as_ref().map_or(self.seller.as_str(), |name| name.get(locale))
    }
}

/// One line of what was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub label: Text,
    pub value: Text,
}
