//! The review desk: the next that waits, and everything needed to decide it.

use durable::Cx;
use kernel::{AccountId, Actor, Duration, Locale, Permission, Text};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::graph::around;
use super::model::CaseId;
use super::ops::{not_oneself, open_in, text};
use super::{MATERIAL_ASKED, store};
use crate::decision::{self, Decision, DecisionId, Outcome, Point, ReviewState, permit};
use crate::rule::{self, Rule};
use crate::{Error, Reason};

/// A customer has this long to hand in what is needed.
const FOR_MATERIAL: Duration = Duration::from_hours(72);
/// Reasons shown.
const TOP: usize = 3;

/// What may be done with a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// [`crate::decision::release`].
    Release,
    /// [`crate::decision::reject`].
    Reject,
    /// [`ask_material`]; once.
    AskMaterial,
}

/// A review with everything needed to decide it.
#[derive(Debug, Clone)]
pub struct Desk {
    /// With score, version, deadline and what holds after it.
    pub decision: Decision,
    /// The number of what is held: an order's, a transfer's.
    pub object: Option<i64>,
    /// In the smallest unit, with the currency's code.
    pub amount: Option<(i64, String)>,
    /// Live rules that matched.
    pub rules: Vec<Rule>,
    /// Other accounts with the same device, network, payee or phone.
    pub linked: Vec<AccountId>,
    /// When material was asked for.
    pub material_asked_at: Option<kernel::Timestamp>,
    pub case: Option<CaseId>,
}

impl Desk {
    /// The strongest, in words.
    pub fn reasons(&self, locale: Locale) -> Vec<&'static str> {
        self.decision.opinion.reasons.iter().take(TOP).map(|reason: &Reason| reason.words(locale)).collect()
    }

    /// Whether there is an account it is about; at a sign-up there is none yet, and nobody to ask.
    pub fn has_account(&self) -> bool {
        self.decision.subject.raw() != 0
    }

    pub fn choices(&self) -> Vec<Choice> {
        let mut choices = vec![Choice::Release, Choice::Reject];
        if self.material_asked_at.is_none() && self.has_account() {
            choices.push(Choice::AskMaterial);
        }
        choices
    }

    /// What a choice means for the customer.
    pub fn consequence(&self, choice: Choice) -> Text {
        consequence(self.decision.point, choice)
    }

    /// What happens when nobody looks in time.
    pub fn then(&self) -> Option<Outcome> {
        self.decision.review.as_ref().map(|review| review.then)
    }
}

impl Choice {
    /// For a button.
    pub const fn words(self, locale: Locale) -> &'static str {
        match self {
            Self::Release => locale.pick("放行", "Release"),
            Self::Reject => locale.pick("拒绝", "Reject"),
            Self::AskMaterial => locale.pick("补充材料", "Ask for material"),
        }
    }
}

fn consequence(point: Point, choice: Choice) -> Text {
    let (zh, en) = match (choice, point) {
        (Choice::Release, Point::Payment) => ("同一订单继续办理", "The same order goes on"),
        (Choice::Release, Point::Transfer) => ("转账继续", "The transfer goes on"),
        (Choice::Release, Point::Withdrawal) => ("提现继续", "The withdrawal goes on"),
        (Choice::Release, Point::Refund) => ("退款继续", "The refund goes on"),
        (Choice::Release, Point::Login | Point::Register | Point::ContactChange) => {
            ("同样的操作一天内不再拦截", "The very same goes through for a day")
        }
        (Choice::Reject, Point::Payment) => (
            "订单取消，预留的金额和库存退回",
            "The order is cancelled; money set aside and stock are given back",
        ),
        (Choice::Reject, Point::Transfer | Point::Withdrawal) => {
            ("金额退回账户余额", "The money goes back to the balance")
        }
        (Choice::Reject, Point::Refund) => ("不退款，款项保留", "Nothing is refunded"),
        (Choice::Reject, Point::Login | Point::Register | Point::ContactChange) => {
            ("同样的操作一天内都会拒绝", "The very same is denied for a day")
        }
        (Choice::AskMaterial, _) => {
            ("通知客户补充材料，复查延至三天后", "The customer is asked; the review waits three days")
        }
    };
    Text::new(zh, en)
}

/// The payload of the fact that material is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialAsked {
    pub point: Point,
    pub subject: AccountId,
    pub object: Option<i64>,
    /// Where what is needed is written down.
    pub case: CaseId,
}

/// What to look at next: the highest score first, then the nearest deadline, and what waits for a customer's material after all others;
/// never what is about oneself. Needs `decide_risk`.
pub async fn next(cx: &Cx, actor: &Actor) -> Result<Option<Desk>, Error> {
    permit(actor, Permission::DecideRisk)?;
    let found = store::find_next(&mut cx.read().await?, cx.now(), actor.account()).await?;
    match found {
        Some(id) => show_review(cx, actor, id).await.map(Some),
        None => Ok(None),
    }
}

/// One review with everything needed to decide it. Needs `read_risk`.
pub async fn show_review(cx: &Cx, actor: &Actor, id: DecisionId) -> Result<Desk, Error> {
    permit(actor, Permission::ReadRisk)?;
    let (decision, _) = decision::show_decision(cx, actor, id).await?;
    let mut tx = cx.read().await?;
    let held = store::find_held(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let case = store::find_of(&mut tx, id).await?;
    drop(tx);
    let rules = rule::list_hit_by(cx, actor, id).await?;
    // What has no account yet is no account that shares something with others.
    let linked = match decision.subject.raw() {
        0 => Vec::new(),
        _ => around(cx, decision.subject, 1).await?.accounts,
    };
    let linked = linked.into_iter().filter(|one| one.hops > 0).map(|one| one.account).collect();
    let store::Held { object, material_asked_at, amount } = held;
    Ok(Desk { decision, object, amount, rules, linked, material_asked_at, case })
}

/// Asks the customer for more: the review waits three days longer, once; what is needed is written into the case of the decision, which is
/// opened where there is none. Needs `decide_risk`.
pub async fn ask_material(cx: &Cx, actor: &Actor, id: DecisionId, wanted: &str) -> Result<CaseId, Error> {
    permit(actor, Permission::DecideRisk)?;
    let wanted = text("/wanted", wanted)?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let held = decision::store::lock_review(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    not_oneself(actor, held.subject)?;
    if held.subject.raw() == 0 {
        return Err(Error::WrongState);
    }
    let pending = held.review.state == ReviewState::Pending && now < held.review.expires_at;
    if !pending || !store::update_material_asked(&mut tx, id, now, now.plus(FOR_MATERIAL)).await? {
        return Err(Error::WrongState);
    }
    let case = open_in(&mut tx, cx, actor, (held.subject, Some(id)), wanted).await?;
    store::insert_note(&mut tx, cx, case, actor.account(), wanted).await?;
    let fact = MaterialAsked { point: held.point, subject: held.subject, object: held.object, case };
    durable::emit(&mut tx, cx, MATERIAL_ASKED, id.raw(), &fact).await?;
    let entry = audit::Entry {
        verb: "risk.material_ask",
        object_kind: "risk_decision",
        object: id.raw(),
        customer: Some(held.subject),
        detail: json!({"point": held.point.name()}),
        reason: Some(wanted),
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(case)
}
