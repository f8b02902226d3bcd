//! The documents of the API.

use kernel::{Locale, Money};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{
    CaptureMethod, DisputeStatus, PaymentRecord, RefundRecord, RefundStatus, SessionState, Status, books,
};
use crate::world::World;

/// `cny`
pub(super) fn currency(record: &PaymentRecord) -> String {
    record.amount.currency.code().to_ascii_lowercase()
}

fn metadata(record: &PaymentRecord) -> Value {
    json!({"attempt_id": record.attempt, "reference": record.reference})
}

/// With the intent expanded.
pub(super) fn session(world: &World, record: &PaymentRecord) -> Value {
    let (status, open) = match record.session {
        SessionState::Open => ("open", true),
        SessionState::Complete => ("complete", false),
        SessionState::Expired => ("expired", false),
    };
    let url = open.then(|| format!("{}/card/pay/{}", world.public_url, record.session_id));
    json!({
        "id": record.session_id, "object": "checkout.session", "livemode": false, "mode": "payment",
        "status": status, "url": url, "amount_total": record.amount.minor, "currency": currency(record),
        "payment_status": if record.status == Status::Succeeded { "paid" } else { "unpaid" },
        "client_reference_id": record.attempt, "metadata": metadata(record),
        "created": record.created_at.as_secs(), "expires_at": record.expires_at.as_secs(),
        "payment_intent": intent(record),
    })
}

pub(super) fn intent(record: &PaymentRecord) -> Value {
    let manual = record.capture == CaptureMethod::Manual;
    let capturable = if record.status == Status::RequiresCapture { record.amount.minor } else { 0 };
    let failure = record.failure.as_ref().map(|failure| {
        json!({"type": "card_error", "code": failure.code, "decline_code": failure.decline_code, "message": failure.message})
    });
    let charges: Vec<Value> = charge(record).into_iter().collect();
    json!({
        "id": record.intent_id, "object": "payment_intent", "livemode": false, "status": record.status.name(),
        "amount": record.amount.minor, "amount_received": record.received, "amount_capturable": capturable,
        "capture_method": if manual { "manual" } else { "automatic" },
        "currency": currency(record), "description": record.description, "metadata": metadata(record),
        "created": record.created_at.as_secs(), "canceled_at": record.canceled_at.map(kernel::Timestamp::as_secs),
        "last_payment_error": failure,
        "charges": {"object": "list", "has_more": false, "data": charges},
    })
}

fn charge(record: &PaymentRecord) -> Option<Value> {
    let charge = record.charge.as_ref()?;
    let status = match (record.status, &record.failure) {
        (Status::Succeeded | Status::RequiresCapture, _) => "succeeded",
        (_, Some(_)) => "failed",
        (_, None) => "pending",
    };
    let before = record.capture_before.map(kernel::Timestamp::as_secs);
    Some(json!({
        "id": charge.id, "object": "charge", "livemode": false, "status": status,
        "captured": record.received > 0, "amount": record.amount.minor, "amount_captured": record.received,
        "amount_refunded": record.refunded().minor, "currency": currency(record),
        "payment_intent": record.intent_id, "metadata": metadata(record),
        "created": charge.created_at.as_secs(), "disputed": record.dispute.is_some(),
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": charge.last4, "capture_before": before}},
    }))
}

pub(super) fn refund(record: &PaymentRecord, refund: &RefundRecord) -> Value {
    let (status, reason) = match refund.status {
        RefundStatus::Pending => ("pending", None),
        RefundStatus::Succeeded => ("succeeded", None),
        RefundStatus::Failed => ("failed", Some("declined")),
    };
    json!({
        "id": refund.gateway_id, "object": "refund", "status": status, "failure_reason": reason,
        "amount": refund.amount, "currency": currency(record), "payment_intent": record.intent_id,
        "metadata": {"refund_id": refund.id, "attempt_id": record.attempt},
        "created": refund.created_at.as_secs(),
    })
}

