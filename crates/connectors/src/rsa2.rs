//! RSA2, Alipay's name for RSASSA-PKCS1-v1_5 with SHA-256, which WeChat Pay signs with too, and the forms in which keys are
//! handed out.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};

const SEQUENCE: u8 = 0x30;

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an RSA key of at least 2048 bits, as PEM or in base64")]
pub struct BadKey;

/// A private key: PKCS#8 or PKCS#1, as PEM or as the bare base64 that Alipay's tool writes.
#[derive(Clone)]
pub struct SigningKey(Arc<KeyPair>);

/// A public key: `SubjectPublicKeyInfo`, as PEM or bare base64.
#[derive(Clone)]
pub struct VerifyingKey(Vec<u8>);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerifyingKey")
    }
}

impl SigningKey {
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let der = der(text)?;
        let key = KeyPair::from_pkcs8(&der).or_else(|_| KeyPair::from_der(&der));
        key.map(|key| Self(Arc::new(key))).map_err(|_| BadKey)
    }

    /// The signature in base64.
    pub fn sign(&self, text: &str) -> Option<String> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
        Some(STANDARD.encode(signature))
    }
}

impl VerifyingKey {
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let der = der(text)?;
        let (_, rest) = element(&der, SEQUENCE).ok_or(BadKey)?;
        let key = public_key(&der).filter(|_| rest.is_empty()).ok_or(BadKey)?;
        // A modulus of 2048 bits and its frame.
        if key.len() < 256 { Err(BadKey) } else { Ok(Self(key.to_vec())) }
    }

    /// Whether `signature` (base64) is this key's over `text`.
    pub fn verifies(&self, text: impl AsRef<[u8]>, signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0);
        key.verify(text.as_ref(), &signature).is_ok()
    }
}

/// A party's certificate, of which its number and its key are wanted. Who issued it is not looked at: it is believed because
/// of where it came from.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// In upper-case hexadecimal, as messages name it.
    pub serial: String,
    pub key: VerifyingKey,
}

impl Certificate {
    /// Reads X.509 as PEM.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let der = der(text)?;
        let (serial, key) = certificate(&der).ok_or(BadKey)?;
        let key = public_key(key).filter(|key| key.len() >= 256).ok_or(BadKey)?;
        // The byte that keeps a large number positive is not part of it.
        let serial = serial.strip_prefix(&[0]).unwrap_or(serial);
        let serial = kernel::hex::encode(serial).to_ascii_uppercase();
        Ok(Self { serial, key: VerifyingKey(key.to_vec()) })
    }
}

/// The serial number and the whole `SubjectPublicKeyInfo` of a certificate.
fn certificate(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inside, _) = element(der, SEQUENCE)?;
    let (tbs, _) = element(inside, SEQUENCE)?;
    let (_version, rest) = element(tbs, 0xa0)?;
    let (serial, mut rest) = element(rest, 0x02)?;
    // Algorithm, issuer, validity, subject.
    for _ in 0..4 {
        (_, rest) = element(rest, SEQUENCE)?;
    }
    Some((serial, rest))
}

/// The bytes of a key that is written as PEM or as base64 alone.
fn der(text: &str) -> Result<Vec<u8>, BadKey> {
    let plain: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect();
    STANDARD.decode(plain).map_err(|_| BadKey)
}

/// The `RSAPublicKey` within a `SubjectPublicKeyInfo`: a sequence of an algorithm and a bit string without unused bits.
fn public_key(der: &[u8]) -> Option<&[u8]> {
    const BIT_STRING: u8 = 0x03;
    /// The object identifier rsaEncryption with its parameter NULL.
    const RSA: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let (inside, _) = element(der, SEQUENCE)?;
    let (algorithm, inside) = element(inside, SEQUENCE)?;
    let (bits, end) = element(inside, BIT_STRING)?;
    let (unused, key) = bits.split_first()?;
    (end.is_empty() && algorithm == RSA && *unused == 0).then_some(key)
}

/// One DER element with this tag: its content and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        short @ 0..=127 => (usize::from(*short), rest),
        0x81 => rest.split_first().map(|(one, rest)| (usize::from(*one), rest))?,
        0x82 => rest.split_first_chunk().map(|(two, rest)| (usize::from(u16::from_be_bytes(*two)), rest))?,
        _ => return None,
    };
    if *found == tag { rest.split_at_checked(length) } else { None }
}
