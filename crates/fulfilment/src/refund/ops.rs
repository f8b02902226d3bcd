//! Asking for a refund, and paying back.

use std::borrow::Cow;

use catalogue::service::PaymentMethod;
use db::Tx;
use durable::Cx;
use kernel::{Actor, Money, Permission};
use ledger::{AccountName, Lane, NewTransfer, Transfer, TransferKind};
use notify::{OrderUpdate, Template};
use ordering::order::{self, LineId, LineState, MoneyState, NewEvent, Order, OrderId, RefundDue, topic};
use risk::engine::{journal_alone, journal_many};
use risk::{Act, Guard, Judged, Outcome, Point, Stop, decision};
use serde_json::json;

use crate::flow::model::{Case, Flow};
use crate::flow::ops::{know, lock};
use crate::flow::store;
use crate::services::{Fulfilment, reason, tell};
use crate::{Error, task};

/// The lines of an order whose refund the customer may ask for now; for the page with the button.
pub async fn refundable(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: OrderId,
) -> Result<Vec<LineId>, Error> {
    let mut tx = cx.read().await?;
    let order = order::ops::find(&mut tx, cx, id).await?;
    order.filter(|order| order::ops::may_see(actor, order)).ok_or(Error::NotFound)?;
    let flows = store::list_flows(&mut tx, cx, id).await?;
    let transfers = ledger::transfers_of_order(&mut tx, id.raw()).await?;
    drop(tx);
    let mut out = Vec::new();
    for flow in flows.into_iter().filter(|flow| !is_refunded(&transfers, flow.line)) {
        let known = know(cx, services, flow.id).await?;
        if in_time(cx, &known.service.service, &known.flow) {
            out.push(known.flow.line);
        }
    }
    Ok(out)
}

