//! The card gateway: payments that a payer decides on its page, captured at once; refunds in part or whole.

use connectors::card::{CreatePayment, CreateRefund};
use connectors::gateway::{CardHint, Checkout};
use connectors::http::web_address;
use connectors::{OperationId, Payment, PaymentState, Refund, RefundState, Report};
use http::StatusCode;
use kernel::{Currency, Duration, Money, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::Desk;
use crate::delivery;
use crate::denied::Denied;
use crate::knobs::AnswerMode;
use crate::world::{Due, World};

/// How long the bank takes when the payer chose the card that keeps it waiting.
const SLOW_BANK_MS: i64 = 45_000;
/// How long a refund is pending when the knob says that refunds are not final at once.
const SLOW_REFUND_MS: i64 = 5_000;

/// One payment, what it was asked with, and its refunds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PaymentRecord {
    pub request: CreatePayment,
    pub payment: Payment,
    /// When the bank decides.
    pub settle_at: Option<Timestamp>,
    /// The payer chose the card whose payments are never reported.
    pub silent: bool,
    pub refunds: Vec<RefundRecord>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RefundRecord {
    pub request: CreateRefund,
    pub refund: Refund,
    pub settle_at: Option<Timestamp>,
}

/// The cards on the hosted page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Pay,
    Decline,
    /// Pays, and the gateway never says so by itself.
    Silent,
    /// Pays, and the bank takes its time.
    Slow,
}

impl Choice {
    pub const ALL: [Self; 4] = [Self::Pay, Self::Decline, Self::Silent, Self::Slow];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Decline => "decline",
            Self::Silent => "silent",
            Self::Slow => "slow",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }

    pub const fn last4(self) -> &'static str {
        match self {
            Self::Pay => "4242",
            Self::Decline => "0002",
            Self::Silent => "0341",
            Self::Slow => "3220",
        }
    }
}

fn unknown() -> Denied {
    Denied::not_found("unknown_payment")
}

impl PaymentRecord {
    pub fn attempt_id(&self) -> OperationId {
        self.request.attempt_id.clone()
    }

    pub fn due(&self) -> Vec<(Timestamp, Due)> {
        let attempt = self.attempt_id();
        let open = matches!(self.payment.state, PaymentState::Open);
        let expire = open.then(|| (self.request.expires_at, Due::Expire(attempt.clone())));
        let settle = self.settle_at.map(|at| (at, Due::Settle(attempt.clone())));
        let refunds = self.refunds.iter().filter_map(|refund| refund.settle_at);
        let refunds = refunds.map(|at| (at, Due::Refund(attempt.clone())));
        expire.into_iter().chain(settle).chain(refunds).collect()
    }

    /// What refunds have given back or are about to.
    fn given_back(&self) -> i64 {
        let counts = |refund: &&RefundRecord| !matches!(refund.refund.state, RefundState::Failed { .. });
        self.refunds.iter().filter(counts).map(|refund| refund.refund.amount.minor).sum()
    }
}

/// Opens a payment, once for each attempt.
pub(crate) fn create(world: &mut World, request: CreatePayment, now: Timestamp) -> Result<Payment, Denied> {
    if let Some(record) = world.payments.get(&request.attempt_id) {
        return if record.request == request { Ok(record.payment.clone()) } else { Err(Denied::conflict()) };
    }
    let bad = |code, detail: &'static str| Err(Denied::unprocessable(code, detail));
    if request.merchant_id != world.merchant_id {
        return bad("wrong_merchant", "this merchant has no account here");
    }
    if !request.amount.is_positive() {
        return bad("bad_amount", "the amount is not positive");
    }
    if web_address(&request.return_url).is_none() || web_address(&request.callback_url).is_none() {
        return bad("bad_address", "return_url and callback_url are http(s) addresses");
    }
    if request.expires_at <= now {
        return bad("expired", "expires_at has passed");
    }
    let gateway_id = gateway_id(world, request.attempt_id.as_str());
    let payment = Payment {
        attempt_id: request.attempt_id.to_string(),
        checkout: Some(Checkout::Page { url: format!("{}/card/pay/{gateway_id}", world.public_url) }),
        gateway_id,
        merchant_id: request.merchant_id.clone(),
        amount: request.amount,
        state: PaymentState::Open,
        refunded: Money::zero(request.amount.currency),
        sequence: 1,
        updated_at: now,
    };
    let record = PaymentRecord {
        request,
        payment: payment.clone(),
        settle_at: None,
        silent: false,
        refunds: Vec::new(),
    };
    world.keep_payment(record);
    Ok(payment)
}

