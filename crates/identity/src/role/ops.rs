//! Reading and changing roles, who holds them, and keeping to their limits.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Duration, Money, Permission, Role, Text, Timestamp};
use serde_json::json;

use crate::account::{self, require, roles_fit, subject, text_of_roles};
use crate::{Error, organisation};

use super::model::{EditRole, Limits, Rights, RoleView};
use super::{rules, store};

/// China Standard Time, the day that limits count by.
const CHINA: Duration = Duration::from_hours(8);
const DAY: Duration = Duration::from_hours(24);
/// How long used allowances are kept, in days.
const KEPT_DAYS: i64 = 400;

/// What these roles mean now: as an operator changed them, otherwise as they come with Everlit.
pub async fn resolve(tx: &mut Tx, roles: &[Role]) -> Result<Vec<RoleView>, Error> {
    // In the path of every request of a customer: nothing to look up.
    if roles == [Role::CUSTOMER] {
        return Ok(vec![rules::as_delivered(Role::CUSTOMER)]);
    }
    let stored = store::find_roles(tx, roles).await?;
    let view = |role: &Role| {
        stored.iter().find(|view| view.role == *role).cloned().unwrap_or_else(|| rules::as_delivered(*role))
    };
    Ok(roles.iter().map(view).collect())
}

/// What these roles allow together.
pub async fn rights_of(tx: &mut Tx, roles: &[Role]) -> Result<Rights, Error> {
    Ok(rules::together(&resolve(tx, roles).await?))
}

/// Every role there is: those that come with Everlit, then those that operators made.
pub async fn list_roles(cx: &Cx, actor: &Actor) -> Result<Vec<RoleView>, Error> {
    if !actor.may(Permission::ManageStaff) && !actor.may(Permission::ManageRoles) {
        require(actor, Permission::ManageRoles)?;
    }
    all(&mut cx.read().await?).await
}

async fn all(tx: &mut Tx) -> Result<Vec<RoleView>, Error> {
    let mut views = resolve(tx, Role::BUILT_IN).await?;
    views.extend(store::list_roles(tx).await?.into_iter().filter(|view| !view.role.is_built_in()));
    Ok(views)
}

