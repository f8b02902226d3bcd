//! A role: a named set of permissions. Some come with Everlit; operators make others.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::permission::{Permission, Permissions};

const LONGEST: usize = 24;

/// The code of a role: lower-case letters, digits and `_`, at most 24, beginning with a letter. Copied like a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role {
    text: [u8; LONGEST],
    length: usize,
}

impl Role {
    /// Somebody who orders for themselves.
    pub const CUSTOMER: Self = Self::known("customer");
    /// Works on orders and answers: the clerk of a branch, a shop, an office.
    pub const OPERATOR: Self = Self::known("operator");
    /// Leads a shift: what an operator may, and refunds, recoveries, reviews.
    pub const SUPERVISOR: Self = Self::known("supervisor");
    /// Looks after money.
    pub const FINANCE: Self = Self::known("finance");
    /// Judges risk and freezes accounts.
    pub const RISK_OFFICER: Self = Self::known("risk_officer");
    /// Reviews identity documents.
    pub const IDENTITY_REVIEWER: Self = Self::known("identity_reviewer");
    /// Publishes services and prices.
    pub const CATALOGUE_MANAGER: Self = Self::known("catalogue_manager");
    /// Counts and corrects stock.
    pub const STOCK_KEEPER: Self = Self::known("stock_keeper");
    /// Watches over attacks: incidents, blocks, keys of integrators (安全管理员).
    pub const SECURITY_OFFICER: Self = Self::known("security_officer");
    /// Reads the record and nothing else (安全审计员).
    pub const AUDITOR: Self = Self::known("auditor");
    /// Sets the installation up and lets staff in (系统管理员).
    pub const ADMINISTRATOR: Self = Self::known("administrator");
    /// Of an organisation: everything in it.
    pub const ORG_OWNER: Self = Self::known("org_owner");
    /// Of an organisation: orders and pays for it.
    pub const ORG_BUYER: Self = Self::known("org_buyer");
    /// Of an organisation: looks.
    pub const ORG_VIEWER: Self = Self::known("org_viewer");

