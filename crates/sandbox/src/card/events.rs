//! Events on their way to the merchant. Only they lie when a knob says so: whoever asks is told the truth.

use kernel::Timestamp;
use serde_json::{Value, json};

use super::{PaymentRecord, RefundRecord, show};
use crate::config::Desk;
use crate::delivery;
use crate::world::World;

pub(super) fn intent(world: &mut World, record: &mut PaymentRecord, kind: &str, now: Timestamp) {
    let object = show::intent(record);
    announce(world, record, kind, object, now);
}

pub(super) fn session(world: &mut World, record: &mut PaymentRecord, kind: &str, now: Timestamp) {
    let mut object = show::session(world, record);
    // An event names other objects by id only.
    if let Value::Object(members) = &mut object {
        members.insert("payment_intent".to_owned(), json!(record.intent_id));
    }
    announce(world, record, kind, object, now);
}

pub(super) fn refund(
    world: &mut World,
    record: &mut PaymentRecord,
    refund: &RefundRecord,
    kind: &str,
    now: Timestamp,
) {
    let object = show::refund(record, refund);
    announce(world, record, kind, object, now);
}

pub(super) fn dispute(world: &mut World, record: &mut PaymentRecord, kind: &str, now: Timestamp) {
    if let Some(object) = show::dispute(record) {
        announce(world, record, kind, object, now);
    }
}

fn announce(world: &mut World, record: &mut PaymentRecord, kind: &str, mut object: Value, now: Timestamp) {
    record.events = record.events.saturating_add(1);
    if record.silent {
        return;
    }
    let id = format!("evt_{}_{}", record.intent_id.trim_start_matches("pi_"), record.events);
    let account = disguise(world, record, &id, &mut object);
    let event = json!({
        "id": id, "object": "event", "api_version": connectors::card::VERSION, "created": now.as_secs(),
        "livemode": false, "account": account, "type": kind, "data": {"object": object},
    });
    let about = record.attempt.to_string();
    delivery::announce(world, Desk::Card, &about, id, &record.callback_url, &event, now);
}

/// What the knobs make of an object; the account it claims to come from.
fn disguise(world: &World, record: &PaymentRecord, id: &str, object: &mut Value) -> String {
    let knobs = world.knobs(Desk::Card);
    if let Value::Object(members) = object {
        if let Some(received) = members.get("amount_received").and_then(Value::as_i64).filter(|sum| *sum > 0)
            && world.hits(knobs.wrong_amount_percent, "amount", id)
        {
            members.insert("amount_received".to_owned(), json!(received.saturating_add(1)));
        }
        if world.hits(knobs.wrong_currency_percent, "currency", id) {
            let other = if show::currency(record) == "usd" { "eur" } else { "usd" };
            members.insert("currency".to_owned(), json!(other));
        }
    }
    if world.hits(knobs.wrong_merchant_percent, "merchant", id) {
        format!("{}-other", record.merchant_id)
    } else {
        record.merchant_id.clone()
    }
}
