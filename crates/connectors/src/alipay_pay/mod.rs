//! Alipay as a way to pay, by the open platform and its signatures (RSA2).
//!
//! ```text
//! alipay.trade.page.pay                  a signed address for the browser of a computer; nothing is sent
//! alipay.trade.wap.pay                   the same for a phone, where the app opens
//! alipay.trade.precreate                 a code to scan, where settings say so
//! alipay.trade.query · close · refund · fastpay.refund.query
//! alipay.data.dataservice.bill.downloadurl.query
//! ```
//!
//! # A page that nobody opened
//!
//! Alipay learns of a payment only when the payer opens the page or scans the code. Until then it answers "no such trade" to every
//! question, and that must not be read as "nobody can pay": the address is in somebody's browser and stays good until its
//! `time_expire`. Nor can it be taken back, for there is nothing to close. Whoever asks says what was handed out ([`Begun`]), so:
//!
//! - asked about it before `time_expire`, we say what is true: it waits for the payer ([`PaymentState::Open`]);
//! - told to close it before then, we answer [`GatewayError::Unknown`]: it may still be paid, and whoever asked keeps asking;
//! - after `time_expire`, and some time for clocks that differ, Alipay takes no money for it any more: "no such trade" is then the
//!   end of it, [`PaymentState::Closed`];
//! - where nothing was handed out, the request for the code is still under way, or lost: [`GatewayError::NotKnown`].

mod bill;
mod exchange;
mod wire;

use std::sync::Arc;

use http::{HeaderMap, Method};
use kernel::{Clock, Currency, Duration, Money};
use serde_json::json;

use crate::BoxFuture;
use crate::alipay_open::stamp;
use crate::china;
use crate::gateway::{
    Acknowledgement, Begun, Bill, CallbackError, Capture, Checkout, Gateway, GatewayError, GatewayEvent,
    NewPayment, NewRefund, Payment, PaymentState, Refund, RefundState, Screen, Taken,
};
use crate::http::{BaseUrl, Http, HttpError, Request};
use crate::rsa2::{SigningKey, VerifyingKey};
use exchange::Answer;
use wire::{Closed, Trade};

/// After `time_expire`, so that a clock that differs does not end what can still be paid.
const GRACE: Duration = Duration::from_mins(5);

/// The application as it is registered at the open platform, and whom its money goes to.
#[derive(Debug, Clone)]
pub struct AlipayPaySettings {
    /// Under which service packs and attempts call it: `alipay`.
    pub name: String,
    /// `https://openapi.alipay.com`; `/gateway.do` is appended.
    pub gateway: BaseUrl,
    pub app_id: String,
    /// Our number as a seller, `2088…`.
    pub seller_id: String,
    /// Ours; its public half is registered there.
    pub private_key: SigningKey,
    /// Alipay's.
    pub alipay_key: VerifyingKey,
    /// Whether computers are shown a code to scan instead of being sent to Alipay's page.
    pub code: bool,
}

/// The client of Alipay.
#[derive(Debug)]
pub struct AlipayPay {
    settings: AlipayPaySettings,
    http: Http,
    clock: Arc<dyn Clock>,
}

impl AlipayPay {
    pub fn new(settings: AlipayPaySettings, http: Http, clock: Arc<dyn Clock>) -> Self {
        Self { settings, http, clock }
    }

    async fn create(&self, new: &NewPayment) -> Result<Payment, GatewayError> {
        wire::out_number(&new.attempt_id)?;
        if new.amount.currency != Currency::CNY || !new.amount.is_positive() {
            return Err(wire::refused("bad_amount", "Alipay takes yuan, more than nothing"));
        }
        if new.capture == Capture::Later {
            return Err(GatewayError::not_offered("capture"));
        }
        let content = |product: &str| {
            json!({
                "out_trade_no": new.attempt_id,
                "total_amount": new.amount.to_decimal(),
                "subject": wire::subject(new.description.get(new.locale)),
                "product_code": product,
                "seller_id": self.settings.seller_id,
                "time_expire": stamp(new.expires_at),
            })
        };
        let scanned = self.settings.code && new.screen == Screen::Computer;
        let checkout = if scanned {
            let own = [("notify_url", new.callback_url.as_str())];
            let asked = self.call("alipay.trade.precreate", &content("QR_CODE_OFFLINE"), &own).await?;
            match asked {
                Answer::Done(wire::Precreated { out_trade_no, qr_code })
                    if out_trade_no == new.attempt_id =>
                {
                    Checkout::Code { text: qr_code }
                }
                Answer::Done(_) => return Err(unknown("the answer is about another payment")),
                Answer::Fault(fault) if fault.sub(wire::ENDED) => {
                    return self.find(&Begun::of(new, None)).await;
                }
                Answer::Fault(fault) => return Err(fault.conclude()),
            }
        } else {
            let (method, product) = match new.screen {
                Screen::Computer => ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
                // Alipay's own browser takes the page of phones and pays without leaving it.
                Screen::Phone | Screen::Inside { .. } => ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
            };
            let own = [("notify_url", new.callback_url.as_str()), ("return_url", new.return_url.as_str())];
            let mut url = self.door();
            url.set_query(Some(&self.signed(method, &content(product), &own)?));
            Checkout::Page { url: url.into() }
        };
        Ok(self.unopened(&Begun::of(new, Some(checkout)), PaymentState::Open))
    }

