//! Asking for an approval, deciding about it, and what happens when nobody does.

use db::Tx;
use durable::{Cx, emit, emit_many};
use identity::policy::{self, Checker, Level, OnExpiry, Policy, Rule};
use kernel::{AccountId, Actor, Currency, Duration, Money, Permission, Role, Timestamp};
use serde_json::json;

use super::error::Error;
use super::model::{
    Approval, ApprovalFact, ApprovalId, ApprovalState, Decision, PolicyChange, Proposed, SubjectKind, topic,
};
use super::{rules, store};
use crate::desk::{Prepared, PreparedLine};
use crate::held::{self, HoldCause, HoldFor};
use crate::order::{self, NewEvent, OrderId};

/// How long a change of the rules waits for another owner.
const RULES_WAIT_HOURS: i64 = 72;
/// Requests that end in one run of the schedule.
const BATCH: u16 = 100;
/// Why an order ended that a checker returned.
const RETURNED: &str = "approval_returned";
/// Why an order ended that its maker took back.
const WITHDRAWN: &str = "approval_withdrawn";

/// How an order waits for this rule. One that owners are asked about waits twice as long.
pub(crate) fn hold_for(rule: &Rule) -> HoldFor {
    let times = if rule.on_expiry == OnExpiry::Escalate { 2 } else { 1 };
    let lasts = Duration::from_hours(rule.lasts_hours.saturating_mul(times));
    HoldFor { cause: HoldCause::Approval, lasts, on_expiry: held::OnExpiry::Reject }
}

/// What the rules of an organisation want of an order that is about to be placed for it. Whoever orders for themselves is not asked.
pub(crate) async fn cover(cx: &Cx, command: &mut Prepared) -> Result<(), crate::Error> {
    if command.actor.principal().is_none_or(|own| own.acting_for.is_none()) {
        return Ok(());
    }
    let mut services: Vec<&str> = command.lines.iter().map(|line| line.service.code.as_str()).collect();
    if command.lines.iter().any(PreparedLine::is_transfer) {
        services.push(policy::TRANSFER_SERVICE);
    }
    let rules = policy::of_party(&mut cx.read().await?, command.customer).await?;
    let rule = policy::rule_for(&rules, &services, command.total).cloned();
    if let Some(rule) = rule {
        command.due_at = command.due_at.plus(hold_for(&rule).lasts);
        command.approval = Some(rule);
    }
    Ok(())
}

/// A request that is about to be made; whose it is the caller says.
pub(crate) fn request_for(
    id: ApprovalId,
    (subject, object): (SubjectKind, i64),
    rule: Rule,
    amount: Money,
    now: Timestamp,
) -> Approval {
    Approval {
        id,
        party: AccountId(0),
        maker: AccountId(0),
        subject,
        object,
        amount,
        level: 0,
        state: ApprovalState::Open,
        escalated: false,
        // An order's own wait ends it, unless owners are to be asked before.
        alone: subject != SubjectKind::Order || rule.on_expiry == OnExpiry::Escalate,
        version: 1,
        created_at: now,
        expires_at: now.plus(Duration::from_hours(rule.lasts_hours)),
        decided_at: None,
        reason: None,
        rule,
    }
}

/// Asks for approvals, in the transaction that writes what they are about.
pub(crate) async fn ask(tx: &mut Tx, cx: &Cx, asked: &[Approval]) -> db::Result<()> {
    let rows = asked.iter().map(|one| store::row(cx, one, None)).collect::<db::Result<Vec<_>>>()?;
    store::insert_many(tx, rows).await?;
    let mut facts = Vec::with_capacity(asked.len());
    for one in asked {
        let fact = ApprovalFact { approval: one.id, version: one.version };
        let payload = serde_json::to_value(fact).map_err(|error| db::Error::Other(error.into()))?;
        facts.push((topic::ASKED, one.id.raw(), payload));
    }
    if facts.is_empty() {
        return Ok(());
    }
    emit_many(tx, cx, facts).await
}

