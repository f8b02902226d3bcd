//! Another account of the same person.

use kernel::{AccountId, Duration, Timestamp};

use crate::session::SessionId;
use crate::signin::Method;

/// How long the proof of the other account counts.
pub(crate) const VALID: Duration = Duration::from_mins(10);

/// Why an account cannot vanish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// It has ordered something, done or not.
    Orders,
    /// There is money on it, or set aside, or it owes some.
    Money,
    /// It belongs to an organisation.
    Organisation,
}

/// The other account, proved and not merged yet.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its addresses, masked.
    pub masked: Vec<String>,
    /// A second factor of the other account still has to be shown.
    pub needs_second: bool,
    /// Why it cannot be merged; empty when it can.
    pub obstacles: Vec<Obstacle>,
    pub expires_at: Timestamp,
}

/// What moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Merged {
    pub links: u64,
    pub passkeys: u64,
    pub contacts: u64,
}

/// A row of the table.
pub(crate) struct Pending {
    pub account: AccountId,
    pub session: SessionId,
    pub other: AccountId,
    pub method: Method,
    pub proved_at: Timestamp,
    pub expires_at: Timestamp,
}
