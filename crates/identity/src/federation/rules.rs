//! Why a state does not work, and what a party's failure is called. Pure.

use connectors::oidc::{Demand, IssuerError};
use kernel::Timestamp;

use crate::Error;

use super::model::{Purpose, Spent};

/// For the audit; the person always reads the same.
pub(crate) fn why_spent(spent: Option<&Spent>, provider: &str, now: Timestamp) -> &'static str {
    match spent {
        Some(spent) if spent.used_at.is_some() => "replayed_state",
        Some(spent) if !spent.is_ours => "foreign_browser",
        Some(spent) if spent.provider != provider => "other_provider",
        Some(spent) if spent.expires_at <= now => "expired_state",
        None | Some(_) => "unknown_state",
    }
}

/// What the person is told.
pub(crate) fn refusal(error: &IssuerError) -> Error {
    match error {
        IssuerError::Denied => Error::PartyDenied,
        IssuerError::Refused(_) => Error::PartyRefused,
        IssuerError::Unavailable(_) => Error::PartyUnavailable,
        IssuerError::Untrusted(_) => Error::PartyUntrusted,
    }
}

/// A fresh proof has to be fresh at the party too.
pub(crate) const fn demand(purpose: Purpose) -> Demand {
    match purpose {
        Purpose::Proof | Purpose::Merge => Demand::Fresh,
        Purpose::SignIn | Purpose::Link => Demand::Usual,
    }
}
