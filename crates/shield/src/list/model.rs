//! Entries of the lists.

use kernel::{Duration, Timestamp};

use crate::address::Network;

kernel::typed_id!(
    /// A network on a list.
    EntryId, "net"
);

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Never blocked automatically. It may not do more than others.
    Allow,
    /// Kept out.
    Deny,
}

impl EntryKind {
    pub const ALL: [Self; 2] = [Self::Deny, Self::Allow];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How long an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    Day,
    Week,
    Month,
    UntilRemoved,
}

impl Lifetime {
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::UntilRemoved];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::UntilRemoved => "until_removed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lifetime| lifetime.name() == name)
    }

    pub(crate) const fn length(self) -> Option<Duration> {
        match self {
            Self::Day => Some(Duration::from_days(1)),
            Self::Week => Some(Duration::from_days(7)),
            Self::Month => Some(Duration::from_days(30)),
            Self::UntilRemoved => None,
        }
    }
}

/// An entry that somebody wants, as typed.
#[derive(Debug, Clone)]
pub struct NewEntry {
    pub kind: EntryKind,
    pub network: String,
    pub lifetime: Lifetime,
    pub reason: String,
}

/// An entry that holds.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: EntryId,
    pub kind: EntryKind,
    pub network: Network,
    pub reason: String,
    /// As [`kernel::Actor::label`] says.
    pub author: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}
