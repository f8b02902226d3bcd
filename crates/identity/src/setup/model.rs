//! A one-time link and what is filled in behind it.

use kernel::{Duration, Role, Timestamp};

use crate::Token;

/// How long a link works.
pub(crate) const VALID: Duration = Duration::from_hours(24);

kernel::typed_id!(
    /// A one-time link that makes a staff account.
    LinkId, "lnk"
);

/// A new link. The token is shown here and never again.
#[derive(Debug, Clone)]
pub struct SetupLink {
    pub token: Token,
    pub role: Role,
    pub expires_at: Timestamp,
}

/// What the page behind a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkView {
    pub role: Role,
    pub expires_at: Timestamp,
}

/// What is filled in behind a link. Errors point to `/contact`, `/name` and `/password`.
pub struct Redeem {
    pub token: String,
    pub contact: String,
    pub name: Option<String>,
    pub password: String,
}

/// A row of the link table.
pub(crate) struct StoredLink {
    pub id: LinkId,
    pub role: Role,
    pub for_first: bool,
    pub created_by: Option<i64>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}
