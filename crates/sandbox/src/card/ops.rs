//! What happens to payments: opened, decided on the page, captured, closed, given back.

use std::collections::BTreeMap;

use connectors::OperationId;
use connectors::http::web_address;
use kernel::{Currency, Duration, Locale, Money, Timestamp};
use serde_json::Value;

use super::routes::Refused;
use super::{
    CaptureMethod, CardFailure, ChargeRecord, Choice, PaymentRecord, RefundRecord, RefundStatus,
    SessionState, Status, books, events, show,
};
use crate::config::Desk;
use crate::dice;
use crate::knobs::AnswerMode;
use crate::world::World;

/// How long the bank takes when the payer chose the card that keeps it waiting.
const SLOW_BANK_MS: i64 = 45_000;
/// How long a refund is pending when the knob says that refunds are not final at once.
const SLOW_REFUND_MS: i64 = 5_000;
/// How long the bank keeps authorised money.
const AUTHORISED_FOR: Duration = Duration::from_days(7);

/// How long a page is open, as the gateway has it: the time from its opening.
const LEAST_OPEN: Duration = Duration::from_mins(30);
const MOST_OPEN: Duration = Duration::from_hours(24);

pub(super) type Pairs = Vec<(String, String)>;

/// The fields of a request by name.
pub(super) struct Fields<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Fields<'a> {
    pub fn of(pairs: &'a Pairs) -> Self {
        Self(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect())
    }

    pub fn text(&self, name: &'static str) -> Result<&'a str, Refused> {
        let found = self.0.get(name).copied().filter(|text| !text.is_empty());
        found.ok_or_else(|| Refused::invalid("parameter_missing", name))
    }

    pub fn whole(&self, name: &'static str) -> Result<i64, Refused> {
        let number = self.text(name)?.parse().ok().filter(|number| *number > 0);
        number.ok_or_else(|| Refused::invalid("parameter_invalid_integer", name))
    }

    pub fn id(&self, name: &'static str) -> Result<OperationId, Refused> {
        OperationId::parse(self.text(name)?).map_err(|_| Refused::invalid("parameter_invalid", name))
    }
}

/// Opens a payment, once for each attempt.
pub(super) fn open(world: &mut World, key: &str, asked: Pairs, now: Timestamp) -> Result<Value, Refused> {
    if let Some(record) = world.payments.values().find(|record| record.attempt.as_str() == key) {
        return if record.asked == asked { Ok(record.first.clone()) } else { Err(Refused::reused_key()) };
    }
    let fields = Fields::of(&asked);
    let attempt = fields.id("payment_intent_data[metadata][attempt_id]")?;
    if attempt.as_str() != key {
        return Err(Refused::invalid("parameter_invalid", "Idempotency-Key"));
    }
    let minor = fields.whole("line_items[0][price_data][unit_amount]")?;
    let code = fields.text("line_items[0][price_data][currency]")?.to_ascii_uppercase();
    let currency =
        Currency::from_code(&code).ok_or_else(|| Refused::invalid("parameter_invalid", "currency"))?;
    let capture = match fields.text("payment_intent_data[capture_method]")? {
        "automatic" => CaptureMethod::Automatic,
        "manual" => CaptureMethod::Manual,
        _ => return Err(Refused::invalid("parameter_invalid", "capture_method")),
    };
    let address = |name| {
        let text = fields.text(name)?;
        web_address(text).map(|_| text.to_owned()).ok_or_else(|| Refused::invalid("url_invalid", name))
    };
    let expires_at = Timestamp::from_secs(fields.whole("expires_at")?);
    if expires_at < now.plus(LEAST_OPEN) || expires_at > now.plus(MOST_OPEN) {
        return Err(Refused::invalid("parameter_invalid", "expires_at"));
    }
    let mut record = PaymentRecord {
        session_id: format!("cs_test_{}", secret_letters(world, "session", key)),
        intent_id: format!("pi_{}", secret_letters(world, "intent", key)),
        merchant_id: world.merchant_id.clone(),
        amount: Money::new(minor, currency),
        capture,
        description: fields.text("line_items[0][price_data][product_data][name]")?.to_owned(),
        reference: fields.text("payment_intent_data[metadata][reference]").unwrap_or_default().to_owned(),
        locale: fields.text("locale").ok().and_then(Locale::from_tag).unwrap_or_default(),
        return_url: address("success_url")?,
        callback_url: address("metadata[callback_url]")?,
        expires_at,
        created_at: now,
        status: Status::RequiresPaymentMethod,
        session: SessionState::Open,
        failure: None,
        charge: None,
        received: 0,
        capture_before: None,
        settle_at: None,
        canceled_at: None,
        silent: false,
        refunds: Vec::new(),
        dispute: None,
        movements: Vec::new(),
        events: 0,
        attempt,
        first: Value::Null,
        asked: Vec::new(),
    };
    record.first = show::session(world, &record);
    record.asked = asked;
    let answer = record.first.clone();
    world.keep_payment(record);
    Ok(answer)
}

