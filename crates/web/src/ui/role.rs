//! Roles and permissions in words.

use std::borrow::Cow;

use identity::role::RoleView;
use kernel::{Locale, Permission, Role};

use crate::i18n::{PermissionNames, RoleNames};

/// A role that comes with Everlit by its name, another by its code.
pub fn name(role: Role, locale: Locale) -> Cow<'static, str> {
    let t = RoleNames::of(locale);
    Cow::Borrowed(match role {
        Role::CUSTOMER => t.customer,
        Role::OPERATOR => t.operator,
        Role::SUPERVISOR => t.supervisor,
        Role::FINANCE => t.finance,
        Role::RISK_OFFICER => t.risk_officer,
        Role::IDENTITY_REVIEWER => t.identity_reviewer,
        Role::CATALOGUE_MANAGER => t.catalogue_manager,
        Role::STOCK_KEEPER => t.stock_keeper,
        Role::SECURITY_OFFICER => t.security_officer,
        Role::AUDITOR => t.auditor,
        Role::ADMINISTRATOR => t.administrator,
        Role::ORG_OWNER => t.org_owner,
        Role::ORG_BUYER => t.org_buyer,
        Role::ORG_VIEWER => t.org_viewer,
        made_here => return Cow::Owned(made_here.name().to_owned()),
    })
}

/// A role as operators named it.
pub fn title(view: &RoleView, locale: Locale) -> Cow<'static, str> {
    match &view.title {
        Some(title) if !view.role.is_built_in() => Cow::Owned(title.get(locale).to_owned()),
        _ => name(view.role, locale),
    }
}

/// A permission in words.
pub fn permission(permission: Permission, locale: Locale) -> &'static str {
    use Permission as P;
    let t = PermissionNames::of(locale);
    match permission {
        P::ActAsCustomer => t.act_as_customer,
        P::ReadOwnBusiness => t.read_own_business,
        P::ManageMembers => t.manage_members,
        P::ReadOrders => t.read_orders,
        P::WorkOrders => t.work_orders,
        P::RefundOrder => t.refund_order,
        P::ReadCatalogue => t.read_catalogue,
        P::PublishCatalogue => t.publish_catalogue,
        P::ReadStock => t.read_stock,
        P::WriteStock => t.write_stock,
        P::ReadCustomers => t.read_customers,
        P::RevealPersonalData => t.reveal_personal_data,
        P::FreezeAccount => t.freeze_account,
        P::RestoreAccount => t.restore_account,
        P::ReviewIdentity => t.review_identity,
        P::ManageOrganisations => t.manage_organisations,
        P::ReadRisk => t.read_risk,
        P::DecideRisk => t.decide_risk,
        P::ReadIncidents => t.read_incidents,
        P::ManageShield => t.manage_shield,
        P::ManageClients => t.manage_clients,
        P::ReadAudit => t.read_audit,
        P::ExportAudit => t.export_audit,
        P::ReadHealth => t.read_health,
        P::ManageStaff => t.manage_staff,
        P::ManageRoles => t.manage_roles,
        P::ReadLedger => t.read_ledger,
        P::BookLedger => t.book_ledger,
        P::ApproveLedger => t.approve_ledger,
        P::Reconcile => t.reconcile,
        P::IssueInvoices => t.issue_invoices,
        P::ManageRisk => t.manage_risk,
        P::ExportEvidence => t.export_evidence,
        P::ApproveOrders => t.approve_orders,
    }
}
