//! Parties that say who somebody is: WeChat and Alipay as people know them, on a page where the one in front of the browser
//! chooses whom to be, or refuses; and a scripted OpenID provider that lies on request, for tests.
//!
//! ```text
//! {url}/wechat/connect/qrconnect             {url}/wechat/sns/…          微信登录
//! {url}/alipay/oauth2/publicAppAuthorize.htm  {url}/alipay/gateway.do     支付宝登录
//! ```

mod alipay;
pub mod openid;
mod page;
mod token;
mod wechat;

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::{get, post};
use connectors::http::web_address;
use connectors::oidc::{BadKey, SigningKey, VerifyingKey};
use kernel::{Duration, Locale, Timestamp, hex};
use sha2::{Digest as _, Sha256};

use crate::Sandbox;

/// How long a code waits to be exchanged: both platforms say five to ten minutes.
const CODE_LASTS: Duration = Duration::from_mins(5);
/// More codes are not kept.
const MOST_CODES: usize = 1000;

/// What a client of these parties is configured with. The keys are published with this program: they protect nothing.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub wechat_app_id: String,
    pub wechat_secret: String,
    pub alipay_app_id: String,
}

impl SignIn {
    pub(crate) fn derived(secret: &[u8; 32]) -> Self {
        Self {
            wechat_app_id: "wx53616e64626f7831".to_owned(),
            wechat_secret: hex::encode(secret.iter().take(16)),
            alipay_app_id: "2021000199990001".to_owned(),
        }
    }

    /// The client's own key; its public half is known to the Alipay of the sandbox.
    pub fn shop_key(&self) -> Result<SigningKey, BadKey> {
        SigningKey::parse(include_str!("shop.pem"))
    }

    /// With which the Alipay of the sandbox signs.
    pub fn alipay_key(&self) -> Result<VerifyingKey, BadKey> {
        VerifyingKey::parse(include_str!("alipay.pub.pem"))
    }
}

/// Which party a page or a code belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    WeChat,
    Alipay,
}

/// Somebody the visitor of the sandbox can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person {
    pub key: &'static str,
    zh: &'static str,
    en: &'static str,
}

impl Person {
    pub const ALL: [Self; 3] = [
        Self { key: "xiaoman", zh: "小满", en: "Xiaoman" },
        Self { key: "laowang", zh: "老王在路上", en: "Wang on the road" },
        Self { key: "chenyi", zh: "陈医生", en: "Dr Chen" },
    ];

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|person| person.key == key)
    }

    pub fn name(self, locale: Locale) -> &'static str {
        locale.pick(self.zh, self.en)
    }

    /// A number of this person that is the same every time and another for each `purpose`.
    fn number(self, purpose: &str) -> String {
        let hash = Sha256::digest(format!("{purpose}/{}", self.key));
        hex::encode(hash.iter().take(14))
    }
}

/// A code or a token that was given out.
#[derive(Debug, Clone)]
struct Grant {
    party: Party,
    person: Person,
    until: Timestamp,
}

/// What was given out and not used up. It is forgotten at the end of the program: codes live for minutes.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    codes: BTreeMap<String, Grant>,
    used: BTreeMap<String, Timestamp>,
    tokens: BTreeMap<String, Grant>,
    serial: u64,
}

/// How a code was taken.
enum Taken {
    Now(Person),
    /// A second time.
    Again,
    Unknown,
}

impl Desk {
    fn give_code(&mut self, seed: u64, party: Party, person: Person, now: Timestamp) -> String {
        self.forget(now);
        let code = self.word(seed, "code");
        self.codes.insert(code.clone(), Grant { party, person, until: now.plus(CODE_LASTS) });
        code
    }

    fn take_code(&mut self, party: Party, code: &str, now: Timestamp) -> Taken {
        self.forget(now);
        match self.codes.get(code).filter(|grant| grant.party == party).cloned() {
            Some(grant) => {
                self.codes.remove(code);
                self.used.insert(code.to_owned(), grant.until);
                Taken::Now(grant.person)
            }
            None if self.used.contains_key(code) => Taken::Again,
            None => Taken::Unknown,
        }
    }

    fn give_token(&mut self, seed: u64, party: Party, person: Person, now: Timestamp) -> String {
        let token = self.word(seed, "token");
        self.tokens.insert(token.clone(), Grant { party, person, until: now.plus(Duration::from_hours(2)) });
        token
    }

    fn person(&self, party: Party, token: &str, now: Timestamp) -> Option<Person> {
        let grant = self.tokens.get(token).filter(|grant| grant.party == party && now < grant.until);
        grant.map(|grant| grant.person)
    }

    /// Different every time; nobody has to guess it, since whoever is here may be anybody.
    fn word(&mut self, seed: u64, kind: &str) -> String {
        self.serial = self.serial.wrapping_add(1);
        let hash = Sha256::digest(format!("{seed}/{kind}/{}", self.serial));
        hex::encode(hash.iter().take(16))
    }

    fn forget(&mut self, now: Timestamp) {
        self.codes.retain(|_, grant| now < grant.until);
        self.used.retain(|_, until| now < until.plus(CODE_LASTS));
        self.tokens.retain(|_, grant| now < grant.until);
        while self.codes.len() >= MOST_CODES {
            self.codes.pop_first();
        }
    }
}

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/wechat/connect/qrconnect", get(wechat::show).post(wechat::choose))
        .route("/wechat/sns/oauth2/access_token", get(wechat::access_token))
        .route("/wechat/sns/userinfo", get(wechat::userinfo))
        .route("/alipay/oauth2/publicAppAuthorize.htm", get(alipay::show).post(alipay::choose))
        .route("/alipay/gateway.do", post(alipay::gateway))
}

/// The sandbox leads back to this machine only: it must not become a way to anywhere.
pub(crate) fn leads_home(redirect: &str) -> bool {
    web_address(redirect).is_some_and(|url| {
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || literal.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}