/// The customer asks for the money of a completed line; a person decides. Asking again changes nothing. What the risk engine wants looked
/// at is asked for all the same, and nothing is granted before that look has ended.
pub async fn request(
    cx: &Cx,
    services: &Fulfilment,
    guard: &Guard,
    actor: &Actor,
    line: LineId,
    why: &str,
) -> Result<(), Error> {
    let flow = store::find_flow_of_line(&mut cx.read().await?, cx, line).await?;
    let flow = flow.filter(|flow| actor.customer() == Some(flow.customer)).ok_or(Error::NotFound)?;
    if !actor.may(Permission::ActAsCustomer) {
        return Err(Error::Forbidden);
    }
    let why = reason(why)?;
    let known = know(cx, services, flow.id).await?;
    let judged = if task::ops::is_refund_asked(cx, flow.order, line).await? {
        None
    } else {
        Some(judge(cx, guard, actor, line).await?)
    };
    let mut tx = cx.begin().await?;
    let case = lock(&mut tx, cx, &known).await?;
    if is_refunded(&ledger::transfers_of_order(&mut tx, case.order.id.raw()).await?, line) {
        return Err(Error::AlreadyRefunded);
    }
    if case.line.state != LineState::Completed || !in_time(cx, &case.service.service, &case.flow) {
        return Err(Error::RefundNotOffered);
    }
    if let Some(judged) = judged {
        journal_many(&mut tx, cx, &[(judged, line.raw())]).await.map_err(Error::bug)?;
    }
    task::ops::open_refund_request(&mut tx, cx, &case).await?;
    // The customer's words lie sealed in the history; the record, which is never changed, does without.
    let event = NewEvent::public("refund_requested").of_line(line).because(why);
    order::ops::note(&mut tx, cx, actor, &case.order, event).await?;
    let entry = order::ops::entry("refund.request", &case.order, json!({"line": line}), None);
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// What the engine says of a wish to have a line's money back; what may not even be asked for is written down and refused.
async fn judge(cx: &Cx, guard: &Guard, actor: &Actor, id: LineId) -> Result<Judged, Error> {
    let mut tx = cx.read().await?;
    let line = order::ops::line(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    let order = order::ops::find(&mut tx, cx, line.order).await?.ok_or(Error::NotFound)?;
    drop(tx);
    let person = actor.account().filter(|person| *person != order.customer);
    let act = Act {
        point: Point::Refund,
        subject: order.customer,
        person,
        amount: Some(line.total),
        payee: Some(risk::engine::payee(&cx.vault, "seller", &line.seller)),
        phone: None,
        origin: guard.origin.clone(),
        facts: json!({"service": line.service, "method": order.payment.name()}),
        mark: id.raw(),
        is_first: false,
    };
    let judged = guard.engine.judge(cx, act).await;
    let refused = match judged.stop(actor, cx.now()) {
        None | Some(Stop::Review) => return Ok(judged),
        Some(Stop::ProofNeeded) => Error::ProofNeeded,
        Some(Stop::Denied) => Error::RefundNotAccepted,
    };
    journal_alone(cx, judged, id.raw()).await.map_err(Error::bug)?;
    Err(refused)
}

/// Nothing goes back on a customer's wish while its review is open, or after it was turned down.
pub(crate) async fn cleared(tx: &mut Tx, cx: &Cx, case: &Case) -> Result<(), Error> {
    let (customer, mark) = (case.order.customer, case.line.id.raw());
    let holds = decision::standing_of(tx, cx, Point::Refund, customer, mark).await.map_err(Error::bug)?;
    match holds {
        None => Ok(()),
        Some(outcome) if outcome.is_open() => Ok(()),
        Some(Outcome::Review) => Err(Error::RefundUnderReview),
        Some(_) => Err(Error::RefundNotAccepted),
    }
}

fn in_time(cx: &Cx, service: &catalogue::service::Service, flow: &Flow) -> bool {
    let until = service.refund.on_request_within.zip(flow.ended_at).map(|(within, ended)| ended.plus(within));
    flow.state == crate::flow::FlowState::Done && until.is_some_and(|until| cx.now() <= until)
}

fn key(line: LineId) -> String {
    format!("refund:{line}")
}

fn is_refunded(transfers: &[Transfer], line: LineId) -> bool {
    let key = key(line);
    transfers.iter().any(|transfer| transfer.business_key == key)
}

/// Pays the money of a completed line back to where the order's money came from: the balance at once, a card through its
/// gateway.
pub(crate) async fn pay_back(tx: &mut Tx, cx: &Cx, actor: &Actor, case: &mut Case) -> Result<(), Error> {
    let order = &case.order;
    // What was sent belongs to somebody else: only they give it back.
    if case.line.beneficiary.is_some() {
        return Err(Error::RefundNotOffered);
    }
    let Some(hold) = order.hold.filter(|_| order.state.is_final()) else { return Err(Error::NotSettledYet) };
    let transfers = ledger::transfers_of_order(tx, order.id.raw()).await?;
    if is_refunded(&transfers, case.line.id) {
        return Err(Error::AlreadyRefunded);
    }
    let hold = ledger::find_hold(tx, hold).await?.ok_or(Error::NotFound)?;
    // Staff may have given a part of the order's money back before.
    let amount = match ordering::payment::give_back::left_of_order(tx, cx, order).await.map_err(Error::bug)? {
        Some(left) if order.payment.is_outside() => {
            Money { minor: case.line.total.minor.min(left.minor), ..left }
        }
        _ => case.line.total,
    };
    if amount.is_zero() && case.line.total.is_positive() {
        return Err(Error::AlreadyRefunded);
    }
    if amount.is_positive() {
        let seller = AccountName::Revenue(&case.line.seller);
        let seller = ledger::ensure_account(tx, cx, seller, amount.currency).await?;
        let transfer = NewTransfer {
            debit: seller.id,
            credit: hold.debit,
            amount,
            kind: TransferKind::Refund,
            business_key: key(case.line.id),
            order: Some(order.id.raw()),
            customer: Some(order.customer),
            memo: Cow::Borrowed("refund_granted"),
        };
        let lane = Lane(u16::try_from(tx.lane()).unwrap_or(0));
        ledger::post_transfer(tx, cx, lane, transfer).await?;
    }
    let event = NewEvent::public("refunded").of_line(case.line.id);
    order::ops::note(tx, cx, actor, order, event).await?;
    case.order = match order.payment {
        PaymentMethod::Balance => {
            let left = still_taken(tx, cx, order, case.line.id, &transfers).await?;
            let money = if left { MoneyState::PartCaptured } else { MoneyState::Refunded };
            order::ops::set_money(tx, cx, actor, order, money).await?
        }
        PaymentMethod::Card | PaymentMethod::Wechat | PaymentMethod::Alipay | PaymentMethod::BankTransfer => {
            due(tx, cx, order, amount, case.line.id).await?;
            order.clone()
        }
    };
    let template = || Template::Order {
        update: OrderUpdate::Refunded,
        service: case.service.service.name.clone(),
        number: case.order.number(),
    };
    tell(tx, cx, &case.order, template).await
}

/// Whether another line's money stays taken.
async fn still_taken(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    now: LineId,
    before: &[Transfer],
) -> Result<bool, Error> {
    let lines = order::ops::lines(tx, cx, order.id).await?;
    Ok(lines.iter().any(|line| {
        let taken = line.state == LineState::Completed || line.fee.is_positive();
        taken && line.id != now && !is_refunded(before, line.id)
    }))
}

async fn due(tx: &mut Tx, cx: &Cx, order: &Order, amount: Money, line: LineId) -> Result<(), Error> {
    let due =
        RefundDue { order: order.id, amount, reason: "refund_granted".to_owned(), business_key: key(line) };
    Ok(durable::emit(tx, cx, topic::REFUND_DUE, order.id.raw(), &due).await?)
}