    /// A payment Alipay has not heard of from the payer.
    fn unopened(&self, begun: &Begun, state: PaymentState) -> Payment {
        Payment {
            attempt_id: begun.attempt_id.clone(),
            gateway_id: String::new(),
            merchant_id: self.settings.seller_id.clone(),
            amount: begun.amount,
            sequence: wire::sequence(&state, 0),
            checkout: begun.checkout.clone().filter(|_| state == PaymentState::Open),
            state,
            refunded: Money::zero(begun.amount.currency),
            updated_at: self.clock.now(),
        }
    }

    async fn find(&self, begun: &Begun) -> Result<Payment, GatewayError> {
        let attempt_id = wire::out_number(&begun.attempt_id)?;
        let content = json!({ "out_trade_no": attempt_id });
        match self.call::<Trade>("alipay.trade.query", &content, &[]).await? {
            Answer::Done(trade) if trade.out_trade_no == attempt_id => {
                trade.payment(&self.settings.seller_id, self.clock.now()).map_err(unknown)
            }
            Answer::Done(_) => Err(unknown("the answer is about another payment")),
            Answer::Fault(fault) if fault.sub(wire::NOT_EXIST) => match &begun.checkout {
                _ if self.is_over(begun) => Ok(self.unopened(begun, PaymentState::Closed)),
                Some(_) => Ok(self.unopened(begun, PaymentState::Open)),
                None => Err(GatewayError::NotKnown),
            },
            Answer::Fault(fault) => Err(fault.conclude()),
        }
    }

    fn is_over(&self, begun: &Begun) -> bool {
        begun.expires_at.plus(GRACE) <= self.clock.now()
    }

    /// See the top of the file for a trade that does not exist.
    async fn shut(&self, begun: &Begun) -> Result<Payment, GatewayError> {
        let content = json!({ "out_trade_no": wire::out_number(&begun.attempt_id)? });
        match self.call::<Closed>("alipay.trade.close", &content, &[]).await? {
            // The answer names neither amount nor state.
            Answer::Done(Closed {}) => self.find(begun).await,
            Answer::Fault(fault) if fault.sub(wire::ENDED) => self.find(begun).await,
            Answer::Fault(fault) if fault.sub(wire::NOT_EXIST) && self.is_over(begun) => {
                Ok(self.unopened(begun, PaymentState::Closed))
            }
            Answer::Fault(fault) if fault.sub(wire::NOT_EXIST) => {
                Err(unknown("nobody has opened its page, which can be paid until its time is over"))
            }
            Answer::Fault(fault) => Err(fault.conclude()),
        }
    }

    async fn give_back(&self, new: &NewRefund) -> Result<Refund, GatewayError> {
        wire::out_number(&new.attempt_id)?;
        wire::out_number(&new.refund_id)?;
        if new.amount.currency != Currency::CNY || !new.amount.is_positive() {
            return Err(wire::refused("bad_amount", "a refund is positive and in yuan"));
        }
        let content = json!({
            "out_trade_no": new.attempt_id,
            "out_request_no": new.refund_id,
            "refund_amount": new.amount.to_decimal(),
            "refund_reason": wire::short(&new.reason, 256),
        });
        match self.call::<wire::Refunded>("alipay.trade.refund", &content, &[]).await? {
            Answer::Done(done) if done.out_trade_no != new.attempt_id => {
                Err(unknown("the answer is about another payment"))
            }
            Answer::Done(done) if done.fund_change == "Y" => Ok(Refund {
                refund_id: new.refund_id.clone(),
                attempt_id: new.attempt_id.clone(),
                gateway_id: done.trade_no,
                merchant_id: self.settings.seller_id.clone(),
                amount: new.amount,
                state: RefundState::Succeeded,
                updated_at: self.clock.now(),
            }),
            // Nothing moved this time: it did before, or it is on its way.
            Answer::Done(_) => self.find_refund(&new.attempt_id, &new.refund_id).await,
            Answer::Fault(fault) => Err(fault.conclude()),
        }
    }

