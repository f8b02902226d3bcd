//! Nouns of invoices.

use kernel::{AccountId, Locale, Money, Timestamp};
use ordering::order::OrderId;

use crate::document::PaperId;
use crate::title::{TitleFacts, TitleKind};

kernel::typed_id!(
    /// A wish for an invoice, and the invoice.
    InvoiceId, "ivc"
);

/// How an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceState {
    Requested,
    Issued,
    Refused,
    /// Taken back by a red-letter invoice.
    Reversed,
}

impl InvoiceState {
    pub const ALL: [Self; 4] = [Self::Requested, Self::Issued, Self::Refused, Self::Reversed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Issued => "issued",
            Self::Refused => "refused",
            Self::Reversed => "reversed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The refusal of a step that this state does not allow.
    pub(crate) const fn refusal(self) -> crate::Error {
        crate::Error::IllegalTransition { zh: self.words(Locale::Zh), en: self.words(Locale::En) }
    }

    pub const fn words(self, locale: Locale) -> &'static str {
        match self {
            Self::Requested => locale.pick("待开具", "Requested"),
            Self::Issued => locale.pick("已开具", "Issued"),
            Self::Refused => locale.pick("已退回", "Refused"),
            Self::Reversed => locale.pick("已红冲", "Reversed"),
        }
    }
}

/// A wish for an invoice, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub id: InvoiceId,
    pub customer: AccountId,
    pub order: OrderId,
    /// What was paid and kept when it was asked for.
    pub amount: Money,
    pub title_kind: TitleKind,
    pub title: TitleFacts,
    pub state: InvoiceState,
    pub version: i64,
    pub paper: Option<PaperId>,
    pub red_paper: Option<PaperId>,
    /// Why it was refused or reversed.
    pub reason: Option<String>,
    pub asked_at: Timestamp,
    pub decided_at: Option<Timestamp>,
}

/// What staff decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Issue,
    Refuse,
    Reverse,
}
