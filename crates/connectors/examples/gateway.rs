//! Drives the clients of WeChat Pay and Alipay from another program, so that other people's software can check what they send and
//! sign what they are answered: `e2e/sdk.test.mjs`.
//!
//! One JSON object a line in, one out. The first line has the settings, each further one an operation:
//!
//! ```text
//! {"gateway": "wechat", "do": "create", "attempt": "pat_001", "fen": 100, "screen": "phone", "callback": "http://…"}
//! {"gateway": "alipay", "do": "query" | "close", "attempt": "pat_001"}
//! {"gateway": "alipay", "do": "refund", "attempt": "pat_001", "refund": "prf_1", "fen": 40}      "query_refund"
//! {"gateway": "wechat", "do": "bill", "day": "2026-11-21"}
//! {"gateway": "wechat", "do": "callback", "headers": {…}, "body": "…"}
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::sync::Arc;

use connectors::gateway::{CallbackError, Screen};
use connectors::rsa2::{SigningKey, VerifyingKey};
use connectors::{
    AlipayPay, AlipayPaySettings, ApiV3Key, BaseUrl, Begun, Capture, Gateway, GatewayError, Gateways, Http,
    Limits, NewPayment, NewRefund, Platform, WechatPay, WechatSettings,
};
use http::{HeaderMap, HeaderName};
use kernel::{Clock, Duration, Locale, Money, SystemClock, SystemRng, Text};
use serde::Deserialize;
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

#[derive(Deserialize)]
struct Setup {
    url: String,
    appid: String,
    mchid: String,
    serial: String,
    wechat_key: String,
    api_v3_key: String,
    public_key_id: Option<String>,
    public_key: Option<String>,
    app_id: String,
    seller_id: String,
    alipay_key: String,
    alipay_public: String,
}

#[derive(Deserialize)]
struct Order {
    gateway: String,
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    attempt: String,
    #[serde(default)]
    refund: String,
    #[serde(default)]
    fen: i64,
    #[serde(default)]
    screen: String,
    #[serde(default)]
    callback: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut lines = std::io::stdin().lock().lines();
    let first = lines.next().ok_or("the settings are missing")??;
    let gateways = open(serde_json::from_str(&first)?)?;
    for line in lines {
        let order: Order = serde_json::from_str(&line?)?;
        let gateway = gateways.get(&order.gateway).ok_or("no such gateway")?;
        let answer = carry_out(gateway.as_ref(), &order).await?;
        writeln!(std::io::stdout(), "{answer}")?;
    }
    Ok(())
}

fn open(setup: Setup) -> Result<Gateways, Failure> {
    let limits = Limits { total: Duration::from_secs(5), ..Limits::default() };
    let (http, clock): (_, Arc<dyn Clock>) = (Http::new(limits)?, Arc::new(SystemClock));
    let platform = match (setup.public_key_id, setup.public_key) {
        (Some(id), Some(key)) => Platform::PublicKey { id, key: VerifyingKey::parse(&key)? },
        _ => Platform::Certificates(Vec::new()),
    };
    let wechat = WechatSettings {
        name: "wechat".to_owned(),
        base: BaseUrl::parse(&setup.url)?,
        appid: setup.appid,
        mchid: setup.mchid,
        serial: setup.serial,
        private_key: SigningKey::parse(&setup.wechat_key)?,
        api_v3_key: ApiV3Key::parse(&setup.api_v3_key)?,
        platform,
    };
    let alipay = AlipayPaySettings {
        name: "alipay".to_owned(),
        gateway: BaseUrl::parse(&setup.url)?,
        app_id: setup.app_id,
        seller_id: setup.seller_id,
        private_key: SigningKey::parse(&setup.alipay_key)?,
        alipay_key: VerifyingKey::parse(&setup.alipay_public)?,
        code: false,
    };
    let wechat: Arc<dyn Gateway> =
        Arc::new(WechatPay::new(wechat, http.clone(), Arc::clone(&clock), Arc::new(SystemRng)));
    let alipay: Arc<dyn Gateway> = Arc::new(AlipayPay::new(alipay, http, clock));
    Ok(Gateways::new([wechat, alipay]))
}

async fn carry_out(gateway: &dyn Gateway, order: &Order) -> Result<Value, Failure> {
    let told = match order.what.as_str() {
        "create" => gateway.create_attempt(&wish(order)).await.map(|payment| json!(payment)),
        "query" => gateway.query(&Begun::of(&wish(order), None)).await.map(|payment| json!(payment)),
        "close" => gateway.close(&Begun::of(&wish(order), None)).await.map(|payment| json!(payment)),
        "refund" => {
            let new = NewRefund {
                refund_id: order.refund.clone(),
                attempt_id: order.attempt.clone(),
                amount: Money::cny(order.fen),
                reason: "客户取消".to_owned(),
            };
            gateway.refund(&new).await.map(|refund| json!(refund))
        }
        "query_refund" => {
            gateway.query_refund(&order.attempt, &order.refund).await.map(|refund| json!(refund))
        }
        "bill" => {
            let bill = gateway.bill(order.day.parse()?).await;
            bill.map(|bill| json!({ "lines": bill.lines, "broken": bill.broken, "total": bill.total }))
        }
        "callback" => return heard(gateway, order),
        other => return Err(format!("{other}?").into()),
    };
    Ok(told.unwrap_or_else(|error| match error {
        GatewayError::Unknown { detail } => json!({ "error": "unknown", "detail": detail }),
        GatewayError::NotKnown => json!({ "error": "not_known" }),
        GatewayError::Refused { code, detail, .. } => json!({ "error": code, "detail": detail }),
    }))
}

fn wish(order: &Order) -> NewPayment {
    NewPayment {
        attempt_id: order.attempt.clone(),
        amount: Money::cny(order.fen),
        description: Text::new("话费充值 100 元 & 更多", "Top-up"),
        reference: "8K2M-9Q7R-T4".to_owned(),
        locale: Locale::Zh,
        return_url: "http://127.0.0.1:9/orders/1?paid=maybe&b=中".to_owned(),
        callback_url: order.callback.clone(),
        expires_at: SystemClock.now().plus(Duration::from_mins(30)),
        screen: match order.screen.as_str() {
            "phone" => Screen::Phone,
            "inside" => Screen::Inside { payer: "oUpF8uMuAJO".to_owned() },
            _ => Screen::Computer,
        },
        payer_address: Some("203.0.113.9".to_owned()),
        capture: Capture::Now,
    }
}

fn heard(gateway: &dyn Gateway, order: &Order) -> Result<Value, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in &order.headers {
        headers.insert(HeaderName::try_from(name)?, value.parse()?);
    }
    Ok(match gateway.verify_callback(&headers, order.body.as_bytes()) {
        Ok(event) => json!({ "id": event.id, "report": event.report }),
        Err(CallbackError::Signature(error)) => json!({ "error": "signature", "detail": error.to_string() }),
        Err(CallbackError::WrongMerchant(who)) => json!({ "error": "merchant", "detail": who }),
        Err(error) => json!({ "error": "other", "detail": error.to_string() }),
    })
}
