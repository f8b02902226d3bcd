//! Alipay as a merchant meets it when money is paid: one gateway for all calls, a cashier for the payer, notices and bills.
//!
//! ```text
//! GET  {url}/alipay-pay/gateway.do      alipay.trade.page.pay and wap.pay: the payer's browser, on its way to the cashier
//! POST {url}/alipay-pay/gateway.do      everything else
//! {url}/alipay-pay/pay/{token}          the cashier, and what a scanned code leads to
//! {url}/alipay-pay/bill/{token}         the file of a bill
//! ```
//!
//! A trade is known from the moment the payer gets to the cashier, as with Alipay. Requests are checked and answers signed by
//! code of its own, so that the client's code is checked by another's.

mod bill;
pub(crate) mod notify;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use connectors::http::{ConfigError, web_address};
use connectors::rsa2::{SigningKey, VerifyingKey};
use connectors::{AlipayPaySettings, BaseUrl};
use http::{StatusCode, header};
use kernel::{Duration, Money, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::{Config, Desk};
use crate::ledger_day::written;
use crate::trade::{self, BackState, NoBack, Trade, TradeState};
use crate::web::troubled;
use crate::world::World;
use crate::{Sandbox, pay_page, rsa};

type Pairs = BTreeMap<String, String>;

impl Config {
    /// What a client of this Alipay is configured with.
    pub fn alipay(&self, name: &str) -> Result<AlipayPaySettings, ConfigError> {
        let bad = |what: &str| ConfigError::Client(format!("the sandbox's {what}"));
        Ok(AlipayPaySettings {
            name: name.to_owned(),
            gateway: BaseUrl::parse(&self.base_url(Desk::Alipay))?,
            app_id: self.merchants.alipay_app_id.clone(),
            seller_id: self.merchants.alipay_seller_id.clone(),
            private_key: SigningKey::parse(include_str!("shop.pem")).map_err(|_| bad("merchant key"))?,
            alipay_key: VerifyingKey::parse(include_str!("alipay.pub.pem")).map_err(|_| bad("public key"))?,
            code: false,
        })
    }
}

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/alipay-pay/gateway.do", get(cashier).post(gateway))
        .route("/alipay-pay/pay/{token}", get(scanned).post(pay_page::choose))
        .route("/alipay-pay/bill/{token}", get(bill::file))
}

/// What signatures are made over: everything but what `without` names.
pub(crate) fn text(pairs: &Pairs, without: &[&str]) -> String {
    let pairs = pairs.iter().filter(|(name, value)| !without.contains(&name.as_str()) && !value.is_empty());
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Why a call is not carried out: code and sub code.
type No = (&'static str, &'static str);

fn check(world: &World, form: &Pairs) -> Result<(), No> {
    let get = |name: &str| form.get(name).map_or("", String::as_str);
    if get("app_id") != world.merchants.alipay_app_id {
        return Err(("40002", "isv.invalid-app-id"));
    }
    let usual = get("sign_type") == "RSA2" && get("charset") == "utf-8" && get("version") == "1.0";
    let stamped = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", get("timestamp")).is_ok();
    let signed = rsa::verify(include_str!("shop.rsa.pem"), &text(form, &["sign"]), get("sign"));
    if usual && stamped && signed { Ok(()) } else { Err(("40002", "isv.invalid-signature")) }
}

#[derive(Deserialize)]
struct NewTrade {
    out_trade_no: String,
    total_amount: String,
    subject: String,
    #[serde(default)]
    product_code: String,
    seller_id: Option<String>,
    time_expire: Option<String>,
}

/// `GET /gateway.do`: the payer's browser. What it brings is signed by the merchant; the trade begins here.
async fn cashier(State(sandbox): State<Sandbox>, Query(query): Query<Pairs>) -> Response {
    let now = sandbox.now();
    let mut world = sandbox.world();
    let product = match query.get("method").map(String::as_str) {
        Some("alipay.trade.page.pay") => "FAST_INSTANT_TRADE_PAY",
        Some("alipay.trade.wap.pay") => "QUICK_WAP_WAY",
        _ => return refuse("INVALID_METHOD"),
    };
    if let Err((_, sub)) = check(&world, &query) {
        return refuse(sub);
    }
    let content = query.get("biz_content").and_then(|text| serde_json::from_str::<NewTrade>(text).ok());
    let Some(content) = content.filter(|content| content.product_code == product) else {
        return refuse("INVALID_PARAMETER");
    };
    match begin(&mut world, content, &query, "page", now) {
        Ok(trade) => Redirect::to(&page_url(&world, &trade)).into_response(),
        Err(why) => refuse(why),
    }
}

/// What the payer reads when the merchant's address is no good.
fn refuse(code: &str) -> Response {
    (StatusCode::BAD_REQUEST, format!("支付宝沙箱：无法打开收银台（{code}）")).into_response()
}

fn page_url(world: &World, trade: &Trade) -> String {
    format!("{}/alipay-pay/pay/{}", world.public_url, trade.token)
}

fn begin(
    world: &mut World,
    content: NewTrade,
    form: &Pairs,
    kind: &str,
    now: Timestamp,
) -> Result<Trade, &'static str> {
    let fen = fen(&content.total_amount).filter(|fen| *fen > 0).ok_or("INVALID_PARAMETER")?;
    let seller = content.seller_id.as_ref().is_none_or(|seller| *seller == world.merchants.alipay_seller_id);
    let notify_url = form.get("notify_url").filter(|url| web_address(url).is_some());
    let subject = content.subject.chars().count();
    if !seller || !(1..=256).contains(&subject) || content.subject.contains(['/', '=', '&']) {
        return Err("INVALID_PARAMETER");
    }
    if let Some(old) = trade::find(world, Desk::Alipay, &content.out_trade_no) {
        return if old.fen == fen { Ok(old) } else { Err("ACQ.CONTEXT_INCONSISTENT") };
    }
    let expires_at = match content.time_expire {
        None => now.plus(Duration::from_days(15)),
        Some(text) => moment(&text).ok_or("INVALID_PARAMETER")?,
    };
    if expires_at <= now {
        return Err("ACQ.TRADE_HAS_CLOSE");
    }
    let trade = Trade {
        desk: Desk::Alipay,
        token: trade::token(world, Desk::Alipay, &content.out_trade_no),
        number: content.out_trade_no,
        kind: kind.to_owned(),
        subject: content.subject,
        fen,
        notify_url: notify_url.ok_or("INVALID_PARAMETER")?.clone(),
        return_url: form.get("return_url").cloned(),
        payer: None,
        expires_at,
        known: kind == "page",
        public_key: false,
        state: TradeState::Waiting,
        paid_at: None,
        bank_at: None,
        silent: false,
        told: 0,
        refunds: Vec::new(),
    };
    world.keep_trade(trade.clone());
    Ok(trade)
}

