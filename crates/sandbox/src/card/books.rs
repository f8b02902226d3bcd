//! The merchant's account at the gateway: what it lists as balance transactions, with the lies that knobs ask for.

use kernel::Timestamp;
use serde_json::{Value, json};

use super::{DisputeRecord, Movement, PaymentRecord, RefundRecord, show};
use crate::config::Desk;
use crate::dice;
use crate::world::World;

/// What the gateway keeps of a payment: six in a thousand, rounded down.
const fn fee_of(amount: i64) -> i64 {
    amount.saturating_mul(6) / 1_000
}

/// What a dispute costs, whoever wins.
pub(super) const DISPUTE_FEE: i64 = 1_500;

fn push(
    record: &mut PaymentRecord,
    kind: &str,
    category: &str,
    amount: (i64, i64),
    source: &str,
    at: Timestamp,
) {
    let id = format!("txn_{}", dice::number("movement", &format!("{category}/{source}"), 16));
    let (amount, fee) = amount;
    let movement = Movement {
        id,
        kind: kind.to_owned(),
        category: category.to_owned(),
        amount,
        fee,
        at,
        source: source.to_owned(),
    };
    record.movements.push(movement);
}

pub(super) fn charge(record: &mut PaymentRecord, at: Timestamp) {
    let source = record.charge.as_ref().map(|charge| charge.id.clone()).unwrap_or_default();
    let amount = record.received;
    push(record, "charge", "charge", (amount, fee_of(amount)), &source, at);
}

pub(super) fn refund(record: &mut PaymentRecord, refund: &RefundRecord, at: Timestamp) {
    push(record, "refund", "refund", (refund.amount.saturating_neg(), 0), &refund.gateway_id, at);
}

pub(super) fn withdrawn(record: &mut PaymentRecord, dispute: &DisputeRecord, at: Timestamp) {
    let amount = (dispute.amount.saturating_neg(), DISPUTE_FEE);
    push(record, "adjustment", "dispute", amount, &dispute.id, at);
}

pub(super) fn reinstated(record: &mut PaymentRecord, dispute: &DisputeRecord, at: Timestamp) {
    push(record, "adjustment", "dispute_reversal", (dispute.amount, 0), &dispute.id, at);
}

/// The movements from `from` until before `to`, the newest first as the API has them.
pub(super) fn list(world: &World, from: i64, to: i64) -> Vec<Value> {
    let knobs = world.knobs(Desk::Card);
    let mut found: Vec<(&PaymentRecord, &Movement)> = world
        .payments
        .values()
        .flat_map(|record| record.movements.iter().map(move |movement| (record, movement)))
        .filter(|(_, movement)| (from..to).contains(&movement.at.as_secs()))
        .filter(|(_, movement)| !world.hits(knobs.missing_bill_percent, "bill-missing", &movement.id))
        .collect();
    found.sort_by_key(|(_, movement)| std::cmp::Reverse((movement.at, movement.id.clone())));
    let mut lines = Vec::new();
    for (record, movement) in found {
        let mut line = shown(record, movement);
        if world.hits(knobs.extra_bill_percent, "bill-extra", &movement.id) {
            let mut extra = line.clone();
            if let Value::Object(members) = &mut extra {
                members.insert("id".to_owned(), json!(format!("{}_extra", movement.id)));
                members.insert("source".to_owned(), json!("ch_of_nobody"));
            }
            lines.push(extra);
        }
        if world.hits(knobs.broken_bill_percent, "bill-broken", &movement.id)
            && let Value::Object(members) = &mut line
        {
            members.insert("amount".to_owned(), json!("a hundred"));
        }
        lines.push(line);
    }
    lines
}

fn shown(record: &PaymentRecord, movement: &Movement) -> Value {
    json!({
        "id": movement.id, "object": "balance_transaction", "type": movement.kind,
        "reporting_category": movement.category, "amount": movement.amount, "fee": movement.fee,
        "net": movement.amount.saturating_sub(movement.fee), "currency": show::currency(record),
        "created": movement.at.as_secs(), "source": show::source(record, &movement.source),
    })
}
