//! 微信登录: the dialect of the WeChat open platform for websites.
//!
//! It resembles OAuth 2.0 and differs: `appid` and `secret` travel in the address, every answer has status 200 and says
//! `errcode` when it is an error, there is no nonce and no PKCE (the state is bound to the browser), and the person has an
//! `openid` for this application and, once the application belongs to an open-platform account, a `unionid` for all of them.

use http::header::CONTENT_TYPE;
use kernel::{Locale, Text};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::dialect::{Dialect, bare};
use super::door::Door;
use super::{Ask, Back, Claimed, IssuerError, denial, plain, subject};
use crate::http::{BaseUrl, Http, Reply};

const LONGEST_NAME: usize = 50;

/// The application as it is registered at the open platform.
#[derive(Clone)]
pub struct WeChatSettings {
    pub name: String,
    pub label: Text,
    pub app_id: String,
    pub secret: String,
    /// `https://open.weixin.qq.com`: where people scan.
    pub page: BaseUrl,
    /// `https://api.weixin.qq.com`.
    pub api: BaseUrl,
}

impl std::fmt::Debug for WeChatSettings {
    /// Never shows the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WeChatSettings({} as {})", self.name, self.app_id)
    }
}

/// Sign-in with WeChat.
#[derive(Debug)]
pub struct WeChat {
    settings: WeChatSettings,
    door: Door,
}

/// What both calls answer with when they do not do it.
#[derive(Deserialize)]
struct Fault {
    errcode: i64,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    openid: String,
    unionid: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    openid: String,
    nickname: Option<String>,
    unionid: Option<String>,
}

impl WeChat {
    pub fn new(settings: WeChatSettings, http: Http) -> Self {
        // Its addresses are ours to configure: plain HTTP is for this machine only already.
        Self { settings, door: Door { http, insecure_loopback: true } }
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, pairs: &[(&str, &str)]) -> Result<T, IssuerError> {
        let mut url: Url = self.settings.api.join(&["sns"]);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path.split('/'));
        }
        url.query_pairs_mut().extend_pairs(pairs);
        read(self.door.get(url, &[("accept", "application/json")]).await?)
    }
}

impl Dialect for WeChat {
    fn names(&self) -> (&str, &Text) {
        (&self.settings.name, &self.settings.label)
    }

    /// `redirect_uri` first and `#wechat_redirect` last: the page insists on both.
    fn address(&self, ask: &Ask<'_>) -> String {
        let mut url = self.settings.page.join(&["connect", "qrconnect"]);
        url.query_pairs_mut()
            .append_pair("appid", &self.settings.app_id)
            .append_pair("redirect_uri", ask.redirect)
            .append_pair("response_type", "code")
            .append_pair("scope", "snsapi_login")
            .append_pair("state", ask.state)
            .append_pair("lang", if ask.locale == Locale::Zh { "cn" } else { "en" });
        url.set_fragment(Some("wechat_redirect"));
        url.into()
    }

    async fn identity(&self, back: &Back<'_>) -> Result<Claimed, IssuerError> {
        let code = back.code.map_err(denial)?;
        let WeChatSettings { app_id, secret, .. } = &self.settings;
        let pairs = [
            ("appid", app_id.as_str()),
            ("secret", secret),
            ("code", code),
            ("grant_type", "authorization_code"),
        ];
        let tokens: Tokens = self.ask("oauth2/access_token", &pairs).await?;
        let pairs =
            [("access_token", tokens.access_token.as_str()), ("openid", &tokens.openid), ("lang", "zh_CN")];
        let info: UserInfo = self.ask("userinfo", &pairs).await?;
        let openid = subject(&tokens.openid)?;
        if info.openid != openid {
            return Err(IssuerError::Untrusted("subject of userinfo"));
        }
        let unionid = tokens.unionid.or(info.unionid).filter(|id| !id.is_empty());
        let unionid = unionid.as_deref().map(subject).transpose()?;
        let former_subject = unionid.is_some().then(|| openid.clone());
        let issuer = format!("https://open.weixin.qq.com/{app_id}");
        Ok(Claimed {
            former_subject,
            name: plain(info.nickname, LONGEST_NAME),
            ..bare(issuer, unionid.unwrap_or(openid))
        })
    }
}

/// Always status 200 and JSON, though labelled as text.
fn read<T: DeserializeOwned>(reply: Reply) -> Result<T, IssuerError> {
    if !reply.status.is_success() {
        return Err(IssuerError::Unavailable(format!("status {}", reply.status.as_u16())));
    }
    if let Ok(Fault { errcode }) = serde_json::from_slice::<Fault>(&reply.body)
        && errcode != 0
    {
        // The platform is busy, or we call too often; everything else is about the code or our registration.
        return Err(match errcode {
            -1 | 45009 | 45011 => IssuerError::Unavailable(format!("errcode {errcode}")),
            _ => IssuerError::Refused(format!("errcode {errcode}")),
        });
    }
    serde_json::from_slice(&reply.body).map_err(|_| {
        let kind = reply.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("none");
        IssuerError::Unavailable(format!("the answer does not read ({kind})"))
    })
}
