//! Nouns of documents.

use kernel::{AccountId, Locale, Money, Timestamp};
use paper::Sheet;

kernel::typed_id!(
    /// A document that was issued.
    PaperId, "ppr"
);

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// All movements of a balance in a period.
    Statement,
    /// Who paid what for which order, and what went back.
    PaymentProof,
    Invoice,
    /// Takes an invoice back (红字发票).
    RedInvoice,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Statement, Self::PaymentProof, Self::Invoice, Self::RedInvoice];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::PaymentProof => "payment_proof",
            Self::Invoice => "invoice",
            Self::RedInvoice => "red_invoice",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub const fn words(self, locale: Locale) -> &'static str {
        match self {
            Self::Statement => locale.pick("对账单", "Statement"),
            Self::PaymentProof => locale.pick("付款证明", "Proof of payment"),
            Self::Invoice => locale.pick("发票", "Invoice"),
            Self::RedInvoice => locale.pick("红字发票", "Red-letter invoice"),
        }
    }
}

/// A document that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub id: PaperId,
    pub kind: Kind,
    /// With a check digit, as order numbers have: `01HV-6K2M-9Q7R-TC`.
    pub number: String,
    pub customer: AccountId,
    /// What it is about: the closing balance, what was paid, what is invoiced. Below zero on a red-letter invoice.
    pub amount: Money,
    pub sheet: Sheet,
    /// Proves number and sheet: `7Q2M-9K4T-XB`.
    pub code: String,
    /// The invoice that this one takes back.
    pub takes_back: Option<PaperId>,
    pub issued_at: Timestamp,
}

/// A document to be issued. Its sheet has no number and no seal yet.
#[derive(Debug, Clone)]
pub(crate) struct New {
    pub kind: Kind,
    /// Once and for all: `2026-10|zh-CN`.
    pub subject: String,
    pub customer: AccountId,
    pub amount: Money,
    pub sheet: Sheet,
    pub takes_back: Option<PaperId>,
}

/// What a number and a code prove.
#[derive(Debug, Clone, PartialEq)]
pub enum Verified {
    Receipt(Box<fulfilment::Document>),
    Paper {
        document: Box<Document>,
        /// The number of the document that took it back.
        taken_back_by: Option<String>,
    },
}
