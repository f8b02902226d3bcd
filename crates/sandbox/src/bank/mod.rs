//! The bank that keeps the merchant's account: payments that are expected, money that comes in, and money that goes back.

mod page;
mod routes;
mod statement;

use connectors::bank::{CreateCollection, CreateReturn, Told, codes_in, is_code};
use connectors::gateway::Checkout;
use connectors::http::web_address;
use connectors::{OperationId, Payment, PaymentState, Refund, RefundState, Report};
use http::StatusCode;
use kernel::{Currency, Duration, Money, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::Desk;
use crate::denied::Denied;
use crate::knobs::AnswerMode;
use crate::world::{Due, World};
use crate::{delivery, dice};

pub(crate) use page::send_form;
pub(crate) use routes::router;

/// The merchant's own account. Longer than any card number, so that nobody takes it for one.
pub(crate) const MAIN_ACCOUNT: &str = "811000000000000000017";
/// How long a transfer back takes when the knob says that it is not final at once.
const SLOW_RETURN_MS: i64 = 5_000;

/// One payment that is expected, and what went back of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Collection {
    pub request: CreateCollection,
    pub payment: Payment,
    /// Where the money is to go: an account of its own, or the merchant's.
    pub account: String,
    pub returns: Vec<ReturnRecord>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReturnRecord {
    pub request: CreateReturn,
    pub refund: Refund,
    pub settle_at: Option<Timestamp>,
    /// When the money left.
    pub left_at: Option<Timestamp>,
}

/// Money that came in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub id: String,
    /// The payment it is for, where the bank can tell.
    pub attempt: Option<OperationId>,
    pub amount: Money,
    pub at: Timestamp,
    pub party: String,
    pub account: String,
    pub purpose: String,
}

/// What somebody sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sending {
    pub to: String,
    pub amount: Money,
    pub party: String,
    pub account: String,
    pub purpose: String,
}

fn unknown() -> Denied {
    Denied::not_found("unknown_payment")
}

impl Collection {
    pub fn attempt_id(&self) -> OperationId {
        self.request.attempt_id.clone()
    }

    pub fn due(&self) -> Vec<(Timestamp, Due)> {
        let attempt = self.attempt_id();
        let open = matches!(self.payment.state, PaymentState::Open);
        let lapse = open.then(|| (self.request.expires_at, Due::Lapse(attempt.clone())));
        let returns = self.returns.iter().filter_map(|one| one.settle_at);
        lapse.into_iter().chain(returns.map(|at| (at, Due::Return(attempt.clone())))).collect()
    }

    fn received(&self) -> i64 {
        match self.payment.state {
            PaymentState::Captured { captured, .. } => captured.minor,
            _ => 0,
        }
    }

    /// What went back or is about to.
    fn given_back(&self) -> i64 {
        let counts = |one: &&ReturnRecord| !matches!(one.refund.state, RefundState::Failed { .. });
        self.returns.iter().filter(counts).map(|one| one.refund.amount.minor).sum()
    }
}

/// Expects a payment, once for each attempt.
fn expect(world: &mut World, request: CreateCollection, now: Timestamp) -> Result<Payment, Denied> {
    if let Some(known) = world.collections.get(&request.attempt_id) {
        return if known.request == request { Ok(known.payment.clone()) } else { Err(Denied::conflict()) };
    }
    let bad = |code, detail: &'static str| Err(Denied::unprocessable(code, detail));
    if request.merchant_id != world.merchant_id {
        return bad("wrong_merchant", "this merchant has no account here");
    }
    if !request.amount.is_positive() || request.amount.currency != Currency::CNY {
        return bad("bad_amount", "the amount is not positive or not in yuan");
    }
    if web_address(&request.callback_url).is_none() {
        return bad("bad_address", "callback_url is an http(s) address");
    }
    if request.expires_at <= now {
        return bad("expired", "expires_at has passed");
    }
    let (account, reference) = match (request.told, &request.code) {
        (Told::Account, None) => {
            let digits = dice::number("account", request.attempt_id.as_str(), 17);
            (format!("8119{digits}"), String::new())
        }
        (Told::Code, Some(code)) if is_code(code) => {
            if world.collections.values().any(|known| known.request.code.as_ref() == Some(code)) {
                return bad("code_taken", "another payment has this code");
            }
            (MAIN_ACCOUNT.to_owned(), code.clone())
        }
        _ => {
            return bad(
                "bad_code",
                "a code of fourteen digits is needed, or none with an account of its own",
            );
        }
    };
    let checkout = Checkout::BankTransfer {
        bank: Text::new("沙箱银行", "Sandbox Bank"),
        holder: "长明演示商户".to_owned(),
        account: account.clone(),
        reference,
    };
    let payment = Payment {
        attempt_id: request.attempt_id.to_string(),
        gateway_id: format!("bc_{}", dice::number("collection", request.attempt_id.as_str(), 16)),
        merchant_id: request.merchant_id.clone(),
        amount: request.amount,
        state: PaymentState::Open,
        refunded: Money::zero(request.amount.currency),
        checkout: Some(checkout),
        sequence: 1,
        updated_at: now,
    };
    world.keep_collection(Collection { request, payment: payment.clone(), account, returns: Vec::new() });
    Ok(payment)
}

