//! A session and what opened it.

use kernel::{AccountId, Actor, ActorKind, Permissions, Principal, RequestId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Token;
use crate::account::{AccountState, Preferences};
use crate::device::DeviceId;
use crate::signin::Method;

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

/// How far somebody is. Whatever is not open permits nothing but getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Open,
    /// One more factor has to be shown.
    SecondFactor,
    /// A role demands a second factor and there is none yet: it has to be set up.
    Enrol,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Open, Self::SecondFactor, Self::Enrol];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::SecondFactor => "second_factor",
            Self::Enrol => "enrol",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

/// A session that was just opened. The tokens are shown here and never again.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub token: Token,
    pub id: SessionId,
    pub account: AccountId,
    pub roles: Vec<Role>,
    pub preferences: Preferences,
    pub stage: Stage,
    pub expires_at: Timestamp,
    /// What the browser is to be known by from now on; `None` when it has such a token already, and for programs.
    pub device_token: Option<Token>,
}

/// Who sent a request, as its token shows.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: SessionId,
    pub kind: SessionKind,
    pub stage: Stage,
    pub account: AccountId,
    pub roles: Vec<Role>,
    /// What the roles allow now.
    pub permissions: Permissions,
    /// The organisation whose business this session is about.
    pub acting_for: Option<AccountId>,
    pub preferences: Preferences,
    /// Whether the phone or the e-mail address was verified by a code.
    pub verified: bool,
    /// What was shown to get here, in order.
    pub methods: Vec<Method>,
    pub device: Option<DeviceId>,
    pub created_at: Timestamp,
    /// When a factor as strong as the account has was last shown; for acts that need a fresh proof (W8).
    pub proved_at: Timestamp,
    pub expires_at: Timestamp,
}

impl SignedIn {
    /// The actor of a request; the language is the account's. Before the session is open the actor has no permission: such
    /// an actor can show or set up a factor, and that is all.
    pub fn actor(&self, request: RequestId, address: String) -> Actor {
        let permissions = if self.stage == Stage::Open { self.permissions } else { Permissions::NONE };
        let kind = ActorKind::Account(Principal {
            id: self.account,
            roles: self.roles.clone(),
            permissions,
            acting_for: self.acting_for.filter(|_| self.stage == Stage::Open),
            proved_at: Some(self.proved_at),
        });
        Actor { kind, request, locale: self.preferences.locale, address }
    }

    /// The actor who sets up a second factor because a role demands it: signed in moments ago, able to do nothing else, and
    /// gone in half an hour, so having signed in counts as fresh proof. `None` at any other stage.
    pub fn enrolling(&self, request: RequestId, address: String, now: Timestamp) -> Option<Actor> {
        (self.stage == Stage::Enrol).then(|| self.actor(request, address).proved(now))
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
    pub methods: Vec<Method>,
    pub created_at: Timestamp,
    /// To about five minutes.
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Where something was done from; sealed wherever it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub device: String,
    pub address: String,
}

/// A row of the session table.
pub(crate) struct StoredSession {
    pub id: SessionId,
    pub account: AccountId,
    pub kind: SessionKind,
    pub stage: Stage,
    pub methods: Vec<Method>,
    pub acting_for: Option<AccountId>,
    pub device: Option<DeviceId>,
    pub client_sealed: Vec<u8>,
    /// What the risk of it was judged by, while a second factor is due.
    pub signals_sealed: Option<Vec<u8>>,
    pub created_at: Timestamp,
    pub proved_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What one look-up by token brings; the permissions are looked up after it.
pub(crate) struct Found {
    pub signed_in: SignedIn,
    pub state: AccountState,
    pub seen_at: Timestamp,
}
