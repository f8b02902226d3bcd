//! Signed tokens (RFC 7515) and the keys they are verified with (RFC 7517).
//!
//! The algorithm is never the token's choice: each key verifies with the one algorithm that belongs to it, out of a closed
//! list without `none` and without shared secrets. Keys inside a token are not looked at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Longer tokens are not looked at.
const LONGEST_TOKEN: usize = 16 * 1024;
/// More keys of one party are not looked at.
const MOST_KEYS: usize = 64;

/// The algorithms that are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distrust {
    Malformed,
    Algorithm,
    /// No key of the set has its number: perhaps the keys were changed.
    UnknownKey,
    Signature,
}

impl Distrust {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed token",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown key",
            Self::Signature => "signature",
        }
    }
}

/// The keys of a party.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct KeySet {
    keys: Vec<Jwk>,
}

/// One public key. Members we do not know are ignored, as the standard wants.
#[derive(Debug, Clone, Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood: we understand none.
    crit: Option<serde_json::Value>,
}

/// A verified token.
pub(super) struct Verified<T> {
    pub claims: T,
    pub algorithm: Algorithm,
}

/// Checks the signature and reads the claims. What they claim is the caller's to check.
pub(super) fn verify<T: DeserializeOwned>(token: &str, keys: &KeySet) -> Result<Verified<T>, Distrust> {
    if token.len() > LONGEST_TOKEN {
        return Err(Distrust::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Distrust::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Distrust::Malformed)?;
    let header: Header = document(header)?;
    let algorithm = Algorithm::from_name(&header.alg).ok_or(Distrust::Algorithm)?;
    if header.crit.is_some() {
        return Err(Distrust::Malformed);
    }
    let signature = decode(signature)?;
    let key = keys.find(header.kid.as_deref(), algorithm)?;
    if !key.verifies(algorithm, signed.as_bytes(), &signature) {
        return Err(Distrust::Signature);
    }
    Ok(Verified { claims: document(payload)?, algorithm })
}

impl KeySet {
    /// The key of this number, or the only one that fits when the token names none.
    fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&Jwk, Distrust> {
        let keys = || self.keys.iter().take(MOST_KEYS);
        if let Some(kid) = kid {
            let mut named = keys().filter(|key| key.kid.as_deref() == Some(kid)).peekable();
            if named.peek().is_none() {
                return Err(Distrust::UnknownKey);
            }
            return named.find(|key| key.fits(algorithm)).ok_or(Distrust::Algorithm);
        }
        let mut fitting = keys().filter(|key| key.fits(algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Distrust::UnknownKey),
        }
    }
}

impl Jwk {
    /// Whether the key is one of this algorithm and for signatures.
    fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::Rs256 => self.kty == "RSA",
            Algorithm::Es256 => self.kty == "EC" && self.crv.as_deref() == Some("P-256"),
            Algorithm::EdDsa => self.kty == "OKP" && self.crv.as_deref() == Some("Ed25519"),
        };
        let stated = self.alg.as_deref().is_none_or(|alg| alg == algorithm.name());
        kind && stated && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
    }

    fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let part = |text: &Option<String>| decode(text.as_deref().unwrap_or_default()).unwrap_or_default();
        match algorithm {
            Algorithm::Rs256 => {
                let key = RsaPublicKeyComponents { n: part(&self.n), e: part(&self.e) };
                key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
            }
            Algorithm::Es256 => {
                let (x, y) = (part(&self.x), part(&self.y));
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                let key = UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
                x.len() == 32 && key.verify(signed, signature).is_ok()
            }
            Algorithm::EdDsa => {
                let key = UnparsedPublicKey::new(&signature::ED25519, part(&self.x));
                key.verify(signed, signature).is_ok()
            }
        }
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Distrust> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Distrust::Malformed)
}

fn document<T: DeserializeOwned>(part: &str) -> Result<T, Distrust> {
    serde_json::from_slice(&decode(part)?).map_err(|_| Distrust::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A.4: Ed25519 over a text that is no document, so the header and the key are taken from it.
    const KEY: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    fn distrust(token: &str, keys: &str) -> Distrust {
        let keys: KeySet = serde_json::from_str(keys).unwrap();
        verify::<serde_json::Value>(token, &keys).map(|_| ()).unwrap_err()
    }

    #[test]
    fn the_signature_of_the_standard_verifies_and_its_neighbours_do_not() {
        let keys: KeySet = serde_json::from_str(KEY).unwrap();
        let (signed, signature) = TOKEN.rsplit_once('.').unwrap();
        let signature = decode(signature).unwrap();
        assert!(keys.keys[0].verifies(Algorithm::EdDsa, signed.as_bytes(), &signature));
        assert!(!keys.keys[0].verifies(Algorithm::EdDsa, b"other", &signature));
        assert!(!keys.keys[0].verifies(Algorithm::Es256, signed.as_bytes(), &signature));
        // The signature is right and what it signs is no document.
        assert_eq!(distrust(TOKEN, KEY), Distrust::Malformed);
    }

    #[test]
    fn no_token_chooses_its_own_algorithm_or_key() {
        let head = |json: &str| format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(json));
        let cases = [
            (head(r#"{"alg":"none"}"#), Distrust::Algorithm),
            (head(r#"{"alg":"HS256","kid":"k"}"#), Distrust::Algorithm),
            (head(r#"{"alg":"RS256","kid":"k"}"#), Distrust::Algorithm),
            (head(r#"{"alg":"EdDSA","kid":"other"}"#), Distrust::UnknownKey),
            (head(r#"{"alg":"EdDSA","kid":"k"}"#), Distrust::Signature),
            (head(r#"{"alg":"EdDSA","kid":"k","crit":["x"],"x":1}"#), Distrust::Malformed),
            (head(r#"{"kid":"k"}"#), Distrust::Malformed),
            ("a.b".to_owned(), Distrust::Malformed),
            (String::new(), Distrust::Malformed),
            ("x".repeat(LONGEST_TOKEN + 1), Distrust::Malformed),
        ];
        for (token, want) in cases {
            assert_eq!(distrust(&token, KEY), want, "{token:.40}");
        }
        for spoiled in [r#"{"keys":[]}"#, &KEY.replace("\"kid\"", "\"use\":\"enc\",\"kid\"")] {
            let found = distrust(&head(r#"{"alg":"EdDSA"}"#), spoiled);
            assert_eq!(found, Distrust::UnknownKey, "{spoiled}");
        }
    }
}