/// The same for the same attempt, and not to be guessed without the secret.
fn gateway_id(world: &World, attempt_id: &str) -> String {
    let signed =
        world.card_keys.as_ref().map(|keys| keys.sign("payment", Timestamp(0), attempt_id.as_bytes()));
    let text = signed.map(|signed| signed.signature).unwrap_or_default();
    let letters = text.chars().skip(3).filter(char::is_ascii_alphanumeric).take(26);
    format!("cp_{}", letters.collect::<String>())
}

pub(crate) fn query(world: &World, attempt: &OperationId) -> Result<Payment, Denied> {
    world.payments.get(attempt).map(|record| record.payment.clone()).ok_or_else(unknown)
}

/// An open payment is closed; any other stays what it is and is reported so.
pub(crate) fn close(world: &mut World, attempt: &OperationId, now: Timestamp) -> Result<Payment, Denied> {
    let record = world.payments.get(attempt).cloned().ok_or_else(unknown)?;
    if matches!(record.payment.state, PaymentState::Open) {
        // Who closes it is told in the answer.
        world.keep_payment(moved(record, PaymentState::Closed, now));
    }
    query(world, attempt)
}

/// The payer decides. Nothing happens when the payment is no longer open.
pub(crate) fn choose(world: &mut World, attempt: &OperationId, choice: Choice, now: Timestamp) {
    let Some(mut record) = world.payments.get(attempt).cloned() else { return };
    if !matches!(record.payment.state, PaymentState::Open) || record.request.expires_at <= now {
        return;
    }
    let captured = captured(record.request.amount, choice);
    match choice {
        Choice::Pay => advance(world, record, captured, now),
        Choice::Silent => advance(world, PaymentRecord { silent: true, ..record }, captured, now),
        Choice::Decline => {
            let message = Text::new("余额不足，银行拒绝了这次付款", "The bank declined: insufficient funds");
            let code = "insufficient_funds".to_owned();
            advance(world, record, PaymentState::Declined { code, message }, now);
        }
        Choice::Slow => {
            let delay = world.knobs(Desk::Card).delay_ms.map_or(SLOW_BANK_MS, i64::from);
            record.settle_at = Some(now.plus(Duration::from_millis(delay)));
            world.keep_payment(moved(record, PaymentState::Processing, now));
        }
    }
}

fn captured(amount: Money, choice: Choice) -> PaymentState {
    let card = Some(CardHint { brand: "visa".to_owned(), last4: choice.last4().to_owned() });
    PaymentState::Captured { captured: amount, card }
}

/// The bank has decided on a payment that was processing.
pub(crate) fn settle(world: &mut World, attempt: &OperationId, at: Timestamp, when: Timestamp) {
    let Some(record) = world.payments.get(attempt).filter(|r| r.settle_at == Some(at)).cloned() else {
        return;
    };
    let state = captured(record.request.amount, Choice::Slow);
    advance(world, PaymentRecord { settle_at: None, ..record }, state, when);
}

pub(crate) fn expire(world: &mut World, attempt: &OperationId, when: Timestamp) {
    let Some(record) = world.payments.get(attempt).cloned() else { return };
    if matches!(record.payment.state, PaymentState::Open) {
        advance(world, record, PaymentState::Closed, when);
    }
}

fn moved(mut record: PaymentRecord, state: PaymentState, now: Timestamp) -> PaymentRecord {
    record.payment.state = state;
    record.payment.checkout = None;
    record.payment.sequence = record.payment.sequence.saturating_add(1);
    record.payment.updated_at = now;
    record
}

/// Changes the state and reports it, unless the payer chose silence.
fn advance(world: &mut World, record: PaymentRecord, state: PaymentState, now: Timestamp) {
    let record = moved(record, state, now);
    if !record.silent {
        let event = format!("{}_{}", record.payment.gateway_id, record.payment.sequence);
        let report = disguised(world, record.payment.clone(), &event);
        announce(world, &record, event, &Report::Payment(report), now);
    }
    world.keep_payment(record);
}

fn announce(world: &mut World, record: &PaymentRecord, event: String, report: &Report, now: Timestamp) {
    let about = record.request.attempt_id.to_string();
    delivery::announce(world, Desk::Card, &about, event, &record.request.callback_url, report, now);
}

/// What the knobs make of a report: only the callback lies, a query tells the truth.
fn disguised(world: &World, mut payment: Payment, event: &str) -> Payment {
    let knobs = world.knobs(Desk::Card);
    if let PaymentState::Captured { captured, .. } = &mut payment.state {
        if world.hits(knobs.wrong_amount_percent, "amount", event) {
            captured.minor = captured.minor.saturating_add(1);
        }
        if world.hits(knobs.wrong_currency_percent, "currency", event) {
            captured.currency =
                if captured.currency == Currency::USD { Currency::EUR } else { Currency::USD };
        }
    }
    if world.hits(knobs.wrong_merchant_percent, "merchant", event) {
        payment.merchant_id.push_str("-other");
    }
    payment
}

