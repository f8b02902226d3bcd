//! Signed calls, answers that are believed because they are signed, and notices.

use std::collections::BTreeMap;

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::{self, Done};
use super::{AlipayPay, conclude, unknown};
use crate::alipay_open::{self, signed_text, stamp};
use crate::gateway::{CallbackError, GatewayError, GatewayEvent, Report};
use crate::http::Request;
use crate::protocol::{MAX_BODY_BYTES, SignatureError};

const FORM: &str = "application/x-www-form-urlencoded;charset=utf-8";

/// What an answer that is believed says.
pub(super) enum Answer<T> {
    Done(T),
    Fault(alipay_open::Fault),
}

impl AlipayPay {
    /// A request's pairs with their signature.
    pub(super) fn signed(
        &self,
        method: &str,
        content: &Value,
        own: &[(&str, &str)],
    ) -> Result<String, GatewayError> {
        let (timestamp, content) = (stamp(self.clock.now()), content.to_string());
        let mut pairs: BTreeMap<&str, &str> = BTreeMap::from([
            ("app_id", self.settings.app_id.as_str()),
            ("method", method),
            ("format", "JSON"),
            ("charset", "utf-8"),
            ("sign_type", "RSA2"),
            ("timestamp", &timestamp),
            ("version", "1.0"),
            ("biz_content", &content),
        ]);
        pairs.extend(own.iter().copied());
        let sign = self.settings.private_key.sign(&signed_text(&pairs));
        let sign = sign.ok_or_else(|| wire::refused("own_key", "our key does not sign"))?;
        pairs.insert("sign", &sign);
        Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    }

    pub(super) fn door(&self) -> reqwest::Url {
        self.settings.gateway.join(&["gateway.do"])
    }

    /// One signed call. An answer without Alipay's signature is no answer: the call may have been carried out.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        content: &Value,
        own: &[(&str, &str)],
    ) -> Result<Answer<T>, GatewayError> {
        let body = self.signed(method, content, own)?.into_bytes();
        // Alipay reads the charset from the address before it reads the body.
        let mut url = self.door();
        url.query_pairs_mut().append_pair("charset", "utf-8");
        let request = Request { method: Method::POST, url, headers: &[("content-type", FORM)], body };
        let reply = self.http.send(request).await.map_err(conclude)?;
        if !reply.status.is_success() {
            return Err(unknown(format!("status {}", reply.status.as_u16())));
        }
        let node = alipay_open::read(method, &reply.body, &self.settings.alipay_key);
        let node = node.ok_or_else(|| unknown("the answer does not read"))?;
        if !node.believed {
            return Err(unknown("the answer is not signed by Alipay"));
        }
        match node.fault {
            Some(fault) => Ok(Answer::Fault(fault)),
            None => match serde_json::from_str(&node.text) {
                Ok(Done { code, document }) if code == "10000" => Ok(Answer::Done(document)),
                Ok(_) => Err(unknown("the answer does not say that it was done")),
                Err(error) => Err(unknown(crate::http::where_in(&error))),
            },
        }
    }

    /// All pairs but `sign` and `sign_type` are signed, sorted by name, decoded.
    pub(super) fn event(&self, body: &[u8]) -> Result<GatewayEvent, CallbackError> {
        if body.len() > MAX_BODY_BYTES {
            return Err(CallbackError::TooLarge);
        }
        let mut pairs = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            // Which of two values was signed is not for us to choose.
            if pairs.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(CallbackError::Signature(SignatureError::Wrong));
            }
        }
        let sign = pairs.remove("sign").ok_or(SignatureError::Missing)?;
        let kind = pairs.remove("sign_type").ok_or(SignatureError::Missing)?;
        if kind != "RSA2" || !self.settings.alipay_key.verifies(signed_text(&pairs), &sign) {
            return Err(CallbackError::Signature(SignatureError::Wrong));
        }
        let get = |name: &str| pairs.get(name).map_or("", String::as_str);
        let (app, seller) = (get("app_id"), get("seller_id"));
        if app != self.settings.app_id || seller != self.settings.seller_id {
            return Err(CallbackError::WrongMerchant(format!("{seller}/{app}")));
        }
        let payment = wire::told(&pairs, self.clock.now());
        let payment = payment.map_err(|error| CallbackError::Malformed(error.to_owned()))?;
        Ok(GatewayEvent { id: get("notify_id").to_owned(), report: Report::Payment(payment) })
    }
}
