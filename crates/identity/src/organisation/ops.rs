//! Founding organisations and looking at them; acting for one; what staff may do about them.

use audit::Entry;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Page, PageRequest, Permission, Position, Principal};
use serde_json::{Value, json};

use crate::Error;
use crate::account::{self, AccountState, check_reason, require};
use crate::role::Limits;
use crate::session::{SignedIn, Stage};

use super::model::{
    Belonging, Found, OrganisationId, OrganisationKind, OrganisationState, OrganisationView, Place, Standing,
    StoredOrganisation,
};
use super::{rules, store};

pub(super) const NAME: &str = "identity.organisation.name";
const CODE: &str = "identity.organisation.code";
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("organisation", "name_sealed", NAME),
    vault::SealedColumn::new("organisation", "code_sealed", CODE),
    vault::SealedColumn::new("department", "name_sealed", super::members::DEPARTMENT),
    vault::SealedColumn::new("invitation", "contact_sealed", super::members::INVITED),
];
pub(crate) const INDEXED: &[vault::IndexedColumn] = &[
    vault::IndexedColumn::new("organisation", "code_index", "code_sealed", CODE),
    vault::IndexedColumn::new("invitation", "contact_index", "contact_sealed", super::members::INVITED),
];
/// The topic of a new organisation: whoever keeps balances opens them.
pub const ORGANISATION_FOUNDED: &str = "identity.organisation_founded";

/// Founds an organisation. An enterprise is founded by the customer who becomes its owner; a provider by staff.
pub async fn found(cx: &Cx, actor: &Actor, input: Found) -> Result<OrganisationId, Error> {
    let founder = actor.account().ok_or(Error::SignInNeeded)?;
    match input.kind {
        OrganisationKind::Provider => require(actor, Permission::ManageOrganisations)?,
        OrganisationKind::Enterprise if !actor.may(Permission::ActAsCustomer) => {
            return Err(Error::NotAllowed);
        }
        OrganisationKind::Enterprise => {}
    }
    let (name, code) = (rules::parse_name("/name", &input.name), rules::parse_code(&input.code));
    let (name, code) = match (name, code) {
        (Ok(name), Ok(code)) => (name, code),
        (name, code) => {
            let fields = [name.err(), code.err()].into_iter().flatten().collect();
            return Err(Error::Invalid { fields });
        }
    };
    let now = cx.now();
    let id = OrganisationId::new(&cx.ids, now);
    let sealed = store::Sealed {
        name: cx.vault.seal_text(cx.rng.as_ref(), NAME, &name)?,
        code: cx.vault.seal_text(cx.rng.as_ref(), CODE, &code)?,
        code_index: cx.vault.blind_index(CODE, &code),
    };
    let mut tx = cx.begin().await?;
    store::insert_organisation(&mut tx, (id, input.kind), sealed, founder, now)
        .await
        .map_err(|error| if error.is_unique() { Error::OrganisationExists } else { error.into() })?;
    if input.kind == OrganisationKind::Enterprise {
        let place = Place { role: kernel::Role::ORG_OWNER, department: None, limits: Limits::default() };
        store::insert_member(&mut tx, id, founder, &place, now).await?;
    }
    durable::emit(&mut tx, cx, ORGANISATION_FOUNDED, id.0, &json!({ "organisation_id": id })).await?;
    audit::record(&mut tx, cx, actor, about(id, "organisation.found", json!({ "kind": input.kind }))).await?;
    tx.commit().await?;
    Ok(id)
}

/// The organisations the actor belongs to, and as what.
pub async fn belongings(cx: &Cx, actor: &Actor) -> Result<Vec<Belonging>, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let rows = store::list_of_account(&mut cx.read().await?, account).await?;
    let open = |(row, role)| Ok(Belonging { organisation: open(cx, &row)?, role });
    rows.into_iter().map(open).collect()
}

/// The organisation the actor acts for, as its members see it.
pub async fn current(cx: &Cx, actor: &Actor) -> Result<OrganisationView, Error> {
    let id = acting_for(actor)?;
    let found = store::find_organisation(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)?;
    open(cx, &found)
}

