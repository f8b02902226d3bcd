//! Writing rules, trying them beside, and making them live with a second person.

use durable::Cx;
use kernel::{AccountId, Actor, Page, PageRequest, Permission, Position};
use serde_json::{Value, json};

use super::model::{Figures, NewRule, Rule, RuleId, RuleState, Wanted};
use super::rules::Takes;
use super::{rules, store};
use crate::Error;
use crate::decision::{DecisionId, permit, reason as check_reason};
use crate::engine::CHANNEL;

/// Rules for staff, the newest first. Needs `read_risk`.
pub async fn list(cx: &Cx, actor: &Actor, page: &PageRequest) -> Result<Page<Rule>, Error> {
    permit(actor, Permission::ReadRisk)?;
    let found = store::list(&mut cx.read().await?, cx, page.after.id, page.fetch()).await?;
    Ok(Page::cut(found, page, |rule| Position { key: rule.id.raw(), id: rule.id.raw() }))
}

/// One version. Needs `read_risk`.
pub async fn show(cx: &Cx, actor: &Actor, id: RuleId) -> Result<Rule, Error> {
    permit(actor, Permission::ReadRisk)?;
    store::find(&mut cx.read().await?, cx, id).await?.ok_or(Error::NoSuchEntry)
}

/// Live rules that matched a decision. Needs `read_risk`.
pub async fn list_hit_by(cx: &Cx, actor: &Actor, decision: DecisionId) -> Result<Vec<Rule>, Error> {
    permit(actor, Permission::ReadRisk)?;
    Ok(store::list_hit_by(&mut cx.read().await?, decision.raw()).await?)
}

/// How often it matched, and what became of it. Needs `read_risk`.
pub async fn figures(cx: &Cx, actor: &Actor, id: RuleId) -> Result<Figures, Error> {
    permit(actor, Permission::ReadRisk)?;
    let mut tx = cx.read().await?;
    store::find(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    Ok(store::find_figures(&mut tx, id).await?)
}

/// Writes a new version of a rule, the first of its code or the next. It has no effect yet. Needs `decide_risk`; every problem is told
/// at its field, those of the text with line and column.
pub async fn draft(cx: &Cx, actor: &Actor, new: &NewRule) -> Result<RuleId, Error> {
    let by = person(actor)?;
    rules::check(new).map_err(|fields| Error::Input { fields })?;
    let mut tx = cx.begin().await?;
    let id = store::insert(&mut tx, cx, new, by).await?;
    let detail = json!({"code": new.code, "outcome": new.outcome.name(), "source": new.source});
    audit::record(&mut tx, cx, actor, entry("risk.rule_draft", id, detail, None)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a version's state where nobody is touched by it; otherwise notes what is wanted until a second person approves. The state
/// it has now. Needs `decide_risk`.
pub async fn ask(
    cx: &Cx,
    actor: &Actor,
    id: RuleId,
    to: RuleState,
    reason: &str,
) -> Result<RuleState, Error> {
    let by = person(actor)?;
    let reason = check_reason(reason).map_err(|field| Error::Input { fields: vec![field] })?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let rule = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    let detail =
        json!({"code": rule.rule.code, "number": rule.number, "from": rule.state.name(), "to": to.name()});
    let (verb, state) = match rules::takes(rule.state, to) {
        Takes::Refused => return Err(Error::WrongState),
        Takes::One => {
            store::update_state(&mut tx, &rule, to, Some(by), now).await?;
            tx.notify(CHANNEL, "rule");
            ("risk.rule_change", to)
        }
        Takes::Two => {
            let wanted = Wanted { state: to, by, at: now, reason: reason.to_owned() };
            store::update_wanted(&mut tx, cx, id, Some(&wanted)).await?;
            ("risk.rule_ask", rule.state)
        }
    };
    audit::record(&mut tx, cx, actor, entry(verb, id, detail, Some(reason))).await?;
    tx.commit().await?;
    Ok(state)
}

/// Approves what somebody else asked for: not the one who asked, and for a rule that goes live not its author either. Needs
/// `decide_risk`.
pub async fn approve(cx: &Cx, actor: &Actor, id: RuleId) -> Result<RuleState, Error> {
    let by = person(actor)?;
    let mut tx = cx.begin().await?;
    let rule = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    let wanted = rule.wanted.clone().ok_or(Error::WrongState)?;
    let is_author = wanted.state == RuleState::Live && rule.made_by == by;
    if wanted.by == by || is_author {
        return Err(Error::SamePerson);
    }
    if rules::takes(rule.state, wanted.state) != Takes::Two {
        return Err(Error::WrongState);
    }
    store::update_state(&mut tx, &rule, wanted.state, Some(by), cx.now()).await?;
    tx.notify(CHANNEL, "rule");
    let detail = json!({
        "code": rule.rule.code,
        "number": rule.number,
        "from": rule.state.name(),
        "to": wanted.state.name(),
        "asked_by": wanted.by.to_string(),
    });
    audit::record(&mut tx, cx, actor, entry("risk.rule_approve", id, detail, None)).await?;
    tx.commit().await?;
    Ok(wanted.state)
}

/// Turns down, or takes back, what was asked for. Needs `decide_risk`.
pub async fn decline(cx: &Cx, actor: &Actor, id: RuleId, reason: &str) -> Result<(), Error> {
    person(actor)?;
    let reason = check_reason(reason).map_err(|field| Error::Input { fields: vec![field] })?;
    let mut tx = cx.begin().await?;
    let rule = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    let wanted = rule.wanted.ok_or(Error::WrongState)?;
    store::update_wanted(&mut tx, cx, id, None).await?;
    let detail = json!({"code": rule.rule.code, "number": rule.number, "wanted": wanted.state.name()});
    audit::record(&mut tx, cx, actor, entry("risk.rule_decline", id, detail, Some(reason))).await?;
    tx.commit().await?;
    Ok(())
}

/// Who decides is a person: what takes two of them is never done by a job.
pub(crate) fn person(actor: &Actor) -> Result<AccountId, Error> {
    permit(actor, Permission::DecideRisk)?;
    actor.account().ok_or(Error::Forbidden)
}

fn entry<'a>(verb: &'static str, id: RuleId, detail: Value, reason: Option<&'a str>) -> audit::Entry<'a> {
    audit::Entry { verb, object_kind: "risk_rule", object: id.raw(), customer: None, detail, reason }
}
