//! Who acts for an organisation: departments, members, invitations. Everything here is done by somebody who acts for the
//! organisation with `ManageMembers`; the organisation is never named by the caller, so no foreign one can be.

use std::collections::BTreeMap;

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Permission, Role, Text, Timestamp};
use notify::{NewMessage, Template};
use serde_json::json;

use crate::account::{self, parse_contact, require};
use crate::token::hash_of;
use crate::{Error, Token};

use super::model::{
    DepartmentId, DepartmentView, INVITATION_LASTS, InvitationId, InvitationView, Invite, InvitedTo,
    MemberView, NewInvitation, OrganisationId, Place, StoredInvitation, StoredMember,
};
use super::ops::{NAME, about, acting_for, check_place, masked_contact};
use super::{rules, store};

pub(super) const DEPARTMENT: &str = "identity.department.name";
pub(super) const INVITED: &str = "identity.invitation.contact";
const INVITATION_MAIL: &str = "organisation.invitation";

/// The organisation the actor may manage members of; without a fresh proof nothing is changed.
fn managed(cx: &Cx, actor: &Actor) -> Result<OrganisationId, Error> {
    let id = acting_for(actor)?;
    require(actor, Permission::ManageMembers)?;
    if actor.has_fresh_proof(cx.now()) { Ok(id) } else { Err(Error::ProofNeeded) }
}

/// The departments of the actor's organisation.
pub async fn departments(cx: &Cx, actor: &Actor) -> Result<Vec<DepartmentView>, Error> {
    let id = acting_for(actor)?;
    let rows = store::list_departments(&mut cx.read().await?, id).await?;
    rows.into_iter()
        .map(|(id, sealed)| Ok(DepartmentView { id, name: cx.vault.open_text(DEPARTMENT, &sealed)? }))
        .collect()
}

