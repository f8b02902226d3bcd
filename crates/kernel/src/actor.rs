//! Who acts. Every op takes an [`Actor`] and checks the permission where the act happens.

use serde::{Deserialize, Serialize};

crate::typed_id!(
    /// A person or program that can sign in: customer or member of staff.
    AccountId, "acc"
);

crate::typed_id!(
    /// One request from outside, for logs, audit and error pages.
    RequestId, "req"
);

/// A named set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Customer,
    Operator,
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Customer, Self::Operator, Self::Administrator];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    pub const fn is_staff(self) -> bool {
        !matches!(self, Self::Customer)
    }

    /// What this role may do. The table is a snapshot test in `identity`.
    pub fn permits(self, permission: Permission) -> bool {
        use Permission::{
            ActAsCustomer, ManageStaff, PublishCatalogue, ReadAudit, ReadCatalogue, ReadCustomers,
            ReadHealth, ReadOrders, ReadStock, RefundOrder, RevealPersonalData, WorkOrders, WriteStock,
        };
        match self {
            Self::Customer => matches!(permission, ActAsCustomer),
            Self::Operator => matches!(
                permission,
                ReadOrders | WorkOrders | ReadCatalogue | ReadStock | WriteStock | ReadCustomers | ReadHealth
            ),
            Self::Administrator => matches!(
                permission,
                ReadOrders
                    | WorkOrders
                    | RefundOrder
                    | ReadCatalogue
                    | PublishCatalogue
                    | ReadStock
                    | WriteStock
                    | ReadCustomers
                    | RevealPersonalData
                    | ReadAudit
                    | ReadHealth
                    | ManageStaff
            ),
        }
    }
}

/// One thing a role may be allowed to do. A foreign customer's rows are refused apart from this (404).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Order, pay and follow one's own business.
    ActAsCustomer,
    ReadOrders,
    /// Staff tasks and the fallout desk: retry, skip, force, fail.
    WorkOrders,
    RefundOrder,
    ReadCatalogue,
    PublishCatalogue,
    ReadStock,
    WriteStock,
    ReadCustomers,
    RevealPersonalData,
    ReadAudit,
    ReadHealth,
    ManageStaff,
}

impl Permission {
    pub const ALL: [Self; 13] = [
        Self::ActAsCustomer,
        Self::ReadOrders,
        Self::WorkOrders,
        Self::RefundOrder,
        Self::ReadCatalogue,
        Self::PublishCatalogue,
        Self::ReadStock,
        Self::WriteStock,
        Self::ReadCustomers,
        Self::RevealPersonalData,
        Self::ReadAudit,
        Self::ReadHealth,
        Self::ManageStaff,
    ];
}

/// In what capacity somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActorKind {
    /// Nobody has signed in.
    Anonymous,
    /// Everlit itself: jobs, schedules, callbacks. The name says which part.
    System(&'static str),
    /// Somebody signed in, with the roles of that account.
    Account { id: AccountId, roles: Vec<Role> },
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

    pub fn account(&self) -> Option<AccountId> {
        match &self.kind {
            ActorKind::Account { id, .. } => Some(*id),
            ActorKind::Anonymous | ActorKind::System(_) => None,
        }
    }

    pub fn is_system(&self) -> bool {
        matches!(self.kind, ActorKind::System(_))
    }

    /// The system may do everything its code does; an account what its roles permit; nobody nothing.
    pub fn may(&self, permission: Permission) -> bool {
        match &self.kind {
            ActorKind::Anonymous => false,
            ActorKind::System(_) => true,
            ActorKind::Account { roles, .. } => roles.iter().any(|role| role.permits(permission)),
        }
    }

    /// For audit and histories: `acc_…`, `system:poller`, `anonymous`.
    pub fn label(&self) -> String {
        match &self.kind {
            ActorKind::Anonymous => "anonymous".to_owned(),
            ActorKind::System(part) => format!("system:{part}"),
            ActorKind::Account { id, .. } => id.to_string(),
        }
    }
}