/// The organisation somebody acts for; whoever acts for themselves has none.
pub(super) fn acting_for(actor: &Actor) -> Result<OrganisationId, Error> {
    let principal = actor.principal().ok_or(Error::SignInNeeded)?;
    principal.acting_for.map(|party| OrganisationId(party.0)).ok_or(Error::NotFound)
}

/// What acting for an organisation means for somebody now; `None` ends the acting.
pub(crate) async fn standing(
    tx: &mut Tx,
    party: AccountId,
    account: AccountId,
) -> Result<Option<Standing>, Error> {
    Ok(store::find_standing(tx, OrganisationId(party.0), account).await?)
}

/// From now on this session acts for the organisation, or with `None` for the person. A foreign organisation is not found.
pub async fn act_for(
    cx: &Cx,
    actor: &Actor,
    token: &str,
    target: Option<OrganisationId>,
) -> Result<(), Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    if let Some(id) = target {
        store::find_standing(&mut tx, id, account).await?.ok_or(Error::NotFound)?;
    }
    let party = target.map(OrganisationId::party);
    crate::session::set_acting_for(&mut tx, token, account, party).await?;
    let detail = json!({ "organisation": target });
    let entry = Entry {
        verb: "session.act_for",
        object_kind: "account",
        object: account.0,
        customer: Some(account),
        detail,
        reason: None,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// The same session for one request about the organisation, with the rights of the place there; nothing of it is kept. A foreign
/// organisation is not found.
pub async fn act_as(cx: &Cx, signed_in: &SignedIn, id: OrganisationId) -> Result<SignedIn, Error> {
    if signed_in.stage != Stage::Open {
        return Err(Error::SignInNeeded);
    }
    let mut tx = cx.read().await?;
    let place = standing(&mut tx, id.party(), signed_in.account).await?.ok_or(Error::NotFound)?;
    let permissions = crate::role::rights_of(&mut tx, &[place.role]).await?.permissions;
    Ok(SignedIn { acting_for: Some(id.party()), permissions, ..signed_in.clone() })
}

/// Somebody acting for the organisation now, without a session and without a proof: for work that they set going and that is done later.
/// `None` for who is no member any more, or whose account is not active.
pub async fn member(cx: &Cx, party: AccountId, account: AccountId) -> Result<Option<Principal>, Error> {
    let mut tx = cx.read().await?;
    let found = account::find_account(&mut tx, account).await?;
    let Some(found) = found.filter(|found| found.state == AccountState::Active) else { return Ok(None) };
    let Some(place) = standing(&mut tx, party, account).await? else { return Ok(None) };
    let permissions = crate::role::rights_of(&mut tx, &[place.role]).await?.permissions;
    let acting_for = Some(party);
    Ok(Some(Principal { id: account, roles: found.roles, permissions, acting_for, proved_at: None }))
}

/// Every organisation, newest first, codes masked.
pub async fn list(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<OrganisationView>, Error> {
    require(actor, Permission::ManageOrganisations)?;
    let rows = store::list_organisations(&mut cx.read().await?, &page).await?;
    let views = rows.iter().map(|row| masked(cx, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(views, &page, |view| Position { key: view.created_at.0, id: view.id.0 }))
}

/// One organisation for staff, its code masked.
pub async fn look_at(cx: &Cx, actor: &Actor, id: OrganisationId) -> Result<OrganisationView, Error> {
    require(actor, Permission::ManageOrganisations)?;
    let found = store::find_organisation(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)?;
    masked(cx, &found)
}

/// Staff have looked at the papers: it is who it says.
pub async fn confirm(cx: &Cx, actor: &Actor, id: OrganisationId, reason: &str) -> Result<(), Error> {
    require(actor, Permission::ManageOrganisations)?;
    let reason = check_reason(reason)?;
    let mut tx = cx.begin().await?;
    store::lock_organisation(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !store::confirm(&mut tx, id, cx.now()).await? {
        return Err(Error::WrongState);
    }
    let entry = Entry { reason: Some(&reason), ..about(id, "organisation.confirm", Value::Null) };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Staff stop an organisation, or let it go on. While it is stopped nobody acts for it; its members stay what they are.
pub async fn set_state(
    cx: &Cx,
    actor: &Actor,
    id: OrganisationId,
    state: OrganisationState,
    reason: &str,
) -> Result<(), Error> {
    require(actor, Permission::ManageOrganisations)?;
    let reason = check_reason(reason)?;
    let mut tx = cx.begin().await?;
    let found = store::lock_organisation(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if found.state == state {
        return Err(Error::WrongState);
    }
    store::update_state(&mut tx, id, state, cx.now()).await?;
    let entry = Entry { reason: Some(&reason), ..about(id, "organisation.state", json!({ "to": state })) };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// An audit entry about an organisation; its business is its own.
pub(super) fn about<'a>(id: OrganisationId, verb: &'static str, detail: Value) -> Entry<'a> {
    Entry {
        verb,
        object_kind: "organisation",
        object: id.0,
        customer: Some(id.party()),
        detail,
        reason: None,
    }
}

pub(super) fn open(cx: &Cx, row: &StoredOrganisation) -> Result<OrganisationView, Error> {
    Ok(OrganisationView {
        id: row.id,
        kind: row.kind,
        state: row.state,
        name: cx.vault.open_text(NAME, &row.name_sealed)?,
        code: cx.vault.open_text(CODE, &row.code_sealed)?,
        confirmed_at: row.confirmed_at,
        created_at: row.created_at,
    })
}

fn masked(cx: &Cx, row: &StoredOrganisation) -> Result<OrganisationView, Error> {
    let view = open(cx, row)?;
    Ok(OrganisationView { code: rules::mask_code(&view.code), ..view })
}

/// Whether the role is one that members of organisations can hold now.
pub(super) async fn check_place(tx: &mut Tx, place: &Place) -> Result<(), Error> {
    let exists = crate::role::exist(tx, &[place.role]).await?;
    rules::check_place(place, exists).map_err(|field| Error::Invalid { fields: vec![field] })
}

/// The masked address of somebody, for colleagues.
pub(super) fn masked_contact(cx: &Cx, stored: &account::StoredAccount) -> Result<String, Error> {
    let phone = stored.phone.as_ref().map(|phone| account::open_phone(cx, &phone.sealed)).transpose()?;
    if let Some(phone) = phone {
        return Ok(kernel::mask_phone(&phone));
    }
    let email = stored.email.as_ref().map(|email| account::open_email(cx, &email.sealed)).transpose()?;
    Ok(email.map(|email| kernel::mask_email(&email)).unwrap_or_default())
}

/// Whom to tell about the business of a party, and where: the person, or the owners of the organisation.
pub async fn addressees(
    tx: &mut Tx,
    cx: &Cx,
    party: AccountId,
) -> Result<Vec<(AccountId, account::ContactPoint)>, Error> {
    if let Some(point) = account::contact_of(tx, cx, party).await? {
        return Ok(vec![(party, point)]);
    }
    let mut all = Vec::new();
    for member in store::list_members(tx, OrganisationId(party.0)).await? {
        if member.place.role != kernel::Role::ORG_OWNER {
            continue;
        }
        if let Some(point) = account::contact_of(tx, cx, member.account).await? {
            all.push((member.account, point));
        }
    }
    Ok(all)
}

/// Whether this is an organisation that is not suspended.
pub(crate) async fn is_active(tx: &mut Tx, party: AccountId) -> Result<bool, Error> {
    let found = store::find_organisation(tx, OrganisationId(party.0)).await?;
    Ok(found.is_some_and(|organisation| organisation.state == OrganisationState::Active))
}

/// Every member of the organisation and their role there.
pub(crate) async fn places(tx: &mut Tx, id: OrganisationId) -> Result<Vec<(AccountId, kernel::Role)>, Error> {
    let members = store::list_members(tx, id).await?;
    Ok(members.into_iter().map(|member| (member.account, member.place.role)).collect())
}