fn query(world: &World, attempt: &OperationId) -> Result<Payment, Denied> {
    world.collections.get(attempt).map(|known| known.payment.clone()).ok_or_else(unknown)
}

/// No money is expected any more. Who sends some all the same has sent it.
fn close(world: &mut World, attempt: &OperationId, now: Timestamp) -> Result<Payment, Denied> {
    let known = world.collections.get(attempt).cloned().ok_or_else(unknown)?;
    if matches!(known.payment.state, PaymentState::Open) {
        // Who closes it is told in the answer.
        world.keep_collection(moved(known, PaymentState::Closed, now));
    }
    query(world, attempt)
}

/// Nobody paid in time.
pub(crate) fn lapse(world: &mut World, attempt: &OperationId, when: Timestamp) {
    let Some(known) = world.collections.get(attempt).cloned() else { return };
    if matches!(known.payment.state, PaymentState::Open) {
        advance(world, known, PaymentState::Closed, when);
    }
}

fn moved(mut known: Collection, state: PaymentState, now: Timestamp) -> Collection {
    known.payment.state = state;
    known.payment.checkout = None;
    known.payment.sequence = known.payment.sequence.saturating_add(1);
    known.payment.updated_at = now;
    known
}

fn advance(world: &mut World, known: Collection, state: PaymentState, now: Timestamp) {
    let known = moved(known, state, now);
    let event = format!("{}_{}", known.payment.gateway_id, known.payment.sequence);
    let report = disguised(world, known.payment.clone(), &event);
    announce(world, &known, event, &Report::Payment(report), now);
    world.keep_collection(known);
}

fn announce(world: &mut World, known: &Collection, event: String, report: &Report, now: Timestamp) {
    let about = known.request.attempt_id.to_string();
    delivery::announce(world, Desk::Bank, &about, event, &known.request.callback_url, report, now);
}

/// What the knobs make of a report: only the callback lies, a query tells the truth.
fn disguised(world: &World, mut payment: Payment, event: &str) -> Payment {
    let knobs = world.knobs(Desk::Bank);
    if let PaymentState::Captured { captured, .. } = &mut payment.state {
        if world.hits(knobs.wrong_amount_percent, "amount", event) {
            captured.minor = captured.minor.saturating_add(1);
        }
        if world.hits(knobs.wrong_currency_percent, "currency", event) {
            captured.currency = Currency::USD;
        }
    }
    if world.hits(knobs.wrong_merchant_percent, "merchant", event) {
        payment.merchant_id.push_str("-other");
    }
    payment
}

/// Why money was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSent {
    Amount,
    NoAccount,
}

/// Money comes in: for the payment whose account it is, or whose code stands in the purpose; else for nobody yet.
pub(crate) fn receive(world: &mut World, sending: Sending, now: Timestamp) -> Result<Receipt, NotSent> {
    if !sending.amount.is_positive() {
        return Err(NotSent::Amount);
    }
    let own =
        world.collections.values().find(|known| known.account == sending.to && sending.to != MAIN_ACCOUNT);
    let found = match own {
        Some(known) => Some(known.clone()),
        None if sending.to == MAIN_ACCOUNT => {
            let codes = codes_in(&sending.purpose);
            let meant =
                |known: &&Collection| known.request.code.as_ref().is_some_and(|code| codes.contains(code));
            world.collections.values().find(meant).cloned()
        }
        None => return Err(NotSent::NoAccount),
    };
    let receipt = Receipt {
        id: format!("br_{:08}", world.receipts.len().saturating_add(1)),
        attempt: found.as_ref().map(Collection::attempt_id),
        amount: sending.amount,
        at: now,
        party: sending.party,
        account: sending.account,
        purpose: sending.purpose,
    };
    world.keep_receipt(receipt.clone());
    if let Some(known) = found {
        let minor = known.received().saturating_add(receipt.amount.minor);
        let captured = Money { minor, ..receipt.amount };
        advance(world, known, PaymentState::Captured { captured, card: None }, now);
    }
    Ok(receipt)
}

