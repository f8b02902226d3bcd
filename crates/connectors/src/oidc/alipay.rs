//! 支付宝登录: the dialect of Alipay's open platform.
//!
//! The browser comes back with `auth_code`. Both calls that follow go to one gateway, signed with our RSA key (RSA2), and the
//! answer's signature covers the text of the answer's node exactly as it stands in the body, so it is verified before that
//! text is read as JSON. There is no nonce and no PKCE; the state is bound to the browser.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{Clock, Text};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::dialect::{Dialect, bare};
use super::door::Door;
use super::{Ask, Back, Claimed, IssuerError, Surroundings, denial, plain, subject, word};
use crate::alipay_open::{self, Fault, signed_text, stamp};
use crate::http::BaseUrl;
use crate::rsa2::{SigningKey, VerifyingKey};

const LONGEST_NAME: usize = 50;
const TOKEN: &str = "alipay.system.oauth.token";
const USER: &str = "alipay.user.info.share";

/// The application as it is registered at the open platform.
#[derive(Debug, Clone)]
pub struct AlipaySettings {
    pub name: String,
    pub label: Text,
    pub app_id: String,
    /// Ours; its public half is registered there.
    pub private_key: SigningKey,
    /// Alipay's.
    pub alipay_key: VerifyingKey,
    /// `https://openauth.alipay.com`: where people agree.
    pub page: BaseUrl,
    /// `https://openapi.alipay.com`; `/gateway.do` is appended.
    pub gateway: BaseUrl,
}

/// Sign-in with Alipay.
#[derive(Debug)]
pub struct Alipay {
    settings: AlipaySettings,
    door: Door,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    user_id: Option<String>,
    open_id: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    user_id: Option<String>,
    open_id: Option<String>,
    nick_name: Option<String>,
}

impl Alipay {
    pub fn new(settings: AlipaySettings, around: Surroundings) -> Self {
        // Its addresses are ours to configure: plain HTTP is for this machine only already.
        let door = Door { http: around.http, insecure_loopback: true };
        Self { settings, door, clock: around.clock }
    }

    /// One signed call of the gateway.
    async fn call<T: DeserializeOwned>(&self, method: &str, own: &[(&str, &str)]) -> Result<T, IssuerError> {
        let timestamp = stamp(self.clock.now());
        let mut pairs: BTreeMap<&str, &str> = BTreeMap::from([
            ("app_id", self.settings.app_id.as_str()),
            ("method", method),
            ("format", "JSON"),
            ("charset", "utf-8"),
            ("sign_type", "RSA2"),
            ("timestamp", &timestamp),
            ("version", "1.0"),
        ]);
        pairs.extend(own.iter().copied());
        let text = signed_text(&pairs);
        let sign = self.settings.private_key.sign(&text);
        let sign = sign.ok_or_else(|| IssuerError::Unavailable("our key does not sign".to_owned()))?;
        pairs.insert("sign", &sign);
        let form: Vec<_> = pairs.into_iter().collect();
        let url = self.settings.gateway.join(&["gateway.do"]);
        let reply = self.door.post_form(url, &[], &form).await?;
        if !reply.status.is_success() {
            return Err(IssuerError::Unavailable(format!("status {}", reply.status.as_u16())));
        }
        read(method, &reply.body, &self.settings.alipay_key)
    }
}

impl Dialect for Alipay {
    fn names(&self) -> (&str, &Text) {
        (&self.settings.name, &self.settings.label)
    }

    fn address(&self, ask: &Ask<'_>) -> String {
        let mut url = self.settings.page.join(&["oauth2", "publicAppAuthorize.htm"]);
        url.query_pairs_mut()
            .append_pair("app_id", &self.settings.app_id)
            .append_pair("scope", "auth_user")
            .append_pair("redirect_uri", ask.redirect)
            .append_pair("state", ask.state);
        url.into()
    }

    async fn identity(&self, back: &Back<'_>) -> Result<Claimed, IssuerError> {
        let code = back.code.map_err(denial)?;
        let own = [("grant_type", "authorization_code"), ("code", code)];
        let tokens: Tokens = self.call(TOKEN, &own).await?;
        let info: UserInfo = self.call(USER, &[("auth_token", &tokens.access_token)]).await?;
        let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        if !same(&tokens.user_id, &info.user_id) || !same(&tokens.open_id, &info.open_id) {
            return Err(IssuerError::Untrusted("subject of the user info"));
        }
        // Alipay is replacing the user_id, one for all applications, by the open_id, one for each.
        let user_id = tokens.user_id.filter(|id| !id.is_empty());
        let open_id = tokens.open_id.filter(|id| !id.is_empty());
        let key = open_id.as_deref().or(user_id.as_deref()).ok_or(IssuerError::Untrusted("subject"))?;
        let issuer = format!("https://openapi.alipay.com/{}", self.settings.app_id);
        Ok(Claimed {
            former_subject: user_id.clone().filter(|id| id != key),
            name: plain(info.nick_name, LONGEST_NAME),
            ..bare(issuer, subject(key)?)
        })
    }
}

/// Verifies the node of the answer, then reads it. Refusals grant nothing, so they need no signature.
fn read<T: DeserializeOwned>(method: &str, body: &[u8], key: &VerifyingKey) -> Result<T, IssuerError> {
    let garbage = || IssuerError::Unavailable("the answer does not read".to_owned());
    let answer = alipay_open::read(method, body, key).ok_or_else(garbage)?;
    match (&answer.fault, answer.believed) {
        (None, true) => serde_json::from_str(&answer.text).map_err(|_| garbage()),
        (None, false) => Err(IssuerError::Untrusted("signature")),
        (Some(fault), _) => Err(refusal(fault)),
    }
}

/// 20000 is an outage of theirs; everything else is about the code or our registration.
fn refusal(fault: &Fault) -> IssuerError {
    let code = fault.code.as_deref().unwrap_or_default();
    let detail = word(fault.sub_code.as_deref().unwrap_or(code));
    if code == "20000" { IssuerError::Unavailable(detail) } else { IssuerError::Refused(detail) }
}
