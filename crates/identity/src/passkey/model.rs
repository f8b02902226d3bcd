//! Passkeys, and the questions that are put to them.

use kernel::{AccountId, Duration, Timestamp};
use serde_json::Value;

use crate::account::AccountState;

kernel::typed_id!(
    /// A passkey of an account.
    PasskeyId, "pky"
);

kernel::typed_id!(
    /// A question put to an authenticator.
    CeremonyId, "pkc"
);

/// How long a challenge can be answered.
pub(crate) const VALID: Duration = Duration::from_mins(5);
/// Enough for every device somebody has.
pub(crate) const MOST_PASSKEYS: i64 = 10;
/// Open pages of one browser that may wait for an answer at once; the oldest goes.
pub(crate) const MOST_CEREMONIES: i64 = 8;

/// What a ceremony is for. The answer to one is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Making a passkey for an account.
    Add,
    /// Signing in without saying first who one is.
    SignIn,
    /// A fresh proof in a session (W8).
    StepUp,
    /// The factor after a password or code.
    SecondFactor,
}

impl Purpose {
    pub const ALL: [Self; 4] = [Self::Add, Self::SignIn, Self::StepUp, Self::SecondFactor];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
            Self::SecondFactor => "second_factor",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// The first half of a ceremony.
#[derive(Debug, Clone)]
pub struct Begun {
    pub ceremony: CeremonyId,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    pub options: Value,
}

/// The second half, as the browser sent it; nothing in it is to be believed.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    pub ceremony: &'a str,
    /// The JSON of a `PublicKeyCredential`.
    pub credential: &'a str,
}

/// What adding a passkey brought. Has no `Debug`: the codes are secrets.
pub struct Added {
    pub passkey: PasskeyId,
    /// Shown once; `None` when the account has recovery codes already.
    pub recovery_codes: Option<Vec<String>>,
}

/// A passkey as its owner sees it. Has no `Debug`: the name is a person's own words.
#[derive(Clone)]
pub struct PasskeyView {
    pub id: PasskeyId,
    pub name: String,
    /// The credential id in base64url, for telling the browser which passkeys still work.
    pub credential_id: String,
    /// Kept by a password manager on more than one device.
    pub is_synced: bool,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    /// When it was last seen to count backwards, as a copy would.
    pub alarmed_at: Option<Timestamp>,
}

/// All passkeys of an account.
#[derive(Clone, Default)]
pub struct Passkeys {
    /// The user handle in base64url; `None` before the first passkey.
    pub user_id: Option<String>,
    pub keys: Vec<PasskeyView>,
}

/// A row of the passkey table.
#[derive(Clone)]
pub(crate) struct Stored {
    pub id: PasskeyId,
    pub account: AccountId,
    pub credential_index: Vec<u8>,
    pub credential_sealed: Vec<u8>,
    pub name_sealed: Vec<u8>,
    pub sign_count: u32,
    pub backup_eligible: bool,
    pub backup_state: bool,
    /// `internal,hybrid`
    pub transports: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub alarmed_at: Option<Timestamp>,
}

/// A passkey with its owner, as an assertion is checked against it.
pub(crate) struct Owned {
    pub key: Stored,
    pub state: AccountState,
    pub handle_sealed: Vec<u8>,
}

/// A row of the ceremony table.
pub(crate) struct Ceremony {
    pub id: CeremonyId,
    pub browser_index: Vec<u8>,
    pub purpose: Purpose,
    pub account: Option<AccountId>,
    pub state_sealed: Vec<u8>,
    pub expires_at: Timestamp,
}
