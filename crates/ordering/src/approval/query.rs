//! Reading requests: each list and each request obeys who asks (W2).

use db::Tx;
use durable::Cx;
use identity::policy;
use kernel::{AccountId, Actor, Page, PageRequest, Permission, Position};

use super::error::Error;
use super::model::{Approval, ApprovalId, ApprovalView, Decision, Mine, SubjectKind, SubjectView};
use super::{rules, store};
use crate::order::{self, OrderId, Which};

/// Requests of the organisation the actor acts for, the newest first, each with what the actor may do.
pub async fn list(
    cx: &Cx,
    actor: &Actor,
    which: Which,
    page: &PageRequest,
) -> Result<Page<(Approval, Mine)>, Error> {
    let (party, who) = member(actor)?;
    let mut tx = cx.read().await?;
    let mut found = match which {
        Which::Open => store::list_open(&mut tx, cx, party, page).await?,
        Which::All | Which::Ended => store::list(&mut tx, cx, party, page).await?,
    };
    if which == Which::Ended {
        found.retain(|one| rules::open(one, cx.now()).is_err());
    }
    let mut all = Vec::with_capacity(found.len());
    for approval in found {
        let decisions = store::list_decisions(&mut tx, approval.id).await?;
        let mine = mine(&mut tx, cx, actor, (&approval, &decisions), who).await?;
        all.push((approval, mine));
    }
    Ok(Page::cut(all, page, |(one, _)| Position { key: one.id.raw(), id: one.id.raw() }))
}

/// One request with exactly what will be done; another organisation's is not found.
pub async fn view(cx: &Cx, actor: &Actor, id: ApprovalId) -> Result<ApprovalView, Error> {
    let (party, who) = member(actor)?;
    let mut tx = cx.read().await?;
    let found = store::find(&mut tx, cx, id).await?.filter(|found| found.party == party);
    let approval = found.ok_or(Error::NotFound)?;
    let decisions = store::list_decisions(&mut tx, id).await?;
    let mine = mine(&mut tx, cx, actor, (&approval, &decisions), who).await?;
    let subject = match approval.subject {
        SubjectKind::Policy => {
            SubjectView::Policy(store::proposed(&mut tx, cx, id).await?.ok_or(Error::NotFound)?)
        }
        SubjectKind::Order => {
            drop(tx);
            let found = order::query::view(cx, actor, OrderId(approval.object)).await?;
            SubjectView::Order(Box::new(found))
        }
    };
    Ok(ApprovalView { approval, decisions, subject, mine })
}

/// The organisation the actor acts for and may look at, and who acts.
fn member(actor: &Actor) -> Result<(AccountId, AccountId), Error> {
    let principal = actor.principal().ok_or(Error::SignInNeeded)?;
    let party = principal.acting_for.ok_or(Error::NotFound)?;
    if actor.may(Permission::ReadOwnBusiness) { Ok((party, principal.id)) } else { Err(Error::Forbidden) }
}

async fn mine(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    (approval, decisions): (&Approval, &[Decision]),
    who: AccountId,
) -> Result<Mine, Error> {
    let fits = match rules::level_now(approval) {
        // A key may have fewer rights than whoever it is of.
        Some(level) if actor.may(Permission::ApproveOrders) => {
            policy::may_check(tx, approval.party, who, level).await?
        }
        _ => false,
    };
    let may = rules::may_decide(approval, decisions, who, fits, cx.now());
    let limits = identity::role::limits_of(tx, actor, Permission::ActAsCustomer).await?;
    Ok(rules::mine(&may, rules::wants_proof(approval, limits.transaction)))
}
