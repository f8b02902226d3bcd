//! SQL of organisations, departments, members and invitations.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, PageRequest, Role, Timestamp};

use crate::role::Limits;

use super::model::{
    DepartmentId, InvitationId, OrganisationId, OrganisationKind, OrganisationState, Place, Standing,
    StoredInvitation, StoredMember, StoredOrganisation,
};

db::statements! {
    INSERT = "INSERT INTO organisation (id, kind, state, name_sealed, code_sealed, code_index, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    FIND = "SELECT id, kind, state, name_sealed, code_sealed, confirmed_at, created_at FROM organisation WHERE id = $1";
    LOCK = "SELECT id, kind, state, name_sealed, code_sealed, confirmed_at, created_at FROM organisation WHERE id = $1 {for_update}";
    LIST = "SELECT id, kind, state, name_sealed, code_sealed, confirmed_at, created_at FROM organisation
        WHERE (created_at < $1 OR (created_at = $1 AND id < $2)) ORDER BY created_at DESC, id DESC LIMIT $3";
    OF_ACCOUNT = "SELECT o.id, o.kind, o.state, o.name_sealed, o.code_sealed, o.confirmed_at, o.created_at, m.role
        FROM membership m JOIN organisation o ON o.id = m.organisation_id WHERE m.account_id = $1 ORDER BY o.id";
    UPDATE_STATE = "UPDATE organisation SET state = $2, updated_at = $3 WHERE id = $1";
    CONFIRM = "UPDATE organisation SET confirmed_at = $2, updated_at = $2 WHERE id = $1 AND confirmed_at IS NULL";
    // In the path of every request of somebody who acts for an organisation.
    STANDING = "SELECT m.role, m.transaction_limit, m.day_limit FROM membership m
        JOIN organisation o ON o.id = m.organisation_id
        WHERE m.organisation_id = $1 AND m.account_id = $2 AND o.state = 'active'";
    INSERT_DEPARTMENT = "INSERT INTO department (id, organisation_id, name_sealed, created_at) VALUES ($1, $2, $3, $4)";
    LIST_DEPARTMENTS = "SELECT id, name_sealed FROM department WHERE organisation_id = $1 ORDER BY id LIMIT 200";
    DELETE_DEPARTMENT = "DELETE FROM department WHERE id = $1 AND organisation_id = $2";
    LEAVE_DEPARTMENT = "UPDATE membership SET department_id = NULL WHERE department_id = $1 AND organisation_id = $2";
    JOIN_IN = "INSERT INTO membership (organisation_id, account_id, role, department_id, transaction_limit, day_limit, joined_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organisation_id, account_id) DO NOTHING";
    LIST_MEMBERS = "SELECT account_id, role, department_id, transaction_limit, day_limit, joined_at FROM membership
        WHERE organisation_id = $1 ORDER BY joined_at, account_id LIMIT 1000";
    UPDATE_MEMBER = "UPDATE membership SET role = $3, department_id = $4, transaction_limit = $5, day_limit = $6
        WHERE organisation_id = $1 AND account_id = $2";
    DELETE_MEMBER = "DELETE FROM membership WHERE organisation_id = $1 AND account_id = $2";
    INSERT_INVITATION = "INSERT INTO invitation (id, organisation_id, token_hash, role, department_id, contact_sealed,
            contact_index, created_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    LIST_INVITATIONS = "SELECT id, organisation_id, role, department_id, contact_sealed, contact_index, expires_at FROM invitation
        WHERE organisation_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 200";
    FIND_INVITATION = "SELECT id, organisation_id, role, department_id, contact_sealed, contact_index, expires_at FROM invitation
        WHERE token_hash = $1 AND expires_at > $2";
    TAKE_INVITATION = "DELETE FROM invitation WHERE token_hash = $1 AND expires_at > $2
        RETURNING id, organisation_id, role, department_id, contact_sealed, contact_index, expires_at";
    DELETE_INVITATION = "DELETE FROM invitation WHERE id = $1 AND organisation_id = $2";
    DELETE_EXPIRED = "DELETE FROM invitation WHERE expires_at < $1";
}

/// Sealed name and code with the index of the code.
pub(crate) struct Sealed {
    pub name: Vec<u8>,
    pub code: Vec<u8>,
    pub code_index: Vec<u8>,
}

