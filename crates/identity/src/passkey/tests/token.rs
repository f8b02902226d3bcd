//! An authenticator in software: makes P-256 passkeys and signs with them, rightly or with one thing wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(super) const ORIGIN: &str = "https://counter.example";
pub(super) const RP_ID: &str = "counter.example";

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;

/// What an answer says; the default is what an honest browser and authenticator say.
#[allow(clippy::struct_excessive_bools, reason = "each is one bit an authenticator can get wrong")]
#[derive(Clone)]
pub(super) struct Says {
    pub kind: Option<&'static str>,
    pub origin: &'static str,
    pub rp_id: &'static str,
    pub cross_origin: bool,
    pub top_origin: Option<&'static str>,
    pub present: bool,
    pub verified: bool,
    pub synced: bool,
    pub alg: i8,
    pub handle: Handle,
    pub challenge: Option<String>,
    pub broken_signature: bool,
}

#[derive(Clone)]
pub(super) enum Handle {
    Own,
    Missing,
    Other,
}

impl Default for Says {
    fn default() -> Self {
        Self {
            kind: None,
            origin: ORIGIN,
            rp_id: RP_ID,
            cross_origin: false,
            top_origin: None,
            present: true,
            verified: true,
            synced: false,
            alg: -7,
            handle: Handle::Own,
            challenge: None,
            broken_signature: false,
        }
    }
}

impl Says {
    fn flags(&self) -> u8 {
        let flag = |on: bool, bits: u8| if on { bits } else { 0 };
        flag(self.present, PRESENT)
            | flag(self.verified, VERIFIED)
            | flag(self.synced, BACKUP_ELIGIBLE | BACKED_UP)
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let asked = options["challenge"].as_str().unwrap();
        let mut data = json!({
            "type": self.kind.unwrap_or(kind),
            "challenge": self.challenge.as_deref().unwrap_or(asked),
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        if let Some(top) = self.top_origin {
            data["topOrigin"] = top.into();
        }
        data.to_string().into_bytes()
    }
}

/// One passkey.
pub(super) struct Token {
    key: EcdsaKeyPair,
    pub id: Vec<u8>,
    handle: Vec<u8>,
    /// What the next signature counts; 0 stays 0.
    pub count: u32,
}

impl Token {
    /// A passkey for whoever the options are for, and the attestation of it.
    pub(super) fn make(options: &Value, says: &Says) -> (Self, String) {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let id = Sha256::digest(key.public_key().as_ref()).to_vec();
        let handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let token = Self { key, id, handle, count: 0 };
        let attestation = token.attest(options, says);
        (token, attestation)
    }

    /// The attestation of this passkey, also for options it was not made for.
    pub(super) fn attest(&self, options: &Value, says: &Says) -> String {
        let mut data = Sha256::digest(says.rp_id.as_bytes()).to_vec();
        data.push(says.flags() | HAS_CREDENTIAL);
        data.extend(self.count.to_be_bytes());
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose_key(says.alg));
        let mut object = b"\xA3\x63fmt\x64none\x67attStmt\xA0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        json!({
            "id": encode(&self.id),
            "rawId": encode(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "attestationObject": encode(&object),
                "clientDataJSON": encode(&says.client_data("webauthn.create", options)),
                "transports": ["hybrid", "internal", "telepathy"],
                "publicKeyAlgorithm": says.alg,
            },
        })
        .to_string()
    }

    /// An assertion.
    pub(super) fn sign(&mut self, options: &Value, says: &Says) -> String {
        let mut data = Sha256::digest(says.rp_id.as_bytes()).to_vec();
        data.push(says.flags());
        data.extend(self.count.to_be_bytes());
        if self.count > 0 {
            self.count += 1;
        }
        let client = says.client_data("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client));
        if says.broken_signature {
            signed.push(0);
        }
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let handle = match says.handle {
            Handle::Own => Some(encode(&self.handle)),
            Handle::Missing => None,
            Handle::Other => Some(encode(&[7; 16])),
        };
        json!({
            "id": encode(&self.id),
            "rawId": encode(&self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "authenticatorData": encode(&data),
                "clientDataJSON": encode(&client),
                "signature": encode(signature.as_ref()),
                "userHandle": handle,
            },
        })
        .to_string()
    }

    /// `{1: 2, 3: alg, -1: 1, -2: x, -3: y}`
    fn cose_key(&self, alg: i8) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let mut key = vec![0xA5, 0x01, 0x02, 0x03];
        // A small negative number n is 0x20 + (-1 - n); larger ones follow 0x38.
        let below = u8::try_from(-1 - i16::from(alg)).unwrap();
        key.extend(if below < 24 { vec![0x20 + below] } else { vec![0x38, below] });
        key.extend([0x20, 0x01, 0x21, 0x58, 0x20]);
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(&point[33..]);
        key
    }
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