/// The order of a request ended by itself, or its customer ended it: nobody is asked any more.
pub(crate) async fn close_of_order(
    tx: &mut Tx,
    cx: &Cx,
    order: OrderId,
    outcome: &str,
) -> Result<(), crate::Error> {
    let state = rules::ended_by(outcome);
    Ok(store::close(tx, SubjectKind::Order, order.raw(), state, cx.now()).await?)
}

/// Agrees to the level that was shown. The last level carries out what was asked for, in the same transaction; the same order goes
/// on, nothing is placed again.
pub async fn approve(cx: &Cx, actor: &Actor, id: ApprovalId, level: i64) -> Result<Approval, Error> {
    let mut tx = cx.begin().await?;
    let (approval, who) = for_checker(&mut tx, cx, actor, id).await?;
    if approval.level != level {
        return Err(Error::LevelMoved);
    }
    let limits = identity::role::limits_of(&mut tx, actor, Permission::ActAsCustomer).await?;
    if rules::wants_proof(&approval, limits.transaction) && !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let now = cx.now();
    let next = rules::agreed(&approval, now);
    let decision = Decision { level, checker: who, agreed: true, at: now };
    store::insert_decision(&mut tx, cx, id, &decision).await?;
    save(&mut tx, cx, &next).await?;
    if next.state == ApprovalState::Approved {
        carry_out(&mut tx, cx, actor, &next).await?;
    } else if next.subject == SubjectKind::Order {
        let order = order::ops::find(&mut tx, cx, OrderId(next.object)).await?.ok_or(Error::NotFound)?;
        order::ops::note(&mut tx, cx, actor, &order, NewEvent::public("checked")).await?;
    }
    let topic = if next.state == ApprovalState::Open { topic::ASKED } else { topic::DECIDED };
    finish(tx, cx, actor, &next, topic, "approval.approve", None).await
}

/// Returns it to its maker: nothing of it is done, what was set aside goes back. `reason` has at least five characters.
pub async fn return_it(cx: &Cx, actor: &Actor, id: ApprovalId, reason: &str) -> Result<Approval, Error> {
    let reason = rules::reason(reason)?;
    let mut tx = cx.begin().await?;
    let (approval, who) = for_checker(&mut tx, cx, actor, id).await?;
    let now = cx.now();
    let decision = Decision { level: approval.level, checker: who, agreed: false, at: now };
    store::insert_decision(&mut tx, cx, id, &decision).await?;
    let next = Approval {
        state: ApprovalState::Returned,
        decided_at: Some(now),
        reason: Some(reason.clone()),
        ..approval
    };
    save(&mut tx, cx, &next).await?;
    drop_subject(&mut tx, cx, actor, &next, RETURNED).await?;
    finish(tx, cx, actor, &next, topic::DECIDED, "approval.return", Some(&reason)).await
}

/// Its maker takes it back.
pub async fn withdraw(cx: &Cx, actor: &Actor, id: ApprovalId) -> Result<Approval, Error> {
    let mut tx = cx.begin().await?;
    let (approval, who) = locked(&mut tx, cx, actor, id).await?;
    if approval.maker != who {
        return Err(Error::Forbidden);
    }
    rules::open(&approval, cx.now())?;
    let next = Approval { state: ApprovalState::Withdrawn, decided_at: Some(cx.now()), ..approval };
    save(&mut tx, cx, &next).await?;
    drop_subject(&mut tx, cx, actor, &next, WITHDRAWN).await?;
    finish(tx, cx, actor, &next, topic::DECIDED, "approval.withdraw", None).await
}

