//! The one path on which money is booked: callback, poll and browser return all end in [`report`] (P5).
//!
//! However often and in whatever order reports come, what is captured is booked once (P4), pays what it was meant for or goes back
//! (P1, P8), and a report that is not about what was asked for books nothing and rings (P3). Booked is what the gateway took (L7).

use catalogue::service::{CaptureAt, PaymentMethod};
use connectors::gateway;
use db::Tx;
use durable::{Cx, emit};
use kernel::{Actor, Money, Text};
use ledger::{AccountName, HoldId, TopUp, TransferKind};
use serde_json::json;

use super::books::{OVERPAID, business_key, join_part, receive, set_aside};
use super::facts::{LIVE, PaymentFact, ReviewFact, topic};
use super::model::{Attempt, AttemptId, AttemptState, Payment, PaymentId, PaymentState, Payments, Purpose};
use super::rules::{self, Booking, Verdict};
use super::{Error, authorised, refund, store};
use crate::order::{self, MoneyState, NewEvent, Order, OrderState};

/// How often a report is tried again when another transaction was in the way.
const TRIES: u32 = 8;

/// Takes in what a gateway reports about one attempt. Always succeeds for a report that was taken in before, and for one that is
/// refused for what it says: the gateway has done its part, a person does the rest. [`Error::NotFound`] when there is no such attempt
/// at that gateway.
pub async fn report(
    svc: &Payments,
    actor: &Actor,
    gateway: &str,
    reported: &gateway::Payment,
) -> Result<(), Error> {
    let id: AttemptId = reported.attempt_id.parse().map_err(|_| Error::NotFound)?;
    // Repetitions, which are most reports, are answered without a transaction.
    let known = store::find_attempt(&mut svc.cx.read().await?, &svc.cx, id).await?;
    let known = known.filter(|attempt| attempt.gateway == gateway).ok_or(Error::NotFound)?;
    let mut tries = 1;
    while rules::judge(&known, reported) != Verdict::Stale {
        match take_in(&svc.cx, actor, id, reported).await {
            Err(error) if error.is_retryable() && tries < TRIES => tries = tries.saturating_add(1),
            other => return other,
        }
    }
    Ok(())
}

/// An attempt with what it belongs to, locked in the order that everybody keeps.
pub(crate) struct Locked {
    pub order: Option<Order>,
    pub payment: Payment,
    pub attempt: Attempt,
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: AttemptId) -> Result<Locked, Error> {
    let attempt = store::find_attempt(tx, cx, id).await?.ok_or(Error::NotFound)?;
    let (order, payment) = lock_payment(tx, cx, attempt.payment).await?;
    // Read again: it changes only under the lock just taken.
    let attempt = store::find_attempt(tx, cx, id).await?.ok_or(Error::NotFound)?;
    Ok(Locked { order, payment, attempt })
}

/// The payment and, before it, the order it is for.
pub(crate) async fn lock_payment(
    tx: &mut Tx,
    cx: &Cx,
    id: PaymentId,
) -> Result<(Option<Order>, Payment), Error> {
    let payment = store::find_payment(tx, id).await?.ok_or(Error::NotFound)?;
    let order = match payment.purpose {
        Purpose::Order(order) => Some(order::ops::lock(tx, cx, order).await?.ok_or(Error::NotFound)?),
        Purpose::TopUp => None,
    };
    let payment = store::lock_payment(tx, id).await?.ok_or(Error::NotFound)?;
    Ok((order, payment))
}

async fn take_in(cx: &Cx, actor: &Actor, id: AttemptId, reported: &gateway::Payment) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let locked = lock(&mut tx, cx, id).await?;
    let done = match rules::judge(&locked.attempt, reported) {
        Verdict::Stale => return Ok(tx.commit().await?),
        Verdict::Mismatch => mismatch(&mut tx, cx, actor, &locked).await?,
        Verdict::Move(to) => {
            let next = heard(&locked.attempt, reported);
            move_attempt(&mut tx, cx, actor, &locked, Attempt { state: to, ..next }).await?;
            to.name()
        }
        // What was to be taken at once and is only authorised waits until it is taken.
        Verdict::Authorise if locked.payment.capture == CaptureAt::Order => {
            let next = heard(&locked.attempt, reported);
            move_attempt(&mut tx, cx, actor, &locked, Attempt { state: AttemptState::Open, ..next }).await?;
            "authorised"
        }
        Verdict::Authorise => authorised::authorise(&mut tx, cx, actor, &locked, reported).await?,
        Verdict::Lapse => authorised::lapse(&mut tx, cx, actor, &locked, reported).await?,
        Verdict::Capture => capture(&mut tx, cx, actor, &locked, reported).await?,
    };
    let detail = json!({
        "attempt": id, "gateway": locked.attempt.gateway, "reported": reported.state.name(), "sequence": reported.sequence,
        "from": locked.attempt.state.name(), "result": done,
    });
    audit::record(&mut tx, cx, actor, entry("payment.report", &locked.payment, detail)).await?;
    tx.commit().await?;
    metrics::counter!("everlit_payment_reports_total", "gateway" => locked.attempt.gateway, "result" => done)
        .increment(1);
    Ok(())
}

