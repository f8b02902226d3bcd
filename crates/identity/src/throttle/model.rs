//! What is counted, and by which policy.

use kernel::{Duration, Timestamp};

/// What a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Wrong passwords from one network address, for whatever account.
    Address,
    /// Wrong passwords from one address for one account.
    AddressUser,
    /// Wrong passwords for one account from anywhere.
    User,
    /// New accounts from one address.
    Register,
    /// Codes sent to one account or address.
    Code,
    /// Codes asked for from one address.
    AskCode,
    /// Second factors and fresh proofs of one account.
    Factor,
    /// Alarms told to the owner of one account.
    Alarm,
    /// Ways begun from one address to parties that say who somebody is.
    Away,
    /// Other customers looked for by name and address, from one account.
    Payee,
}

/// After `free` tries each further one has to wait, twice as long each time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub free: i64,
    pub first_wait: Duration,
    /// Longer than the longest wait, so that sitting out a wait does not forget the count.
    pub forget_after: Duration,
}

/// The longest wait there is.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_hours(1);

impl Scope {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::AddressUser => "address_user",
            Self::User => "user",
            Self::Register => "register",
            Self::Code => "code",
            Self::AskCode => "ask_code",
            Self::Factor => "factor",
            Self::Alarm => "alarm",
            Self::Away => "away",
            Self::Payee => "payee",
        }
    }

    /// One address may be a whole office, so it has more tries than one person from it. NIST SP 800-63B allows at most 100
    /// failures in a row on one account, wherever they come from.
    pub(crate) const fn policy(self) -> Policy {
        let (free, first_wait, forget_after) = match self {
            Self::Address => (30, Duration::from_secs(30), Duration::from_hours(2)),
            Self::AddressUser | Self::Factor => (5, Duration::from_secs(30), Duration::from_hours(24)),
            Self::User => (100, Duration::from_mins(1), Duration::from_hours(24)),
            Self::Register | Self::AskCode => (30, Duration::from_mins(1), Duration::from_hours(2)),
            Self::Code => (1, Duration::from_mins(1), Duration::from_hours(24)),
            Self::Alarm | Self::Payee => (5, Duration::from_mins(10), Duration::from_hours(24)),
            Self::Away => (60, Duration::from_secs(30), Duration::from_hours(2)),
        };
        Policy { free, first_wait, forget_after }
    }
}

/// One thing that is counted: the scope and the keyed hash of who or where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub scope: Scope,
    pub hash: Vec<u8>,
}

/// What the database remembers for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub tries: i64,
    /// No try before this time.
    pub open_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A try that was let through and is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claimed {
    /// Tries that are left without a wait, over all keys of the claim.
    pub left: i64,
    /// How long the next try would have to wait.
    pub wait: Duration,
}