pub(crate) async fn insert_organisation(
    tx: &mut Tx,
    (id, kind): (OrganisationId, OrganisationKind),
    sealed: Sealed,
    by: AccountId,
    now: Timestamp,
) -> Result<()> {
    let state = OrganisationState::Active.name();
    let values = params![id.0, kind.name(), state, sealed.name, sealed.code, sealed.code_index, by, now];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

pub(crate) async fn find_organisation(tx: &mut Tx, id: OrganisationId) -> Result<Option<StoredOrganisation>> {
    tx.first(&FIND, params![id.0]).await?.as_ref().map(organisation).transpose()
}

/// Locks the organisation: whoever changes its members queues here.
pub(crate) async fn lock_organisation(tx: &mut Tx, id: OrganisationId) -> Result<Option<StoredOrganisation>> {
    tx.first(&LOCK, params![id.0]).await?.as_ref().map(organisation).transpose()
}

pub(crate) async fn list_organisations(tx: &mut Tx, page: &PageRequest) -> Result<Vec<StoredOrganisation>> {
    let values = params![page.after.key, page.after.id, page.fetch()];
    tx.all(&LIST, values).await?.iter().map(organisation).collect()
}

pub(crate) async fn list_of_account(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(StoredOrganisation, Role)>> {
    let read = |row: &Row| {
        let mut r = row.reader();
        let found = organisation_from(&mut r)?;
        Ok((found, role(&r.get::<String>()?)?))
    };
    tx.all(&OF_ACCOUNT, params![account]).await?.iter().map(read).collect()
}

pub(crate) async fn update_state(
    tx: &mut Tx,
    id: OrganisationId,
    state: OrganisationState,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&UPDATE_STATE, params![id.0, state.name(), now]).await?;
    Ok(())
}

/// False when it was confirmed before.
pub(crate) async fn confirm(tx: &mut Tx, id: OrganisationId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&CONFIRM, params![id.0, now]).await? == 1)
}

/// What acting for the organisation means; `None` for who is no member, and while it is suspended.
pub(crate) async fn find_standing(
    tx: &mut Tx,
    id: OrganisationId,
    account: AccountId,
) -> Result<Option<Standing>> {
    let Some(row) = tx.first(&STANDING, params![id.0, account]).await? else { return Ok(None) };
    let mut r = row.reader();
    let role = role(&r.get::<String>()?)?;
    Ok(Some(Standing { role, limits: Limits { transaction: r.get()?, day: r.get()? } }))
}

pub(crate) async fn insert_department(
    tx: &mut Tx,
    (id, organisation): (DepartmentId, OrganisationId),
    name_sealed: Vec<u8>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&INSERT_DEPARTMENT, params![id.0, organisation.0, name_sealed, now]).await?;
    Ok(())
}

pub(crate) async fn list_departments(
    tx: &mut Tx,
    id: OrganisationId,
) -> Result<Vec<(DepartmentId, Vec<u8>)>> {
    let read = |row: &Row| {
        let mut r = row.reader();
        Ok((DepartmentId(r.get()?), r.get()?))
    };
    tx.all(&LIST_DEPARTMENTS, params![id.0]).await?.iter().map(read).collect()
}

/// Its members stay, without a department.
pub(crate) async fn delete_department(
    tx: &mut Tx,
    id: DepartmentId,
    organisation: OrganisationId,
) -> Result<bool> {
    tx.execute(&LEAVE_DEPARTMENT, params![id.0, organisation.0]).await?;
    Ok(tx.execute(&DELETE_DEPARTMENT, params![id.0, organisation.0]).await? == 1)
}

/// False when the account is a member already.
pub(crate) async fn insert_member(
    tx: &mut Tx,
    id: OrganisationId,
    account: AccountId,
    place: &Place,
    now: Timestamp,
) -> Result<bool> {
    let limits = place.limits;
    let values = params![
        id.0,
        account,
        place.role.name(),
        place.department.map(DepartmentId::raw),
        limits.transaction,
        limits.day,
        now
    ];
    Ok(tx.execute(&JOIN_IN, values).await? == 1)
}

