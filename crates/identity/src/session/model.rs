//! A session and what opens it.

use kernel::{AccountId, Actor, ActorKind, RequestId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Token;
use crate::account::{AccountState, Preferences};

kernel::typed_id!(
    /// One time somebody signed in.
    SessionId, "ses"
);

/// How the token travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A person's browser: cookie, checked against forgery of requests.
    Cookie,
    /// A program: `Authorization: Bearer`.
    Bearer,
}

impl SessionKind {
    pub const ALL: [Self; 2] = [Self::Cookie, Self::Bearer];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Bearer => "bearer",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What somebody gives to sign in.
pub struct LogIn {
    /// Phone number or e-mail address, as typed.
    pub contact: String,
    pub password: String,
    pub kind: SessionKind,
    /// The browser or program, as it calls itself.
    pub device: String,
    /// The token that came with the request, if any: that session ends, so none is carried over.
    pub previous: Option<String>,
}

/// A session that was just opened. The token is shown here and never again.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub token: Token,
    pub id: SessionId,
    pub account: AccountId,
    pub roles: Vec<Role>,
    pub preferences: Preferences,
    pub expires_at: Timestamp,
}

/// Who sent a request, as its token shows.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: SessionId,
    pub kind: SessionKind,
    pub account: AccountId,
    pub roles: Vec<Role>,
    pub preferences: Preferences,
    /// Whether the phone or the e-mail address was verified by a code.
    pub verified: bool,
    pub created_at: Timestamp,
    /// When a password (later: any factor) was last given; for acts that need a fresh proof.
    pub proved_at: Timestamp,
    pub expires_at: Timestamp,
}

impl SignedIn {
    /// The actor of a request; the language is the account's.
    pub fn actor(&self, request: RequestId, address: String) -> Actor {
        let kind = ActorKind::Account { id: self.account, roles: self.roles.clone() };
        Actor { kind, request, locale: self.preferences.locale, address }
    }

    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| role.is_staff())
    }
}

/// One of somebody's own sessions, as they see it.
#[derive(Debug, Clone)]
pub struct SessionView {
    pub id: SessionId,
    pub kind: SessionKind,
    pub device: String,
    pub address: String,
    pub created_at: Timestamp,
    /// To about five minutes.
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Where a session was opened; sealed in the table.
#[derive(Serialize, Deserialize)]
pub(crate) struct Client {
    pub device: String,
    pub address: String,
}

/// A row of the session table.
pub(crate) struct StoredSession {
    pub id: SessionId,
    pub account: AccountId,
    pub kind: SessionKind,
    pub client_sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What one look-up by token brings.
pub(crate) struct Found {
    pub signed_in: SignedIn,
    pub state: AccountState,
    pub seen_at: Timestamp,
}