/// Adds a department. Errors point to `/department_name`.
pub async fn add_department(cx: &Cx, actor: &Actor, name: &str) -> Result<DepartmentId, Error> {
    let organisation = managed(cx, actor)?;
    let name = rules::parse_name("/department_name", name).map_err(|f| Error::Invalid { fields: vec![f] })?;
    let id = DepartmentId::new(&cx.ids, cx.now());
    let sealed = cx.vault.seal_text(cx.rng.as_ref(), DEPARTMENT, &name)?;
    let mut tx = cx.begin().await?;
    store::insert_department(&mut tx, (id, organisation), sealed, cx.now()).await?;
    let detail = json!({ "department": id });
    audit::record(&mut tx, cx, actor, about(organisation, "organisation.add_department", detail)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Removes a department; its members stay members.
pub async fn remove_department(cx: &Cx, actor: &Actor, id: DepartmentId) -> Result<(), Error> {
    let organisation = managed(cx, actor)?;
    let mut tx = cx.begin().await?;
    if !store::delete_department(&mut tx, id, organisation).await? {
        return Err(Error::NotFound);
    }
    let detail = json!({ "department": id });
    audit::record(&mut tx, cx, actor, about(organisation, "organisation.remove_department", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// The members of the actor's organisation, the longest first.
pub async fn members(cx: &Cx, actor: &Actor) -> Result<Vec<MemberView>, Error> {
    let id = acting_for(actor)?;
    let mut tx = cx.read().await?;
    let rows = store::list_members(&mut tx, id).await?;
    let ids: Vec<AccountId> = rows.iter().map(|row| row.account).collect();
    let accounts = if ids.is_empty() { Vec::new() } else { account::find_many(&mut tx, &ids).await? };
    let view = |row: &StoredMember| {
        let Some(stored) = accounts.iter().find(|stored| stored.id == row.account) else { return Ok(None) };
        Ok(Some(MemberView {
            account: row.account,
            name: account::open_name(cx, stored)?,
            contact: masked_contact(cx, stored)?,
            role: row.place.role,
            department: row.place.department,
            limits: row.place.limits,
            joined_at: row.joined_at,
        }))
    };
    rows.iter().filter_map(|row| view(row).transpose()).collect()
}

/// Gives a member another place. The last owner stays owner.
pub async fn change_member(cx: &Cx, actor: &Actor, who: AccountId, place: Place) -> Result<(), Error> {
    let id = managed(cx, actor)?;
    let mut tx = cx.begin().await?;
    let before = locked_member(&mut tx, id, who, Some(place.role)).await?;
    check_place(&mut tx, &place).await?;
    check_department(&mut tx, id, place.department).await?;
    store::update_member(&mut tx, id, who, &place).await?;
    let detail = json!({ "account": who, "from": before.place.role, "to": place.role });
    audit::record(&mut tx, cx, actor, about(id, "organisation.change_member", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a member, or leaves. From the next request on they act for themselves only.
pub async fn remove_member(cx: &Cx, actor: &Actor, who: AccountId) -> Result<(), Error> {
    let id = if actor.account() == Some(who) { acting_for(actor)? } else { managed(cx, actor)? };
    let mut tx = cx.begin().await?;
    locked_member(&mut tx, id, who, None).await?;
    store::delete_member(&mut tx, id, who).await?;
    audit::record(&mut tx, cx, actor, about(id, "organisation.remove_member", json!({ "account": who })))
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The member, with the organisation locked, so that two owners cannot remove each other at once.
async fn locked_member(
    tx: &mut Tx,
    id: OrganisationId,
    who: AccountId,
    after: Option<Role>,
) -> Result<StoredMember, Error> {
    store::lock_organisation(tx, id).await?.ok_or(Error::NotFound)?;
    let members = store::list_members(tx, id).await?;
    let member = members.iter().find(|member| member.account == who).ok_or(Error::NotFound)?;
    if member.place.role == Role::ORG_OWNER && !rules::keeps_an_owner(&members, member, after) {
        return Err(Error::LastOwner);
    }
    Ok(member.clone())
}

async fn check_department(
    tx: &mut Tx,
    id: OrganisationId,
    department: Option<DepartmentId>,
) -> Result<(), Error> {
    let Some(wanted) = department else { return Ok(()) };
    if store::list_departments(tx, id).await?.iter().any(|(found, _)| *found == wanted) {
        return Ok(());
    }
    let (zh, en) = ("选择本企业的部门", "Choose a department of this organisation");
    Err(Error::field("/department", "identity.department_unknown", zh, en))
}

/// Invites somebody. With an address the link goes there as well, and only an account that has verified it can use it.
pub async fn invite(cx: &Cx, actor: &Actor, base: &str, input: Invite) -> Result<NewInvitation, Error> {
    let organisation = managed(cx, actor)?;
    let by = actor.account().ok_or(Error::SignInNeeded)?;
    let contact = match input.contact.trim() {
        "" => None,
        text => Some(parse_contact(text).map_err(|field| Error::Invalid { fields: vec![field] })?),
    };
    let now = cx.now();
    let token = Token::new(cx.rng.as_ref());
    let sealed =
        contact.as_ref().map(|c| cx.vault.seal_text(cx.rng.as_ref(), INVITED, c.as_str())).transpose()?;
    let stored = StoredInvitation {
        id: InvitationId::new(&cx.ids, now),
        organisation,
        role: input.role,
        department: input.department,
        contact_sealed: sealed,
        contact_index: contact.as_ref().map(|c| cx.vault.blind_index(INVITED, c.as_str())),
        expires_at: now.plus(INVITATION_LASTS),
    };
    let mut tx = cx.begin().await?;
    let found = store::find_organisation(&mut tx, organisation).await?.ok_or(Error::NotFound)?;
    check_place(
        &mut tx,
        &Place { role: input.role, department: None, limits: crate::role::Limits::default() },
    )
    .await?;
    check_department(&mut tx, organisation, input.department).await?;
    store::insert_invitation(&mut tx, &stored, token.hash(), by, now).await?;
    if let Some(contact) = contact {
        let name = cx.vault.open_text(NAME, &found.name_sealed)?;
        let link = format!("{base}/join/{}", token.expose());
        notify::send(&mut tx, cx, letter(actor, &contact, &name, &link)).await?;
    }
    let detail = json!({ "role": input.role, "invitation": stored.id });
    audit::record(&mut tx, cx, actor, about(organisation, "organisation.invite", detail)).await?;
    tx.commit().await?;
    Ok(NewInvitation { id: stored.id, token, expires_at: stored.expires_at })
}

fn letter(actor: &Actor, contact: &account::Contact, name: &str, link: &str) -> NewMessage {
    let template = Template::Custom {
        name: INVITATION_MAIL.to_owned(),
        title: Text { zh: "企业邀请".to_owned(), en: Some("An invitation".to_owned()) },
        body: Text {
            zh: "{name}邀请您加入。7 天内打开：{link}".to_owned(),
            en: Some("{name} invites you to join. Open within 7 days: {link}".to_owned()),
        },
        values: BTreeMap::from([("name".to_owned(), name.to_owned()), ("link".to_owned(), link.to_owned())]),
    };
    NewMessage {
        channel: contact.channel(),
        account: None,
        to: contact.as_str().to_owned(),
        locale: actor.locale,
        template,
        link: None,
    }
}

/// The invitations that wait.
pub async fn invitations(cx: &Cx, actor: &Actor) -> Result<Vec<InvitationView>, Error> {
    let id = acting_for(actor)?;
    require(actor, Permission::ManageMembers)?;
    let rows = store::list_invitations(&mut cx.read().await?, id, cx.now()).await?;
    let view = |row: StoredInvitation| {
        let clear = row.contact_sealed.map(|sealed| cx.vault.open_text(INVITED, &sealed)).transpose()?;
        let masked = |text: String| {
            if text.contains('@') { kernel::mask_email(&text) } else { kernel::mask_phone(&text) }
        };
        Ok(InvitationView {
            id: row.id,
            role: row.role,
            department: row.department,
            contact: clear.map(masked),
            expires_at: row.expires_at,
        })
    };
    rows.into_iter().map(view).collect()
}

/// Takes an invitation back.
pub async fn withdraw(cx: &Cx, actor: &Actor, id: InvitationId) -> Result<(), Error> {
    let organisation = managed(cx, actor)?;
    let mut tx = cx.begin().await?;
    if !store::delete_invitation(&mut tx, id, organisation).await? {
        return Err(Error::NotFound);
    }
    let detail = json!({ "invitation": id });
    audit::record(&mut tx, cx, actor, about(organisation, "organisation.withdraw", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// What the link is for, without using it up.
pub async fn look_at_invitation(cx: &Cx, token: &str) -> Result<InvitedTo, Error> {
    let hash = hash_of(token).ok_or(Error::LinkInvalid)?;
    let mut tx = cx.read().await?;
    let found = store::find_invitation(&mut tx, hash, cx.now()).await?.ok_or(Error::LinkInvalid)?;
    let organisation =
        store::find_organisation(&mut tx, found.organisation).await?.ok_or(Error::LinkInvalid)?;
    let name = cx.vault.open_text(NAME, &organisation.name_sealed)?;
    Ok(InvitedTo { organisation: name, role: found.role, expires_at: found.expires_at })
}

/// The actor becomes a member. Staff do not: they are never customers.
pub async fn join(cx: &Cx, actor: &Actor, token: &str) -> Result<OrganisationId, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.principal().is_some_and(|own| own.roles.iter().all(|role| !role.is_staff())) {
        return Err(Error::NotAllowed);
    }
    let hash = hash_of(token).ok_or(Error::LinkInvalid)?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let invitation = store::take_invitation(&mut tx, hash, now).await?.ok_or(Error::LinkInvalid)?;
    let stored = account::require_active(&mut tx, account).await?;
    if let Some(index) = &invitation.contact_index {
        check_invited(cx, &stored, index)?;
    }
    let id = invitation.organisation;
    let place = Place {
        role: invitation.role,
        department: invitation.department,
        limits: crate::role::Limits::default(),
    };
    if !store::insert_member(&mut tx, id, account, &place, now).await? {
        return Err(Error::WrongState);
    }
    let detail = json!({ "account": account, "role": place.role });
    audit::record(&mut tx, cx, actor, about(id, "organisation.join", detail)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Whether a verified address of the account is the one that was invited. The answer does not tell which it was.
fn check_invited(cx: &Cx, stored: &account::StoredAccount, index: &[u8]) -> Result<(), Error> {
    let own = account::verified_contacts(cx, stored)?;
    let fits = own.iter().any(|contact| cx.vault.blind_index(INVITED, contact.as_str()) == index);
    if fits { Ok(()) } else { Err(Error::InvitedSomebodyElse) }
}

/// Forgets invitations that nobody can use any more.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}
