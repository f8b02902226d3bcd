//! Giving money back through the gateway it came from.
//!
//! What is given back, and out of which of its sources, is decided in [`super::give_back`]. A refund is promised in one transaction: what is left of the captured attempt is claimed in the `UPDATE` itself (P10), the money is
//! set aside in the ledger, a job will ask the gateway. Only when the gateway confirms does the money leave the ledger. When it refuses,
//! claim and hold are given up, the money stays with us in the customer's name (escrow, or `suspense:overpaid`) and a person has to look:
//! moving it to the balance by ourselves would decide for the customer.

use connectors::gateway::{self, GatewayError, NewRefund};
use db::Tx;
use durable::{Cx, NewJob, Outcome, emit};
use kernel::{Actor, Money};
use ledger::{AccountName, HoldId, LedgerAccountId, NewHold, Take, TransferKind};
use serde_json::json;

use super::books::OVERPAID;
use super::complete::{self, entry, ring};
use super::facts::{RefundFact, ReviewFact, topic};
use super::model::{Attempt, Payment, Payments, Refund, RefundId, RefundSource, RefundState};
use super::{Error, give_back, refund_late, refund_store, rules, store};
use crate::order::{self, MoneyState, NewEvent, Order, OrderId};

/// The kind of the job that asks a gateway for one refund.
pub const REFUND_JOB: &str = "payment.refund";

/// How often a report is tried again when another transaction was in the way.
const TRIES: u32 = 8;

/// Opens the refund of an attempt whose money nobody wanted, in the transaction that books it.
pub(crate) async fn open_surplus(
    tx: &mut Tx,
    cx: &Cx,
    attempt: &Attempt,
    order: Option<OrderId>,
    reason: &str,
) -> Result<RefundId, Error> {
    let key = format!("surplus:{}", attempt.id);
    let plan = Plan { order, amount: attempt.captured, source: RefundSource::Surplus, reason, key };
    open(tx, cx, attempt, plan).await
}

pub(super) struct Plan<'a> {
    pub order: Option<OrderId>,
    pub amount: Money,
    pub source: RefundSource,
    pub reason: &'a str,
    pub key: String,
}

/// Claims, sets aside, writes down, hands to a job.
pub(super) async fn open(tx: &mut Tx, cx: &Cx, attempt: &Attempt, plan: Plan<'_>) -> Result<RefundId, Error> {
    if !store::claim_refund(tx, attempt.id, plan.amount).await? {
        let left = Money { minor: attempt.left_minor(), ..plan.amount };
        return Err(Error::MoreThanCaptured { left });
    }
    let now = cx.now();
    let refund = Refund {
        id: RefundId::new(&cx.ids, now),
        attempt: attempt.id,
        payment: attempt.payment,
        order: plan.order,
        customer: attempt.customer,
        amount: plan.amount,
        state: RefundState::Pending,
        source: plan.source,
        reason: plan.reason.to_owned(),
        business_key: plan.key,
        hold: HoldId::new(&cx.ids, now),
        outcome: None,
        polls: 0,
        gateway_refund_id: None,
        succeeded_at: None,
        created_at: now,
        updated_at: now,
    };
    refund_store::insert_refund(tx, &refund).await?;
    let job = NewJob {
        kind: REFUND_JOB,
        key: refund.id.to_string(),
        payload: json!({"refund": refund.id}),
        run_at: now,
    };
    durable::enqueue(tx, cx, job).await?;
    set_aside(tx, cx, attempt, &refund).await?;
    Ok(refund.id)
}

async fn set_aside(tx: &mut Tx, cx: &Cx, attempt: &Attempt, refund: &Refund) -> Result<(), Error> {
    let (debit, credit) = sides(tx, cx, attempt, refund).await?;
    let hold = NewHold {
        id: refund.hold,
        debit,
        credit,
        amount: refund.amount,
        kind: TransferKind::GatewayRefund,
        business_key: ledger_key(refund.id),
        order: refund.order.map(OrderId::raw),
        customer: Some(refund.customer),
        expires_at: None,
        memo: "payment.refund".into(),
    };
    let lane = crate::lane(tx);
    ledger::place(tx, cx, lane, hold).await?;
    Ok(())
}

