//! Incidents and blocks.

use kernel::Timestamp;

use crate::address::Network;

kernel::typed_id!(
    /// Something tried from one network.
    IncidentId, "inc"
);

kernel::typed_id!(
    /// A network kept out for a while.
    BlockId, "blk"
);

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Paths that are not there.
    PathScan,
    /// Passwords of many accounts.
    Stuffing,
    /// Patterns of attacks in addresses.
    Injection,
    /// Requests no browser sends.
    Malformed,
    /// Callbacks with a wrong signature.
    ForgedCallback,
    /// Forms that were not sent from our pages.
    Forgery,
    /// Ids of others.
    ForeignIds,
}

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::PathScan,
        Self::Stuffing,
        Self::Injection,
        Self::Malformed,
        Self::ForgedCallback,
        Self::Forgery,
        Self::ForeignIds,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::PathScan => "path_scan",
            Self::Stuffing => "stuffing",
            Self::Injection => "injection",
            Self::Malformed => "malformed",
            Self::ForgedCallback => "forged_callback",
            Self::Forgery => "forgery",
            Self::ForeignIds => "foreign_ids",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    /// Somebody looks into it.
    Acknowledged,
    Closed,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Open, Self::Acknowledged, Self::Closed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Something tried from one network.
#[derive(Debug, Clone)]
pub struct Incident {
    pub id: IncidentId,
    pub kind: Kind,
    pub state: State,
    pub network: Network,
    pub hits: i64,
    /// Different ones among them.
    pub subjects: i64,
    /// Masked.
    pub evidence: Vec<String>,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// What the last person who handled it said.
    pub note: Option<String>,
    /// As [`kernel::Actor::label`] says.
    pub handled_by: Option<String>,
    pub handled_at: Option<Timestamp>,
}

/// A network kept out for a while.
#[derive(Debug, Clone)]
pub struct Block {
    pub id: BlockId,
    pub incident: IncidentId,
    pub network: Network,
    /// How many there were before.
    pub level: i64,
    pub blocked_at: Timestamp,
    pub until_at: Timestamp,
    pub lifted_at: Option<Timestamp>,
    pub lifted_by: Option<String>,
    pub lift_reason: Option<String>,
}

impl Block {
    pub fn holds(&self, now: Timestamp) -> bool {
        self.lifted_at.is_none() && now < self.until_at
    }
}

/// An incident with its blocks, newest first.
#[derive(Debug, Clone)]
pub struct Detail {
    pub incident: Incident,
    pub blocks: Vec<Block>,
}