    async fn find_refund(&self, attempt: &str, refund: &str) -> Result<Refund, GatewayError> {
        wire::out_number(attempt)?;
        wire::out_number(refund)?;
        let content = json!({ "out_trade_no": attempt, "out_request_no": refund });
        let method = "alipay.trade.fastpay.refund.query";
        let found = match self.call::<wire::RefundFound>(method, &content, &[]).await? {
            Answer::Done(found) => found,
            Answer::Fault(fault) => return Err(fault.conclude()),
        };
        // An answer without a refund in it: it was not received, or it failed.
        let Some(amount) = found.refund_amount else { return Err(GatewayError::NotKnown) };
        if found.out_trade_no.as_deref() != Some(attempt) || found.out_request_no.as_deref() != Some(refund) {
            return Err(unknown("the answer is about another refund"));
        }
        let amount = china::fen(&amount).ok_or_else(|| unknown("the amount does not read"))?;
        let state = match found.refund_status.as_deref() {
            Some("REFUND_SUCCESS") => RefundState::Succeeded,
            Some(_) => RefundState::Pending,
            None => return Err(GatewayError::NotKnown),
        };
        Ok(Refund {
            refund_id: refund.to_owned(),
            attempt_id: attempt.to_owned(),
            gateway_id: found.trade_no.unwrap_or_default(),
            merchant_id: self.settings.seller_id.clone(),
            amount: Money::cny(amount),
            state,
            updated_at: found.gmt_refund_pay.as_deref().and_then(china::read).unwrap_or(self.clock.now()),
        })
    }

    /// The address of the file comes in a signed answer and is good for half a minute; whoever has it may read the file.
    async fn day(&self, day: jiff::civil::Date) -> Result<Bill, GatewayError> {
        let content = json!({ "bill_type": "trade", "bill_date": day.to_string() });
        let method = "alipay.data.dataservice.bill.downloadurl.query";
        let place = match self.call::<wire::BillPlace>(method, &content, &[]).await? {
            Answer::Done(place) => place,
            // Said of a day without a trade, and of one whose bill is not made yet. It is made by nine o'clock.
            Answer::Fault(fault) if fault.names("bill_not_exist") => {
                let made = china::bill_ready(day, 10).is_some_and(|at| at <= self.clock.now());
                return if made { Ok(Bill::default()) } else { Err(GatewayError::NotKnown) };
            }
            Answer::Fault(fault) => return Err(fault.conclude()),
        };
        let safe = BaseUrl::parse(&place.bill_download_url).is_ok();
        let url = crate::http::web_address(&place.bill_download_url).filter(|_| safe);
        let url = url.ok_or_else(|| unknown("the address of the bill is none"))?;
        let request = Request { method: Method::GET, url, headers: &[], body: Vec::new() };
        let reply = self.http.answering(bill::MOST_BYTES).send(request).await.map_err(conclude)?;
        if !reply.status.is_success() {
            return Err(unknown(format!("the bill is answered with status {}", reply.status.as_u16())));
        }
        bill::read(&reply.body).map_err(unknown)
    }
}

fn unknown(detail: impl Into<String>) -> GatewayError {
    GatewayError::Unknown { detail: detail.into() }
}

fn conclude(error: HttpError) -> GatewayError {
    match error {
        HttpError::Unreachable(detail) => {
            GatewayError::Refused { code: "unreachable".to_owned(), detail, retriable: true }
        }
        other => unknown(other.to_string()),
    }
}

impl Gateway for AlipayPay {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn create_attempt<'a>(&'a self, new: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.create(new))
    }

    fn query<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.find(begun))
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
        Box::pin(self.find_refund(attempt_id, refund_id))
    }

    fn bill(&self, day: jiff::civil::Date) -> BoxFuture<'_, Result<Bill, GatewayError>> {
        Box::pin(self.day(day))
    }

    /// There is no time to be checked: Alipay repeats a notice for a day, signed as it was. An old one again changes nothing,
    /// since what is known is never replaced by a lower sequence.
    fn verify_callback(&self, _headers: &HeaderMap, body: &[u8]) -> Result<GatewayEvent, CallbackError> {
        self.event(body)
    }

    /// Anything but exactly `success` is repeated.
    fn acknowledge(&self, taken: Taken) -> Acknowledgement {
        let (status, body) = match taken {
            Taken::In => (200, "success"),
            Taken::NotBelieved => (401, "failure"),
            Taken::Refused => (422, "failure"),
            Taken::Later => (503, "failure"),
        };
        Acknowledgement { status, content_type: "text/plain; charset=utf-8", body }
    }
}
