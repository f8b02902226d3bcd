//! What the gateway's documents mean. Pure: nothing is asked here.
//!
//! **Sequence.** The gateway's payments carry no count of their changes, and callbacks come in any order. What never goes backwards
//! is how far a payment has come, so that is the sequence: the rank of its state, and below it what was given back. A payment that
//! was declined can still be paid on the same page; money outranks everything, so it always gets in, and what is told late about an
//! earlier state is older by its rank.

use kernel::{Currency, Duration, Money, Text, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::{Charge, Event, Failure, Intent, Metadata, Session, WireDispute, WireRefund};
use crate::gateway::{
    CardHint, Checkout, Dispute, DisputeState, GatewayEvent, Payment, PaymentState, Refund, RefundState,
    Report,
};

/// How long a bank keeps money for us when the document does not say.
const AUTHORISED_FOR: Duration = Duration::from_days(7);
/// Bits of the sequence under the rank: what was given back, in minor units.
const REFUNDED_BITS: u32 = 48;

/// Why a document is not about a payment of ours; for staff.
pub(super) type Unreadable = String;

pub(super) fn money(minor: i64, code: &str) -> Result<Money, Unreadable> {
    let currency = Currency::from_code(&code.to_ascii_uppercase());
    currency.map(|currency| Money::new(minor, currency)).ok_or_else(|| "an unknown currency".to_owned())
}

fn named(metadata: &Metadata, key: &str) -> Result<String, Unreadable> {
    metadata.get(key).filter(|id| !id.is_empty()).cloned().ok_or_else(|| format!("no {key} in the metadata"))
}

pub(super) fn object<T: DeserializeOwned>(value: Value) -> Result<T, Unreadable> {
    serde_json::from_value(value).map_err(|error| crate::http::where_in(&error))
}

fn sequence(rank: u64, refunded: i64) -> u64 {
    let limit = (1_u64 << REFUNDED_BITS) - 1;
    (rank << REFUNDED_BITS) | u64::try_from(refunded).unwrap_or(0).min(limit)
}

/// How far a payment has come. Ranks are kept with attempts, so they never change their meaning.
fn rank(state: &PaymentState, status: &str) -> u64 {
    match state {
        PaymentState::Open if status == "requires_payment_method" => 1,
        PaymentState::Open => 2,
        PaymentState::Processing => 3,
        PaymentState::Declined { .. } => 4,
        PaymentState::Authorised { .. } => 5,
        PaymentState::Closed => 6,
        PaymentState::Captured { .. } => 7,
    }
}

/// A payment as its intent tells it.
pub(super) fn payment(intent: &Intent, merchant: &str) -> Result<Payment, Unreadable> {
    let state = state(intent)?;
    let charge = intent.charge();
    let refunded = charge.map_or(0, |charge| charge.amount_refunded);
    let times = [Some(intent.created), intent.canceled_at, charge.map(|charge| charge.created)];
    Ok(Payment {
        attempt_id: named(&intent.metadata, "attempt_id")?,
        gateway_id: intent.id.clone(),
        merchant_id: merchant.to_owned(),
        amount: money(intent.amount, &intent.currency)?,
        sequence: sequence(rank(&state, &intent.status), refunded),
        state,
        refunded: money(refunded, &intent.currency)?,
        checkout: None,
        updated_at: Timestamp::from_secs(times.into_iter().flatten().max().unwrap_or_default()),
    })
}

fn state(intent: &Intent) -> Result<PaymentState, Unreadable> {
    let card = intent.charge().and_then(|charge| charge.payment_method_details.as_ref()?.card.as_ref());
    Ok(match intent.status.as_str() {
        "requires_payment_method" => match &intent.last_payment_error {
            Some(failure) => declined(failure),
            None => PaymentState::Open,
        },
        "requires_confirmation" | "requires_action" => PaymentState::Open,
        "processing" => PaymentState::Processing,
        "requires_capture" => {
            let created = intent.charge().map_or(intent.created, |charge| charge.created);
            let until = card.and_then(|card| card.capture_before).map(Timestamp::from_secs);
            PaymentState::Authorised {
                authorised: money(intent.amount_capturable, &intent.currency)?,
                until: until.unwrap_or_else(|| Timestamp::from_secs(created).plus(AUTHORISED_FOR)),
            }
        }
        "canceled" => PaymentState::Closed,
        "succeeded" => PaymentState::Captured {
            captured: money(intent.amount_received, &intent.currency)?,
            card: card.map(|card| CardHint { brand: card.brand.clone(), last4: card.last4.clone() }),
        },
        _ => return Err("an unknown status".to_owned()),
    })
}

fn declined(failure: &Failure) -> PaymentState {
    let code = failure.decline_code.as_ref().or(failure.code.as_ref()).cloned();
    let code = code.unwrap_or_else(|| "card_declined".to_owned());
    let (zh, en) = match code.as_str() {
        "insufficient_funds" => ("余额不足，银行拒绝了这次付款", "The bank declined: insufficient funds"),
        "expired_card" => ("卡已过期，银行拒绝了这次付款", "The bank declined: the card has expired"),
        "authentication_required" | "payment_intent_authentication_failure" => (
            "没有通过银行的身份验证，没有扣款",
            "The bank could not confirm that it is you; nothing was taken",
        ),
        "processing_error" | "try_again_later" => (
            "银行暂时不能处理，请稍后再试或换一张卡",
            "The bank cannot do it now. Try again later or use another card",
        ),
        _ => ("银行拒绝了这次付款，可换一张卡", "The bank declined this payment. You can use another card"),
    };
    // The page takes another card until it is closed.
    PaymentState::Declined { code, message: Text::new(zh, en), again: true }
}

/// A payment as its page tells it, with the way there while it can be paid.
pub(super) fn session_payment(
    session: &Session,
    intent: &Intent,
    merchant: &str,
) -> Result<Payment, Unreadable> {
    let mut found = payment(intent, merchant)?;
    if matches!(found.state, PaymentState::Open | PaymentState::Declined { .. }) {
        match (session.status.as_str(), &session.url) {
            ("open", Some(url)) if found.state == PaymentState::Open => {
                found.checkout = Some(Checkout::Page { url: url.clone() });
            }
            // The page has ended; the intent follows in a moment.
            ("expired", _) => {
                found.state = PaymentState::Closed;
                found.sequence = sequence(rank(&found.state, ""), 0);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A page nobody used in time.
fn expired(session: &Session, intent: String, at: i64, merchant: &str) -> Result<Payment, Unreadable> {
    let amount = money(session.amount_total, &session.currency)?;
    Ok(Payment {
        attempt_id: named(&session.metadata, "attempt_id")?,
        gateway_id: intent,
        merchant_id: merchant.to_owned(),
        amount,
        state: PaymentState::Closed,
        refunded: Money::zero(amount.currency),
        checkout: None,
        sequence: sequence(rank(&PaymentState::Closed, ""), 0),
        updated_at: Timestamp::from_secs(at.max(session.created)),
    })
}

/// A payment of which something was given back.
fn charged(charge: &Charge, merchant: &str) -> Result<Payment, Unreadable> {
    let card = charge.payment_method_details.as_ref().and_then(|details| details.card.as_ref());
    let state = PaymentState::Captured {
        captured: money(charge.amount_captured, &charge.currency)?,
        card: card.map(|card| CardHint { brand: card.brand.clone(), last4: card.last4.clone() }),
    };
    Ok(Payment {
        attempt_id: named(&charge.metadata, "attempt_id")?,
        gateway_id: charge.payment_intent.clone().unwrap_or_default(),
        merchant_id: merchant.to_owned(),
        amount: money(charge.amount, &charge.currency)?,
        sequence: sequence(rank(&state, "succeeded"), charge.amount_refunded),
        state,
        refunded: money(charge.amount_refunded, &charge.currency)?,
        checkout: None,
        updated_at: Timestamp::from_secs(charge.created),
    })
}

pub(super) fn refund(found: &WireRefund, merchant: &str) -> Result<Refund, Unreadable> {
    let state = match found.status.as_deref() {
        Some("succeeded") => RefundState::Succeeded,
        Some("failed" | "canceled") => RefundState::Failed {
            code: found.failure_reason.clone().unwrap_or_else(|| "unknown".to_owned()),
            message: Text::new("银行退回了这笔退款", "The bank sent the refund back"),
        },
        Some("pending" | "requires_action") | None => RefundState::Pending,
        Some(_) => return Err("an unknown status of a refund".to_owned()),
    };
    Ok(Refund {
        refund_id: named(&found.metadata, "refund_id")?,
        attempt_id: named(&found.metadata, "attempt_id")?,
        gateway_id: found.id.clone(),
        merchant_id: merchant.to_owned(),
        amount: money(found.amount, &found.currency)?,
        state,
        updated_at: Timestamp::from_secs(found.created),
    })
}

/// `at` is when the gateway said so: a dispute has no such time of its own.
fn dispute(found: &WireDispute, at: i64, merchant: &str) -> Result<Dispute, Unreadable> {
    let state = match found.status.as_str() {
        "won" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        "needs_response" | "under_review" => DisputeState::Open,
        "warning_needs_response" | "warning_under_review" => DisputeState::Asked,
        "warning_closed" | "prevented" => DisputeState::Dropped,
        _ => return Err("an unknown status of a dispute".to_owned()),
    };
    let attempt_id = found.metadata.get("attempt_id").or(found.payment_intent.as_ref()).cloned();
    let fee = found.balance_transactions.iter().try_fold(0_i64, |sum, one| sum.checked_add(one.fee));
    Ok(Dispute {
        dispute_id: found.id.clone(),
        attempt_id: attempt_id.ok_or("a dispute about no payment")?,
        merchant_id: merchant.to_owned(),
        amount: money(found.amount, &found.currency)?,
        fee: money(fee.ok_or("an impossible fee")?, &found.currency)?,
        reason: found.reason.clone(),
        state,
        due_by: found.evidence_details.due_by.map(Timestamp::from_secs),
        updated_at: Timestamp::from_secs(at.max(found.created)),
    })
}

/// What an event reports. Only the kinds that `docs/operating.md` names are understood.
pub(super) fn event(event: Event, merchant: &str) -> Result<GatewayEvent, Unreadable> {
    let (at, data) = (event.created, event.data.object);
    let report = match event.kind.as_str() {
        "payment_intent.succeeded"
        | "payment_intent.payment_failed"
        | "payment_intent.amount_capturable_updated"
        | "payment_intent.canceled"
        | "payment_intent.processing"
        | "payment_intent.requires_action" => Report::Payment(payment(&object(data)?, merchant)?),
        "checkout.session.expired" => {
            let session: Session = object(data)?;
            let intent = match &session.payment_intent {
                Some(super::wire::Ref::Id(id)) => id.clone(),
                Some(super::wire::Ref::Whole(intent)) => intent.id.clone(),
                None => session.id.clone(),
            };
            Report::Payment(expired(&session, intent, at, merchant)?)
        }
        "charge.refunded" => Report::Payment(charged(&object(data)?, merchant)?),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            Report::Refund(refund(&object(data)?, merchant)?)
        }
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => Report::Dispute(dispute(&object(data)?, at, merchant)?),
        _ => return Err("an event of another kind: leave it out at the gateway".to_owned()),
    };
    Ok(GatewayEvent { id: event.id, report })
}
