//! Changing roles.

use durable::Cx;
use kernel::{AccountId, Actor, Permission, Role};
use serde_json::json;

use crate::Error;
use crate::account::{self, require, roles_fit, subject, text_of_roles};

/// Gives a member of staff other roles. They count from the next request on.
pub async fn set_roles(cx: &Cx, actor: &Actor, id: AccountId, mut roles: Vec<Role>) -> Result<(), Error> {
    require(actor, Permission::ManageStaff)?;
    if actor.account() == Some(id) {
        return Err(Error::OwnAccount);
    }
    roles.sort_unstable();
    roles.dedup();
    let mut tx = cx.begin().await?;
    let stored = account::require_active(&mut tx, id).await?;
    let crosses = roles.iter().any(|role| role.is_staff()) != stored.is_staff();
    if !roles_fit(&roles) || crosses {
        let (zh, en) = ("请选择角色，客户与员工不能互换", "Choose roles of the same kind: customer or staff");
        return Err(Error::field("/roles", "identity.roles_unfit", zh, en));
    }
    account::update_roles(&mut tx, id, &roles, cx.now()).await?;
    let detail = json!({ "from": text_of_roles(&stored.roles), "to": text_of_roles(&roles) });
    audit::record(&mut tx, cx, actor, subject(&stored, "role.change", detail)).await?;
    tx.commit().await?;
    Ok(())
}
