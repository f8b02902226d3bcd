//! Signed requests, and answers that are believed because they are signed.

use http::Method;
use kernel::hex;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::{self, Fault};
use super::{WechatPay, WechatSettings, no_signature, parse, unknown};
use crate::gateway::GatewayError;
use crate::http::{Http, Reply, Request};
use crate::signed::CallError;

/// What an answer that is believed says.
pub(super) enum Answer {
    Done(Vec<u8>),
    /// It did not do it, or cannot say; the status of HTTP and its words.
    Fault(u16, Fault),
}

impl WechatPay {
    /// 32 letters and digits that were never used.
    pub(super) fn nonce(&self) -> String {
        let mut bytes = [0; 16];
        self.rng.fill(&mut bytes);
        hex::encode(&bytes)
    }

    /// What stands in `Authorization`.
    fn authorization(&self, method: &Method, target: &str, body: &str) -> Result<String, GatewayError> {
        let (nonce, timestamp) = (self.nonce(), self.clock.now().as_secs());
        let text = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n");
        let signature = self.settings.private_key.sign(&text).ok_or_else(no_signature)?;
        let WechatSettings { mchid, serial, .. } = &self.settings;
        Ok(format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
             timestamp=\"{timestamp}\",serial_no=\"{serial}\""
        ))
    }

    /// Sends one signed request. Nothing is known about the answer yet.
    pub(super) async fn send(
        &self,
        http: &Http,
        method: Method,
        url: reqwest::Url,
        body: String,
    ) -> Result<Reply, CallError> {
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let authorization = self
            .authorization(&method, &target, &body)
            .map_err(|error| CallError::NotSent(error.to_string()))?;
        // Which of its keys it is to sign with; while certificates are exchanged for a public key both exist.
        let wanted = self.settings.platform.asked_for();
        let mut headers = vec![
            ("authorization", authorization.as_str()),
            ("accept", "application/json"),
            ("content-type", "application/json"),
        ];
        headers.extend(wanted.map(|id| ("wechatpay-serial", id)));
        let request = Request { method, url, headers: &headers, body: body.into_bytes() };
        http.send(request).await.map_err(|error| match error {
            crate::http::HttpError::Unreachable(detail) => CallError::NotSent(detail),
            other => CallError::Unknown(other.to_string()),
        })
    }

    /// One signed exchange whose answer is believed.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        document: Option<&Value>,
    ) -> Result<Answer, GatewayError> {
        if self.trust.wants_certificates(self.clock.now()) {
            // A callback named a certificate we do not have. The request goes on whether or not it comes.
            let _ = self.renew().await;
        }
        let mut url = self.settings.base.join(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let body = document.map(Value::to_string).unwrap_or_default();
        let reply = self.send(&self.http, method, url, body).await?;
        self.believe(&reply).await?;
        if reply.status.is_success() {
            return Ok(Answer::Done(reply.body));
        }
        let fault = serde_json::from_slice(&reply.body).unwrap_or_default();
        Ok(Answer::Fault(reply.status.as_u16(), fault))
    }

    /// An answer without a good signature tells nothing: the request may have been carried out.
    async fn believe(&self, reply: &Reply) -> Result<(), GatewayError> {
        let now = self.clock.now();
        let mut verdict = self.trust.verify(&reply.headers, &reply.body, now);
        if verdict.is_err() && self.trust.wants_certificates(now) && self.renew().await.is_ok() {
            verdict = self.trust.verify(&reply.headers, &reply.body, now);
        }
        verdict.map_err(|error| GatewayError::Unknown {
            detail: format!("status {} not believed: {error}", reply.status.as_u16()),
        })
    }

    /// Fetches the certificates WeChat Pay signs with. They come sealed with the APIv3 key, and the answer is signed with one of
    /// them.
    async fn renew(&self) -> Result<(), GatewayError> {
        self.trust.asked(self.clock.now());
        let url = self.settings.base.join(&["v3", "certificates"]);
        let reply = self.send(&self.http, Method::GET, url, String::new()).await?;
        self.trust.take_in(&reply, &self.settings.api_v3_key, self.clock.now()).map_err(unknown)
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, GatewayError> {
        match self.call(Method::GET, path, query, None).await? {
            Answer::Done(body) => parse(&body),
            Answer::Fault(status, fault) => Err(wire::conclude(status, &fault)),
        }
    }
}
