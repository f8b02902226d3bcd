//! Who can sign in, and what is known about them.

use kernel::{AccountId, Locale, Role, Timestamp, mask_email, mask_phone};
use serde::{Deserialize, Serialize};

use crate::code::{CodeSent, Purpose};
use crate::password::PasswordHash;

/// The topic of [`AccountRegistered`].
pub const ACCOUNT_REGISTERED: &str = "identity.account_registered";

/// A customer's account was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRegistered {
    pub account_id: AccountId,
}

/// Whether the account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    Active,
    /// Nobody can sign in until it is unfrozen.
    Frozen,
    /// For good.
    Closed,
}

impl AccountState {
    pub const ALL: [Self; 3] = [Self::Active, Self::Frozen, Self::Closed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Closed => "closed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// An address a person can be reached at and signs in with. Has no `Debug`: it is personal data.
#[derive(Clone, PartialEq, Eq)]
pub enum Contact {
    /// E.164.
    Phone(String),
    /// Lower case.
    Email(String),
}

impl Contact {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(text) | Self::Email(text) => text,
        }
    }

    /// What may be shown without a reason: `138****0000`.
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => mask_phone(phone),
            Self::Email(email) => mask_email(email),
        }
    }

    pub const fn channel(&self) -> notify::Channel {
        match self {
            Self::Phone(_) => notify::Channel::Sms,
            Self::Email(_) => notify::Channel::Email,
        }
    }

    /// What a code to it verifies.
    pub(crate) const fn purpose(&self) -> Purpose {
        match self {
            Self::Phone(_) => Purpose::VerifyPhone,
            Self::Email(_) => Purpose::VerifyEmail,
        }
    }
}

/// Light or dark (ux V1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the device.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// Usual or large text, 大字版 (ux V4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSize {
    #[default]
    Standard,
    Large,
}

impl TextSize {
    pub const ALL: [Self; 2] = [Self::Standard, Self::Large];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Large => "large",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.name() == name)
    }
}

/// How the pages look for somebody, on every device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preferences {
    pub locale: Locale,
    pub theme: Theme,
    pub text_size: TextSize,
}

/// What a person fills in to get an account. Errors point to `/contact`, `/name` and `/password`.
pub struct Register {
    /// A mainland mobile number or an e-mail address, as typed.
    pub contact: String,
    pub name: Option<String>,
    pub password: String,
    pub locale: Locale,
}

/// What registering brought.
#[derive(Debug, Clone)]
pub struct Registered {
    pub account: AccountId,
    pub verification: CodeSent,
}

/// An account made by the system or an administrator, who vouches for the addresses: no code is sent. Errors point to
/// `/phone`, `/email`, `/name`, `/password` and `/roles`.
pub struct NewAccount {
    pub phone: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub password: String,
    pub roles: Vec<Role>,
    pub locale: Locale,
}

/// What becomes of the other sessions of an account (ASVS 7.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    End,
    Keep,
}

/// Errors point to `/current` and `/password`.
pub struct ChangePassword {
    /// Not looked at while the account has no password.
    pub current: String,
    pub new: String,
    pub others: Others,
}

/// A sealed address with its index.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub sealed: Vec<u8>,
    pub index: Vec<u8>,
    pub verified_at: Option<Timestamp>,
}

/// A row of the account table.
#[derive(Clone)]
pub(crate) struct StoredAccount {
    pub id: AccountId,
    pub state: AccountState,
    pub roles: Vec<Role>,
    pub name_sealed: Option<Vec<u8>>,
    pub phone: Option<Sealed>,
    pub email: Option<Sealed>,
    pub password: Option<PasswordHash>,
    pub preferences: Preferences,
    pub created_at: Timestamp,
}

impl StoredAccount {
    pub(crate) fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| role.is_staff())
    }

    /// For the audit's filter by customer.
    pub(crate) fn as_customer(&self) -> Option<AccountId> {
        (!self.is_staff()).then_some(self.id)
    }
}

/// `administrator,operator`: how the table keeps roles.
pub(crate) fn text_of_roles(roles: &[Role]) -> String {
    roles.iter().map(Role::name).collect::<Vec<_>>().join(",")
}

/// What people see of their own account, in clear.
#[derive(Clone)]
pub struct Profile {
    pub id: AccountId,
    pub state: AccountState,
    pub roles: Vec<Role>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub phone_verified: bool,
    pub email: Option<String>,
    pub email_verified: bool,
    pub preferences: Preferences,
    pub created_at: Timestamp,
}

/// Where and in what language to write to somebody.
#[derive(Clone)]
pub struct ContactPoint {
    pub contact: Contact,
    pub locale: Locale,
}

impl ContactPoint {
    pub const fn channel(&self) -> notify::Channel {
        self.contact.channel()
    }
}
