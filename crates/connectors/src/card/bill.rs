//! The day's movements on our account at the gateway as a bill.

use kernel::{Money, Timestamp};
use serde_json::Value;

use super::read::{money, object};
use super::wire::{Movement, Ref, Source};
use crate::gateway::{Bill, BillKind, BillLine, BrokenLine};

/// Of a line that does not read, so much is kept.
const TEXT_CHARS: usize = 2_000;

/// Adds one entry of a list. One that does not read stops no other (L7).
pub(super) fn add(bill: &mut Bill, entry: Value) {
    let count = bill.lines.len().saturating_add(bill.broken.len()).saturating_add(1);
    let number = u64::try_from(count).unwrap_or(u64::MAX);
    let text: String = entry.to_string().chars().take(TEXT_CHARS).collect();
    match object(entry).and_then(|movement| line(&movement, number)) {
        Ok(line) => bill.lines.push(line),
        Err(why) => bill.broken.push(BrokenLine { number, text, why }),
    }
}

fn line(movement: &Movement, number: u64) -> Result<BillLine, String> {
    let kind = kind(movement).ok_or_else(|| format!("a movement of unknown kind {}", movement.kind))?;
    let signed = money(movement.amount, &movement.currency)?;
    let inward = matches!(kind, BillKind::Payment | BillKind::DisputeWon);
    if (inward && signed.minor < 0) || (!inward && signed.minor > 0) {
        return Err("the amount has the wrong sign for its kind".to_owned());
    }
    let minor = signed.minor.checked_abs().ok_or("an impossible amount")?;
    let source = match &movement.source {
        Some(Ref::Whole(source)) => Some(source.as_ref()),
        Some(Ref::Id(_)) | None => None,
    };
    Ok(BillLine {
        number,
        kind,
        our_id: our_id(kind, source),
        gateway_id: gateway_id(kind, movement, source),
        amount: Money { minor, ..signed },
        fee: money(movement.fee, &movement.currency)?,
        at: Timestamp::from_secs(movement.created),
    })
}

fn kind(movement: &Movement) -> Option<BillKind> {
    Some(match (movement.kind.as_str(), movement.reporting_category.as_deref()) {
        ("charge" | "payment", _) => BillKind::Payment,
        ("refund" | "payment_refund", _) => BillKind::Refund,
        ("adjustment", Some("dispute")) => BillKind::DisputeLost,
        ("adjustment", Some("dispute_reversal")) => BillKind::DisputeWon,
        ("payout", _) => BillKind::Payout,
        ("stripe_fee" | "fee", _) => BillKind::Fee,
        _ => return None,
    })
}

fn our_id(kind: BillKind, source: Option<&Source>) -> String {
    let key = match kind {
        BillKind::Refund => "refund_id",
        BillKind::Payment | BillKind::DisputeLost | BillKind::DisputeWon => "attempt_id",
        BillKind::Payout | BillKind::Fee => return String::new(),
    };
    source.and_then(|source| source.metadata.get(key)).cloned().unwrap_or_default()
}

/// The id under which the payment or refund is known to us; else the movement's own.
fn gateway_id(kind: BillKind, movement: &Movement, source: Option<&Source>) -> String {
    let intent = source.and_then(|source| source.payment_intent.clone());
    let found = if kind == BillKind::Payment { intent } else { None };
    found.or_else(|| source.map(|source| source.id.clone())).unwrap_or_else(|| movement.id.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn movement(kind: &str, category: &str, amount: i64, fee: i64, source: Value) -> Value {
        json!({"id": "txn_1", "object": "balance_transaction", "type": kind, "reporting_category": category,
            "amount": amount, "fee": fee, "net": amount - fee, "currency": "cny", "created": 1_795_265_100, "source": source})
    }

    #[test]
    fn every_kind_of_movement_becomes_a_line_of_its_kind() {
        let ours = json!({"id": "ch_1", "payment_intent": "pi_1", "metadata": {"attempt_id": "at_1"}});
        let back = json!({"id": "re_1", "payment_intent": "pi_1", "metadata": {"refund_id": "r_1", "attempt_id": "at_1"}});
        let dispute = json!({"id": "dp_1", "metadata": {"attempt_id": "at_1"}});
        let mut bill = Bill::default();
        for (entry, kind, our_id, gateway_id, fen) in [
            (movement("charge", "charge", 100, 3, ours), BillKind::Payment, "at_1", "pi_1", 100),
            (movement("refund", "refund", -40, 0, back), BillKind::Refund, "r_1", "re_1", 40),
            (
                movement("adjustment", "dispute", -100, 1500, dispute.clone()),
                BillKind::DisputeLost,
                "at_1",
                "dp_1",
                100,
            ),
            (
                movement("adjustment", "dispute_reversal", 100, 0, dispute),
                BillKind::DisputeWon,
                "at_1",
                "dp_1",
                100,
            ),
            (movement("payout", "payout", -500, 0, json!("po_1")), BillKind::Payout, "", "txn_1", 500),
            (movement("stripe_fee", "fee", -30, 0, Value::Null), BillKind::Fee, "", "txn_1", 30),
        ] {
            add(&mut bill, entry);
            let line = bill.lines.last().unwrap();
            assert_eq!(
                (line.kind, line.our_id.as_str(), line.gateway_id.as_str()),
                (kind, our_id, gateway_id)
            );
            assert_eq!(line.amount, Money::cny(fen));
        }
        assert_eq!(bill.lines.iter().map(|l| l.fee.minor).sum::<i64>(), 1_503);
        assert_eq!(bill.lines.last().unwrap().number, 6);
        assert!(bill.broken.is_empty());
    }

    #[test]
    fn l7_a_line_that_does_not_read_is_kept_and_stops_no_other() {
        let mut bill = Bill::default();
        let good = || movement("charge", "charge", 100, 3, json!("ch_1"));
        let mut fraction = good();
        fraction["amount"] = json!(1.5);
        let mut foreign = good();
        foreign["currency"] = json!("xyz");
        for broken in [
            json!("nonsense"),
            json!({"id": "txn_2"}),
            fraction,
            foreign,
            movement("charge", "charge", -100, 3, Value::Null),
            movement("refund", "refund", 100, 0, Value::Null),
            movement("refund", "refund", i64::MIN, 0, Value::Null),
            movement("adjustment", "other", 1, 0, Value::Null),
            movement("magic", "magic", 1, 0, Value::Null),
        ] {
            add(&mut bill, broken);
        }
        add(&mut bill, good());
        assert_eq!((bill.lines.len(), bill.broken.len()), (1, 9), "{:?}", bill.broken);
        assert_eq!(bill.lines[0].number, 10, "lines are counted as they stand");
        assert!(bill.broken.iter().all(|line| !line.why.is_empty()));
        add(&mut bill, json!("x".repeat(9_000)));
        assert_eq!(bill.broken.last().unwrap().text.chars().count(), 2_000);
    }
}