/// An audit entry about a payment.
pub(crate) fn entry(
    verb: &'static str,
    payment: &Payment,
    detail: serde_json::Value,
) -> audit::Entry<'static> {
    audit::Entry {
        verb,
        object_kind: "payment",
        object: payment.id.raw(),
        customer: Some(payment.customer),
        detail,
        reason: None,
    }
}

/// The attempt with what the gateway says about it, its state left open.
pub(super) fn heard(attempt: &Attempt, reported: &gateway::Payment) -> Attempt {
    let mut next = attempt.clone();
    next.sequence = rules::sequence(reported);
    next.gateway_id = Some(reported.gateway_id.chars().take(100).collect());
    // Some gateways name the way to pay only once, when the payment is opened.
    next.checkout = match reported.state {
        gateway::PaymentState::Open => reported.checkout.clone().or_else(|| attempt.checkout.clone()),
        _ => None,
    };
    if let gateway::PaymentState::Declined { code, message, .. } = &reported.state {
        next.outcome = Some(code.chars().take(60).collect());
        next.words = Some(message.clone());
    }
    next
}

/// Writes an attempt's new state, starts or ends its polls, and lets the order show whether the result is being confirmed.
pub(crate) async fn move_attempt(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    mut next: Attempt,
) -> Result<(), Error> {
    let (now, from) = (cx.now(), locked.attempt.state);
    next.updated_at = now;
    if next.state != from {
        // What a gateway never heard of cannot be paid late.
        let looks = next.state.is_asked() || next.sequence > 0;
        next.polls = if next.state.is_asked() { 0 } else { rules::LATE_LOOK };
        next.next_poll_at = rules::next_poll(next.polls, now).filter(|_| looks);
    }
    store::update_attempt(tx, cx, from, &next).await?;
    tx.notify(LIVE, format!("{}|{}", locked.payment.customer.raw(), locked.payment.id.raw()));
    let Some(order) = locked.order.as_ref().filter(|order| order.state == OrderState::AwaitingPayment) else {
        return Ok(());
    };
    if next.is_declined() && next.sequence != locked.attempt.sequence {
        let mut event = NewEvent::public("payment_declined");
        event.text.clone_from(&next.words);
        event.reason.clone_from(&next.outcome);
        order::ops::note(tx, cx, actor, order, event).await?;
    }
    let attempts = store::list_attempts(tx, cx, locked.payment.id).await?;
    let confirming = attempts.iter().any(|attempt| attempt.state.is_undecided());
    let money = if confirming { MoneyState::Confirming } else { MoneyState::Unpaid };
    order::ops::set_money(tx, cx, actor, order, money).await?;
    Ok(())
}

/// P3: nothing is booked, the last sequence is not moved, somebody is called.
async fn mismatch(tx: &mut Tx, cx: &Cx, actor: &Actor, locked: &Locked) -> Result<&'static str, Error> {
    let next = Attempt { state: AttemptState::Mismatch, ..locked.attempt.clone() };
    move_attempt(tx, cx, actor, locked, next).await?;
    ring(tx, cx, actor, topic::ALARM, review_of(locked, "amount_mismatch")).await?;
    Ok("mismatch")
}

pub(crate) fn review_of(locked: &Locked, reason: &str) -> ReviewFact {
    ReviewFact {
        gateway: locked.attempt.gateway.clone(),
        payment: Some(locked.payment.id),
        attempt: Some(locked.attempt.id),
        refund: None,
        order: locked.payment.purpose.order(),
        customer: Some(locked.payment.customer),
        reason: reason.to_owned(),
    }
}

/// Calls a person: an event, a count, a line in the log, and where there is an order, an internal entry in its history.
pub(crate) async fn ring(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    topic: &'static str,
    fact: ReviewFact,
) -> Result<(), Error> {
    tracing::error!(topic, reason = fact.reason, gateway = fact.gateway, attempt = ?fact.attempt, "a payment needs a person");
    metrics::counter!("everlit_payment_alarms_total", "reason" => fact.reason.clone()).increment(1);
    let entity = fact.attempt.map_or(0, AttemptId::raw);
    emit(tx, cx, topic, entity, &fact).await?;
    let code = if topic == topic::ALARM { "payment_alarm" } else { "payment_review" };
    let order = match fact.order {
        Some(id) => order::ops::find(tx, cx, id).await?,
        None => None,
    };
    if let Some(order) = order {
        order::ops::note(tx, cx, actor, &order, NewEvent::internal(code).because(fact.reason)).await?;
    }
    Ok(())
}

