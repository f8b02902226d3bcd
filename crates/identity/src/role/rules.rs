//! What roles mean, and what may be made of them. Pure.

use kernel::{FieldError, Permission, Permissions, Role};

use super::model::{EditRole, Limits, Rights, RoleView};

/// What members of an organisation may hold; nothing of it reaches beyond their organisation.
const OF_ORGANISATION: Permissions = Permissions::of(&[
    Permission::ActAsCustomer,
    Permission::ReadOwnBusiness,
    Permission::ManageMembers,
    Permission::ApproveOrders,
]);
/// Without these in the administrator's hands nobody could mend a mistake.
const ADMINISTRATOR_KEEPS: Permissions = Permissions::of(&[Permission::ManageStaff, Permission::ManageRoles]);
const LONGEST_TITLE: usize = 40;

/// A role as it comes with Everlit.
pub(crate) fn as_delivered(role: Role) -> RoleView {
    RoleView {
        role,
        title: None,
        permissions: role.built_in_permissions(),
        second_factor: role.is_staff(),
        limits: Limits::default(),
        version: 0,
    }
}

/// What several roles allow together; a second factor is due when any of them demands it.
pub(crate) fn together<'a>(roles: impl IntoIterator<Item = &'a RoleView>) -> Rights {
    roles.into_iter().fold(Rights::default(), |all, role| Rights {
        permissions: all.permissions.union(role.permissions),
        second_factor: all.second_factor || role.second_factor,
    })
}

/// The limit for one permission: the widest among the roles that give it.
pub(crate) fn limits_for(roles: &[RoleView], permission: Permission) -> Limits {
    let giving = roles.iter().filter(|role| role.permissions.contains(permission));
    let widest = |a: Option<i64>, b: Option<i64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        _ => None,
    };
    giving
        .map(|role| role.limits)
        .reduce(|a, b| Limits {
            transaction: widest(a.transaction, b.transaction),
            day: widest(a.day, b.day),
        })
        .unwrap_or_default()
}

/// Of two limits the narrower, one by one.
pub(crate) fn narrower(a: Limits, b: Limits) -> Limits {
    let least = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).min();
    Limits { transaction: least(a.transaction, b.transaction), day: least(a.day, b.day) }
}

/// Whether a role can be made so: nobody hands out what they do not have, staff and organisations stay apart, and the
/// administrator keeps the keys.
pub(crate) fn check(edit: &EditRole, before: &RoleView, own: Option<Permissions>) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut refuse =
        |pointer: &str, code, zh: &str, en: &str| wrong.push(FieldError::new(pointer, code, zh, en));
    if edit.role == Role::CUSTOMER {
        refuse("/role", "identity.role_fixed", "客户角色不能修改", "The customer role cannot be changed");
    }
    let en = edit.title.en.as_deref().unwrap_or_default();
    for (pointer, text) in [("/title_zh", edit.title.zh.as_str()), ("/title_en", en)] {
        let length = text.trim().chars().count();
        if length == 0 || length > LONGEST_TITLE || text.chars().any(char::is_control) {
            refuse(
                pointer,
                "identity.role_title",
                "填写名称，最多 40 个字符",
                "Enter a name of at most 40 characters",
            );
        }
    }
    let outside = |of: Permissions| edit.permissions.iter().any(|permission| !of.contains(permission));
    let inside = |of: Permissions| !edit.permissions.intersection(of).is_empty();
    let astray =
        if edit.role.is_of_organisation() { outside(OF_ORGANISATION) } else { inside(OF_ORGANISATION) };
    if astray {
        let (zh, en) =
            ("员工权限与企业成员权限不能混用", "Permissions of staff and of organisations do not mix");
        refuse("/permissions", "identity.permissions_unfit", zh, en);
    }
    let keeps = ADMINISTRATOR_KEEPS.iter().all(|permission| edit.permissions.contains(permission));
    if edit.role == Role::ADMINISTRATOR && !keeps {
        let (zh, en) =
            ("管理员须保留员工与角色管理权限", "The administrator keeps the permissions for staff and roles");
        refuse("/permissions", "identity.administrator_locked_out", zh, en);
    }
    let added = edit.permissions.iter().filter(|permission| !before.permissions.contains(*permission));
    if own.is_some_and(|own| !edit.role.is_of_organisation() && added.into_iter().any(|p| !own.contains(p))) {
        let (zh, en) = ("不能授予您自己没有的权限", "You cannot grant what you do not have yourself");
        refuse("/permissions", "identity.permission_not_yours", zh, en);
    }
    let limits = [("/transaction_limit", edit.limits.transaction), ("/day_limit", edit.limits.day)];
    for (pointer, _) in limits.into_iter().filter(|(_, limit)| limit.is_some_and(|fen| fen < 0)) {
        refuse(pointer, "identity.limit_negative", "限额不能小于 0 元", "A limit cannot be less than zero");
    }
    wrong
}

/// One line a permission, one column a role as delivered: for the snapshot test.
pub fn matrix() -> String {
    let mut out = format!("{:<22}", "permission");
    for role in Role::BUILT_IN {
        out.push_str(&format!(" {:<17}", role.name()));
    }
    for permission in Permission::ALL {
        out = out.trim_end().to_owned();
        out.push_str(&format!("\n{:<22}", permission.name()));
        for role in Role::BUILT_IN {
            let may = role.built_in_permissions().contains(*permission);
            out.push_str(&format!(" {:<17}", if may { "yes" } else { "-" }));
        }
    }
    out.trim_end().to_owned()
}
