//! Reading and replacing the rules, and who may check by them.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Permission, Role};

use super::model::{Checker, Level, Policy};
use super::{rules, store};
use crate::Error;
use crate::account::{self, ContactPoint, require};
use crate::organisation::{self, OrganisationId};

/// A member who is to be told, and where.
pub type Whom = (AccountId, ContactPoint);

/// The rules of the organisation the actor acts for.
pub async fn current(cx: &Cx, actor: &Actor) -> Result<Policy, Error> {
    let party = acting_for(actor)?;
    of_party(&mut cx.read().await?, party).await
}

/// The rules of an organisation; of somebody who is none there are none.
pub async fn of_party(tx: &mut Tx, party: AccountId) -> Result<Policy, Error> {
    Ok(store::find(tx, party).await?)
}

/// Whether these rules can stand. Errors point to `/rules/0/levels` and the like.
pub fn check(policy: &Policy) -> Result<(), Error> {
    let fields = rules::wrong(policy);
    if fields.is_empty() { Ok(()) } else { Err(Error::Invalid { fields }) }
}

/// Who wants to change the rules of which organisation: an owner with a fresh proof, and rules that can stand.
pub fn propose(cx: &Cx, actor: &Actor, policy: &Policy) -> Result<AccountId, Error> {
    let party = acting_for(actor)?;
    require(actor, Permission::ManageMembers)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    check(policy)?;
    Ok(party)
}

/// Replaces the rules, in the caller's transaction. Those of another version than was seen are not overwritten.
pub async fn replace(
    tx: &mut Tx,
    cx: &Cx,
    party: AccountId,
    policy: &Policy,
    by: AccountId,
) -> Result<(), Error> {
    check(policy)?;
    if store::replace(tx, party, policy, by, cx.now()).await? { Ok(()) } else { Err(Error::WrongState) }
}

/// Whether a member of the organisation is one of these checkers now and their role there approves. Somebody who is no member, or whose organisation is stopped, is none.
pub async fn may_check(
    tx: &mut Tx,
    party: AccountId,
    account: AccountId,
    level: &Level,
) -> Result<bool, Error> {
    let Some(standing) = organisation::standing(tx, party, account).await? else { return Ok(false) };
    let fits = level.checkers.iter().any(|one| fits(*one, account, standing.role));
    Ok(fits && may_approve(tx, standing.role).await?)
}

/// The members who are checkers now, and where to tell them.
pub async fn checkers(tx: &mut Tx, cx: &Cx, party: AccountId, level: &Level) -> Result<Vec<Whom>, Error> {
    let mut all = Vec::new();
    for (account, role) in organisation::places(tx, OrganisationId(party.0)).await? {
        if !level.checkers.iter().any(|one| fits(*one, account, role)) {
            continue;
        }
        if !may_approve(tx, role).await? {
            continue;
        }
        if let Some(point) = account::contact_of(tx, cx, account).await? {
            all.push((account, point));
        }
    }
    Ok(all)
}

/// How many members may change the rules: more than one, and no one changes them alone.
pub async fn members_who_may_change(tx: &mut Tx, party: AccountId) -> Result<usize, Error> {
    let places = organisation::places(tx, OrganisationId(party.0)).await?;
    Ok(places.iter().filter(|(_, role)| *role == Role::ORG_OWNER).count())
}

/// Naming somebody does not give them the right.
async fn may_approve(tx: &mut Tx, role: Role) -> Result<bool, Error> {
    let rights = crate::role::rights_of(tx, &[role]).await?;
    Ok(rights.permissions.contains(Permission::ApproveOrders))
}

fn fits(checker: Checker, account: AccountId, role: Role) -> bool {
    match checker {
        Checker::Role(wanted) => wanted == role,
        Checker::Member(wanted) => wanted == account,
    }
}

fn acting_for(actor: &Actor) -> Result<AccountId, Error> {
    let principal = actor.principal().ok_or(Error::SignInNeeded)?;
    principal.acting_for.ok_or(Error::NotFound)
}