/// Changes the rules of the actor's organisation: at once while there is one owner, else another owner agrees first.
pub async fn change_policy(cx: &Cx, actor: &Actor, wanted: Policy) -> Result<PolicyChange, Error> {
    let party = policy::propose(cx, actor, &wanted)?;
    let maker = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    let before = policy::of_party(&mut tx, party).await?;
    if before.version != wanted.version {
        return Err(Error::RulesMoved);
    }
    let alone = policy::members_who_may_change(&mut tx, party).await? <= 1;
    let (done, verb) = if alone {
        policy::replace(&mut tx, cx, party, &wanted, maker).await?;
        (PolicyChange::Changed, "organisation.policy_change")
    } else {
        let id = ApprovalId::new(&cx.ids, cx.now());
        ask_owners(&mut tx, cx, (id, party, maker), Proposed { before, after: wanted.clone() }).await?;
        (PolicyChange::Asked(id), "organisation.policy_propose")
    };
    let entry = audit::Entry {
        verb,
        object_kind: "organisation",
        object: party.0,
        customer: Some(party),
        detail: json!({ "rules": wanted.rules, "version": wanted.version }),
        reason: None,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(done)
}

async fn ask_owners(
    tx: &mut Tx,
    cx: &Cx,
    (id, party, maker): (ApprovalId, AccountId, AccountId),
    proposed: Proposed,
) -> Result<(), Error> {
    let rule = Rule {
        subject: policy::Subject::Any,
        above_minor: 0,
        levels: vec![owners()],
        lasts_hours: RULES_WAIT_HOURS,
        on_expiry: OnExpiry::Reject,
    };
    let nothing = Money::new(0, Currency::CNY);
    let asked = request_for(id, (SubjectKind::Policy, party.0), rule, nothing, cx.now());
    let asked = Approval { party, maker, ..asked };
    let row = store::row(cx, &asked, Some(&proposed))?;
    let inserted = store::insert_many(tx, vec![row]).await;
    inserted.map_err(|error| if error.is_unique() { Error::RulesPending } else { error.into() })?;
    let fact = ApprovalFact { approval: id, version: asked.version };
    Ok(emit(tx, cx, topic::ASKED, id.raw(), &fact).await?)
}

/// Does with every request whose time is over what its rule says; how many.
pub async fn expire_due(cx: &Cx) -> Result<usize, Error> {
    let due = store::list_due(&mut cx.read().await?, cx, cx.now(), BATCH).await?;
    let mut ended: usize = 0;
    for found in due {
        match expire(cx, found.id).await {
            Ok(true) => ended = ended.saturating_add(1),
            Ok(false) => {}
            // One that cannot end keeps no other waiting.
            Err(error) => {
                tracing::error!(approval = %found.id, error = ?error, "a request that is over does not end");
            }
        }
    }
    Ok(ended)
}

/// `false` when somebody decided meanwhile.
async fn expire(cx: &Cx, id: ApprovalId) -> Result<bool, Error> {
    let mut tx = cx.begin().await?;
    let Some(approval) = lock_with_order(&mut tx, cx, id).await? else { return Ok(false) };
    if approval.state != ApprovalState::Open || !approval.alone || approval.expires_at > cx.now() {
        return Ok(false);
    }
    let (next, topic, verb) = rules_on_expiry(&approval, cx.now());
    save(&mut tx, cx, &next).await?;
    let actor = Actor::system("approval");
    if next.state == ApprovalState::Expired {
        drop_subject(&mut tx, cx, &actor, &next, "hold_expired").await?;
    }
    finish(tx, cx, &actor, &next, topic, verb, None).await?;
    Ok(true)
}

/// Owners are asked once where the rule says so; what was asked already ends.
fn rules_on_expiry(approval: &Approval, now: Timestamp) -> (Approval, &'static str, &'static str) {
    if approval.rule.on_expiry == OnExpiry::Escalate && !approval.escalated {
        let mut rule = approval.rule.clone();
        rule.levels.truncate(usize::try_from(approval.level).unwrap_or(usize::MAX));
        rule.levels.push(owners());
        let expires_at = approval.expires_at.plus(Duration::from_hours(rule.lasts_hours));
        let alone = approval.subject != SubjectKind::Order;
        let next = Approval { rule, escalated: true, alone, expires_at, ..approval.clone() };
        return (next, topic::ASKED, "approval.escalate");
    }
    let next = Approval { state: ApprovalState::Expired, decided_at: Some(now), ..approval.clone() };
    (next, topic::DECIDED, "approval.expire")
}

fn owners() -> Level {
    Level { checkers: vec![Checker::Role(Role::ORG_OWNER)] }
}

/// The request, locked, and who may decide about it now.
async fn for_checker(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    id: ApprovalId,
) -> Result<(Approval, AccountId), Error> {
    let (approval, who) = locked(tx, cx, actor, id).await?;
    let fits = match rules::level_now(&approval) {
        // A key may have fewer rights than whoever it is of.
        Some(level) if actor.may(Permission::ApproveOrders) => {
            policy::may_check(tx, approval.party, who, level).await?
        }
        _ => false,
    };
    let decisions = store::list_decisions(tx, id).await?;
    rules::may_decide(&approval, &decisions, who, fits, cx.now())?;
    Ok((approval, who))
}

/// The request of the actor's organisation, locked after its order; a foreign one is not found (W2).
async fn locked(tx: &mut Tx, cx: &Cx, actor: &Actor, id: ApprovalId) -> Result<(Approval, AccountId), Error> {
    let principal = actor.principal().ok_or(Error::SignInNeeded)?;
    let party = principal.acting_for.ok_or(Error::NotFound)?;
    if !actor.may(Permission::ReadOwnBusiness) {
        return Err(Error::Forbidden);
    }
    let own = lock_with_order(tx, cx, id).await?.filter(|found| found.party == party);
    Ok((own.ok_or(Error::NotFound)?, principal.id))
}

async fn lock_with_order(tx: &mut Tx, cx: &Cx, id: ApprovalId) -> Result<Option<Approval>, Error> {
    let Some(found) = store::find(tx, cx, id).await? else { return Ok(None) };
    if found.subject == SubjectKind::Order {
        order::ops::lock(tx, cx, OrderId(found.object)).await?;
    }
    Ok(store::lock(tx, cx, id).await?)
}

async fn save(tx: &mut Tx, cx: &Cx, next: &Approval) -> Result<(), Error> {
    if store::update(tx, cx, next).await? { Ok(()) } else { Err(Error::LevelMoved) }
}

/// Every level agreed: what was asked for is done.
async fn carry_out(tx: &mut Tx, cx: &Cx, actor: &Actor, approval: &Approval) -> Result<(), Error> {
    match approval.subject {
        SubjectKind::Order => {
            held::release(tx, cx, actor, OrderId(approval.object)).await?;
        }
        SubjectKind::Policy => {
            let proposed = store::proposed(tx, cx, approval.id).await?.ok_or(Error::NotFound)?;
            policy::replace(tx, cx, approval.party, &proposed.after, approval.maker).await?;
        }
    }
    Ok(())
}

/// It will not be done: what was set aside for it goes back.
async fn drop_subject(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    approval: &Approval,
    reason: &'static str,
) -> Result<(), Error> {
    match approval.subject {
        SubjectKind::Order => {
            held::reject(tx, cx, actor, OrderId(approval.object), reason).await?;
        }
        SubjectKind::Policy => {}
    }
    Ok(())
}

/// Tells what happened, writes the record and commits.
async fn finish(
    mut tx: Tx,
    cx: &Cx,
    actor: &Actor,
    approval: &Approval,
    topic: &'static str,
    verb: &'static str,
    reason: Option<&str>,
) -> Result<Approval, Error> {
    let saved = Approval { version: approval.version.saturating_add(1), ..approval.clone() };
    let fact = ApprovalFact { approval: saved.id, version: saved.version };
    emit(&mut tx, cx, topic, saved.id.raw(), &fact).await?;
    let entry = audit::Entry {
        verb,
        object_kind: "approval",
        object: saved.id.raw(),
        customer: Some(saved.party),
        detail: json!({
            "subject": saved.subject.name(), "object": saved.object, "level": saved.level, "state": saved.state.name(),
            "amount": saved.amount, "maker": saved.maker,
        }),
        reason,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    metrics::counter!("everlit_approvals_total", "state" => saved.state.name()).increment(1);
    Ok(saved)
}
