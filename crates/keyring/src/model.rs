//! Nouns: a wrapped data key and where it stands.

use kernel::Timestamp;

/// What a data key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Seals and opens values.
    Seal,
    /// Keys the indexes by which sealed values are found.
    Index,
    /// Keys what must not be forged and what is kept nowhere, and so cannot be made again: codes, tokens, receipts.
    Proof,
}

impl Purpose {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Index => "index",
            Self::Proof => "proof",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Seal, Self::Index, Self::Proof].into_iter().find(|purpose| purpose.name() == name)
    }
}

/// Where a data key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Published; nodes take it on their rings. Nothing is sealed with it yet.
    Known,
    /// Seals.
    Current,
    /// Opens; values under it are being sealed again.
    Old,
    /// No value is left under it. It still opens, for what might turn up.
    Retired,
    /// Its bytes are gone.
    Destroyed,
}

impl KeyState {
    pub const ALL: [Self; 5] = [Self::Known, Self::Current, Self::Old, Self::Retired, Self::Destroyed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Current => "current",
            Self::Old => "old",
            Self::Retired => "retired",
            Self::Destroyed => "destroyed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A data key as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct DataKey {
    pub purpose: Purpose,
    pub number: u32,
    pub wrapped: Vec<u8>,
    pub wrapped_by: String,
    pub state: KeyState,
    pub created_at: Timestamp,
    pub current_at: Option<Timestamp>,
    pub retired_at: Option<Timestamp>,
    pub destroyed_at: Option<Timestamp>,
}

impl DataKey {
    /// What the wrapped bytes are bound to: a wrapped key cannot take another's place.
    pub fn context(&self) -> String {
        context(self.purpose, self.number)
    }
}

pub(crate) fn context(purpose: Purpose, number: u32) -> String {
    format!("everlit.data_key.{}.{number}", purpose.name())
}
