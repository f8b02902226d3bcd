//! Making links and redeeming them.

use audit::Entry;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Permission, Role, Timestamp};
use serde_json::json;

use crate::Error;
use crate::account::{self, check_new, parse_contact, require};
use crate::password::Hasher;
use crate::token::{Token, hash_of};

use super::model::{LinkId, LinkView, Redeem, SetupLink, StoredLink, VALID};
use super::store;

/// Whether somebody could let others in.
pub async fn has_administrator(cx: &Cx) -> Result<bool, Error> {
    any_administrator(&mut cx.read().await?).await
}

async fn any_administrator(tx: &mut Tx) -> Result<bool, Error> {
    let staff = account::list_staff_roles(tx).await?;
    Ok(staff.iter().any(|roles| roles.contains(&Role::ADMINISTRATOR)))
}

/// Makes the link for the first administrator; earlier ones stop working. Only the system may, and only while there is no
/// administrator.
pub async fn create_setup_link(cx: &Cx, actor: &Actor) -> Result<SetupLink, Error> {
    if !actor.is_system() {
        return Err(Error::NotAllowed);
    }
    let mut tx = cx.begin().await?;
    if any_administrator(&mut tx).await? {
        return Err(Error::AdministratorExists);
    }
    store::delete_first(&mut tx).await?;
    let link = write_link(&mut tx, cx, actor, Role::ADMINISTRATOR, true).await?;
    tx.commit().await?;
    Ok(link)
}

/// An administrator invites somebody to staff.
pub async fn invite_staff(cx: &Cx, actor: &Actor, role: Role) -> Result<SetupLink, Error> {
    require(actor, Permission::ManageStaff)?;
    if !role.is_staff() {
        let (zh, en) = ("选择员工角色", "Choose a staff role");
        return Err(Error::field("/role", "identity.role_unfit", zh, en));
    }
    let mut tx = cx.begin().await?;
    let link = write_link(&mut tx, cx, actor, role, false).await?;
    tx.commit().await?;
    Ok(link)
}

async fn write_link(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    role: Role,
    for_first: bool,
) -> Result<SetupLink, Error> {
    let now = cx.now();
    let token = Token::new(cx.rng.as_ref());
    let link = StoredLink {
        id: LinkId::new(&cx.ids, now),
        role,
        for_first,
        created_by: actor.account().map(AccountId::raw),
        created_at: now,
        expires_at: now.plus(VALID),
    };
    store::insert_link(tx, &link, token.hash()).await?;
    audit::record(tx, cx, actor, about(&link, "staff.invite")).await?;
    Ok(SetupLink { token, role, expires_at: link.expires_at })
}

fn about<'a>(link: &StoredLink, verb: &'static str) -> Entry<'a> {
    let detail = json!({ "role": link.role, "first_administrator": link.for_first });
    Entry { verb, object_kind: "setup_link", object: link.id.0, customer: None, detail, reason: None }
}

/// What the link is for, without using it up.
pub async fn look_at_link(cx: &Cx, token: &str) -> Result<LinkView, Error> {
    let hash = hash_of(token).ok_or(Error::LinkInvalid)?;
    let link = store::find_link(&mut cx.read().await?, hash, cx.now()).await?.ok_or(Error::LinkInvalid)?;
    Ok(LinkView { role: link.role, expires_at: link.expires_at })
}

/// Makes the staff account behind a link and uses the link up; when the fields are wrong the link stays.
pub async fn redeem(cx: &Cx, hasher: &Hasher, actor: &Actor, input: Redeem) -> Result<AccountId, Error> {
    let token_hash = hash_of(&input.token).ok_or(Error::LinkInvalid)?;
    // First the link: without one nobody makes us hash.
    look_at_link(cx, &input.token).await?;
    let contact = parse_contact(&input.contact);
    let checked = check_new(vec![contact], input.name.as_deref(), (&input.password, hasher.least()))?;
    let hash = hasher.hash(cx.rng.as_ref(), &checked.password).await?;
    let mut tx = cx.begin().await?;
    let link = store::take_link(&mut tx, token_hash, cx.now()).await?.ok_or(Error::LinkInvalid)?;
    if link.for_first && any_administrator(&mut tx).await? {
        return Err(Error::AdministratorExists);
    }
    let account = account::write_new(&mut tx, cx, actor, &checked, hash, link.role).await?;
    audit::record(&mut tx, cx, actor, about(&link, "staff.join")).await?;
    tx.commit().await?;
    Ok(account)
}

/// Removes expired links.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}
