//! WeChat Pay (APIv3) as a merchant meets it: orders, refunds, notices, bills, and a page on which the tester is the payer.
//!
//! ```text
//! {url}/wechat-pay/v3/pay/transactions/…   /v3/refund/domestic/refunds   /v3/bill/tradebill   /v3/certificates
//! {url}/wechat-pay/pay/{token}             the payer: what a scanned code, an H5 address and a prepay_id lead to
//! ```
//!
//! Requests are checked and answers signed by code of its own ([`sign`]), so that the client's code is checked by another's.

mod bill;
pub(crate) mod notify;
mod refund;
mod sign;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use connectors::http::{ConfigError, web_address};
use connectors::rsa2::{Certificate, SigningKey, VerifyingKey};
use connectors::{ApiV3Key, BaseUrl, Platform, WechatSettings};
use http::{HeaderMap, Method, Uri};
use kernel::{Duration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::{Config, Desk};
use crate::trade::{self, Trade, TradeState};
use crate::web::troubled;
use crate::world::World;
use crate::{Sandbox, pay_page};
use sign::Asked;

/// The merchant's certificate, of which WeChat Pay knows the public key.
const SHOP_SERIAL: &str = "303665C8A5319CCAF8F355D3099A561E4EE5B662";

/// How the client is to believe the sandbox's WeChat Pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Believed {
    PublicKey,
    /// Knowing the certificate in use.
    Certificate,
    /// Knowing none, so that they have to be fetched.
    Fetched,
}

impl Config {
    /// What a client of this WeChat Pay is configured with.
    pub fn wechat(&self, name: &str, believed: Believed) -> Result<WechatSettings, ConfigError> {
        let merchant = &self.merchants;
        let bad = |what: &str| ConfigError::Client(format!("the sandbox's {what}"));
        let certificate =
            || Certificate::parse(include_str!("platform.crt.pem")).map_err(|_| bad("certificate"));
        let platform = match believed {
            Believed::PublicKey => Platform::PublicKey {
                id: sign::PUBLIC_KEY_ID.to_owned(),
                key: VerifyingKey::parse(include_str!("platform.pub.pem")).map_err(|_| bad("public key"))?,
            },
            Believed::Certificate => Platform::Certificates(vec![certificate()?]),
            Believed::Fetched => Platform::Certificates(Vec::new()),
        };
        Ok(WechatSettings {
            name: name.to_owned(),
            base: BaseUrl::parse(&self.base_url(Desk::Wechat))?,
            appid: merchant.wechat_appid.clone(),
            mchid: merchant.wechat_mchid.clone(),
            serial: SHOP_SERIAL.to_owned(),
            private_key: SigningKey::parse(include_str!("shop.pem")).map_err(|_| bad("merchant key"))?,
            api_v3_key: ApiV3Key::parse(&merchant.wechat_api_v3_key).map_err(|_| bad("APIv3 key"))?,
            platform,
        })
    }
}

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/wechat-pay/v3/pay/transactions/{kind}", post(create))
        .route("/wechat-pay/v3/pay/transactions/out-trade-no/{number}", get(query))
        .route("/wechat-pay/v3/pay/transactions/out-trade-no/{number}/close", post(close))
        .route("/wechat-pay/v3/refund/domestic/refunds", post(refund::refund))
        .route("/wechat-pay/v3/refund/domestic/refunds/{number}", get(refund::query_refund))
        .route("/wechat-pay/v3/bill/tradebill", get(bill::place))
        .route("/wechat-pay/v3/billdownload/file", get(bill::file))
        .route("/wechat-pay/v3/certificates", get(certificates))
        .route("/wechat-pay/pay/{token}", get(pay_page::show).post(pay_page::choose))
}

/// An answer before it is signed.
pub(crate) struct Said {
    status: u16,
    body: String,
}

impl Said {
    fn ok(document: &Value) -> Self {
        Self { status: 200, body: document.to_string() }
    }

    fn nothing() -> Self {
        Self { status: 204, body: String::new() }
    }

    fn fault(status: u16, code: &str, message: &str) -> Self {
        Self { status, body: json!({ "code": code, "message": message }).to_string() }
    }

    fn unknown() -> Self {
        Self::fault(404, "ORDER_NOT_EXIST", "订单不存在")
    }

    fn bad(message: &str) -> Self {
        Self::fault(400, "PARAM_ERROR", message)
    }
}