/// A time of China.
fn moment(text: &str) -> Option<Timestamp> {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(8));
    let at = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?.to_zoned(zone).ok()?;
    Some(Timestamp::from_micros(at.timestamp().as_microsecond()))
}

/// Yuan with two decimals at most.
fn fen(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    Money::parse(text, kernel::Currency::CNY).ok().filter(|_| plain).map(|money| money.minor)
}

/// `GET /pay/{token}`: with a code, this is where the trade begins.
async fn scanned(
    state: State<Sandbox>,
    path: Path<String>,
    query: Query<Pairs>,
    headers: http::HeaderMap,
) -> Response {
    {
        let mut world = state.0.world();
        if let Some(mut trade) = trade::by_token(&world, &path.0).filter(|trade| !trade.known) {
            trade.known = true;
            world.keep_trade(trade);
        }
    }
    pay_page::show(state, path, query, headers).await
}

/// `POST /gateway.do`
async fn gateway(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Pairs>,
    Form(form): Form<Pairs>,
) -> Response {
    let method = form.get("method").cloned().unwrap_or_default();
    let content = form.get("biz_content").cloned().unwrap_or_default();
    let id = serde_json::from_str::<Named>(&content).unwrap_or_default();
    let id = format!("{}{}", id.out_trade_no, id.out_request_no);
    let work = |world: &mut World, now| {
        let checked = if query.get("charset").is_some_and(|charset| charset == "utf-8") {
            check(world, &form)
        } else {
            Err(("40002", "isv.invalid-charset"))
        };
        let own = format!("{}_response", method.replace('.', "_"));
        match checked.and_then(|()| carry_out(world, &method, &content, &form, now)) {
            Ok(document) => answer(world, &own, document, now),
            Err((code, sub)) => {
                let node = if code == "40004" { own.as_str() } else { "error_response" };
                answer(
                    world,
                    node,
                    json!({ "code": code, "msg": "Business Failed", "sub_code": sub, "sub_msg": sub }),
                    now,
                )
            }
        }
    };
    troubled(&sandbox, Desk::Alipay, &id, work).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    out_trade_no: String,
    out_request_no: String,
    refund_amount: String,
    bill_type: String,
    bill_date: String,
}

const NOT_EXIST: No = ("40004", "ACQ.TRADE_NOT_EXIST");

