//! WeChat Pay, APIv3, as a merchant of its own: native (a code to scan), H5 (the browser of a phone) and JSAPI (inside WeChat).
//!
//! ```text
//! POST {base}/v3/pay/transactions/native | h5 | jsapi          → code_url | h5_url | prepay_id
//! GET  {base}/v3/pay/transactions/out-trade-no/{attempt_id}?mchid=…
//! POST {base}/v3/pay/transactions/out-trade-no/{attempt_id}/close
//! POST {base}/v3/refund/domestic/refunds                       GET {base}/v3/refund/domestic/refunds/{refund_id}
//! GET  {base}/v3/bill/tradebill?bill_date=…                    → download_url
//! GET  {base}/v3/certificates
//! ```
//!
//! Every request is signed with our key over method, address, time, nonce and body. Every answer is signed by WeChat Pay, and
//! one that is not is no answer: it stays unknown, whatever it says. Our attempt id is its `out_trade_no`, our refund id its
//! `out_refund_no`. There is no sequence in its messages, so one is made from the state (see [`wire::sequence`]): a payment that
//! succeeds after it was closed is newer than the closing.

mod bill;
mod exchange;
mod notice;
mod platform;
mod wire;

use std::sync::Arc;

use http::{HeaderMap, Method};
use kernel::{Clock, Money, Rng};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::BoxFuture;
use crate::china;
use crate::gateway::{
    Acknowledgement, Begun, Bill, CallbackError, Checkout, Gateway, GatewayError, GatewayEvent, NewPayment,
    NewRefund, Payment, PaymentState, Refund, Screen, Taken,
};
use crate::http::{BaseUrl, Http};
use crate::rsa2::SigningKey;

use exchange::Answer;
use platform::Trust;
pub use platform::{ApiV3Key, BadApiV3Key, Platform};
use wire::{RefundDocument, Transaction};

/// The merchant as it is registered with WeChat Pay.
#[derive(Debug, Clone)]
pub struct WechatSettings {
    /// Under which service packs and attempts call it: `wechat`.
    pub name: String,
    /// `https://api.mch.weixin.qq.com`; `/v3/…` is appended.
    pub base: BaseUrl,
    pub appid: String,
    pub mchid: String,
    /// The serial number of our merchant certificate.
    pub serial: String,
    /// The key of that certificate.
    pub private_key: SigningKey,
    pub api_v3_key: ApiV3Key,
    /// How its answers and callbacks are believed.
    pub platform: Platform,
}

