//! A role as it stands.

use kernel::{Permissions, Role, Text};

/// How much a role may move, in minor units of the installation's currency; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    pub transaction: Option<i64>,
    /// From midnight to midnight, China Standard Time.
    pub day: Option<i64>,
}

/// What a role means now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleView {
    pub role: Role,
    /// As an operator named it; `None` for one that comes with Everlit under its own name.
    pub title: Option<Text>,
    pub permissions: Permissions,
    /// Whether whoever holds it has to show a second factor.
    pub second_factor: bool,
    pub limits: Limits,
    /// Counts the changes; 0 as delivered.
    pub version: i64,
}

/// What somebody's roles allow together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    pub permissions: Permissions,
    pub second_factor: bool,
}

/// What an operator wants of a role. Errors point to `/role`, `/title_zh`, `/title_en`, `/permissions`,
/// `/transaction_limit` and `/day_limit`.
#[derive(Debug, Clone)]
pub struct EditRole {
    pub role: Role,
    pub title: Text,
    pub permissions: Permissions,
    pub second_factor: bool,
    pub limits: Limits,
    /// The version that was shown; a role that has changed since is not overwritten.
    pub version: i64,
}
