//! Tokens as the scripted provider signs them, right and wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};
use sha2::Sha256;

/// With what a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    #[default]
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// What is wrong with a token beyond its claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenTrick {
    #[default]
    Honest,
    /// Not signed at all.
    AlgNone,
    /// Signed with the public key as if it were a shared secret.
    Hs256WithPublicKey,
    /// Names a key that nobody published.
    UnknownKey,
    /// Cut short.
    Truncated,
    /// One claim was changed after it was signed.
    Changed,
    /// The algorithm of one key, the number of another.
    MixedKeys,
}

/// One key of each kind.
#[derive(Debug)]
pub(super) struct Keys {
    pub number: u32,
    rsa: ring::rsa::KeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

impl Keys {
    /// The RSA key is always the same: making one takes too long.
    pub fn make(number: u32) -> Result<Self, String> {
        let rng = SystemRandom::new();
        let failed = |error: &dyn std::fmt::Display| error.to_string();
        let pem: String =
            include_str!("alipay.pem").lines().filter(|line| !line.starts_with("-----")).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(pem).map_err(|e| failed(&e))?;
        let rsa = ring::rsa::KeyPair::from_pkcs8(&der).map_err(|e| failed(&e))?;
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let ec = EcdsaKeyPair::generate_pkcs8(kind, &rng).map_err(|e| failed(&e))?;
        let ec = EcdsaKeyPair::from_pkcs8(kind, ec.as_ref(), &rng).map_err(|e| failed(&e))?;
        let ed = Ed25519KeyPair::generate_pkcs8(&rng).map_err(|e| failed(&e))?;
        let ed = Ed25519KeyPair::from_pkcs8(ed.as_ref()).map_err(|e| failed(&e))?;
        Ok(Self { number, rsa, ec, ed })
    }

    fn kid(&self, algorithm: Algorithm) -> String {
        format!("{}-{}", algorithm.name(), self.number)
    }

    /// The published set.
    pub fn public(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let rsa: PublicKeyComponents<Vec<u8>> = self.rsa.public().into();
        let (x, y) = self.ec.public_key().as_ref().get(1..).unwrap_or_default().split_at(32);
        json!({ "keys": [
            { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid(Algorithm::Rs256), "n": text(&rsa.n), "e": text(&rsa.e) },
            { "kty": "EC", "crv": "P-256", "use": "sig", "kid": self.kid(Algorithm::Es256), "x": text(x), "y": text(y) },
            { "kty": "OKP", "crv": "Ed25519", "kid": self.kid(Algorithm::EdDsa), "x": text(self.ed.public_key().as_ref()) },
        ] })
    }

    fn signature(&self, algorithm: Algorithm, signed: &str) -> Vec<u8> {
        let rng = SystemRandom::new();
        match algorithm {
            Algorithm::Rs256 => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                let done = self.rsa.sign(&RSA_PKCS1_SHA256, &rng, signed.as_bytes(), &mut signature);
                if done.is_ok() { signature } else { Vec::new() }
            }
            Algorithm::Es256 => {
                self.ec.sign(&rng, signed.as_bytes()).map(|s| s.as_ref().to_vec()).unwrap_or_default()
            }
            Algorithm::EdDsa => self.ed.sign(signed.as_bytes()).as_ref().to_vec(),
        }
    }
}

/// The token for these claims, honest or not.
pub(super) fn sign(keys: &Keys, algorithm: Algorithm, trick: TokenTrick, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (alg, kid) = match trick {
        TokenTrick::AlgNone => ("none", keys.kid(algorithm)),
        TokenTrick::Hs256WithPublicKey => ("HS256", keys.kid(algorithm)),
        TokenTrick::UnknownKey => (algorithm.name(), "nobody-knows-it".to_owned()),
        TokenTrick::MixedKeys => {
            let other = if algorithm == Algorithm::EdDsa { Algorithm::Es256 } else { Algorithm::EdDsa };
            (algorithm.name(), keys.kid(other))
        }
        TokenTrick::Honest | TokenTrick::Truncated | TokenTrick::Changed => {
            (algorithm.name(), keys.kid(algorithm))
        }
    };
    let header = part(&json!({ "alg": alg, "typ": "JWT", "kid": kid }));
    let signed = format!("{header}.{}", part(claims));
    let signature = match trick {
        TokenTrick::AlgNone => Vec::new(),
        TokenTrick::Hs256WithPublicKey => {
            let rsa: PublicKeyComponents<Vec<u8>> = keys.rsa.public().into();
            let mac = Hmac::<Sha256>::new_from_slice(&rsa.n).ok();
            mac.map(|mac| mac.chain_update(&signed).finalize().into_bytes().to_vec()).unwrap_or_default()
        }
        _ => keys.signature(algorithm, &signed),
    };
    let token = |signed: &str| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&signature));
    match trick {
        TokenTrick::Changed => {
            let mut changed = claims.clone();
            if let Some(claims) = changed.as_object_mut() {
                claims.insert("sub".to_owned(), "mallory".into());
            }
            token(&format!("{header}.{}", part(&changed)))
        }
        TokenTrick::Truncated => token(&signed).chars().take(signed.len().saturating_add(20)).collect(),
        _ => token(&signed),
    }
}
