//! A key and what it says of its request.

use kernel::AccountId;

use crate::Error;

/// A key as it was sent, with what its request means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub actor: AccountId,
    /// Method and path template: keys of different routes do not meet.
    pub route: &'static str,
    pub key: String,
    pub fingerprint: [u8; 32],
}

impl Key {
    /// The kept result, when the request is the same; a conflict when it is another.
    pub(crate) fn matches(&self, fingerprint: &[u8], result: String) -> Result<String, Error> {
        if fingerprint == self.fingerprint { Ok(result) } else { Err(Error::IdempotencyConflict) }
    }
}
