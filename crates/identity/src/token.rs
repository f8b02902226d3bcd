//! Random tokens: 256 bits, shown once to whoever holds them, kept only as SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Rng;
use sha2::{Digest as _, Sha256};

/// What every token begins with, so that scanners for leaked secrets find it.
const PREFIX: &str = "evl_";
const BYTES: usize = 32;
/// 32 bytes in base64 without padding.
const DIGITS: usize = 43;

/// A secret that opens a session or a one-time link.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(crate) fn new(rng: &dyn Rng) -> Self {
        let mut bytes = [0; BYTES];
        rng.fill(&mut bytes);
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text for the cookie, the answer or the link. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps.
    pub(crate) fn hash(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// The hash to look a token up by; `None` for what cannot be one of ours, without asking the database.
pub(crate) fn hash_of(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix(PREFIX)?;
    let plain = digits.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (digits.len() == DIGITS && plain).then(|| digest(text))
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