/// The client of WeChat Pay.
#[derive(Debug)]
pub struct WechatPay {
    settings: WechatSettings,
    trust: Trust,
    http: Http,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl WechatPay {
    pub fn new(settings: WechatSettings, http: Http, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        let trust = Trust::new(&settings.platform);
        Self { settings, trust, http, clock, rng }
    }

    /// `agreed` is the amount it was opened with: orders that nobody has paid name theirs only sometimes.
    async fn find(&self, attempt_id: &str, agreed: Money) -> Result<Payment, GatewayError> {
        wire::out_trade_no(attempt_id)?;
        let path = ["v3", "pay", "transactions", "out-trade-no", attempt_id];
        let found: Transaction = self.read(&path, &[("mchid", &self.settings.mchid)]).await?;
        self.payment(attempt_id, agreed, &found)
    }

    /// An answer about another order or merchant is no answer.
    fn payment(&self, attempt_id: &str, agreed: Money, found: &Transaction) -> Result<Payment, GatewayError> {
        let WechatSettings { appid, mchid, .. } = &self.settings;
        if found.out_trade_no != attempt_id || found.stranger(appid, mchid).is_some() {
            return Err(unknown("the answer is about another payment"));
        }
        found.payment(mchid, Some(agreed), self.clock.now()).map_err(unknown)
    }

    async fn create(&self, new: &NewPayment) -> Result<Payment, GatewayError> {
        let out_trade_no = wire::out_trade_no(&new.attempt_id)?;
        wire::takes(new)?;
        let (kind, own) = match &new.screen {
            Screen::Computer => ("native", json!({})),
            Screen::Phone => {
                let address = new.payer_address.as_deref().ok_or_else(|| {
                    wire::refused("payer_address_missing", "WeChat Pay wants the payer's address for H5")
                })?;
                let scene = json!({ "payer_client_ip": address, "h5_info": { "type": "Wap" } });
                ("h5", json!({ "scene_info": scene }))
            }
            Screen::Inside { payer } => ("jsapi", json!({ "payer": { "openid": payer } })),
        };
        let mut document = json!({
            "appid": self.settings.appid,
            "mchid": self.settings.mchid,
            "description": wire::short(new.description.get(new.locale), 127),
            "out_trade_no": out_trade_no,
            "time_expire": china::rfc3339(new.expires_at),
            "notify_url": new.callback_url,
            "amount": { "total": new.amount.minor, "currency": "CNY" },
        });
        if let (Value::Object(all), Value::Object(own)) = (&mut document, own) {
            all.extend(own);
        }
        let path = ["v3", "pay", "transactions", kind];
        let body = match self.call(Method::POST, &path, &[], Some(&document)).await? {
            Answer::Done(body) => body,
            Answer::Fault(_, fault)
                if fault.is(&["ORDERPAID", "ORDER_PAID", "ORDER_CLOSED", "ORDERCLOSED"]) =>
            {
                return self.find(&new.attempt_id, new.amount).await;
            }
            Answer::Fault(status, fault) => return Err(wire::conclude(status, &fault)),
        };
        Ok(Payment {
            attempt_id: new.attempt_id.clone(),
            gateway_id: String::new(),
            merchant_id: self.settings.mchid.clone(),
            amount: new.amount,
            state: PaymentState::Open,
            refunded: Money::zero(new.amount.currency),
            checkout: Some(self.checkout(new, &parse(&body)?)?),
            sequence: wire::sequence(&PaymentState::Open),
            updated_at: self.clock.now(),
        })
    }

    fn checkout(&self, new: &NewPayment, opened: &wire::Opened) -> Result<Checkout, GatewayError> {
        let missing = || unknown("the answer does not say how to pay");
        match &new.screen {
            Screen::Computer => Ok(Checkout::Code { text: opened.code_url.clone().ok_or_else(missing)? }),
            Screen::Phone => {
                let url = opened.h5_url.as_deref().and_then(crate::http::web_address).ok_or_else(missing)?;
                let mut url = url;
                url.query_pairs_mut().append_pair("redirect_url", &new.return_url);
                Ok(Checkout::Page { url: url.into() })
            }
            Screen::Inside { .. } => self.script(opened.prepay_id.as_deref().ok_or_else(missing)?),
        }
    }

    /// What `WeixinJSBridge` is called with.
    fn script(&self, prepay_id: &str) -> Result<Checkout, GatewayError> {
        let appid = &self.settings.appid;
        let (timestamp, nonce) = (self.clock.now().as_secs().to_string(), self.nonce());
        let package = format!("prepay_id={prepay_id}");
        let text = format!("{appid}\n{timestamp}\n{nonce}\n{package}\n");
        let signature = self.settings.private_key.sign(&text).ok_or_else(no_signature)?;
        let arguments = json!({
            "appId": appid, "timeStamp": timestamp, "nonceStr": nonce, "package": package,
            "signType": "RSA", "paySign": signature,
        });
        Ok(Checkout::Script { arguments })
    }

    /// Closing answers nothing, so what holds afterwards is asked; when the payer was faster, that is what is found.
    async fn shut(&self, Begun { attempt_id, amount, .. }: &Begun) -> Result<Payment, GatewayError> {
        wire::out_trade_no(attempt_id)?;
        let path = ["v3", "pay", "transactions", "out-trade-no", attempt_id, "close"];
        let document = json!({ "mchid": self.settings.mchid });
        match self.call(Method::POST, &path, &[], Some(&document)).await? {
            Answer::Done(_) => self.find(attempt_id, *amount).await,
            Answer::Fault(_, fault) if fault.is(wire::MOVED_ON) => self.find(attempt_id, *amount).await,
            Answer::Fault(status, fault) => Err(wire::conclude(status, &fault)),
        }
    }

    /// A refund names the whole amount of the payment, which only WeChat Pay knows for certain.
    async fn give_back(&self, new: &NewRefund) -> Result<Refund, GatewayError> {
        wire::out_refund_no(&new.refund_id)?;
        // What was paid names its amount itself; of anything else only the state is looked at.
        let payment = self.find(&new.attempt_id, new.amount).await?;
        let PaymentState::Captured { captured, .. } = payment.state else {
            return Err(wire::refused("not_captured", "nothing was taken that could be given back"));
        };
        if new.amount.currency != captured.currency || !new.amount.is_positive() {
            return Err(wire::refused("bad_amount", "a refund is positive and in the payment's currency"));
        }
        let document = json!({
            "out_trade_no": new.attempt_id,
            "out_refund_no": new.refund_id,
            "reason": wire::short(&new.reason, 80),
            "amount": { "refund": new.amount.minor, "total": captured.minor, "currency": "CNY" },
        });
        let path = ["v3", "refund", "domestic", "refunds"];
        match self.call(Method::POST, &path, &[], Some(&document)).await? {
            Answer::Done(body) => self.refund_of(&new.attempt_id, &new.refund_id, &parse(&body)?),
            Answer::Fault(status, fault) => Err(wire::conclude(status, &fault)),
        }
    }

    fn refund_of(&self, attempt: &str, refund: &str, found: &RefundDocument) -> Result<Refund, GatewayError> {
        if found.out_refund_no != refund || found.out_trade_no != attempt {
            return Err(unknown("the answer is about another refund"));
        }
        found.refund(&self.settings.mchid, self.clock.now()).map_err(unknown)
    }

    /// The address comes in a signed answer together with the digest of the file, so the file needs no signature of its own.
    async fn day(&self, day: jiff::civil::Date) -> Result<Bill, GatewayError> {
        let date = day.to_string();
        let query = [("bill_date", date.as_str()), ("bill_type", "ALL"), ("tar_type", "GZIP")];
        let path = ["v3", "bill", "tradebill"];
        let body = match self.call(Method::GET, &path, &query, None).await? {
            Answer::Done(body) => body,
            Answer::Fault(_, fault) if fault.is(&["STATEMENT_CREATING"]) => {
                return Err(GatewayError::NotKnown);
            }
            // Said of a day without a trade, and of one whose bill is not made yet. It is made by ten o'clock.
            Answer::Fault(_, fault) if fault.is(&["NO_STATEMENT_EXIST"]) => {
                let made = china::bill_ready(day, 10).is_some_and(|at| at <= self.clock.now());
                return if made { Ok(Bill::default()) } else { Err(GatewayError::NotKnown) };
            }
            Answer::Fault(status, fault) => return Err(wire::conclude(status, &fault)),
        };
        let place: bill::Place = parse(&body)?;
        let url = crate::http::web_address(&place.download_url);
        let home = self.settings.base.join(&[]);
        // Our signature goes nowhere else.
        let url = url
            .filter(|url| url.origin() == home.origin())
            .ok_or_else(|| unknown("the bill lies elsewhere"))?;
        let http = self.http.answering(bill::MOST_BYTES);
        let reply = self.send(&http, Method::GET, url, String::new()).await?;
        if !reply.status.is_success() {
            return Err(unknown(format!("the bill is answered with status {}", reply.status.as_u16())));
        }
        bill::read(&place, &reply.body).map_err(unknown)
    }
}

fn unknown(detail: impl Into<String>) -> GatewayError {
    GatewayError::Unknown { detail: detail.into() }
}

fn no_signature() -> GatewayError {
    wire::refused("own_key", "our key does not sign")
}

/// What was said reads, or it is not known what was done.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, GatewayError> {
    serde_json::from_slice(body).map_err(|error| unknown(crate::http::where_in(&error)))
}

