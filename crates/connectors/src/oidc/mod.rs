//! Who somebody is, as another party says: OpenID Connect by configuration, and the dialects of WeChat and Alipay.
//!
//! An [`Issuer`] sends the browser away with [`Issuer::authorize_url`] and turns what comes back into [`Claimed`] with
//! [`Issuer::finish`]. It keeps no state: `state`, nonce and PKCE verifier are made, bound to the browser and used up by
//! whoever calls. Nothing is believed that is not signed by the party or fetched from it over TLS.

mod alipay;
mod dialect;
mod door;
mod idtoken;
mod jose;
mod openid;
mod wechat;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Locale, Text, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::BoxFuture;
use crate::http::HttpError;
pub use crate::rsa2::{BadKey, SigningKey, VerifyingKey};

pub use alipay::{Alipay, AlipaySettings};
pub use openid::{OpenId, OpenIdSettings, Surroundings};
pub use wechat::{WeChat, WeChatSettings};

/// A party that says who somebody is.
pub trait Issuer: Send + Sync + std::fmt::Debug {
    /// The name in settings and addresses: `wechat`.
    fn name(&self) -> &str;

    /// What people read on the button.
    fn label(&self) -> &Text;

    /// Whether it can tell that somebody has just shown who they are ([`Demand::Fresh`]).
    fn proves_afresh(&self) -> bool;

    /// Where the browser goes.
    fn authorize_url<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<String, IssuerError>>;

    /// What the browser brought back becomes an identity, or an error.
    fn finish<'a>(&'a self, back: &'a Back<'a>) -> BoxFuture<'a, Result<Claimed, IssuerError>>;
}

/// What is wanted of the party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Who it is.
    Usual,
    /// Who it is, shown now: an old session at the party does not count.
    Fresh,
}

/// One question to a party. `state` is 64 letters and digits: some dialects take nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub state: &'a str,
    pub nonce: &'a str,
    /// The PKCE verifier; only its hash is sent.
    pub verifier: &'a str,
    /// Where the browser comes back to; registered at the party.
    pub redirect: &'a str,
    pub demand: Demand,
    pub locale: Locale,
}

/// What came back, with what was asked.
#[derive(Debug, Clone, Copy)]
pub struct Back<'a> {
    /// The code, or the word with which the party refused.
    pub code: Result<&'a str, &'a str>,
    /// RFC 9207.
    pub iss: Option<&'a str>,
    pub nonce: &'a str,
    pub verifier: &'a str,
    pub redirect: &'a str,
    pub demand: Demand,
}

/// What a party says about somebody. Personal data: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimed {
    /// With `subject` the key of an identity.
    pub issuer: String,
    pub subject: String,
    /// Another subject the same person may be known by from earlier.
    pub former_subject: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub email_verified: bool,
    /// As the party writes it; only when it says that it verified it.
    pub phone: Option<String>,
    /// When the person last showed who they are, where the party tells.
    pub authenticated_at: Option<Timestamp>,
}

/// Why there is no identity. The details name no person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The person said no.
    #[error("the person refused")]
    Denied,
    /// The party does not take the code or the request: used, too old, somebody else's, or our registration is wrong.
    #[error("refused: {0}")]
    Refused(String),
    /// No answer, or none that reads.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// An answer that must not be believed.
    #[error("not believed: {0}")]
    Untrusted(&'static str),
}

impl From<HttpError> for IssuerError {
    fn from(error: HttpError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// All parties of this installation by name, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct Issuers(BTreeMap<String, Arc<dyn Issuer>>);

impl Issuers {
    pub fn new(issuers: impl IntoIterator<Item = Arc<dyn Issuer>>) -> Self {
        Self(issuers.into_iter().map(|issuer| (issuer.name().to_owned(), issuer)).collect())
    }

    pub fn get(&self, name: &str) -> Option<&Arc<dyn Issuer>> {
        self.0.get(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Issuer>> {
        self.0.values()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The S256 challenge of a PKCE verifier (RFC 7636).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// A claim as text that can be kept: not empty, not endless, nothing invisible.
fn plain(text: Option<String>, longest: usize) -> Option<String> {
    let text = text?;
    let kept: String = text.chars().filter(|c| !c.is_control()).take(longest).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// A subject as the standards have it: 1 to 255 visible ASCII characters.
fn subject(text: &str) -> Result<String, IssuerError> {
    let good = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(text.to_owned()) } else { Err(IssuerError::Untrusted("subject")) }
}

/// The words with which parties say that the person said no.
fn denial(error: &str) -> IssuerError {
    match error {
        "access_denied" | "user_cancel" | "interaction_required" | "login_required" | "consent_required" => {
            IssuerError::Denied
        }
        "temporarily_unavailable" | "server_error" => IssuerError::Unavailable(error.to_owned()),
        other => IssuerError::Refused(word(other)),
    }
}

/// A party's error word, fit for a log.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(64).collect()
}