/// The same for the same attempt, and not to be guessed without the secret.
fn secret_letters(world: &World, purpose: &str, attempt_id: &str) -> String {
    let signed = world.card_keys.as_ref().map(|keys| keys.sign(purpose, Timestamp(0), attempt_id.as_bytes()));
    let text = signed.map(|signed| signed.signature).unwrap_or_default();
    text.chars().skip(3).filter(char::is_ascii_alphanumeric).take(26).collect()
}

/// The payer decides. Nothing happens when the payment cannot be paid any more.
pub(super) fn choose(world: &mut World, attempt: &OperationId, choice: Choice, now: Timestamp) {
    let Some(mut record) = world.payments.get(attempt).filter(|record| record.is_payable(now)).cloned()
    else {
        return;
    };
    let number = record.events;
    let id = format!("ch_{}", dice::number("charge", &format!("{attempt}/{number}"), 16));
    record.charge = Some(ChargeRecord { id, last4: choice.last4().to_owned(), created_at: now });
    record.failure = None;
    record.silent = choice == Choice::Silent;
    let bank = world.knobs(Desk::Card).delay_ms.map_or(SLOW_BANK_MS, i64::from);
    let later = now.plus(Duration::from_millis(bank));
    match choice {
        Choice::Pay | Choice::Silent => approved(world, record, now),
        Choice::Decline => declined(world, record, "insufficient_funds", now),
        Choice::Expired => declined(world, record, "expired_card", now),
        Choice::Late => {
            record.settle_at = Some(later);
            declined(world, record, "try_again_later", now);
        }
        Choice::Slow => {
            record.settle_at = Some(later);
            record.status = Status::Processing;
            record.session = SessionState::Complete;
            events::intent(world, &mut record, "payment_intent.processing", now);
            world.keep_payment(record);
        }
        Choice::Secure => {
            record.status = Status::RequiresAction;
            events::intent(world, &mut record, "payment_intent.requires_action", now);
            world.keep_payment(record);
        }
    }
}

/// What the payer said to the bank's question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Approved,
    Refused,
}

pub(super) fn prove(world: &mut World, attempt: &OperationId, proof: Proof, now: Timestamp) {
    let waits = |record: &&PaymentRecord| {
        record.status == Status::RequiresAction
            && record.session == SessionState::Open
            && record.expires_at > now
    };
    let Some(mut record) = world.payments.get(attempt).filter(waits).cloned() else { return };
    match proof {
        Proof::Approved => approved(world, record, now),
        Proof::Refused => {
            record.status = Status::RequiresPaymentMethod;
            declined(world, record, "payment_intent_authentication_failure", now);
        }
    }
}

fn approved(world: &mut World, mut record: PaymentRecord, now: Timestamp) {
    record.failure = None;
    record.settle_at = None;
    record.session = SessionState::Complete;
    match record.capture {
        CaptureMethod::Automatic => {
            let amount = record.amount.minor;
            taken(world, record, amount, now);
        }
        CaptureMethod::Manual => {
            record.status = Status::RequiresCapture;
            record.capture_before = Some(now.plus(AUTHORISED_FOR));
            events::intent(world, &mut record, "payment_intent.amount_capturable_updated", now);
            world.keep_payment(record);
        }
    }
}

fn taken(world: &mut World, mut record: PaymentRecord, amount: i64, now: Timestamp) {
    record.status = Status::Succeeded;
    record.received = amount;
    record.capture_before = None;
    books::charge(&mut record, now);
    events::intent(world, &mut record, "payment_intent.succeeded", now);
    world.keep_payment(record);
}

fn declined(world: &mut World, mut record: PaymentRecord, why: &str, now: Timestamp) {
    let authentication = why.starts_with("payment_intent_");
    record.failure = Some(CardFailure {
        code: if authentication { why } else { "card_declined" }.to_owned(),
        decline_code: (!authentication).then(|| why.to_owned()),
        message: "Your card was declined.".to_owned(),
    });
    events::intent(world, &mut record, "payment_intent.payment_failed", now);
    world.keep_payment(record);
}

/// The bank has decided on a payment that kept it waiting.
pub(crate) fn settle(world: &mut World, attempt: &OperationId, at: Timestamp, when: Timestamp) {
    if let Some(record) = world.payments.get(attempt).filter(|r| r.settle_at == Some(at)).cloned() {
        approved(world, record, when);
    }
}

/// A page's time is over, or an authorisation's.
pub(crate) fn expire(world: &mut World, attempt: &OperationId, when: Timestamp) {
    let Some(record) = world.payments.get(attempt).cloned() else { return };
    let lapsed = record.capture_before.is_some_and(|at| at <= when);
    if record.status == Status::RequiresCapture && lapsed {
        cancelled(world, record, when);
    } else if record.session == SessionState::Open && record.expires_at <= when {
        let _ = close(world, attempt, when);
    }
}

fn cancelled(world: &mut World, mut record: PaymentRecord, now: Timestamp) {
    record.status = Status::Canceled;
    record.canceled_at = Some(now);
    record.settle_at = None;
    record.capture_before = None;
    events::intent(world, &mut record, "payment_intent.canceled", now);
    world.keep_payment(record);
}