pub(crate) async fn list_members(tx: &mut Tx, id: OrganisationId) -> Result<Vec<StoredMember>> {
    tx.all(&LIST_MEMBERS, params![id.0]).await?.iter().map(member).collect()
}

pub(crate) async fn update_member(
    tx: &mut Tx,
    id: OrganisationId,
    account: AccountId,
    place: &Place,
) -> Result<bool> {
    let (limits, department) = (place.limits, place.department.map(DepartmentId::raw));
    let values = params![id.0, account, place.role.name(), department, limits.transaction, limits.day];
    Ok(tx.execute(&UPDATE_MEMBER, values).await? == 1)
}

pub(crate) async fn delete_member(tx: &mut Tx, id: OrganisationId, account: AccountId) -> Result<bool> {
    Ok(tx.execute(&DELETE_MEMBER, params![id.0, account]).await? == 1)
}

pub(crate) async fn insert_invitation(
    tx: &mut Tx,
    invitation: &StoredInvitation,
    token_hash: [u8; 32],
    by: AccountId,
    now: Timestamp,
) -> Result<()> {
    let values = params![
        invitation.id.0,
        invitation.organisation.0,
        token_hash,
        invitation.role.name(),
        invitation.department.map(DepartmentId::raw),
        invitation.contact_sealed.clone(),
        invitation.contact_index.clone(),
        by,
        now,
        invitation.expires_at
    ];
    tx.execute(&INSERT_INVITATION, values).await?;
    Ok(())
}

pub(crate) async fn list_invitations(
    tx: &mut Tx,
    id: OrganisationId,
    now: Timestamp,
) -> Result<Vec<StoredInvitation>> {
    tx.all(&LIST_INVITATIONS, params![id.0, now]).await?.iter().map(invitation).collect()
}

pub(crate) async fn find_invitation(
    tx: &mut Tx,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<StoredInvitation>> {
    tx.first(&FIND_INVITATION, params![hash, now]).await?.as_ref().map(invitation).transpose()
}

/// Uses the invitation up by deleting it, which only one transaction can do.
pub(crate) async fn take_invitation(
    tx: &mut Tx,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<StoredInvitation>> {
    tx.first(&TAKE_INVITATION, params![hash, now]).await?.as_ref().map(invitation).transpose()
}

pub(crate) async fn delete_invitation(
    tx: &mut Tx,
    id: InvitationId,
    organisation: OrganisationId,
) -> Result<bool> {
    Ok(tx.execute(&DELETE_INVITATION, params![id.0, organisation.0]).await? == 1)
}

pub(crate) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_EXPIRED, params![now]).await
}

fn organisation(row: &Row) -> Result<StoredOrganisation> {
    organisation_from(&mut row.reader())
}

fn organisation_from(r: &mut db::RowReader<'_>) -> Result<StoredOrganisation> {
    Ok(StoredOrganisation {
        id: OrganisationId(r.get()?),
        kind: known(OrganisationKind::from_name(&r.get::<String>()?))?,
        state: known(OrganisationState::from_name(&r.get::<String>()?))?,
        name_sealed: r.get()?,
        code_sealed: r.get()?,
        confirmed_at: r.get()?,
        created_at: r.get()?,
    })
}

fn member(row: &Row) -> Result<StoredMember> {
    let mut r = row.reader();
    let account = r.get()?;
    let role = role(&r.get::<String>()?)?;
    let department = r.get::<Option<i64>>()?.map(DepartmentId);
    let limits = Limits { transaction: r.get()?, day: r.get()? };
    Ok(StoredMember { account, place: Place { role, department, limits }, joined_at: r.get()? })
}

fn invitation(row: &Row) -> Result<StoredInvitation> {
    let mut r = row.reader();
    Ok(StoredInvitation {
        id: InvitationId(r.get()?),
        organisation: OrganisationId(r.get()?),
        role: role(&r.get::<String>()?)?,
        department: r.get::<Option<i64>>()?.map(DepartmentId),
        contact_sealed: r.get()?,
        contact_index: r.get()?,
        expires_at: r.get()?,
    })
}

fn role(code: &str) -> Result<Role> {
    known(Role::from_name(code))
}

fn known<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| db::Error::Shape("an organisation has an unknown word".to_owned()))
}