/// Checks who asks, does the work unless a knob prevents it, and signs the answer.
pub(crate) async fn served(
    sandbox: &Sandbox,
    asked: Asked<'_>,
    id: &str,
    work: impl FnOnce(&mut World, Timestamp) -> Said,
) -> Response {
    let trust = sign::check(&sandbox.0.config, &asked, sandbox.now());
    let public_key = sign::wants_public_key(asked.headers);
    let respond = |world: &mut World, now: Timestamp| {
        let said = match trust {
            Ok(()) => work(world, now),
            Err(why) => Said::fault(401, "SIGN_ERROR", why),
        };
        sign::answer(world, said, public_key, now)
    };
    troubled(sandbox, Desk::Wechat, id, respond).await
}

#[derive(Deserialize)]
struct NewOrder {
    appid: String,
    mchid: String,
    description: String,
    out_trade_no: String,
    time_expire: Option<String>,
    notify_url: String,
    amount: Total,
    payer: Option<Payer>,
    scene_info: Option<Value>,
}

#[derive(Deserialize)]
struct Total {
    total: i64,
    currency: Option<String>,
}

#[derive(Deserialize)]
struct Payer {
    openid: String,
}

async fn create(
    State(sandbox): State<Sandbox>,
    Path(kind): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let order: Result<NewOrder, _> = serde_json::from_slice(&body);
    let id = order.as_ref().map(|order| order.out_trade_no.clone()).unwrap_or_default();
    let public_key = sign::wants_public_key(&headers);
    let work = |world: &mut World, now| match order {
        Ok(order) => open(world, &kind, order, public_key, now),
        Err(_) => Said::bad("请求参数不符合参数格式"),
    };
    served(&sandbox, Asked { method: Method::POST, uri: &uri, headers: &headers, body: &body }, &id, work)
        .await
}

