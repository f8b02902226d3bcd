//! What may be done, as a closed list, and sets of it.

use serde::{Deserialize, Serialize};

/// Defines the permissions once: variant and wire name, in the order of the matrix.
macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal, $name:literal,)*) => {
        /// One thing a role may be allowed to do. A foreign customer's rows are refused apart from this (404).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission {
            $($(#[$doc])* $variant,)*
        }

        impl Permission {
            /// Every permission, in the order of the matrix.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in tables, scopes and the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            const fn bit(self) -> u64 {
                match self { $(Self::$variant => 1 << $bit,)* }
            }
        }
    };
}

permissions! {
    /// Order, pay and follow one's own business, or that of the organisation one acts for.
    ActAsCustomer = 0, "act_as_customer",
    /// Look at the business of the organisation one acts for, without changing it.
    ReadOwnBusiness = 1, "read_own_business",
    /// Invite, change and remove members of the organisation one acts for, and its departments.
    ManageMembers = 2, "manage_members",
    ReadOrders = 3, "read_orders",
    /// Staff tasks and the fallout desk: retry, skip, force, fail.
    WorkOrders = 4, "work_orders",
    RefundOrder = 5, "refund_order",
    ReadCatalogue = 6, "read_catalogue",
    PublishCatalogue = 7, "publish_catalogue",
    ReadStock = 8, "read_stock",
    WriteStock = 9, "write_stock",
    ReadCustomers = 10, "read_customers",
    RevealPersonalData = 11, "reveal_personal_data",
    /// Freeze an account at once.
    FreezeAccount = 12, "freeze_account",
    /// Unfreeze an account, and one of the two approvals of a recovery.
    RestoreAccount = 13, "restore_account",
    /// Look at identity documents and decide about them.
    ReviewIdentity = 14, "review_identity",
    /// Organisations of customers and providers: make them, suspend them.
    ManageOrganisations = 15, "manage_organisations",
    ReadRisk = 16, "read_risk",
    /// Decide about what the risk engine holds.
    DecideRisk = 17, "decide_risk",
    ReadIncidents = 18, "read_incidents",
    /// Allow and deny lists, blocks, limits.
    ManageShield = 19, "manage_shield",
    /// Keys of integrators.
    ManageClients = 20, "manage_clients",
    ReadAudit = 21, "read_audit",
    ExportAudit = 22, "export_audit",
    ReadHealth = 23, "read_health",
    ManageStaff = 24, "manage_staff",
    /// What roles may do, and their limits.
    ManageRoles = 25, "manage_roles",
    /// Accounts of the ledger, what moved them, settlements, payouts and reconciliation.
    ReadLedger = 26, "read_ledger",
    /// Ask for corrections by hand, settle with sellers, ask for payouts.
    BookLedger = 27, "book_ledger",
    /// Decide what another person asked for in the ledger.
    ApproveLedger = 28, "approve_ledger",
    /// Work on differences with gateways and close months.
    Reconcile = 29, "reconcile",
    IssueInvoices = 30, "issue_invoices",
    /// Rules, lists and models of the risk engine.
    ManageRisk = 31, "manage_risk",
    /// Hand what is known of a case to the police or a bank.
    ExportEvidence = 32, "export_evidence",
    /// Approve what others of the organisation one acts for have submitted.
    ApproveOrders = 33, "approve_orders",
}

impl Permission {
    /// The permission of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.name() == name)
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Permissions(u64);

impl Permissions {
    pub const NONE: Self = Self(0);

    /// A set of those listed.
    pub const fn of(list: &[Permission]) -> Self {
        let (mut bits, mut rest) = (0, list);
        while let [first, tail @ ..] = rest {
            bits |= first.bit();
            rest = tail;
        }
        Self(bits)
    }

    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// What either allows.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both allow.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In the order of the matrix.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }

    /// `read_orders,work_orders`: how tables keep a set.
    pub fn to_text(self) -> String {
        self.iter().map(Permission::name).collect::<Vec<_>>().join(",")
    }

    /// The set of these names; a name nobody knows any more allows nothing.
    pub fn from_text(text: &str) -> Self {
        text.split(',').filter_map(|name| Permission::from_name(name.trim())).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(list: I) -> Self {
        list.into_iter().fold(Self::NONE, |set, permission| set.union(Self(permission.bit())))
    }
}

impl std::fmt::Debug for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_keep_what_is_put_in_and_survive_a_table() {
        let all: Permissions = Permission::ALL.iter().copied().collect();
        assert_eq!(all.iter().count(), Permission::ALL.len());
        for one in Permission::ALL {
            let set = Permissions::of(&[*one]);
            assert_eq!(set.iter().collect::<Vec<_>>(), [*one]);
            assert_eq!(Permissions::from_text(&set.to_text()), set);
        }
        assert_eq!(
            Permissions::from_text("read_orders,no_longer_known,"),
            Permissions::of(&[Permission::ReadOrders])
        );
        assert!(Permissions::from_text("").is_empty());
    }
}