/// Gives money back, never more than was taken, once for each refund id.
pub(crate) fn refund(world: &mut World, request: CreateRefund, now: Timestamp) -> Result<Refund, Denied> {
    let used =
        world.payments.values().flat_map(|r| &r.refunds).find(|r| r.request.refund_id == request.refund_id);
    if let Some(refund) = used {
        return if refund.request == request { Ok(refund.refund.clone()) } else { Err(Denied::conflict()) };
    }
    let mut record = world.payments.get(&request.attempt_id).cloned().ok_or_else(unknown)?;
    let PaymentState::Captured { captured, .. } = record.payment.state else {
        return Err(Denied::new(
            StatusCode::CONFLICT,
            "not_captured",
            "nothing was taken that could be given back",
        ));
    };
    let left = captured.minor.saturating_sub(record.given_back());
    if !request.amount.is_positive() || request.amount.currency != captured.currency {
        let detail = "a refund is positive and in the payment's currency";
        return Err(Denied::unprocessable("bad_amount", detail));
    }
    if request.amount.minor > left {
        let detail = "the refund is more than what is left of the payment";
        return Err(Denied::unprocessable("refund_exceeds", detail));
    }
    let (state, settle_at) = refund_fate(world, &request, now);
    let refund = Refund {
        refund_id: request.refund_id.to_string(),
        attempt_id: request.attempt_id.to_string(),
        gateway_id: format!("cr_{}", crate::dice::number("refund", request.refund_id.as_str(), 16)),
        merchant_id: record.payment.merchant_id.clone(),
        amount: request.amount,
        state,
        updated_at: now,
    };
    record.refunds.push(RefundRecord { request, refund: refund.clone(), settle_at });
    report_refund(world, &mut record, &refund, now);
    world.keep_payment(record);
    Ok(refund)
}

fn refund_fate(world: &World, request: &CreateRefund, now: Timestamp) -> (RefundState, Option<Timestamp>) {
    let knobs = world.knobs(Desk::Card);
    if world.hits(knobs.refusal_percent, "refusal", request.refund_id.as_str()) {
        let message = Text::new("银行退回了这笔退款", "The bank sent the refund back");
        return (RefundState::Failed { code: "sandbox_refusal".to_owned(), message }, None);
    }
    match knobs.answer {
        AnswerMode::Natural | AnswerMode::Now => (RefundState::Succeeded, None),
        AnswerMode::Later => {
            let delay = knobs.delay_ms.map_or(SLOW_REFUND_MS, i64::from);
            (RefundState::Pending, Some(now.plus(Duration::from_millis(delay))))
        }
    }
}

/// Books a refund that went through on its payment, and reports any that is final.
fn report_refund(world: &mut World, record: &mut PaymentRecord, refund: &Refund, now: Timestamp) {
    match refund.state {
        RefundState::Pending => return,
        RefundState::Succeeded => {
            record.payment.refunded.minor = record.payment.refunded.minor.saturating_add(refund.amount.minor);
            record.payment.sequence = record.payment.sequence.saturating_add(1);
            record.payment.updated_at = now;
        }
        RefundState::Failed { .. } => {}
    }
    if !record.silent {
        let event = format!("{}_final", refund.gateway_id);
        announce(world, record, event, &Report::Refund(refund.clone()), now);
    }
}

pub(crate) fn query_refund(world: &World, attempt: &OperationId, id: &OperationId) -> Result<Refund, Denied> {
    let record = world.payments.get(attempt).ok_or_else(unknown)?;
    let found = record.refunds.iter().find(|refund| refund.request.refund_id == *id);
    found.map(|refund| refund.refund.clone()).ok_or_else(|| Denied::not_found("unknown_refund"))
}

/// Pending refunds of a payment whose time has come.
pub(crate) fn settle_refunds(world: &mut World, attempt: &OperationId, at: Timestamp, when: Timestamp) {
    let Some(mut record) = world.payments.get(attempt).cloned() else { return };
    let mut settled = Vec::new();
    for pending in record.refunds.iter_mut().filter(|refund| refund.settle_at == Some(at)) {
        pending.settle_at = None;
        pending.refund.state = RefundState::Succeeded;
        pending.refund.updated_at = when;
        settled.push(pending.refund.clone());
    }
    for refund in &settled {
        report_refund(world, &mut record, refund, when);
    }
    world.keep_payment(record);
}
