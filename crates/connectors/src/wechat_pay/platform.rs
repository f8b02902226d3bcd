//! Whom we believe to be WeChat Pay: its public key, or its certificates, which it exchanges from time to time.

use std::sync::{Mutex, PoisonError};

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use kernel::{Duration, Timestamp};
use serde::Deserialize;

use super::wire::Resource;
use crate::http::Reply;
use crate::protocol::SignatureError;
use crate::rsa2::{Certificate, VerifyingKey};

/// How far the time of a message may lie from our clock, either way.
const TOLERANCE: Duration = Duration::from_mins(5);
/// Anybody can name a certificate we do not have, so it is not asked for more often.
const ASK_AGAIN: Duration = Duration::from_mins(1);
/// With which WeChat Pay now and then signs on purpose wrongly, to see whether we notice.
const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// How messages of WeChat Pay are believed.
#[derive(Debug, Clone)]
pub enum Platform {
    /// Its public key, which does not expire.
    PublicKey {
        /// `PUB_KEY_ID_…`
        id: String,
        key: VerifyingKey,
    },
    /// Its certificates, as far as they are known; others are fetched when they are named.
    Certificates(Vec<Certificate>),
}

impl Platform {
    /// Which key its answers are to be signed with.
    pub(super) fn asked_for(&self) -> Option<&str> {
        match self {
            Self::PublicKey { id, .. } => Some(id),
            Self::Certificates(_) => None,
        }
    }
}

/// The APIv3 key: 32 characters, set in the merchant's console.
#[derive(Clone)]
pub struct ApiV3Key([u8; 32]);

/// Why a text is no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have exactly 32 letters and digits")]
pub struct BadApiV3Key;

impl std::fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiV3Key")
    }
}

impl ApiV3Key {
    pub fn parse(text: &str) -> Result<Self, BadApiV3Key> {
        let bytes: [u8; 32] = text.as_bytes().try_into().map_err(|_| BadApiV3Key)?;
        if bytes.iter().all(u8::is_ascii_alphanumeric) { Ok(Self(bytes)) } else { Err(BadApiV3Key) }
    }

    /// Opens what is sealed with AES-256-GCM. The error says what is wrong, for the log.
    pub(super) fn open(&self, sealed: &Resource) -> Result<Vec<u8>, String> {
        if sealed.algorithm != "AEAD_AES_256_GCM" {
            return Err("the resource is sealed with an unknown algorithm".to_owned());
        }
        let nonce: [u8; 12] =
            sealed.nonce.as_bytes().try_into().map_err(|_| "the nonce has not 12 bytes".to_owned())?;
        let msg = STANDARD.decode(&sealed.ciphertext).map_err(|_| "the resource is no base64".to_owned())?;
        let payload = Payload { msg: &msg, aad: sealed.associated_data.as_bytes() };
        let opened = Aes256Gcm::new(&self.0.into()).decrypt(&nonce.into(), payload);
        opened.map_err(|_| "the resource does not open with our APIv3 key".to_owned())
    }
}

/// The keys believed now.
#[derive(Debug)]
pub(super) struct Trust {
    rotating: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    keys: Vec<Known>,
    /// A certificate was named that is not among them.
    wanted: bool,
    asked_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
struct Known {
    serial: String,
    key: VerifyingKey,
    /// When the certificate ends; the merchant's own word needs none.
    until: Option<Timestamp>,
}

/// Whether two names mean one key. Numbers of certificates are written with and without zeros in front, in either case.
fn same(a: &str, b: &str) -> bool {
    a.trim_start_matches('0').eq_ignore_ascii_case(b.trim_start_matches('0'))
}

/// Answer of `GET /v3/certificates`.
#[derive(Deserialize)]
struct Fetched {
    data: Vec<FetchedOne>,
}

#[derive(Deserialize)]
struct FetchedOne {
    serial_no: String,
    expire_time: String,
    encrypt_certificate: Resource,
}

impl Trust {
    pub fn new(platform: &Platform) -> Self {
        let known = |serial: &String, key: &VerifyingKey| Known {
            serial: serial.clone(),
            key: key.clone(),
            until: None,
        };
        let (rotating, keys) = match platform {
            Platform::PublicKey { id, key } => (false, vec![known(id, key)]),
            Platform::Certificates(all) => {
                (true, all.iter().map(|one| known(&one.serial, &one.key)).collect())
            }
        };
        Self { rotating, state: Mutex::new(State { keys, ..State::default() }) }
    }

