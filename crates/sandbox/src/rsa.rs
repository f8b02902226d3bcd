//! RSA with SHA-256 for the doubles of WeChat Pay and Alipay: their own code, so that it proves something about the clients'.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.contains("-----")).map(str::trim).collect();
    STANDARD.decode(body).unwrap_or_default()
}

/// The signature in base64, with a PKCS#8 key.
pub(crate) fn sign(pem: &str, text: &str) -> String {
    let Ok(key) = RsaKeyPair::from_pkcs8(&der(pem)) else { return String::new() };
    let mut signature = vec![0; key.public().modulus_len()];
    let done = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature);
    if done.is_ok() { STANDARD.encode(signature) } else { String::new() }
}

/// Checks a signature in base64, with a PKCS#1 public key.
pub(crate) fn verify(pem: &str, text: &str, signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der(pem));
    key.verify(text.as_bytes(), &signature).is_ok()
}
