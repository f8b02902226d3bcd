//! Who acts. Every op takes an [`Actor`] and checks the permission where the act happens.

use crate::{Duration, Permission, Permissions, Role, Timestamp};

crate::typed_id!(
    /// A person or program that can sign in: customer or member of staff.
    AccountId, "acc"
);

crate::typed_id!(
    /// One request from outside, for logs, audit and error pages.
    RequestId, "req"
);

/// How old a proof may be for an act that needs a fresh one (W8).
pub const PROOF_LASTS: Duration = Duration::from_mins(5);

/// In what capacity somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActorKind {
    /// Nobody has signed in.
    Anonymous,
    /// Everlit itself: jobs, schedules, callbacks. The name says which part.
    System(&'static str),
    /// Somebody signed in.
    Account(Principal),
}

impl ActorKind {
    /// Somebody with roles as they come with Everlit, acting for themselves, without a fresh proof.
    pub fn account(id: AccountId, roles: Vec<Role>) -> Self {
        let permissions =
            roles.iter().fold(Permissions::NONE, |all, role| all.union(role.built_in_permissions()));
        Self::Account(Principal { id, roles, permissions, acting_for: None, proved_at: None })
    }
}

/// Somebody signed in: who, for whom, with which rights, proved when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub id: AccountId,
    pub roles: Vec<Role>,
    /// What the roles allow now, narrowed by the scopes of a key.
    pub permissions: Permissions,
    /// The organisation whose business this is; organisations and accounts share one space of ids.
    pub acting_for: Option<AccountId>,
    /// When a factor was last shown in this session.
    pub proved_at: Option<Timestamp>,
}

/// Who acts, in which request and language, from where.
#[derive(Debug, Clone)]
pub struct Actor {
    pub kind: ActorKind,
    pub request: RequestId,
    pub locale: crate::Locale,
    /// The client's address as text; empty for the system.
    pub address: String,
}

impl Actor {
    /// Everlit itself; `part` names the job or schedule.
    pub fn system(part: &'static str) -> Self {
        Self {
            kind: ActorKind::System(part),
            request: RequestId(0),
            locale: crate::Locale::Zh,
            address: String::new(),
        }
    }

    /// The person or program that acts.
    pub fn account(&self) -> Option<AccountId> {
        self.principal().map(|principal| principal.id)
    }

    /// Whose business it is: the organisation somebody acts for, otherwise their own.
    pub fn customer(&self) -> Option<AccountId> {
        self.principal().map(|principal| principal.acting_for.unwrap_or(principal.id))
    }

    pub fn principal(&self) -> Option<&Principal> {
        match &self.kind {
            ActorKind::Account(principal) => Some(principal),
            ActorKind::Anonymous | ActorKind::System(_) => None,
        }
    }

    /// Whether a factor was shown not longer ago than [`PROOF_LASTS`]. The system proves itself by running.
    pub fn has_fresh_proof(&self, now: Timestamp) -> bool {
        let proved_at = self.principal().and_then(|principal| principal.proved_at);
        self.is_system() || proved_at.is_some_and(|at| at <= now && now.since(at) <= PROOF_LASTS)
    }

    /// The same actor right after showing a factor.
    #[must_use]
    pub fn proved(mut self, at: Timestamp) -> Self {
        if let ActorKind::Account(principal) = &mut self.kind {
            principal.proved_at = Some(at);
        }
        self
    }

    pub fn is_system(&self) -> bool {
        matches!(self.kind, ActorKind::System(_))
    }

    /// The system may do everything its code does; an account what its roles permit; nobody nothing.
    pub fn may(&self, permission: Permission) -> bool {
        match &self.kind {
            ActorKind::Anonymous => false,
            ActorKind::System(_) => true,
            ActorKind::Account(principal) => principal.permissions.contains(permission),
        }
    }

    /// For audit and histories: `acc_…`, `system:poller`, `anonymous`.
    pub fn label(&self) -> String {
        match &self.kind {
            ActorKind::Anonymous => "anonymous".to_owned(),
            ActorKind::System(part) => format!("system:{part}"),
            ActorKind::Account(principal) => principal.id.to_string(),
        }
    }
}