/// The money is there.
async fn capture(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    reported: &gateway::Payment,
) -> Result<&'static str, Error> {
    let gateway::PaymentState::Captured { captured, card } = &reported.state else {
        return Err(Error::bug("only captured money is booked"));
    };
    let mut next = heard(&locked.attempt, reported);
    next.captured = *captured;
    next.next_poll_at = None;
    next.captured_at = Some(rules::moment(reported.updated_at, next.created_at, cx.now()));
    next.updated_at = cx.now();
    next.card =
        card.as_ref().map(|card| (card.brand.chars().take(20).collect(), rules::last_four(&card.last4)));
    let booking = rules::booking(&locked.payment, locked.order.as_ref().map(|order| order.state));
    let surplus = match booking {
        _ if authorised::carries(locked) => {
            authorised::collect(tx, cx, actor, locked, *captured).await?;
            None
        }
        Booking::Win => win(tx, cx, actor, locked, *captured).await?.err(),
        Booking::Surplus(reason) => Some(reason),
    };
    next.state = if surplus.is_some() { AttemptState::Surplus } else { AttemptState::Captured };
    store::update_attempt(tx, cx, locked.attempt.state, &next).await?;
    tx.notify(LIVE, format!("{}|{}", locked.payment.customer.raw(), locked.payment.id.raw()));
    let (to, topic) = match surplus {
        None => (PaymentState::Paid, topic::PAID),
        Some(reason) => {
            keep_surplus(tx, cx, actor, locked, &next, reason).await?;
            // A second success changes nothing about the first.
            let open = locked.payment.state == PaymentState::Open;
            (if open { PaymentState::Closed } else { locked.payment.state }, topic::SURPLUS)
        }
    };
    if to != locked.payment.state {
        store::update_payment(tx, &locked.payment, to, cx.now()).await?;
    }
    let fact = PaymentFact {
        payment: locked.payment.id,
        attempt: next.id,
        customer: next.customer,
        order: locked.payment.purpose.order(),
        amount: *captured,
        reason: surplus.unwrap_or_default().to_owned(),
    };
    emit(tx, cx, topic, locked.payment.id.raw(), &fact).await?;
    if store::list_attempts(tx, cx, next.payment).await?.iter().any(|attempt| attempt.state.is_asked()) {
        emit(tx, cx, topic::OTHERS_OPEN, locked.payment.id.raw(), &fact).await?;
    }
    Ok(next.state.name())
}

/// Books money to what it was meant for. The inner error: it turned out not to be wanted, nothing is booked yet.
async fn win(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    captured: Money,
) -> Result<Result<(), &'static str>, Error> {
    let attempt = &locked.attempt;
    let Some(order) = &locked.order else {
        let lane = crate::lane(tx);
        let top_up = TopUp {
            customer: attempt.customer,
            gateway: &attempt.gateway,
            amount: captured,
            business_key: business_key(attempt.id),
        };
        ledger::credit_top_up(tx, cx, lane, top_up).await?;
        ledger::allowance::finish(tx, cx, &rules::allowance_key(locked.payment.id)).await?;
        return Ok(Ok(()));
    };
    // The order's part comes first: it may find that the stock is gone, and then the ledger must not have moved.
    let hold = HoldId::new(&cx.ids, cx.now());
    let by = PaymentMethod::from_name(&attempt.gateway).ok_or(Error::GatewayUnknown)?;
    match order::ops::pay(tx, cx, actor, order, by, hold).await {
        Ok(_) => {}
        Err(crate::Error::StockShort { .. }) => {
            order::ops::expire(tx, cx, actor, order).await?;
            return Ok(Err("stock_gone"));
        }
        Err(error) => return Err(error.into()),
    }
    receive(
        tx,
        cx,
        attempt,
        AccountName::Escrow(attempt.customer),
        TransferKind::CardPayment,
        Some(order.id),
        captured,
    )
    .await?;
    let part = join_part(tx, cx, order).await?;
    let all = captured.checked_add(part).map_err(Error::bug)?;
    if all != order.total {
        return Err(Error::bug("what came in and the part from the balance are not the order's total"));
    }
    set_aside(tx, cx, order, AccountName::Escrow(order.customer), hold, all).await?;
    Ok(Ok(()))
}

/// P1, P8: the money is booked where everybody sees that it is not ours, its refund is opened, the customer is told.
async fn keep_surplus(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    attempt: &Attempt,
    reason: &'static str,
) -> Result<(), Error> {
    let order = locked.payment.purpose.order();
    receive(tx, cx, attempt, OVERPAID, TransferKind::Overpayment, order, attempt.captured).await?;
    refund::open_surplus(tx, cx, attempt, order, reason).await?;
    let Some(order) = order else { return Ok(()) };
    let order = order::ops::find(tx, cx, order).await?.ok_or(Error::NotFound)?;
    let amount = attempt.captured;
    let text = Text::new(
        format!("多收的 {amount} 将原路退回"),
        format!("{amount} more than needed came in and goes back"),
    );
    order::ops::note(tx, cx, actor, &order, NewEvent::public("overpaid").because(reason).text(text)).await?;
    Ok(())
}
