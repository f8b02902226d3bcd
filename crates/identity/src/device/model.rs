//! A device and a try to sign in.

use kernel::{AccountId, Duration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Token;
use crate::session::Client;
use crate::signin::Method;

/// How long a device spares its owner the second factor.
pub(crate) const REMEMBERED: Duration = Duration::from_days(30);
/// A device that nobody used for so long is forgotten.
pub(crate) const FORGOTTEN_AFTER: Duration = Duration::from_days(400);
/// How long tries to sign in are kept.
pub(crate) const EVENTS_KEPT: Duration = Duration::from_days(180);

kernel::typed_id!(
    /// A browser or program that one account has signed in with.
    DeviceId, "dev"
);

kernel::typed_id!(
    /// One try to sign in.
    LoginId, "lgn"
);

/// A device as its owner sees it.
#[derive(Debug, Clone)]
pub struct DeviceView {
    pub id: DeviceId,
    /// The browser or program, as it calls itself.
    pub device: String,
    /// Where it was used last.
    pub address: String,
    /// Until then it needs no second factor.
    pub remembered_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
}

/// How a try to sign in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Signed in.
    Open,
    /// The first factor was right, a second one is due.
    SecondFactor,
    /// The first factor was right, a second one has to be set up.
    Enrol,
    /// Wrong password or code.
    Wrong,
    /// The account is frozen or closed.
    Refused,
    /// Stopped because it looked wrong.
    Denied,
}

impl Outcome {
    pub const ALL: [Self; 6] =
        [Self::Open, Self::SecondFactor, Self::Enrol, Self::Wrong, Self::Refused, Self::Denied];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::SecondFactor => "second_factor",
            Self::Enrol => "enrol",
            Self::Wrong => "wrong",
            Self::Refused => "refused",
            Self::Denied => "denied",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// A try to sign in, as the owner of the account sees it.
#[derive(Debug, Clone)]
pub struct LoginView {
    pub id: LoginId,
    pub outcome: Outcome,
    pub method: Method,
    pub device: String,
    pub address: String,
    /// What made it unusual, as codes of the risk engine.
    pub reasons: Vec<String>,
    pub at: Timestamp,
}

/// A try to sign in, to be written.
pub(crate) struct Event<'a> {
    /// `None` when somebody typed an account that does not exist.
    pub account: Option<AccountId>,
    pub outcome: Outcome,
    pub method: Method,
    pub client: &'a Client,
    pub device: Option<DeviceId>,
    pub score: i64,
    pub reasons: &'a [String],
}

/// A row of the device table.
pub(crate) struct KnownDevice {
    pub id: DeviceId,
    pub client_sealed: Vec<u8>,
    pub remembered_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
}

/// A row of the event table.
pub(crate) struct StoredLogin {
    pub id: LoginId,
    pub outcome: Outcome,
    pub method: Method,
    pub client_sealed: Vec<u8>,
    pub reasons: String,
    pub at: Timestamp,
}

/// How new a device is to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// The account's very first device.
    First,
    /// Not seen before, while others were.
    New,
    Known,
}

/// A device that was just used.
pub(crate) struct Noted {
    pub id: DeviceId,
    pub novelty: Novelty,
    /// What the browser is known by from now on; `None` when nothing changes.
    pub token: Option<Token>,
}
