//! Opening cases, working on them, closing them.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, FieldError, Page, PageRequest, Permission, Position};
use serde_json::{Value, json};

use super::model::{Case, CaseId, CaseState, CaseView, FreezeAsked};
use super::{FREEZE_ASKED, store};
use crate::Error;
use crate::decision::{self, DecisionId, permit, reason as check_reason};
use crate::label::{self, Word};
use crate::list::Entity;

/// A title or a note has at most this many characters.
const LONGEST: usize = 2_000;

/// Opens a case about a customer, from a decision or an alert. A decision has one case: asked again, it is that one. Needs `decide_risk`.
pub async fn open(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    decision: Option<DecisionId>,
    title: &str,
) -> Result<CaseId, Error> {
    permit(actor, Permission::DecideRisk)?;
    let title = text("/title", title)?;
    let mut tx = cx.begin().await?;
    let id = open_in(&mut tx, cx, actor, (customer, decision), title).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same in the caller's transaction.
pub(super) async fn open_in(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    (customer, of): (AccountId, Option<DecisionId>),
    title: &str,
) -> Result<CaseId, Error> {
    not_oneself(actor, customer)?;
    if let Some(of) = of {
        let found = decision::store::find(tx, cx, of).await?.ok_or(Error::NotFound)?;
        if found.subject != customer {
            return Err(Error::NotFound);
        }
    }
    let now = cx.now();
    let case = Case {
        id: CaseId(cx.ids.next(now)),
        state: CaseState::Open,
        customer,
        decision: of,
        title: title.to_owned(),
        opened_by: actor.account(),
        opened_at: now,
        assigned_to: None,
        closed_at: None,
        fraud: None,
    };
    if !store::insert(tx, cx, &case).await? {
        let found = match of {
            Some(of) => store::find_of(tx, of).await?,
            None => None,
        };
        return found.ok_or(Error::NoSuchEntry);
    }
    let detail = json!({"decision": of.map(|id| id.to_string())});
    audit::record(tx, cx, actor, entry("risk.case_open", &case, detail, None)).await?;
    Ok(case.id)
}

/// Cases of a state, the newest first. Needs `read_risk`.
pub async fn list(cx: &Cx, actor: &Actor, state: CaseState, page: &PageRequest) -> Result<Page<Case>, Error> {
    permit(actor, Permission::ReadRisk)?;
    let found = store::list(&mut cx.read().await?, cx, state, page.after.id, page.fetch()).await?;
    Ok(Page::cut(found, page, |case| Position { key: case.id.raw(), id: case.id.raw() }))
}

/// A case with links and notes; reading it is audited. Needs `read_risk`.
pub async fn show(cx: &Cx, actor: &Actor, id: CaseId) -> Result<CaseView, Error> {
    permit(actor, Permission::ReadRisk)?;
    let mut tx = cx.begin().await?;
    let case = store::find(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    not_oneself(actor, case.customer)?;
    let links = store::list_links(&mut tx, id).await?;
    let notes = store::list_notes(&mut tx, cx, id).await?;
    audit::record(&mut tx, cx, actor, entry("risk.case_read", &case, Value::Null, None)).await?;
    tx.commit().await?;
    Ok(CaseView { case, links, notes })
}

/// Gives a case to somebody, or to nobody. Needs `decide_risk`.
pub async fn assign(cx: &Cx, actor: &Actor, id: CaseId, to: Option<AccountId>) -> Result<(), Error> {
    let (mut tx, case) = working_on(cx, actor, id).await?;
    if to == Some(case.customer) {
        return Err(Error::OwnReview);
    }
    if !store::update_assigned(&mut tx, id, to).await? {
        return Err(Error::WrongState);
    }
    let detail = json!({"to": to.map(|to| to.to_string())});
    audit::record(&mut tx, cx, actor, entry("risk.case_assign", &case, detail, None)).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes something down. Needs `decide_risk`.
pub async fn note(cx: &Cx, actor: &Actor, id: CaseId, words: &str) -> Result<(), Error> {
    let words = text("/text", words)?;
    let (mut tx, case) = working_on(cx, actor, id).await?;
    store::insert_note(&mut tx, cx, id, actor.account(), words).await?;
    audit::record(&mut tx, cx, actor, entry("risk.case_note", &case, Value::Null, None)).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds an account, a device, a network, a payee or a phone by its number; doing it again changes nothing. Needs `decide_risk`.
pub async fn link(cx: &Cx, actor: &Actor, id: CaseId, entity: Entity, value: i64) -> Result<(), Error> {
    let (mut tx, case) = working_on(cx, actor, id).await?;
    if entity == Entity::Customer {
        not_oneself(actor, AccountId(value))?;
    }
    store::insert_link(&mut tx, id, (entity, value), actor.account(), cx.now()).await?;
    let detail = json!({"entity": entity.name()});
    audit::record(&mut tx, cx, actor, entry("risk.case_link", &case, detail, None)).await?;
    tx.commit().await?;
    Ok(())
}

/// Closes a case: as fraud or not, which labels the act it was opened from, or as unclear. Needs `decide_risk`.
pub async fn close(
    cx: &Cx,
    actor: &Actor,
    id: CaseId,
    fraud: Option<bool>,
    reason: &str,
) -> Result<(), Error> {
    let reason = check_reason(reason).map_err(|field| Error::Input { fields: vec![field] })?;
    let (mut tx, case) = working_on(cx, actor, id).await?;
    let now = cx.now();
    if !store::update_closed(&mut tx, id, actor.account(), now, fraud).await? {
        return Err(Error::WrongState);
    }
    if let (Some(decision), Some(fraud)) = (case.decision, fraud) {
        let (event, by, case) = (decision.raw(), actor.account(), Some(id.raw()));
        label::note(&mut tx, cx, Word { event, fraud, known_at: now, by, case }).await?;
    }
    let entry = entry("risk.case_close", &case, json!({"fraud": fraud}), Some(reason));
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets an account of the case be frozen: its customer's, or one that is linked. Identity hears the fact and does it. Needs
/// `decide_risk` and `freeze_account`.
pub async fn ask_freeze(
    cx: &Cx,
    actor: &Actor,
    id: CaseId,
    account: AccountId,
    reason: &str,
) -> Result<(), Error> {
    permit(actor, Permission::FreezeAccount)?;
    let reason = check_reason(reason).map_err(|field| Error::Input { fields: vec![field] })?;
    let (mut tx, case) = working_on(cx, actor, id).await?;
    let links = store::list_links(&mut tx, id).await?;
    let linked = |link: &super::Link| link.entity == Entity::Customer && link.value == account.raw();
    if account != case.customer && !links.iter().any(linked) {
        return Err(Error::NoSuchEntry);
    }
    let fact = FreezeAsked { account, case: id, asked_by: actor.account() };
    durable::emit(&mut tx, cx, FREEZE_ASKED, account.raw(), &fact).await?;
    let detail = json!({"account": account.to_string()});
    let entry =
        audit::Entry { customer: Some(account), ..entry("risk.freeze_ask", &case, detail, Some(reason)) };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// An open case, locked, for somebody who may work on it.
async fn working_on(cx: &Cx, actor: &Actor, id: CaseId) -> Result<(Tx, Case), Error> {
    permit(actor, Permission::DecideRisk)?;
    let mut tx = cx.begin().await?;
    let case = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    not_oneself(actor, case.customer)?;
    if case.state != CaseState::Open {
        return Err(Error::WrongState);
    }
    Ok((tx, case))
}

pub(crate) fn not_oneself(actor: &Actor, customer: AccountId) -> Result<(), Error> {
    if actor.account() == Some(customer) { Err(Error::OwnReview) } else { Ok(()) }
}

pub(super) fn text<'a>(pointer: &str, words: &'a str) -> Result<&'a str, Error> {
    let words = words.trim();
    if (1..=LONGEST).contains(&words.chars().count()) {
        return Ok(words);
    }
    let field = FieldError::new(
        pointer,
        "risk.case_text",
        format!("填写 1 至 {LONGEST} 个字"),
        format!("Write 1 to {LONGEST} characters"),
    );
    Err(Error::Input { fields: vec![field] })
}

pub(crate) fn entry<'a>(
    verb: &'static str,
    case: &Case,
    detail: Value,
    reason: Option<&'a str>,
) -> audit::Entry<'a> {
    let (object, customer) = (case.id.raw(), Some(case.customer));
    audit::Entry { verb, object_kind: "risk_case", object, customer, detail, reason }
}
