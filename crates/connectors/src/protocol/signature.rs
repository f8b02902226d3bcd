//! Signatures as [Standard Webhooks](https://www.standardwebhooks.com) has them, on requests and callbacks alike.
//!
//! `webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">`, several separated by a space while a secret is
//! being rotated. Verified on the raw bytes before anything is parsed, in constant time, and only within
//! [`TOLERANCE_SECS`] of the clock.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue};
use kernel::{Rng, Timestamp};
use sha2::Sha256;

/// Names the message; the same over all tries of one message, so the receiver can drop repeats.
pub const HEADER_ID: &str = "webhook-id";
/// Seconds since 1970 of this try.
pub const HEADER_TIMESTAMP: &str = "webhook-timestamp";
pub const HEADER_SIGNATURE: &str = "webhook-signature";

/// How far `webhook-timestamp` may lie from our clock, either way.
pub const TOLERANCE_SECS: i64 = 300;

/// More signatures in one header are not looked at.
const MAX_SIGNATURES: usize = 16;
const PREFIX: &str = "whsec_";

/// A shared secret of 24 to 64 bytes, written `whsec_<base64>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("a secret is written whsec_<base64>")]
    Form,
    #[error("a secret has 24 to 64 bytes")]
    Length,
    #[error("at least one secret is needed")]
    None,
}

impl Secret {
    /// Reads `whsec_<base64>`.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(SecretError::Form)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError::Form)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(SecretError::Length) }
    }

    /// A new secret of 32 bytes.
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut bytes = vec![0; 32];
        rng.fill(&mut bytes);
        Self(bytes)
    }

    /// A secret derived from another: 32 bytes that came out of a hash.
    pub fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest.to_vec())
    }

    /// `whsec_…`, to be stored or shown once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        Some(mac)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(whsec_…)")
    }
}

/// The secrets shared with one partner: we sign with each and accept any, so that one can be exchanged for another
/// without a moment in which nothing verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys(Vec<Secret>);

/// The three headers of a signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
}

impl Signed {
    /// The headers in the order of the specification.
    pub fn pairs(&self) -> [(&'static str, &str); 3] {
        [(HEADER_ID, &self.id), (HEADER_TIMESTAMP, &self.timestamp), (HEADER_SIGNATURE, &self.signature)]
    }
}

/// A message whose signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub id: String,
    /// When this try was sent.
    pub sent_at: Timestamp,
}

/// Why a message is not believed. The sender learns no more than "bad signature".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("a webhook header is missing or unreadable")]
    Missing,
    #[error("the timestamp lies more than five minutes away")]
    Stale,
    #[error("no signature matches")]
    Wrong,
}

impl Keys {
    pub fn one(secret: Secret) -> Self {
        Self(vec![secret])
    }

    /// Reads one or several `whsec_…`; the first is the newest.
    pub fn parse<T: AsRef<str>>(secrets: impl IntoIterator<Item = T>) -> Result<Self, SecretError> {
        let secrets =
            secrets.into_iter().map(|s| Secret::parse(s.as_ref())).collect::<Result<Vec<_>, _>>()?;
        if secrets.is_empty() { Err(SecretError::None) } else { Ok(Self(secrets)) }
    }

    /// Signs the exact bytes that will be sent. `id` must not contain a dot.
    pub fn sign(&self, id: &str, now: Timestamp, body: &[u8]) -> Signed {
        let timestamp = now.as_secs().to_string();
        let signatures: Vec<String> = self
            .0
            .iter()
            .filter_map(|secret| secret.mac(id, &timestamp, body))
            .map(|mac| format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
            .collect();
        Signed { id: id.to_owned(), timestamp, signature: signatures.join(" ") }
    }

    /// Checks the three headers against the raw body.
    pub fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Verified, SignatureError> {
        let header = |name| single(headers, name).ok_or(SignatureError::Missing);
        let (id, timestamp, signatures) =
            (header(HEADER_ID)?, header(HEADER_TIMESTAMP)?, header(HEADER_SIGNATURE)?);
        // A dot in the id would let bytes move between id, timestamp and body under the same signature.
        if id.is_empty() || id.len() > 255 || id.contains('.') {
            return Err(SignatureError::Missing);
        }
        let seconds = whole_seconds(timestamp).ok_or(SignatureError::Missing)?;
        if seconds.abs_diff(now.as_secs()) > TOLERANCE_SECS.unsigned_abs() {
            return Err(SignatureError::Stale);
        }
        let candidates = signatures.split(' ').filter_map(|s| s.strip_prefix("v1,")).take(MAX_SIGNATURES);
        for candidate in candidates {
            let Ok(bytes) = STANDARD.decode(candidate) else { continue };
            let matches = |secret: &Secret| {
                secret.mac(id, timestamp, body).is_some_and(|mac| mac.verify_slice(&bytes).is_ok())
            };
            if self.0.iter().any(matches) {
                return Ok(Verified { id: id.to_owned(), sent_at: Timestamp::from_secs(seconds) });
            }
        }
        Err(SignatureError::Wrong)
    }
}

/// The header's value when it stands there exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first: &HeaderValue = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

/// Digits only: `+5`, ` 5` and `5.0` are no timestamps.
fn whole_seconds(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}
