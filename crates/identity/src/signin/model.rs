//! What somebody brings, and what it opens.

use kernel::{AccountId, Timestamp};
use risk::LoginPoint;
use serde::{Deserialize, Serialize};

use crate::session::{NewSession, SessionKind};

/// How somebody shows who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Password,
    /// A one-time code to a phone or e-mail address.
    Code,
    Passkey,
    /// Another site says so (OIDC).
    Federated,
    /// A time-based one-time password from an app.
    Totp,
    RecoveryCode,
}

impl Method {
    pub const ALL: [Self; 6] =
        [Self::Password, Self::Code, Self::Passkey, Self::Federated, Self::Totp, Self::RecoveryCode];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Passkey => "passkey",
            Self::Federated => "federated",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// `password,totp`: how a session keeps them.
    pub(crate) fn to_text(methods: &[Self]) -> String {
        methods.iter().map(|method| method.name()).collect::<Vec<_>>().join(",")
    }

    /// The reverse; what nobody knows any more is left out.
    pub(crate) fn list(text: &str) -> Vec<Self> {
        text.split(',').filter_map(Self::from_name).collect()
    }
}

/// Who somebody is, proved by one of the ways in.
#[derive(Debug, Clone, Copy)]
pub struct Proven {
    pub account: AccountId,
    pub method: Method,
    /// A passkey that checked its user (finger, face, PIN) is two factors.
    pub user_verified: bool,
}

/// On what somebody arrives.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub kind: SessionKind,
    /// The browser or program, as it calls itself.
    pub device: String,
    /// What the browser is known by: the value of its device cookie.
    pub device_token: Option<String>,
    /// The session token that came along, if any: that session ends, so none is carried over.
    pub previous: Option<String>,
    /// The decision point that judges it.
    pub judge: LoginPoint,
}

/// How far somebody got.
#[derive(Debug, Clone)]
pub enum Step {
    Open(NewSession),
    /// One more factor is due; until then the session opens only the page that asks for it.
    SecondFactor(NewSession),
    /// A role demands a second factor and there is none: the session opens only the pages that set one up.
    Enrol(NewSession),
}

impl Step {
    pub const fn session(&self) -> &NewSession {
        match self {
            Self::Open(session) | Self::SecondFactor(session) | Self::Enrol(session) => session,
        }
    }

    pub fn into_session(self) -> NewSession {
        match self {
            Self::Open(session) | Self::SecondFactor(session) | Self::Enrol(session) => session,
        }
    }

    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }
}

/// Whether a device spares its owner the second factor from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remember {
    ThisDevice,
    No,
}

/// What somebody gives to sign in with a password.
pub struct LogIn {
    /// Phone number or e-mail address, as typed.
    pub contact: String,
    pub password: String,
    pub arrival: Arrival,
}

/// One way to show something, for a page that offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    Totp,
    Passkey,
    RecoveryCode,
    Password,
    /// A code to this address, masked.
    Code {
        masked_to: String,
    },
}

/// What can be shown, the best first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ways(pub Vec<Way>);

impl Ways {
    pub fn has(&self, way: &Way) -> bool {
        self.0.contains(way)
    }

    pub fn code(&self) -> Option<&str> {
        self.0.iter().find_map(|way| match way {
            Way::Code { masked_to } => Some(masked_to.as_str()),
            _ => None,
        })
    }
}

/// What somebody gives to sign in with a code.
pub struct LogInByCode {
    /// Phone number or e-mail address, as typed.
    pub contact: String,
    pub code: String,
    pub arrival: Arrival,
}

/// What the page after asking shows: the same for any address.
#[derive(Debug, Clone)]
pub struct AskCode {
    /// The address, masked.
    pub masked_to: String,
    pub expires_at: Timestamp,
    /// No new code before this time.
    pub resend_at: Timestamp,
}
