//! Many requests at once: those that the lines of one file became. Each is decided as if it were alone, under its own lock and rules
//! (W1); that one cannot be decided stops no other.

use std::collections::BTreeMap;

use db::Tx;
use durable::Cx;
use identity::account::ContactPoint;
use identity::policy::{self, Level};
use kernel::{AccountId, Actor, Currency, Kind, Money, Permission, Refusal as _};

use super::error::Error;
use super::model::{Approval, ApprovalId, ApprovalState, DecidedMany, Decision, Mine, Verdict};
use super::{ops, rules, store};

/// The most that is decided or looked at together.
pub const MOST_AT_ONCE: usize = 500;

/// Says the same of many requests, each at the level that was shown. Agreeing to much in sum wants a fresh proof as agreeing to it in
/// one request does (W8).
pub async fn decide_many(
    cx: &Cx,
    actor: &Actor,
    picked: &[(ApprovalId, i64)],
    verdict: Verdict<'_>,
) -> Result<DecidedMany, Error> {
    let picked = picked.get(..MOST_AT_ONCE.min(picked.len())).unwrap_or_default();
    match verdict {
        Verdict::Agree => prove(cx, actor, picked).await?,
        Verdict::Return(reason) => drop(rules::reason(reason)?),
    }
    let mut all = DecidedMany::default();
    for (id, level) in picked {
        let decided = match verdict {
            Verdict::Agree => ops::approve(cx, actor, *id, *level).await,
            Verdict::Return(reason) => ops::return_it(cx, actor, *id, reason).await,
        };
        match decided {
            Ok(_) => all.done = all.done.saturating_add(1),
            Err(error) if error.kind() == Kind::Bug => return Err(error),
            Err(error @ (Error::ProofNeeded | Error::SignInNeeded)) if all.done == 0 => return Err(error),
            Err(error) => all.refused.push((*id, error)),
        }
    }
    Ok(all)
}

/// Whether what was picked comes to so much that it wants a proof.
async fn prove(cx: &Cx, actor: &Actor, picked: &[(ApprovalId, i64)]) -> Result<(), Error> {
    if actor.has_fresh_proof(cx.now()) {
        return Ok(());
    }
    let ids = picked.iter().map(|(id, _)| id.raw()).collect();
    let found = store::list_by_id(&mut cx.read().await?, cx, ids).await?;
    let sum = found.iter().fold(0_i64, |sum, one| sum.saturating_add(one.amount.minor));
    if sum >= rules::PROOF_FROM { Err(Error::ProofNeeded) } else { Ok(()) }
}

/// These requests of the organisation the actor acts for, each with what the actor may do; others' are left out (W2).
pub async fn look_at_many(
    cx: &Cx,
    actor: &Actor,
    ids: &[ApprovalId],
) -> Result<Vec<(Approval, Mine)>, Error> {
    let principal = actor.principal().ok_or(Error::SignInNeeded)?;
    let (party, who) = (principal.acting_for.ok_or(Error::NotFound)?, principal.id);
    if !actor.may(Permission::ReadOwnBusiness) {
        return Err(Error::Forbidden);
    }
    let ids: Vec<i64> = ids.iter().take(MOST_AT_ONCE).map(|id| id.raw()).collect();
    let mut tx = cx.read().await?;
    let found = store::list_by_id(&mut tx, cx, ids.clone()).await?;
    let decisions = store::decisions_of(&mut tx, ids).await?;
    let limits = identity::role::limits_of(&mut tx, actor, Permission::ActAsCustomer).await?;
    let mut known: Vec<(Level, bool)> = Vec::new();
    let mut all = Vec::with_capacity(found.len());
    for approval in found.into_iter().filter(|one| one.party == party) {
        let fits = match rules::level_now(&approval) {
            Some(level) if actor.may(Permission::ApproveOrders) => {
                fits(&mut tx, &mut known, (party, who), level).await?
            }
            _ => false,
        };
        let of_it: Vec<Decision> =
            decisions.iter().filter(|(id, _)| *id == approval.id).map(|(_, one)| one.clone()).collect();
        let may = rules::may_decide(&approval, &of_it, who, fits, cx.now());
        let proof = rules::wants_proof(&approval, limits.transaction);
        all.push((approval, rules::mine(&may, proof)));
    }
    Ok(all)
}

/// Lines of one file are checked by the same few levels: each is asked about once.
async fn fits(
    tx: &mut Tx,
    known: &mut Vec<(Level, bool)>,
    (party, who): (AccountId, AccountId),
    level: &Level,
) -> Result<bool, Error> {
    if let Some((_, fits)) = known.iter().find(|(found, _)| found == level) {
        return Ok(*fits);
    }
    let fits = policy::may_check(tx, party, who, level).await?;
    known.push((level.clone(), fits));
    Ok(fits)
}

/// How many requests somebody is told about, and what they come to.
pub(super) struct Digest {
    pub account: AccountId,
    pub point: ContactPoint,
    pub count: usize,
    pub sum: Money,
    /// They are asked; otherwise they made them and hear how they ended.
    pub asked: bool,
}

/// Whom to tell about the requests of files that nobody was told about yet, and marks them as told.
pub(super) async fn digests(tx: &mut Tx, cx: &Cx, party: AccountId) -> Result<Vec<Digest>, Error> {
    let mut people: BTreeMap<(AccountId, bool), Digest> = BTreeMap::new();
    let mut known: Vec<(Level, Vec<policy::Whom>)> = Vec::new();
    let untold = store::list_untold(tx, cx, party).await?;
    let decisions = store::decisions_of(tx, untold.iter().map(|one| one.id.raw()).collect()).await?;
    for approval in untold {
        store::tell(tx, approval.id, approval.version).await?;
        let level = rules::level_now(&approval).filter(|_| approval.state == ApprovalState::Open);
        let whom = if let Some(level) = level {
            let past = |who| decisions.iter().any(|(id, one)| *id == approval.id && one.checker == who);
            let mut all = checkers(tx, cx, &mut known, (party, level)).await?;
            all.retain(|(who, _)| *who != approval.maker && !past(*who));
            all
        } else {
            let point = identity::account::contact_of(tx, cx, approval.maker).await?;
            point.map(|point| (approval.maker, point)).into_iter().collect()
        };
        for (account, point) in whom {
            let asked = level.is_some();
            let none = Money::new(0, Currency::CNY);
            let of = people.entry((account, asked)).or_insert(Digest {
                account,
                point,
                count: 0,
                sum: none,
                asked,
            });
            of.count = of.count.saturating_add(1);
            of.sum.minor = of.sum.minor.saturating_add(approval.amount.minor);
        }
    }
    Ok(people.into_values().collect())
}

async fn checkers(
    tx: &mut Tx,
    cx: &Cx,
    known: &mut Vec<(Level, Vec<policy::Whom>)>,
    (party, level): (AccountId, &Level),
) -> Result<Vec<policy::Whom>, Error> {
    if let Some((_, whom)) = known.iter().find(|(found, _)| found == level) {
        return Ok(whom.clone());
    }
    let whom = policy::checkers(tx, cx, party, level).await?;
    known.push((level.clone(), whom.clone()));
    Ok(whom)
}