    /// Verifies a message, on its raw bytes.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
        let get = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).ok_or(SignatureError::Missing)
        };
        let (serial, signature) = (get("wechatpay-serial")?, get("wechatpay-signature")?);
        let (timestamp, nonce) = (get("wechatpay-timestamp")?, get("wechatpay-nonce")?);
        if signature.starts_with(PROBE) {
            return Err(SignatureError::Wrong);
        }
        let at: i64 = timestamp.parse().map_err(|_| SignatureError::Missing)?;
        let away = now.as_secs().abs_diff(at);
        if away > TOLERANCE.as_secs().unsigned_abs() {
            return Err(SignatureError::Stale);
        }
        let known = self.known(serial, now).ok_or(SignatureError::Wrong)?;
        let mut text = format!("{timestamp}\n{nonce}\n").into_bytes();
        text.extend_from_slice(body);
        text.push(b'\n');
        if known.verifies(&text, signature) { Ok(()) } else { Err(SignatureError::Wrong) }
    }

    fn known(&self, serial: &str, now: Timestamp) -> Option<VerifyingKey> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = state
            .keys
            .iter()
            .find(|known| same(&known.serial, serial) && known.until.is_none_or(|until| now < until))
            .map(|known| known.key.clone());
        state.wanted |= found.is_none() && self.rotating;
        found
    }

    /// Whether certificates are to be fetched. A callback cannot wait for them: it is refused, and the one that WeChat Pay sends
    /// a few seconds later finds them, because every call, such as the poller's, fetches them first.
    pub fn wants_certificates(&self, now: Timestamp) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let recently = state.asked_at.is_some_and(|at| now < at.plus(ASK_AGAIN) && at <= now);
        state.wanted && !recently
    }

    pub fn asked(&self, now: Timestamp) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).asked_at = Some(now);
    }

    /// Takes in the certificates of an answer: those that open with our APIv3 key, when the answer is signed with one of them. Those
    /// known before stay, for messages that are on their way.
    pub fn take_in(&self, reply: &Reply, key: &super::ApiV3Key, now: Timestamp) -> Result<(), String> {
        let fetched: Fetched = serde_json::from_slice(&reply.body)
            .map_err(|error| format!("the certificates do not read: {}", crate::http::where_in(&error)))?;
        let mut fresh = Vec::new();
        for one in fetched.data {
            let plain = key.open(&one.encrypt_certificate)?;
            let pem = String::from_utf8(plain).map_err(|_| "a certificate is no text".to_owned())?;
            let certificate = Certificate::parse(&pem).map_err(|error| error.to_string())?;
            let until = Timestamp::parse_rfc3339(&one.expire_time);
            if !same(&certificate.serial, &one.serial_no) || until.is_none() {
                return Err("a certificate is not what it is said to be".to_owned());
            }
            fresh.push(Known { serial: certificate.serial, key: certificate.key, until });
        }
        let own =
            Self { rotating: false, state: Mutex::new(State { keys: fresh.clone(), ..State::default() }) };
        own.verify(&reply.headers, &reply.body, now).map_err(|error| error.to_string())?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.keys.retain(|old| !fresh.iter().any(|new| same(&new.serial, &old.serial)));
        state.keys.retain(|old| old.until.is_none_or(|until| now < until));
        state.keys.extend(fresh);
        state.wanted = false;
        Ok(())
    }
}