/// Under what the ledger knows a refund.
pub(super) fn ledger_key(id: RefundId) -> String {
    format!("refund:{id}")
}

/// Out of which account a refund is paid, and the gateway's.
pub(super) async fn sides(
    tx: &mut Tx,
    cx: &Cx,
    attempt: &Attempt,
    refund: &Refund,
) -> Result<(LedgerAccountId, LedgerAccountId), Error> {
    let from = match refund.source {
        RefundSource::Escrow => AccountName::Escrow(refund.customer),
        RefundSource::Surplus => OVERPAID,
        RefundSource::Balance => AccountName::Wallet(refund.customer),
    };
    let currency = refund.amount.currency;
    let debit = ledger::ensure_account(tx, cx, from, currency).await?;
    let credit = ledger::ensure_account(tx, cx, AccountName::Gateway(&attempt.gateway), currency).await?;
    Ok((debit.id, credit.id))
}

/// Asks the gateway for a refund, or how it stands. Repeating it is safe: the refund's id is the gateway's key. One that failed is only
/// asked about: it is not sent again under the same id.
pub async fn execute(svc: &Payments, actor: &Actor, id: RefundId) -> Result<Outcome, Error> {
    let (refund, attempt) = load(svc, id).await?;
    if refund.state == RefundState::Succeeded {
        return Ok(Outcome::Done);
    }
    let gateway = svc.gateways.get(&attempt.gateway).ok_or(Error::GatewayUnknown)?;
    let new = NewRefund {
        refund_id: id.to_string(),
        attempt_id: attempt.id.to_string(),
        amount: refund.amount,
        reason: refund.reason.clone(),
    };
    let answer = if refund.state == RefundState::Pending {
        gateway.refund(&new).await
    } else if refund.state == RefundState::Failed {
        if let Ok(reported) = gateway.query_refund(&new.attempt_id, &new.refund_id).await {
            report(svc, actor, &attempt.gateway, &reported).await?;
        }
        return Ok(Outcome::Done);
    } else {
        match gateway.query_refund(&new.attempt_id, &new.refund_id).await {
            // It never arrived: now it does.
            Err(GatewayError::NotKnown) => gateway.refund(&new).await,
            other => other,
        }
    };
    match answer {
        Ok(reported) => report(svc, actor, &attempt.gateway, &reported).await?,
        Err(GatewayError::Refused { retriable: false, code, .. }) => fail(svc, actor, id, &code).await?,
        Err(GatewayError::NotKnown) => fail(svc, actor, id, "not_known").await?,
        Err(GatewayError::Unknown { .. }) => wait(svc, id, RefundState::Unknown).await?,
        Err(GatewayError::Refused { retriable: true, .. }) => {}
    }
    ask_later(svc, actor, id).await
}