fn open(world: &mut World, kind: &str, order: NewOrder, public_key: bool, now: Timestamp) -> Said {
    if order.appid != world.merchants.wechat_appid || order.mchid != world.merchants.wechat_mchid {
        return Said::fault(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配");
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-|*".contains(&b);
    if !(6..=32).contains(&order.out_trade_no.len()) || !order.out_trade_no.bytes().all(plain) {
        return Said::bad("商户订单号不符合格式");
    }
    if order.amount.total <= 0 || order.amount.currency.is_some_and(|currency| currency != "CNY") {
        return Said::bad("金额不符合格式");
    }
    if order.description.is_empty() || order.description.chars().count() > 127 {
        return Said::bad("商品描述不符合格式");
    }
    let client_ip = order.scene_info.as_ref().and_then(|scene| scene.get("payer_client_ip")?.as_str());
    let complete = match kind {
        "native" => true,
        "h5" => client_ip.is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_ok()),
        "jsapi" => order.payer.is_some(),
        _ => false,
    };
    let expires_at = match order.time_expire.as_deref().map(Timestamp::parse_rfc3339) {
        None => now.plus(Duration::from_hours(2)),
        Some(Some(at)) if at > now => at,
        Some(_) => return Said::bad("交易结束时间不符合格式"),
    };
    if !complete || web_address(&order.notify_url).is_none() {
        return Said::bad("缺少参数");
    }
    let fresh = Trade {
        desk: Desk::Wechat,
        token: trade::token(world, Desk::Wechat, &order.out_trade_no),
        number: order.out_trade_no,
        kind: kind.to_owned(),
        subject: order.description,
        fen: order.amount.total,
        notify_url: order.notify_url,
        return_url: None,
        payer: order.payer.map(|payer| payer.openid),
        expires_at,
        known: true,
        public_key,
        state: TradeState::Waiting,
        paid_at: None,
        bank_at: None,
        silent: false,
        told: 0,
        refunds: Vec::new(),
    };
    if let Some(old) = trade::find(world, Desk::Wechat, &fresh.number) {
        return match old.state {
            TradeState::Waiting if (old.fen, &old.kind) == (fresh.fen, &fresh.kind) => ways(world, &old),
            TradeState::Waiting => Said::fault(400, "INVALID_REQUEST", "201 商户订单号重复"),
            TradeState::Closed => Said::fault(400, "ORDER_CLOSED", "订单已关闭"),
            TradeState::Paid | TradeState::Paying | TradeState::Failed => {
                Said::fault(400, "ORDERPAID", "该订单已支付")
            }
        };
    }
    world.keep_trade(fresh.clone());
    ways(world, &fresh)
}

/// How the payer gets to the page.
fn ways(world: &World, trade: &Trade) -> Said {
    let page = format!("{}/wechat-pay/pay/{}", world.public_url, trade.token);
    Said::ok(&match trade.kind.as_str() {
        "native" => json!({ "code_url": page }),
        "h5" => json!({ "h5_url": page }),
        _ => json!({ "prepay_id": trade.token }),
    })
}

async fn query(
    State(sandbox): State<Sandbox>,
    Path(number): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let work = |world: &mut World, _| {
        if query.get("mchid") != Some(&world.merchants.wechat_mchid) {
            return Said::fault(400, "MCH_NOT_EXISTS", "商户号不存在");
        }
        trade::find(world, Desk::Wechat, &number)
            .map_or_else(Said::unknown, |trade| Said::ok(&told(world, &trade)))
    };
    served(&sandbox, asked(Method::GET, &uri, &headers), &number, work).await
}

fn asked<'a>(method: Method, uri: &'a Uri, headers: &'a HeaderMap) -> Asked<'a> {
    Asked { method, uri, headers, body: &[] }
}

/// An order in APIv3's words. The amount is promised only of what was paid, so nothing else names one.
pub(crate) fn told(world: &World, trade: &Trade) -> Value {
    let (state, words) = match trade.state {
        TradeState::Waiting => ("NOTPAY", "订单未支付"),
        TradeState::Paying => ("USERPAYING", "用户支付中"),
        TradeState::Paid if trade.given_back() > 0 => ("REFUND", "订单发生过退款"),
        TradeState::Paid => ("SUCCESS", "支付成功"),
        TradeState::Failed => ("PAYERROR", "余额不足，银行拒绝了这次付款"),
        TradeState::Closed => ("CLOSED", "订单已关闭"),
    };
    let mut document = json!({
        "appid": world.merchants.wechat_appid, "mchid": world.merchants.wechat_mchid,
        "out_trade_no": trade.number, "trade_state": state, "trade_state_desc": words,
        "promotion_detail": [],
    });
    if let (Some(at), Value::Object(all)) = (trade.paid_at, &mut document) {
        let openid = trade.payer.clone().unwrap_or_else(|| "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned());
        let paid = json!({
            "transaction_id": trade.gateway_number(), "trade_type": trade.kind.to_uppercase(), "bank_type": "OTHERS",
            "success_time": time(at), "payer": { "openid": openid },
            "amount": { "total": trade.fen, "payer_total": trade.fen, "currency": "CNY", "payer_currency": "CNY" },
        });
        all.extend(paid.as_object().cloned().unwrap_or_default());
    }
    document
}

/// RFC 3339 with China's offset, as WeChat Pay writes it.
pub(crate) fn time(at: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(8));
    at.to_jiff().to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

#[derive(Deserialize)]
struct Closing {
    mchid: String,
}

async fn close(
    State(sandbox): State<Sandbox>,
    Path(number): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let closing: Option<Closing> = serde_json::from_slice(&body).ok();
    let work = |world: &mut World, now| {
        if closing.is_none_or(|closing| closing.mchid != world.merchants.wechat_mchid) {
            return Said::fault(400, "MCH_NOT_EXISTS", "商户号不存在");
        }
        let Some(trade) = trade::find(world, Desk::Wechat, &number) else { return Said::unknown() };
        match trade.state {
            _ if trade::close(world, &trade.key(), now) => Said::nothing(),
            TradeState::Paying => Said::fault(202, "USERPAYING", "用户支付中"),
            _ => Said::fault(400, "ORDERPAID", "该订单已支付"),
        }
    };
    let asked = Asked { method: Method::POST, uri: &uri, headers: &headers, body: &body };
    served(&sandbox, asked, &number, work).await
}

async fn certificates(
    State(sandbox): State<Sandbox>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let work = |world: &mut World, now: Timestamp| {
        let one = |certificate: &sign::Signer| {
            let sealed = sign::seal(world, "certificate", certificate.certificate, certificate.serial);
            json!({
                "serial_no": certificate.serial, "effective_time": time(now.minus(Duration::from_days(30))),
                "expire_time": time(now.plus(Duration::from_days(365))), "encrypt_certificate": sealed,
            })
        };
        Said::ok(&json!({ "data": sign::SIGNERS.iter().map(one).collect::<Vec<_>>() }))
    };
    served(&sandbox, asked(Method::GET, &uri, &headers), "certificates", work).await.into_response()
}