/// Makes or changes a role. It counts from the next request of whoever holds it.
pub async fn edit_role(cx: &Cx, actor: &Actor, edit: EditRole) -> Result<(), Error> {
    require(actor, Permission::ManageRoles)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let mut tx = cx.begin().await?;
    let before = resolve(&mut tx, &[edit.role]).await?.pop().ok_or(Error::NotFound)?;
    let wrong = rules::check(&edit, &before, actor.principal().map(|own| own.permissions));
    if !wrong.is_empty() {
        return Err(Error::Invalid { fields: wrong });
    }
    if before.version != edit.version || !store::write_role(&mut tx, &edit, cx.now()).await? {
        return Err(Error::WrongState);
    }
    let detail = json!({
        "role": edit.role, "from": before.permissions.to_text(), "to": edit.permissions.to_text(),
        "second_factor": edit.second_factor, "transaction_limit": edit.limits.transaction, "day_limit": edit.limits.day,
    });
    audit::record(&mut tx, cx, actor, about("role.edit", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a role that an operator made and nobody holds, or gives one that comes with Everlit its own shape back.
pub async fn remove_role(cx: &Cx, actor: &Actor, role: Role, version: i64) -> Result<(), Error> {
    require(actor, Permission::ManageRoles)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let mut tx = cx.begin().await?;
    let held = account::list_staff_roles(&mut tx).await?.iter().any(|roles| roles.contains(&role));
    if held && !role.is_built_in() {
        let (zh, en) =
            ("仍有员工持有该角色，请先改派", "Somebody still holds this role. Give them another first");
        return Err(Error::field("/role", "identity.role_held", zh, en));
    }
    if !store::delete_role(&mut tx, role, version).await? {
        return Err(Error::WrongState);
    }
    audit::record(&mut tx, cx, actor, about("role.remove", json!({ "role": role }))).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether whoever holds the role has to show a second factor; everything else of it stays.
pub async fn set_second_factor(cx: &Cx, actor: &Actor, role: Role, demanded: bool) -> Result<(), Error> {
    require(actor, Permission::ManageRoles)?;
    let found = resolve(&mut cx.read().await?, &[role]).await?.pop().ok_or(Error::NotFound)?;
    let RoleView { role, title, permissions, limits, version, .. } = found;
    let title =
        title.unwrap_or_else(|| Text { zh: role.name().to_owned(), en: Some(role.name().to_owned()) });
    edit_role(cx, actor, EditRole { role, title, permissions, second_factor: demanded, limits, version })
        .await
}

fn about<'a>(verb: &'static str, detail: serde_json::Value) -> audit::Entry<'a> {
    audit::Entry { verb, object_kind: "role", object: 0, customer: None, detail, reason: None }
}

/// Gives a member of staff other roles. They count from the next request on.
pub async fn set_roles(cx: &Cx, actor: &Actor, id: AccountId, mut roles: Vec<Role>) -> Result<(), Error> {
    require(actor, Permission::ManageStaff)?;
    if actor.account() == Some(id) {
        return Err(Error::OwnAccount);
    }
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    roles.sort_unstable();
    roles.dedup();
    let mut tx = cx.begin().await?;
    let stored = account::require_active(&mut tx, id).await?;
    let crosses = roles.iter().any(|role| role.is_staff()) != stored.is_staff();
    if !roles_fit(&roles) || crosses || !exist(&mut tx, &roles).await? {
        let (zh, en) = ("选择角色，客户与员工不能互换", "Choose roles of the same kind: customer or staff");
        return Err(Error::field("/roles", "identity.roles_unfit", zh, en));
    }
    let given = rights_of(&mut tx, &roles).await?.permissions;
    let had = rights_of(&mut tx, &stored.roles).await?.permissions;
    let beyond = |own: &kernel::Principal| {
        given.iter().any(|permission| !had.contains(permission) && !own.permissions.contains(permission))
    };
    if actor.principal().is_some_and(beyond) {
        let (zh, en) = ("不能授予您自己没有的权限", "You cannot grant what you do not have yourself");
        return Err(Error::field("/roles", "identity.permission_not_yours", zh, en));
    }
    account::update_roles(&mut tx, id, &roles, cx.now()).await?;
    let detail = json!({ "from": text_of_roles(&stored.roles), "to": text_of_roles(&roles) });
    audit::record(&mut tx, cx, actor, subject(&stored, "role.change", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether each is built in or was made by an operator.
pub(crate) async fn exist(tx: &mut Tx, roles: &[Role]) -> Result<bool, Error> {
    let made = store::find_roles(tx, roles).await?;
    Ok(roles.iter().all(|role| role.is_built_in() || made.iter().any(|view| view.role == *role)))
}

/// The limits somebody has for one permission; without a person behind the act there are none.
pub async fn limits_of(tx: &mut Tx, actor: &Actor, permission: Permission) -> Result<Limits, Error> {
    let Some(principal) = actor.principal() else { return Ok(Limits::default()) };
    let Some(party) = principal.acting_for else {
        return Ok(rules::limits_for(&resolve(tx, &principal.roles).await?, permission));
    };
    // Acting for an organisation: what the place there allows, and no more than its role does.
    match organisation::standing(tx, party, principal.id).await? {
        Some(standing) => {
            let role = rules::limits_for(&resolve(tx, &[standing.role]).await?, permission);
            Ok(rules::narrower(standing.limits, role))
        }
        None => Err(Error::NotAllowed),
    }
}

/// Takes an amount out of what the actor may move today, in the caller's transaction. Refused when it is over the limit of
/// one transaction or of the day.
pub async fn spend(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    permission: Permission,
    amount: Money,
) -> Result<(), Error> {
    let limits = limits_of(tx, actor, permission).await?;
    if let Some(limit) = limits.transaction.filter(|limit| amount.minor > *limit) {
        return Err(Error::OverLimit { limit: Money { minor: limit, ..amount } });
    }
    let (Some(limit), Some(account), Some(party)) = (limits.day, actor.account(), actor.customer()) else {
        return Ok(());
    };
    if store::spend(tx, (account, party), permission, day(cx.now()), (amount.minor, limit)).await? {
        return Ok(());
    }
    Err(Error::OverDayLimit { limit: Money { minor: limit, ..amount } })
}

/// Gives back what [`spend`] took for something that did not come about.
pub async fn unspend(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    permission: Permission,
    amount: Money,
) -> Result<(), Error> {
    if let (Some(account), Some(party)) = (actor.account(), actor.customer()) {
        store::unspend(tx, (account, party), permission, day(cx.now()), amount.minor).await?;
    }
    Ok(())
}

fn day(now: Timestamp) -> i64 {
    now.plus(CHINA).0.div_euclid(DAY.0)
}

/// Forgets what was used long ago.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_old(tx, day(now).saturating_sub(KEPT_DAYS)).await?)
}

/// What each role that gives `permission` lets through at `amount`: "who may refund over 5,000?". A role answers `Some(true)`
/// when the amount is within its limit, `Some(false)` when it is not, and is left out when it does not give the permission.
pub async fn who_may(
    cx: &Cx,
    actor: &Actor,
    permission: Permission,
    amount: Option<i64>,
) -> Result<Vec<(RoleView, bool)>, Error> {
    let roles = list_roles(cx, actor).await?;
    let within = |role: &RoleView| match (role.limits.transaction, amount) {
        (Some(limit), Some(amount)) => amount <= limit,
        _ => true,
    };
    Ok(roles
        .into_iter()
        .filter(|role| role.permissions.contains(permission))
        .map(|role| {
            let fits = within(&role);
            (role, fits)
        })
        .collect())
}