    /// The roles that come with Everlit, in the order of the matrix.
    pub const BUILT_IN: &'static [Self] = &[
        Self::CUSTOMER,
        Self::OPERATOR,
        Self::SUPERVISOR,
        Self::FINANCE,
        Self::RISK_OFFICER,
        Self::IDENTITY_REVIEWER,
        Self::CATALOGUE_MANAGER,
        Self::STOCK_KEEPER,
        Self::SECURITY_OFFICER,
        Self::AUDITOR,
        Self::ADMINISTRATOR,
        Self::ORG_OWNER,
        Self::ORG_BUYER,
        Self::ORG_VIEWER,
    ];

    const fn known(code: &str) -> Self {
        let (mut text, mut length, mut rest) = ([0; LONGEST], 0, code.as_bytes());
        let mut free: &mut [u8] = &mut text;
        while let ([byte, tail @ ..], [slot, room @ ..]) = (rest, free) {
            *slot = *byte;
            (rest, free) = (tail, room);
            length += 1;
        }
        Self { text, length }
    }

    /// A role by its code; `None` when the text cannot be one.
    pub fn from_name(code: &str) -> Option<Self> {
        let plain = code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let begins = code.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        (plain && begins && code.len() <= LONGEST).then(|| Self::known(code))
    }

    /// The code.
    pub fn name(&self) -> &str {
        self.text.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    pub fn is_built_in(self) -> bool {
        Self::BUILT_IN.contains(&self)
    }

    /// Held by a member of an organisation, for that organisation only.
    pub fn is_of_organisation(self) -> bool {
        self.name().starts_with("org_")
    }

    /// Held by somebody who works here. Accounts are either staff or customers, never both.
    pub fn is_staff(self) -> bool {
        self != Self::CUSTOMER && !self.is_of_organisation()
    }

    /// What a role that comes with Everlit may do as delivered; one made by an operator: nothing that is known here.
    pub fn built_in_permissions(self) -> Permissions {
        use Permission as P;
        let list: &[Permission] = match self {
            Self::OPERATOR => &[
                P::ReadOrders,
                P::WorkOrders,
                P::ReadCatalogue,
                P::ReadStock,
                P::WriteStock,
                P::ReadCustomers,
                P::ReadHealth,
            ],
            Self::SUPERVISOR => &[
                P::ReadOrders,
                P::WorkOrders,
                P::RefundOrder,
                P::ReadCatalogue,
                P::ReadStock,
                P::WriteStock,
                P::ReadCustomers,
                P::RevealPersonalData,
                P::FreezeAccount,
                P::RestoreAccount,
                P::ReviewIdentity,
                P::ReadRisk,
                P::ReadHealth,
                P::ReadLedger,
            ],
            // Books and approves, but never both for the same thing.
            Self::FINANCE => &[
                P::ReadOrders,
                P::RefundOrder,
                P::ReadCatalogue,
                P::ReadCustomers,
                P::ReadHealth,
                P::ReadLedger,
                P::BookLedger,
                P::ApproveLedger,
                P::Reconcile,
                P::IssueInvoices,
            ],
            Self::RISK_OFFICER => &[
                P::ReadOrders,
                P::ReadCustomers,
                P::FreezeAccount,
                P::ReadRisk,
                P::DecideRisk,
                P::ReadHealth,
                P::ManageRisk,
                P::ExportEvidence,
            ],
            Self::IDENTITY_REVIEWER => &[P::ReadCustomers, P::ReviewIdentity],
            Self::CATALOGUE_MANAGER => &[P::ReadCatalogue, P::PublishCatalogue, P::ReadStock],
            Self::STOCK_KEEPER => &[P::ReadCatalogue, P::ReadStock, P::WriteStock],
            Self::SECURITY_OFFICER => &[
                P::ReadIncidents,
                P::ManageShield,
                P::ManageClients,
                P::FreezeAccount,
                P::ReadRisk,
                P::ReadHealth,
            ],
            Self::AUDITOR => &[P::ReadAudit, P::ExportAudit, P::ReadIncidents, P::ReadRisk, P::ReadLedger],
            // Everything but acting for customers. An installation that separates duties narrows it.
            Self::ADMINISTRATOR => {
                return Permission::ALL
                    .iter()
                    .copied()
                    .filter(|p| {
                        !matches!(
                            p,
                            P::ActAsCustomer | P::ReadOwnBusiness | P::ManageMembers | P::ApproveOrders
                        )
                    })
                    .collect();
            }
            Self::ORG_OWNER => &[P::ActAsCustomer, P::ReadOwnBusiness, P::ManageMembers, P::ApproveOrders],
            Self::CUSTOMER | Self::ORG_BUYER => &[P::ActAsCustomer, P::ReadOwnBusiness],
            Self::ORG_VIEWER => &[P::ReadOwnBusiness],
            _ => &[],
        };
        Permissions::of(list)
    }
}

impl std::fmt::Debug for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_name(&text).ok_or_else(|| serde::de::Error::custom("this cannot be the code of a role"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_and_nothing_else_is_one() {
        for role in Role::BUILT_IN {
            assert_eq!(Role::from_name(role.name()), Some(*role));
            assert!(!role.built_in_permissions().is_empty(), "{role:?}");
        }
        assert_eq!(Role::from_name("branch_teller_2").unwrap().name(), "branch_teller_2");
        for wrong in
            ["", "Teller", "2nd", "a role", "role,other", "a_name_that_is_far_too_long_for_us", "柜员"]
        {
            assert_eq!(Role::from_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn staff_never_acts_as_customer_and_customers_never_as_staff() {
        for role in Role::BUILT_IN {
            let may = role.built_in_permissions();
            assert_ne!(
                role.is_staff(),
                may.contains(Permission::ActAsCustomer) || *role == Role::ORG_VIEWER,
                "{role:?}"
            );
        }
    }
}
