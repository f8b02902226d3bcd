//! Nouns of titles.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// A title.
    TitleId, "ttl"
);

/// Whose invoice it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TitleKind {
    Person,
    /// With a unified social credit code.
    Company,
}

impl TitleKind {
    pub const ALL: [Self; 2] = [Self::Person, Self::Company];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What stands on the invoice about the buyer; sealed where it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleFacts {
    pub name: String,
    /// A company's unified social credit code, in upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
}

/// A title of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    pub id: TitleId,
    pub kind: TitleKind,
    pub facts: TitleFacts,
    pub created_at: Timestamp,
}

/// A title as somebody types it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTitle {
    pub kind: TitleKind,
    pub name: String,
    /// Needed for companies, left out for people.
    pub tax_number: String,
}