/// Ends an open page and with it the payment. While the bank decides, nothing can be ended.
pub(super) fn close(world: &mut World, attempt: &OperationId, now: Timestamp) -> Result<(), Refused> {
    let mut record = world.payments.get(attempt).cloned().ok_or_else(Refused::missing)?;
    if record.session != SessionState::Open || record.settle_at.is_some() {
        return Err(Refused::invalid("session_not_open", "this session cannot be expired"));
    }
    record.session = SessionState::Expired;
    events::session(world, &mut record, "checkout.session.expired", now);
    cancelled(world, record, now);
    Ok(())
}

/// Lets go of what was authorised.
pub(super) fn cancel(world: &mut World, attempt: &OperationId, now: Timestamp) -> Result<(), Refused> {
    let record = world.payments.get(attempt).cloned().ok_or_else(Refused::missing)?;
    if record.status != Status::RequiresCapture {
        return Err(Refused::unexpected(record.status));
    }
    cancelled(world, record, now);
    Ok(())
}

/// Takes a part or the whole of what was authorised; the rest is released.
pub(super) fn capture(
    world: &mut World,
    attempt: &OperationId,
    asked: &Pairs,
    now: Timestamp,
) -> Result<(), Refused> {
    let record = world.payments.get(attempt).cloned().ok_or_else(Refused::missing)?;
    let amount = Fields::of(asked).whole("amount_to_capture")?;
    if record.status == Status::Succeeded && record.received == amount {
        return Ok(());
    }
    if record.status != Status::RequiresCapture {
        return Err(Refused::unexpected(record.status));
    }
    if amount > record.amount.minor {
        return Err(Refused::invalid("amount_too_large", "more than was authorised"));
    }
    taken(world, record, amount, now);
    Ok(())
}

/// Gives money back, never more than was taken, once for each key.
pub(super) fn refund(world: &mut World, key: &str, asked: Pairs, now: Timestamp) -> Result<Value, Refused> {
    let used = world.payments.values().find_map(|record| {
        record.refunds.iter().find(|refund| refund.id.as_str() == key).map(|refund| (record, refund))
    });
    if let Some((record, refund)) = used {
        let same = refund.asked == asked;
        return if same { Ok(show::refund(record, refund)) } else { Err(Refused::reused_key()) };
    }
    let fields = Fields::of(&asked);
    let (id, intent) = (fields.id("metadata[refund_id]")?, fields.text("payment_intent")?);
    let found = world.payments.values().find(|record| record.intent_id == intent);
    let mut record = found.cloned().ok_or_else(Refused::missing)?;
    if record.status != Status::Succeeded {
        return Err(Refused::unexpected(record.status));
    }
    let amount = fields.whole("amount")?;
    match record.received.saturating_sub(record.given_back()) {
        0 => return Err(Refused::invalid("charge_already_refunded", "nothing is left of the payment")),
        left if amount > left => {
            return Err(Refused::invalid("amount_too_large", "more than what is left of the payment"));
        }
        _ => {}
    }
    let (status, settle_at) = refund_fate(world, &id, now);
    let gateway_id = format!("re_{}", dice::number("refund", id.as_str(), 16));
    let refund = RefundRecord { id, gateway_id, amount, status, created_at: now, settle_at, asked };
    record.refunds.push(refund.clone());
    report_refund(world, &mut record, &refund, now);
    let answer = show::refund(&record, &refund);
    world.keep_payment(record);
    Ok(answer)
}

fn refund_fate(world: &World, id: &OperationId, now: Timestamp) -> (RefundStatus, Option<Timestamp>) {
    let knobs = world.knobs(Desk::Card);
    if world.hits(knobs.refusal_percent, "refusal", id.as_str()) {
        return (RefundStatus::Failed, None);
    }
    match knobs.answer {
        AnswerMode::Natural | AnswerMode::Now => (RefundStatus::Succeeded, None),
        AnswerMode::Later => {
            let delay = knobs.delay_ms.map_or(SLOW_REFUND_MS, i64::from);
            (RefundStatus::Pending, Some(now.plus(Duration::from_millis(delay))))
        }
    }
}

/// Writes a refund that went through on the merchant's account, and reports any that is final.
fn report_refund(world: &mut World, record: &mut PaymentRecord, refund: &RefundRecord, now: Timestamp) {
    match refund.status {
        RefundStatus::Pending => {}
        RefundStatus::Failed => events::refund(world, record, refund, "refund.failed", now),
        RefundStatus::Succeeded => {
            books::refund(record, refund, now);
            events::refund(world, record, refund, "refund.updated", now);
        }
    }
}

/// Pending refunds of a payment whose time has come.
pub(crate) fn settle_refunds(world: &mut World, attempt: &OperationId, at: Timestamp, when: Timestamp) {
    let Some(mut record) = world.payments.get(attempt).cloned() else { return };
    let mut settled = Vec::new();
    for pending in record.refunds.iter_mut().filter(|refund| refund.settle_at == Some(at)) {
        pending.settle_at = None;
        pending.status = RefundStatus::Succeeded;
        settled.push(pending.clone());
    }
    for refund in &settled {
        report_refund(world, &mut record, refund, when);
    }
    world.keep_payment(record);
}