async fn load(svc: &Payments, id: RefundId) -> Result<(Refund, Attempt), Error> {
    let mut tx = svc.cx.read().await?;
    let refund = refund_store::find_refund(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let attempt = store::find_attempt(&mut tx, &svc.cx, refund.attempt).await?.ok_or(Error::NotFound)?;
    Ok((refund, attempt))
}

/// Takes in what a gateway reports about a refund: by callback or asked for. Once for each refund, always a success answer.
pub async fn report(
    svc: &Payments,
    actor: &Actor,
    gateway: &str,
    reported: &gateway::Refund,
) -> Result<(), Error> {
    let id: RefundId = reported.refund_id.parse().map_err(|_| Error::NotFound)?;
    let (refund, attempt) = load(svc, id).await?;
    if attempt.gateway != gateway || reported.attempt_id != attempt.id.to_string() {
        return Err(Error::NotFound);
    }
    // What failed can only be overtaken by the money.
    let news = match refund.state {
        RefundState::Succeeded => false,
        RefundState::Failed => reported.state == gateway::RefundState::Succeeded,
        RefundState::Pending | RefundState::Processing | RefundState::Unknown => true,
    };
    if !news {
        return Ok(());
    }
    if reported.amount != refund.amount {
        return mismatch(svc, actor, id).await;
    }
    match &reported.state {
        gateway::RefundState::Pending => wait(svc, id, RefundState::Processing).await,
        gateway::RefundState::Succeeded => succeed(svc, actor, id, reported).await,
        gateway::RefundState::Failed { code, .. } => fail(svc, actor, id, code).await,
    }
}

/// A refund with what it belongs to, locked.
struct Locked {
    order: Option<Order>,
    payment: Payment,
    refund: Refund,
}

async fn lock(tx: &mut Tx, cx: &Cx, id: RefundId) -> Result<Locked, Error> {
    let refund = refund_store::find_refund(tx, id).await?.ok_or(Error::NotFound)?;
    let (order, payment) = complete::lock_payment(tx, cx, refund.payment).await?;
    let refund = refund_store::find_refund(tx, id).await?.ok_or(Error::NotFound)?;
    Ok(Locked { order, payment, refund })
}

/// Notes that the gateway works on it, or did not answer.
async fn wait(svc: &Payments, id: RefundId, to: RefundState) -> Result<(), Error> {
    let mut tx = svc.cx.begin().await?;
    let Locked { refund, .. } = lock(&mut tx, &svc.cx, id).await?;
    if !refund.state.is_final() && refund.state != to {
        refund_store::update_refund(&mut tx, &svc.cx, refund.state, &Refund { state: to, ..refund.clone() })
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn succeed(
    svc: &Payments,
    actor: &Actor,
    id: RefundId,
    reported: &gateway::Refund,
) -> Result<(), Error> {
    let mut tries = 1;
    loop {
        match try_succeed(&svc.cx, actor, id, reported).await {
            Err(error) if error.is_retryable() && tries < TRIES => tries = tries.saturating_add(1),
            other => return other,
        }
    }
}

async fn try_succeed(cx: &Cx, actor: &Actor, id: RefundId, reported: &gateway::Refund) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let Locked { order, payment, refund } = lock(&mut tx, cx, id).await?;
    if refund.state == RefundState::Succeeded {
        return Ok(tx.commit().await?);
    }
    let failed = refund.state == RefundState::Failed;
    if failed && !refund_late::claim(&mut tx, cx, actor, (order.as_ref(), &payment, &refund)).await? {
        return Ok(tx.commit().await?);
    }
    let done = Refund {
        state: RefundState::Succeeded,
        outcome: None,
        gateway_refund_id: Some(reported.gateway_id.chars().take(100).collect()),
        succeeded_at: Some(rules::moment(reported.updated_at, refund.created_at, cx.now())),
        ..refund.clone()
    };
    refund_store::update_refund(&mut tx, cx, refund.state, &done).await?;
    if let Some(order) = order {
        show_on_order(&mut tx, cx, actor, order, &done).await?;
    }
    let fact = RefundFact {
        refund: id,
        payment: payment.id,
        customer: payment.customer,
        order: refund.order,
        amount: refund.amount,
        source: refund.source,
    };
    emit(&mut tx, cx, topic::REFUNDED, id.raw(), &fact).await?;
    tx.notify(super::LIVE, format!("{}|{}", payment.customer.raw(), payment.id.raw()));
    if !failed {
        let lane = crate::lane(&tx);
        ledger::post(&mut tx, cx, lane, refund.hold, Take::All).await?;
    }
    let detail = json!({
        "refund": id, "amount": refund.amount, "source": refund.source.name(), "from": refund.state.name(),
    });
    audit::record(&mut tx, cx, actor, entry("refund.succeed", &payment, detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// The order's history tells of the refund. Its money state follows when this was the order's own money, not a surplus, and the last
/// of it.
async fn show_on_order(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: Order,
    refund: &Refund,
) -> Result<(), Error> {
    let code = match refund.source {
        RefundSource::Escrow | RefundSource::Balance => "refunded",
        RefundSource::Surplus => "surplus_refunded",
    };
    let amount = refund.amount;
    let text = kernel::Text::new(
        format!("{amount} 已原路退回"),
        format!("{amount} went back to where it came from"),
    );
    let event = NewEvent::public(code).because(refund.reason.as_str()).text(text);
    order::ops::note(tx, cx, actor, &order, event).await?;
    if refund.source == RefundSource::Surplus || order.money != MoneyState::Refunding {
        return Ok(());
    }
    let Some(money) = give_back::stands(tx, cx, &order, refund.payment).await? else { return Ok(()) };
    order::ops::set_money(tx, cx, actor, &order, money).await?;
    Ok(())
}

/// The gateway will not do it: claim and hold are given up, a person has to look.
async fn fail(svc: &Payments, actor: &Actor, id: RefundId, code: &str) -> Result<(), Error> {
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    let Locked { payment, refund, .. } = lock(&mut tx, cx, id).await?;
    if refund.state.is_final() {
        return Ok(tx.commit().await?);
    }
    let attempt = store::find_attempt(&mut tx, &svc.cx, refund.attempt).await?.ok_or(Error::NotFound)?;
    let outcome: String = code.chars().take(60).collect();
    let done = Refund { state: RefundState::Failed, outcome: Some(outcome), ..refund.clone() };
    refund_store::update_refund(&mut tx, cx, refund.state, &done).await?;
    store::give_up_refund(&mut tx, refund.attempt, refund.amount).await?;
    ring(&mut tx, cx, actor, topic::REVIEW, ReviewFact::of_refund(&refund, &attempt, "refund_failed"))
        .await?;
    let lane = crate::lane(&tx);
    ledger::void(&mut tx, cx, lane, refund.hold).await?;
    let detail = json!({"refund": id, "amount": refund.amount, "code": code});
    audit::record(&mut tx, cx, actor, entry("refund.fail", &payment, detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// P3: nothing is booked, somebody is called.
async fn mismatch(svc: &Payments, actor: &Actor, id: RefundId) -> Result<(), Error> {
    let mut tx = svc.cx.begin().await?;
    let Locked { payment, refund, .. } = lock(&mut tx, &svc.cx, id).await?;
    refund_late::alarm_once(&mut tx, &svc.cx, actor, (&payment, &refund), "refund_mismatch").await?;
    Ok(tx.commit().await?)
}

/// A person has to look at a refund that has no end.
async fn review(
    svc: &Payments,
    actor: &Actor,
    refund: &Refund,
    attempt: &Attempt,
    reason: &'static str,
) -> Result<(), Error> {
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    let payment = store::find_payment(&mut tx, refund.payment).await?.ok_or(Error::NotFound)?;
    ring(&mut tx, cx, actor, topic::REVIEW, ReviewFact::of_refund(refund, attempt, reason)).await?;
    let detail = json!({"refund": refund.id, "reason": reason});
    audit::record(&mut tx, cx, actor, entry("refund.review", &payment, detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// When a refund without an end is asked about again. After a day a person has to look; because it is promised, and what stood in its way
/// (too little money at the gateway) may end, it is asked for once a day from then on.
async fn ask_later(svc: &Payments, actor: &Actor, id: RefundId) -> Result<Outcome, Error> {
    let (refund, attempt) = load(svc, id).await?;
    if refund.state.is_final() {
        return Ok(Outcome::Done);
    }
    let now = svc.cx.now();
    let next = rules::next_poll(refund.polls, now).unwrap_or_else(|| now.plus(rules::DAILY));
    if rules::is_last_poll(refund.polls) {
        review(svc, actor, &refund, &attempt, "no_answer").await?;
    }
    let mut tx = svc.cx.begin().await?;
    let Locked { refund, .. } = lock(&mut tx, &svc.cx, id).await?;
    let polls = refund.polls.saturating_add(1);
    refund_store::update_refund(&mut tx, &svc.cx, refund.state, &Refund { polls, ..refund.clone() }).await?;
    tx.commit().await?;
    Ok(Outcome::Again(next))
}