fn carry_out(
    world: &mut World,
    method: &str,
    content: &str,
    form: &Pairs,
    now: Timestamp,
) -> Result<Value, No> {
    let named: Named = serde_json::from_str(content).map_err(|_| ("40004", "ACQ.INVALID_PARAMETER"))?;
    let find = |world: &World| {
        trade::find(world, Desk::Alipay, &named.out_trade_no).filter(|trade| trade.known).ok_or(NOT_EXIST)
    };
    let ok = |own: Value| {
        let mut document = json!({ "code": "10000", "msg": "Success" });
        if let (Value::Object(all), Value::Object(own)) = (&mut document, own) {
            all.extend(own);
        }
        Ok(document)
    };
    match method {
        "alipay.trade.precreate" => {
            let new = serde_json::from_str(content).map_err(|_| ("40004", "ACQ.INVALID_PARAMETER"))?;
            let trade = begin(world, new, form, "code", now).map_err(|why| ("40004", why))?;
            if trade.state != TradeState::Waiting {
                return Err(("40004", "ACQ.TRADE_HAS_SUCCESS"));
            }
            ok(json!({ "out_trade_no": trade.number, "qr_code": page_url(world, &trade) }))
        }
        "alipay.trade.query" => ok(told(&find(world)?)),
        "alipay.trade.close" => {
            let trade = find(world)?;
            if trade.state == TradeState::Closed {
                return Err(("40004", "ACQ.TRADE_HAS_CLOSE"));
            }
            if trade::close(world, &trade.key(), now) {
                ok(json!({ "trade_no": trade.gateway_number(), "out_trade_no": trade.number }))
            } else {
                Err(("40004", "ACQ.TRADE_STATUS_ERROR"))
            }
        }
        "alipay.trade.refund" => {
            let trade = find(world)?;
            let fen = fen(&named.refund_amount).ok_or(("40004", "ACQ.INVALID_PARAMETER"))?;
            refund(world, &trade, &named.out_request_no, fen, now).and_then(ok)
        }
        "alipay.trade.fastpay.refund.query" => ok(refund_told(&find(world)?, &named.out_request_no)),
        "alipay.data.dataservice.bill.downloadurl.query" => {
            bill::place(world, &named.bill_type, &named.bill_date, now).and_then(ok)
        }
        _ => Err(("40002", "isv.invalid-method")),
    }
}

/// The words for how a trade stands. Given back whole, it is closed.
pub(crate) fn status(trade: &Trade) -> &'static str {
    match trade.state {
        TradeState::Waiting | TradeState::Paying | TradeState::Failed => "WAIT_BUYER_PAY",
        TradeState::Paid if trade.given_back() == trade.fen => "TRADE_CLOSED",
        TradeState::Paid => "TRADE_SUCCESS",
        TradeState::Closed => "TRADE_CLOSED",
    }
}

fn told(trade: &Trade) -> Value {
    let mut document = json!({
        "trade_no": trade.gateway_number(), "out_trade_no": trade.number, "trade_status": status(trade),
        "total_amount": Money::cny(trade.fen).to_decimal(), "buyer_logon_id": "159****5620",
    });
    if let (Some(at), Value::Object(all)) = (trade.paid_at, &mut document) {
        all.insert("send_pay_date".to_owned(), written(at).into());
        all.insert("receipt_amount".to_owned(), Money::cny(trade.fen).to_decimal().into());
    }
    document
}

fn refund(world: &mut World, trade: &Trade, number: &str, fen: i64, now: Timestamp) -> Result<Value, No> {
    let again = trade.refunds.iter().any(|back| back.number == number);
    let (trade, back) = trade::give_back(world, &trade.key(), number, fen, now).map_err(|no| match no {
        NoBack::NotPaid => ("40004", "ACQ.TRADE_STATUS_ERROR"),
        NoBack::Taken => ("40004", "ACQ.DISCORDANT_REPEAT_REQUEST"),
        NoBack::TooMuch => ("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"),
        NoBack::NotPositive => ("40004", "ACQ.INVALID_PARAMETER"),
    })?;
    if back.state == BackState::Failed {
        return Err(("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"));
    }
    let moved = !again && back.state == BackState::Done;
    Ok(json!({
        "trade_no": trade.gateway_number(), "out_trade_no": trade.number,
        "fund_change": if moved { "Y" } else { "N" }, "refund_fee": Money::cny(trade.given_back()).to_decimal(),
        "buyer_logon_id": "159****5620",
    }))
}

/// An answer without a refund in it when there is none.
fn refund_told(trade: &Trade, number: &str) -> Value {
    let found = trade.refunds.iter().find(|back| back.number == number && back.state != BackState::Failed);
    let Some(back) = found else { return json!({}) };
    let mut document = json!({
        "trade_no": trade.gateway_number(), "out_trade_no": trade.number, "out_request_no": back.number,
        "total_amount": Money::cny(trade.fen).to_decimal(), "refund_amount": Money::cny(back.fen).to_decimal(),
        "refund_status": if back.state == BackState::Done { "REFUND_SUCCESS" } else { "REFUND_PROCESSING" },
    });
    if let (Some(at), Value::Object(all)) = (back.done_at, &mut document) {
        all.insert("gmt_refund_pay".to_owned(), written(at).into());
    }
    document
}

/// The node and the signature of its text, unless a knob says otherwise.
fn answer(world: &World, node: &str, document: Value, now: Timestamp) -> Response {
    let knobs = world.knobs(Desk::Alipay);
    let text = document.to_string();
    let id = format!("{text}/{}", now.as_micros());
    let sign = rsa::sign(include_str!("alipay.pem"), &text);
    let forged = world.hits(knobs.forged_answer_percent, "forged", &id);
    let text = if forged { text.replace("WAIT_BUYER_PAY", "TRADE_SUCCESS").replace('{', "{ ") } else { text };
    let body = if world.hits(knobs.unsigned_answer_percent, "unsigned", &id) {
        format!(r#"{{"{node}":{text}}}"#)
    } else {
        format!(r#"{{"{node}":{text},"sign":"{sign}"}}"#)
    };
    ([(header::CONTENT_TYPE, "application/json;charset=utf-8")], body).into_response()
}