/// Sends money back to the account it came from, never more than came in, once for each refund id.
fn give_back(world: &mut World, request: CreateReturn, now: Timestamp) -> Result<Refund, Denied> {
    let used = world.collections.values().flat_map(|c| &c.returns);
    if let Some(one) = used.into_iter().find(|one| one.request.refund_id == request.refund_id) {
        return if one.request == request { Ok(one.refund.clone()) } else { Err(Denied::conflict()) };
    }
    let mut known = world.collections.get(&request.attempt_id).cloned().ok_or_else(unknown)?;
    let PaymentState::Captured { captured, .. } = known.payment.state else {
        let detail = "nothing came in that could be sent back";
        return Err(Denied::new(StatusCode::CONFLICT, "not_captured", detail));
    };
    if !request.amount.is_positive() || request.amount.currency != captured.currency {
        let detail = "a refund is positive and in the payment's currency";
        return Err(Denied::unprocessable("bad_amount", detail));
    }
    if request.amount.minor > captured.minor.saturating_sub(known.given_back()) {
        let detail = "the refund is more than what is left of the payment";
        return Err(Denied::unprocessable("refund_exceeds", detail));
    }
    let knobs = world.knobs(Desk::Bank);
    let (state, settle_at) = if world.hits(knobs.refusal_percent, "refusal", request.refund_id.as_str()) {
        let message =
            Text::new("付款人的账户已销户，退款被退回", "The payer's account is closed; the money came back");
        (RefundState::Failed { code: "account_closed".to_owned(), message }, None)
    } else if knobs.answer == AnswerMode::Later {
        let delay = knobs.delay_ms.map_or(SLOW_RETURN_MS, i64::from);
        (RefundState::Pending, Some(now.plus(Duration::from_millis(delay))))
    } else {
        (RefundState::Succeeded, None)
    };
    let refund = Refund {
        refund_id: request.refund_id.to_string(),
        attempt_id: request.attempt_id.to_string(),
        gateway_id: format!("bo_{}", dice::number("return", request.refund_id.as_str(), 16)),
        merchant_id: known.payment.merchant_id.clone(),
        amount: request.amount,
        state,
        updated_at: now,
    };
    let mut one = ReturnRecord { request, refund: refund.clone(), settle_at, left_at: None };
    finished(world, &mut known, &mut one, now);
    known.returns.push(one);
    world.keep_collection(known);
    Ok(refund)
}

/// Books a transfer back that has left, and reports any that is final.
fn finished(world: &mut World, known: &mut Collection, one: &mut ReturnRecord, now: Timestamp) {
    match one.refund.state {
        RefundState::Pending => return,
        RefundState::Succeeded => {
            let refunded = &mut known.payment.refunded;
            refunded.minor = refunded.minor.saturating_add(one.refund.amount.minor);
            known.payment.sequence = known.payment.sequence.saturating_add(1);
            known.payment.updated_at = now;
            one.left_at = Some(now);
        }
        RefundState::Failed { .. } => {}
    }
    let event = format!("{}_final", one.refund.gateway_id);
    announce(world, known, event, &Report::Refund(one.refund.clone()), now);
}

fn query_return(world: &World, attempt: &OperationId, id: &OperationId) -> Result<Refund, Denied> {
    let known = world.collections.get(attempt).ok_or_else(unknown)?;
    let found = known.returns.iter().find(|one| one.request.refund_id == *id);
    found.map(|one| one.refund.clone()).ok_or_else(|| Denied::not_found("unknown_refund"))
}

/// Pending transfers back whose time has come.
pub(crate) fn settle_returns(world: &mut World, attempt: &OperationId, at: Timestamp, when: Timestamp) {
    let Some(mut known) = world.collections.get(attempt).cloned() else { return };
    let mut returns = std::mem::take(&mut known.returns);
    for one in returns.iter_mut().filter(|one| one.settle_at == Some(at)) {
        one.settle_at = None;
        one.refund.state = RefundState::Succeeded;
        one.refund.updated_at = when;
        finished(world, &mut known, one, when);
    }
    known.returns = returns;
    world.keep_collection(known);
}
