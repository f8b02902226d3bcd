//! A client, its keys, and what a call with one means.

use kernel::{AccountId, Duration, Permissions, Principal, Timestamp};

use crate::Token;
use crate::account::AccountState;

kernel::typed_id!(
    /// A program of an integrator: the `client_id` of OAuth.
    ClientId, "cli"
);

kernel::typed_id!(
    /// One secret of a client.
    KeyId, "key"
);

/// How long a key lives when nothing is said, and at most.
pub(crate) const KEY_LASTS: Duration = Duration::from_days(90);
pub(crate) const KEY_LASTS_AT_MOST: Duration = Duration::from_days(365);
/// How long the old key goes on working when a new one takes its place.
pub(crate) const ROTATION_GRACE: Duration = Duration::from_days(7);
/// How long an access token works.
pub(crate) const TOKEN_LASTS: Duration = Duration::from_hours(1);
/// "Last used" is written this often at most.
pub(crate) const USED_EVERY: Duration = Duration::from_mins(5);
/// Clients of one party.
pub(crate) const MOST_CLIENTS: usize = 50;

/// What a new client is to be. Errors point to `/name`, `/scopes` and `/days`.
pub struct NewClient {
    pub name: String,
    pub scopes: Permissions,
    /// How many days the first key lives.
    pub days: i64,
}

/// A key that was just made. The token is shown here and never again.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub client: ClientId,
    pub id: KeyId,
    pub token: Token,
    pub expires_at: Timestamp,
}

/// A key as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    pub id: KeyId,
    /// The last characters of the token, to tell keys apart.
    pub hint: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// To about five minutes.
    pub used_at: Option<Timestamp>,
}

/// A client as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientView {
    pub id: ClientId,
    pub owner: AccountId,
    /// Whose business it does: the owner's, or that of an organisation.
    pub party: AccountId,
    pub name: String,
    pub scopes: Permissions,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub keys: Vec<KeyView>,
}

/// What a token request brings (RFC 6749, 5.1).
#[derive(Debug, Clone)]
pub struct Granted {
    pub token: Token,
    pub scopes: Permissions,
    pub lasts: Duration,
}

/// Who calls with a key or an access token.
#[derive(Debug, Clone)]
pub struct Caller {
    pub client: ClientId,
    pub principal: Principal,
}

/// A row of the client table.
pub(crate) struct StoredClient {
    pub id: ClientId,
    pub owner: AccountId,
    pub party: AccountId,
    pub name_sealed: Vec<u8>,
    pub scopes: Permissions,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What one look-up by key or token brings.
pub(crate) struct Found {
    pub client: ClientId,
    pub key: KeyId,
    pub owner: AccountId,
    pub party: AccountId,
    /// Of the client, and of the token where there is one.
    pub scopes: Permissions,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked: bool,
    pub state: AccountState,
    pub roles: Vec<kernel::Role>,
}
