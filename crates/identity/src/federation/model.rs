//! A way to a party and back.

use connectors::oidc::Claimed;
use kernel::{AccountId, Duration, Locale, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Token;
use crate::code::CodeSent;
use crate::session::SignedIn;
use crate::signin::{Arrival, Step};

/// How long somebody may stay away, and how long an identity waits for its owner's decision.
pub(crate) const VALID: Duration = Duration::from_mins(10);

/// What the way is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    SignIn,
    /// Adding the identity to the actor's account.
    Link,
    /// Proving that another account is the actor's as well.
    Merge,
    /// A fresh proof in a session (W8).
    Proof,
}

impl Purpose {
    pub const ALL: [Self; 4] = [Self::SignIn, Self::Link, Self::Merge, Self::Proof];

    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Link => "link",
            Self::Merge => "merge",
            Self::Proof => "proof",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// Somebody wants to go.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    pub provider: &'a str,
    pub purpose: Purpose,
    /// What the browser is known by: the value of a cookie of its own.
    pub browser: &'a str,
    /// Where the party sends the browser back to.
    pub redirect: &'a str,
    /// A path of ours to go on with afterwards.
    pub next: &'a str,
}

/// Where the browser goes.
#[derive(Debug, Clone)]
pub struct Away {
    pub url: String,
}

/// Somebody came back. Nothing in it is to be believed.
pub struct Return<'a> {
    pub provider: &'a str,
    /// `None` when the browser has no such cookie.
    pub browser: Option<&'a str>,
    pub state: &'a str,
    pub code: Option<&'a str>,
    pub error: Option<&'a str>,
    pub iss: Option<&'a str>,
    pub redirect: &'a str,
    pub arrival: Arrival,
    /// The session the browser has, with its token.
    pub session: Option<(&'a SignedIn, &'a str)>,
}

/// What coming back brought.
pub enum Finished {
    /// The identity opens an account.
    Entered {
        step: Step,
        next: String,
    },
    /// It opens none: its owner is asked ([`super::claimant`]).
    Unknown {
        next: String,
    },
    Linked {
        next: String,
    },
    /// A fresh proof; the session goes on under this token.
    Proved {
        token: Token,
        next: String,
    },
    /// The other account is proved; it can be looked at and merged ([`crate::merge`]).
    OtherProved,
}

/// An identity that waits for its owner's decision. Has no `Debug`: it is personal data.
#[derive(Clone)]
pub struct Claimant {
    pub provider: String,
    pub name: Option<String>,
    /// Only to fill in a form with; it opens nothing.
    pub email: Option<String>,
    pub next: String,
}

/// A new account for an identity. Errors point to `/contact` and `/name`.
pub struct RegisterClaimed {
    pub contact: String,
    pub name: String,
    pub locale: Locale,
    pub arrival: Arrival,
}

/// What registering brought.
pub struct RegisteredClaimed {
    pub step: Step,
    pub verification: CodeSent,
}

/// What a state keeps until somebody comes back; sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secrets {
    pub nonce: String,
    pub verifier: String,
    pub next: String,
}

/// A state that was used up just now.
pub(crate) struct Taken {
    pub purpose: Purpose,
    pub account: Option<AccountId>,
    pub secrets_sealed: Vec<u8>,
}

/// What is known about a state that does not work, for the audit.
pub(crate) struct Spent {
    pub is_ours: bool,
    pub provider: String,
    pub used_at: Option<Timestamp>,
    pub expires_at: Timestamp,
}

/// What a claim keeps; sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    pub name: Option<String>,
    pub email: Option<String>,
    pub next: String,
}

/// A claim.
pub(crate) struct StoredClaim {
    pub provider: String,
    pub subject_index: Vec<u8>,
    pub claimed_sealed: Vec<u8>,
}

/// An identity by its indexes.
pub(crate) struct Identity {
    pub claimed: Claimed,
    pub index: Vec<u8>,
    pub former: Option<Vec<u8>>,
}
