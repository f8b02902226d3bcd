//! What WeChat Pay tells a merchant of its own accord.

use kernel::Timestamp;
use serde_json::{Value, json};

use super::refund::refund_told;
use super::{sign, told};
use crate::Sandbox;
use crate::config::Desk;
use crate::delivery::{self, Delivery, Dressed, Spoilt};
use crate::trade::{Back, BackState, Trade, TradeState};
use crate::world::World;

/// Between the tries, in seconds, as its documentation has them: 24 hours and 4 minutes together.
pub(crate) const PAUSES_SECS: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600];

/// A trade is told of when it is paid, a refund when it has an end.
pub(crate) fn announce(world: &mut World, trade: &Trade, back: Option<&Back>, now: Timestamp) {
    let id = format!("EV-{}-{}", trade.number, trade.told);
    let (event, kind, document) = match back {
        Some(back) => {
            let event = if back.state == BackState::Failed { "REFUND.CLOSED" } else { "REFUND.SUCCESS" };
            let mut document = refund_told(trade, back, "refund_status");
            set(&mut document, "mchid", world.merchants.wechat_mchid.clone().into());
            (event, "refund", document)
        }
        None if trade.state == TradeState::Paid => ("TRANSACTION.SUCCESS", "transaction", told(world, trade)),
        None => return,
    };
    let document = disguised(world, document, &id);
    let mut resource = sign::seal(world, kind, &document.to_string(), &id);
    set(&mut resource, "original_type", kind.into());
    let notice = json!({
        "id": id, "create_time": super::time(now), "event_type": event, "resource_type": "encrypt-resource",
        "summary": "支付通知", "resource": resource,
    });
    // Whose name it is signed with travels in front of the text.
    let body = format!("{}{notice}", if trade.public_key { "K" } else { "C" });
    delivery::announce_text(world, Desk::Wechat, &trade.number, id, &trade.notify_url, body, now);
}

fn set(document: &mut Value, name: &str, value: Value) {
    if let Value::Object(all) = document {
        all.insert(name.to_owned(), value);
    }
}

/// What the knobs make of a notice: only the notice lies, a query tells the truth.
fn disguised(world: &World, mut document: Value, id: &str) -> Value {
    let knobs = world.knobs(Desk::Wechat);
    if world.hits(knobs.wrong_merchant_percent, "merchant", id) {
        set(&mut document, "mchid", "1900009999".into());
    }
    if let Some(amount) = document.get_mut("amount") {
        if world.hits(knobs.wrong_amount_percent, "amount", id)
            && let Some(total) = amount.get("total").and_then(Value::as_i64)
        {
            set(amount, "total", total.saturating_add(1).into());
        }
        if world.hits(knobs.wrong_currency_percent, "currency", id) {
            set(amount, "currency", "USD".into());
        }
    }
    document
}

/// One try, signed now.
pub(crate) fn dress(sandbox: &Sandbox, delivery: &Delivery, spoilt: Spoilt) -> Dressed {
    let public_key = delivery.body.starts_with('K');
    let body = delivery.body.get(1..).unwrap_or_default().to_owned();
    let world = sandbox.world();
    let signed = if spoilt.signature { format!("{body} ") } else { body.clone() };
    let mut headers = sign::headers(&world, &delivery.id, &signed, public_key, spoilt.at).to_vec();
    headers.push(("content-type", "application/json".to_owned()));
    (headers, body)
}
