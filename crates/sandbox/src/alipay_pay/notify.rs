//! What Alipay tells a merchant of its own accord.

use std::collections::BTreeMap;

use kernel::{Money, Timestamp};

use super::{status, text};
use crate::config::Desk;
use crate::delivery::{self, Delivery, Dressed, Spoilt};
use crate::dice;
use crate::ledger_day::written;
use crate::rsa;
use crate::trade::{Back, BackState, Trade};
use crate::world::World;

/// Between the tries, in seconds, as its documentation has them: eight tries in 25 hours.
pub(crate) const PAUSES_SECS: [i64; 7] = [240, 600, 600, 3600, 7200, 21600, 54000];

/// A trade is told of when it is paid, closed, and when something of it was given back.
pub(crate) fn announce(world: &mut World, trade: &Trade, back: Option<&Back>, now: Timestamp) {
    if back.is_some_and(|back| back.state != BackState::Done) {
        return;
    }
    let id = format!("al_{}_{}", trade.number, trade.told);
    let mut pairs: BTreeMap<&str, String> = BTreeMap::from([
        ("notify_id", dice::number("notify", &id, 34)),
        ("notify_type", "trade_status_sync".to_owned()),
        ("notify_time", written(now)),
        ("charset", "utf-8".to_owned()),
        ("version", "1.0".to_owned()),
        ("app_id", world.merchants.alipay_app_id.clone()),
        ("seller_id", world.merchants.alipay_seller_id.clone()),
        ("out_trade_no", trade.number.clone()),
        ("trade_no", trade.gateway_number()),
        ("trade_status", status(trade).to_owned()),
        ("total_amount", Money::cny(trade.fen).to_decimal()),
        ("subject", trade.subject.clone()),
    ]);
    if let Some(at) = trade.paid_at {
        pairs.insert("gmt_payment", written(at));
    }
    if let Some(back) = back {
        pairs.insert("refund_fee", Money::cny(trade.given_back()).to_decimal());
        pairs.insert("out_biz_no", back.number.clone());
        pairs.insert("gmt_refund", written(now));
    }
    let knobs = world.knobs(Desk::Alipay);
    if world.hits(knobs.wrong_amount_percent, "amount", &id) {
        pairs.insert("total_amount", Money::cny(trade.fen.saturating_add(1)).to_decimal());
    }
    if world.hits(knobs.wrong_currency_percent, "currency", &id) {
        pairs.insert("trans_currency", "USD".to_owned());
    }
    if world.hits(knobs.wrong_merchant_percent, "merchant", &id) {
        pairs.insert("seller_id", "2088999999999999".to_owned());
    }
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    delivery::announce_text(world, Desk::Alipay, &trade.number, id, &trade.notify_url, body, now);
}

/// One try. There is no time in the signature, so none can be stale.
pub(crate) fn dress(delivery: &Delivery, spoilt: Spoilt) -> Dressed {
    let pairs = form_urlencoded::parse(delivery.body.as_bytes()).into_owned().collect();
    let other = if spoilt.signature { " " } else { "" };
    let sign = rsa::sign(include_str!("alipay.pem"), &format!("{}{other}", text(&pairs, &[])));
    let signed = [("sign_type", "RSA2"), ("sign", &sign)];
    let body = form_urlencoded::Serializer::new(delivery.body.clone()).extend_pairs(signed).finish();
    (vec![("content-type", "application/x-www-form-urlencoded;charset=utf-8".to_owned())], body)
}