/// The bank opens it, so there is nothing of the merchant's in it: only charge and intent say what it is about.
pub(super) fn dispute(record: &PaymentRecord) -> Option<Value> {
    let dispute = record.dispute.as_ref()?;
    let status = match dispute.status {
        DisputeStatus::NeedsResponse => "needs_response",
        DisputeStatus::UnderReview => "under_review",
        DisputeStatus::Won => "won",
        DisputeStatus::Lost => "lost",
    };
    Some(json!({
        "id": dispute.id, "object": "dispute", "livemode": false, "status": status, "reason": "fraudulent",
        "amount": dispute.amount, "currency": currency(record), "payment_intent": record.intent_id,
        "charge": record.charge.as_ref().map(|charge| charge.id.clone()), "metadata": {},
        "created": dispute.created_at.as_secs(), "evidence_details": {"due_by": dispute.due_by.as_secs()},
        "balance_transactions": [{"object": "balance_transaction", "type": "adjustment", "fee": books::DISPUTE_FEE}],
    }))
}

/// What a movement is about, expanded; else its bare id.
pub(super) fn source(record: &PaymentRecord, id: &str) -> Value {
    let refunded = record.refunds.iter().find(|refund| refund.gateway_id == id);
    let disputed = record.dispute.as_ref().is_some_and(|dispute| dispute.id == id);
    match (refunded, disputed) {
        (Some(found), _) => refund(record, found),
        (None, true) => dispute(record).unwrap_or_else(|| json!(id)),
        (None, false) => charge(record).unwrap_or_else(|| json!(id)),
    }
}

/// On the control page: payments that were taken, and what can become of a dispute about each.
pub(crate) fn disputes_form(locale: Locale, world: &World) -> Markup {
    let mut taken: Vec<&PaymentRecord> =
        world.payments.values().filter(|record| record.status == Status::Succeeded).collect();
    taken.sort_by_key(|record| std::cmp::Reverse(record.updated_at()));
    let action = |record: &PaymentRecord| format!("{}/card/dispute/{}", world.public_url, record.intent_id);
    html! {
        h2 { (locale.pick("拒付", "Disputes")) }
        @if taken.is_empty() { p { (locale.pick("还没有刷卡付款", "No card has paid yet")) } }
        @for record in taken.into_iter().take(20) {
            form class="row" method="post" action=(action(record)) {
                span {
                    (record.reference) " · " (Money { minor: record.received, ..record.amount })
                    @if let Some(state) = record.dispute.as_ref().map(|dispute| dispute.status) {
                        " · " (dispute_words(locale, state))
                    }
                }
                @for (turn, zh, en) in turns(record) { button name="turn" value=(turn) { (locale.pick(zh, en)) } }
            }
        }
    }
}

fn turns(record: &PaymentRecord) -> &'static [(&'static str, &'static str, &'static str)] {
    const ENDS: [(&str, &str, &str); 2] = [("win", "商家胜", "Shop wins"), ("lose", "商家败", "Shop loses")];
    const ALL: [(&str, &str, &str); 3] = [
        ("review", "交付证据", "Hand in evidence"),
        ("win", "商家胜", "Shop wins"),
        ("lose", "商家败", "Shop loses"),
    ];
    match record.dispute.as_ref().map(|dispute| dispute.status) {
        None => &[("open", "发起拒付", "Dispute")],
        Some(DisputeStatus::NeedsResponse) => &ALL,
        Some(DisputeStatus::UnderReview) => &ENDS,
        Some(DisputeStatus::Won | DisputeStatus::Lost) => &[],
    }
}

fn dispute_words(locale: Locale, status: DisputeStatus) -> &'static str {
    match status {
        DisputeStatus::NeedsResponse => locale.pick("等待证据", "Waits for evidence"),
        DisputeStatus::UnderReview => locale.pick("审理中", "Under review"),
        DisputeStatus::Won => locale.pick("商家胜诉", "Won by the shop"),
        DisputeStatus::Lost => locale.pick("商家败诉", "Lost by the shop"),
    }
}