impl Gateway for WechatPay {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn create_attempt<'a>(&'a self, new: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.create(new))
    }

    fn query<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.find(&begun.attempt_id, begun.amount))
    }

    fn close<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.shut(begun))
    }

    fn refund<'a>(&'a self, new: &'a NewRefund) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(self.give_back(new))
    }

    fn query_refund<'a>(
        &'a self,
        attempt_id: &'a str,
        refund_id: &'a str,
    ) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(async move {
            wire::out_refund_no(refund_id)?;
            let found = self.read(&["v3", "refund", "domestic", "refunds", refund_id], &[]).await?;
            self.refund_of(attempt_id, refund_id, &found)
        })
    }

    fn bill(&self, day: jiff::civil::Date) -> BoxFuture<'_, Result<Bill, GatewayError>> {
        Box::pin(self.day(day))
    }

    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<GatewayEvent, CallbackError> {
        self.event(headers, body)
    }

    fn acknowledge(&self, taken: Taken) -> Acknowledgement {
        let (status, body) = match taken {
            Taken::In => return Acknowledgement::empty(204),
            Taken::NotBelieved => (401, r#"{"code":"FAIL","message":"验签失败"}"#),
            Taken::Refused => (422, r#"{"code":"FAIL","message":"通知未受理"}"#),
            Taken::Later => (500, r#"{"code":"FAIL","message":"稍后重试"}"#),
        };
        Acknowledgement { status, content_type: "application/json", body }
    }
}
