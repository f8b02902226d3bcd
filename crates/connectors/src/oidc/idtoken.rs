//! What an ID token must claim to be believed (OpenID Connect Core, 3.1.3.7). Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Duration, Timestamp};
use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};

use super::Demand;
use super::jose::Algorithm;

/// How far two clocks may lie apart.
pub(super) const SKEW: Duration = Duration::from_secs(60);
/// A fresh proof is not older than this (behaviour W8).
pub(super) const FRESH: Duration = Duration::from_mins(5);

/// The claims that decide, and those about the person.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: Audience,
    pub azp: Option<String>,
    /// Seconds; some parties write fractions.
    pub exp: f64,
    pub iat: f64,
    pub nbf: Option<f64>,
    pub nonce: Option<String>,
    pub at_hash: Option<String>,
    pub auth_time: Option<f64>,
    #[serde(flatten)]
    pub person: Person,
}

/// One audience or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn names(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// What is said about the person, in the token or by the UserInfo endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Person {
    pub name: Option<String>,
    pub nickname: Option<String>,
    pub preferred_username: Option<String>,
    pub email: Option<String>,
    pub email_verified: Option<Truth>,
    pub phone_number: Option<String>,
    pub phone_number_verified: Option<Truth>,
}

/// `true`, or the text `"true"` as some parties write it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Truth {
    Flag(bool),
    Text(String),
}

impl Truth {
    pub fn holds(truth: Option<&Self>) -> bool {
        match truth {
            Some(Self::Flag(flag)) => *flag,
            Some(Self::Text(text)) => text == "true",
            None => false,
        }
    }
}

/// What the token is held against.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub access_token: &'a str,
    pub algorithm: Algorithm,
    pub demand: Demand,
    pub now: Timestamp,
}

/// The first thing that is wrong; `Ok` is when the person last showed who they are, where that is told.
pub(super) fn check(claims: &Claims, expected: &Expected<'_>) -> Result<Option<Timestamp>, &'static str> {
    let now = expected.now;
    let (exp, iat) = (time(claims.exp)?, time(claims.iat)?);
    if claims.iss != expected.issuer {
        return Err("iss");
    }
    let audience = claims.aud.names();
    if !audience.iter().any(|name| name == expected.client_id) {
        return Err("aud");
    }
    match claims.azp.as_deref() {
        Some(azp) if azp != expected.client_id => return Err("azp"),
        None if audience.len() > 1 => return Err("azp"),
        _ => {}
    }
    if exp.plus(SKEW) <= now {
        return Err("exp");
    }
    if iat > now.plus(SKEW) {
        return Err("iat");
    }
    if claims.nbf.map(time).transpose()?.is_some_and(|nbf| nbf > now.plus(SKEW)) {
        return Err("nbf");
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err("nonce");
    }
    if claims.at_hash.as_deref().is_some_and(|hash| hash != at_hash(expected)) {
        return Err("at_hash");
    }
    let auth_time = claims.auth_time.map(time).transpose()?;
    let fresh = |at: Timestamp| at <= now.plus(SKEW) && now.since(at) <= FRESH.max(SKEW);
    match (expected.demand, auth_time) {
        (Demand::Fresh, None) => Err("auth_time"),
        (Demand::Fresh, Some(at)) if !fresh(at) => Err("auth_time"),
        _ => Ok(auth_time.map(|at| at.min(now))),
    }
}

/// Left half of the hash that belongs to the algorithm (Core, 3.1.3.6).
fn at_hash(expected: &Expected<'_>) -> String {
    let token = expected.access_token.as_bytes();
    let hash = match expected.algorithm {
        Algorithm::Rs256 | Algorithm::Es256 => Sha256::digest(token).to_vec(),
        Algorithm::EdDsa => Sha512::digest(token).to_vec(),
    };
    let half = hash.len() / 2;
    URL_SAFE_NO_PAD.encode(hash.get(..half).unwrap_or_default())
}

/// Seconds as the wire has them. What is no time of this or the next millennium is no time.
fn time(secs: f64) -> Result<Timestamp, &'static str> {
    if !secs.is_finite() || !(0.0..=100_000_000_000.0).contains(&secs) {
        return Err("time");
    }
    let text = format!("{:.0}", secs.trunc());
    text.parse().map(Timestamp::from_secs).map_err(|_| "time")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_265_100);

    fn checked(change: Value, demand: Demand) -> Result<Option<Timestamp>, &'static str> {
        let now = NOW.as_secs();
        let mut claims = json!({
            "iss": "https://id.example", "sub": "s", "aud": "us", "exp": now + 300, "iat": now, "nonce": "n",
            // The example of the standard for RS256.
            "at_hash": "77QmUPtjPfzWtF2AnpK9RQ",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let expected = Expected {
            issuer: "https://id.example",
            client_id: "us",
            nonce: "n",
            access_token: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
            algorithm: Algorithm::Rs256,
            demand,
            now: NOW,
        };
        match serde_json::from_value::<Claims>(claims) {
            Ok(claims) => check(&claims, &expected),
            Err(_) => Err("shape"),
        }
    }

    #[test]
    fn a_token_is_for_us_from_them_about_this_question_and_now() {
        let now = NOW.as_secs();
        let cases = [
            (json!({}), Ok(None)),
            (json!({"aud": ["us"]}), Ok(None)),
            (json!({"aud": ["other", "us"], "azp": "us"}), Ok(None)),
            (json!({"exp": now - 59}), Ok(None)),
            (json!({"iat": now + 60}), Ok(None)),
            (json!({"iat": 1_795_265_100.5}), Ok(None)),
            (json!({"at_hash": null}), Ok(None)),
            (json!({"auth_time": now - 7200}), Ok(Some(Timestamp::from_secs(now - 7200)))),
            (json!({"iss": "https://id.example/"}), Err("iss")),
            (json!({"aud": "other"}), Err("aud")),
            (json!({"aud": []}), Err("aud")),
            (json!({"aud": ["other", "us"]}), Err("azp")),
            (json!({"azp": "other"}), Err("azp")),
            (json!({"exp": now - 60}), Err("exp")),
            (json!({"exp": "tomorrow"}), Err("shape")),
            (json!({"exp": 1e300}), Err("time")),
            (json!({"exp": null}), Err("shape")),
            (json!({"iat": now + 61}), Err("iat")),
            (json!({"nbf": now + 61}), Err("nbf")),
            (json!({"nonce": "m"}), Err("nonce")),
            (json!({"nonce": null}), Err("nonce")),
            (json!({"at_hash": "AAAA"}), Err("at_hash")),
        ];
        for (change, want) in cases {
            assert_eq!(checked(change.clone(), Demand::Usual), want, "{change}");
        }
    }

    #[test]
    fn w8_an_old_session_at_the_party_proves_nothing_now() {
        let now = NOW.as_secs();
        for (change, want) in [
            (json!({"auth_time": now - 20}), Ok(Some(Timestamp::from_secs(now - 20)))),
            (json!({"auth_time": now + 30}), Ok(Some(NOW))),
            (json!({"auth_time": now - 301}), Err("auth_time")),
            (json!({"auth_time": now + 61}), Err("auth_time")),
            (json!({}), Err("auth_time")),
        ] {
            assert_eq!(checked(change.clone(), Demand::Fresh), want, "{change}");
        }
    }
}
