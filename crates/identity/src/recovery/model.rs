//! The way back of somebody who lost every second factor.

use kernel::{AccountId, Duration, Timestamp};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// One request to take the second factors away.
    RecoveryId, "rcv"
);

/// How long everybody has to wait, so that the owner can stop what is not theirs.
pub(crate) const WAITING_TIME: Duration = Duration::from_hours(24);
/// After this the request ends by itself.
pub(crate) const LASTS: Duration = Duration::from_days(7);

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryState {
    /// Staff have to decide.
    Waiting,
    /// Two have agreed; once the waiting time is over it can be used.
    Approved,
    Refused,
    /// The owner stopped it.
    Stopped,
    /// The factors are gone.
    Done,
}

impl RecoveryState {
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Approved, Self::Refused, Self::Stopped, Self::Done];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A request as its owner and staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryView {
    pub id: RecoveryId,
    pub account: AccountId,
    pub state: RecoveryState,
    /// As the person wrote it.
    pub reason: String,
    /// Who agreed first; a second person is needed.
    pub first_by: Option<AccountId>,
    pub second_by: Option<AccountId>,
    /// Not used before.
    pub opens_at: Timestamp,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
}

/// What somebody gives to set a new password. Errors point to `/contact`, `/code` and `/password`.
pub struct ResetPassword {
    /// Phone number or e-mail address, as typed.
    pub contact: String,
    pub code: String,
    pub password: String,
}

/// A row of the recovery table.
pub(crate) struct StoredRecovery {
    pub id: RecoveryId,
    pub account: AccountId,
    pub state: RecoveryState,
    pub reason_sealed: Vec<u8>,
    pub first_by: Option<AccountId>,
    pub second_by: Option<AccountId>,
    pub opens_at: Timestamp,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
}
