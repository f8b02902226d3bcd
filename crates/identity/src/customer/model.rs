//! What staff see of an account.

use kernel::{AccountId, Role, Timestamp};

use crate::account::AccountState;

/// An account with its personal data masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    pub id: AccountId,
    pub state: AccountState,
    pub roles: Vec<Role>,
    /// `林*`.
    pub name: Option<String>,
    /// `138****0000`.
    pub phone: Option<String>,
    /// `l***@example.com`.
    pub email: Option<String>,
    pub verified: bool,
    pub created_at: Timestamp,
}

/// Personal data in clear. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// `林小明` → `林*`.
pub(crate) fn mask_name(name: &str) -> String {
    name.chars().take(1).chain("*".chars()).collect()
}
