//! Personal data at rest: sealed with AES-256-GCM under a ring of keys, found again by a keyed index.
//!
//! Sealed bytes: version (1), key number, nonce (12 bytes), ciphertext with tag. The context (`account.phone`) is authenticated, so a value
//! cannot be moved to another column. The index is HMAC-SHA-256 over context and value: equal values are found, none is read.

use std::collections::BTreeMap;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use hmac::{Hmac, Mac as _};
use kernel::Rng;
use sha2::Sha256;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// Why sealed bytes could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// Not made by a vault, or cut short.
    Malformed,
    /// The key is not on the ring.
    UnknownKey(u8),
    /// Changed, or sealed for another context.
    Forged,
    /// The value is too large to seal.
    TooLarge,
    /// The ring has no key.
    NoKey,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed => f.write_str("the sealed value is malformed"),
            Self::UnknownKey(number) => write!(f, "key {number} is not on the ring"),
            Self::Forged => f.write_str("the sealed value was changed or belongs elsewhere"),
            Self::TooLarge => f.write_str("the value is too large to seal"),
            Self::NoKey => f.write_str("the ring has no key"),
        }
    }
}

impl std::error::Error for Error {}

/// Seals and opens personal data.
pub struct Vault {
    ciphers: BTreeMap<u8, Aes256Gcm>,
    current: u8,
    index: Hmac<Sha256>,
}

impl std::fmt::Debug for Vault {
    /// Never shows a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("current", &self.current).finish_non_exhaustive()
    }
}

impl Vault {
    /// Master keys by number: the highest seals, all open; the index is keyed by the lowest, which therefore stays.
    pub fn new(masters: &BTreeMap<u8, [u8; 32]>) -> Result<Self, Error> {
        let (_, first) = masters.first_key_value().ok_or(Error::NoKey)?;
        let (&current, _) = masters.last_key_value().ok_or(Error::NoKey)?;
        let mut ciphers = BTreeMap::new();
        for (&number, master) in masters {
            let key = derive(master, b"everlit/seal/v1")?;
            ciphers.insert(number, Aes256Gcm::new_from_slice(&key).map_err(|_| Error::NoKey)?);
        }
        let index = derive(first, b"everlit/index/v1")?;
        Ok(Self { ciphers, current, index: Hmac::new_from_slice(&index).map_err(|_| Error::NoKey)? })
    }

    /// A vault of one key.
    pub fn with_key(master: [u8; 32]) -> Result<Self, Error> {
        Self::new(&BTreeMap::from([(1, master)]))
    }

    /// Seals `plain` for `context`.
    pub fn seal(&self, rng: &dyn Rng, context: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let cipher = self.ciphers.get(&self.current).ok_or(Error::NoKey)?;
        let mut nonce = [0; NONCE_BYTES];
        rng.fill(&mut nonce);
        let body = cipher
            .encrypt(&nonce.into(), Payload { msg: plain, aad: context.as_bytes() })
            .map_err(|_| Error::TooLarge)?;
        let mut out = vec![VERSION, self.current];
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Opens what [`Vault::seal`] made for the same context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (head, body) = sealed.split_at_checked(NONCE_BYTES.saturating_add(2)).ok_or(Error::Malformed)?;
        let [VERSION, number, nonce @ ..] = head else { return Err(Error::Malformed) };
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| Error::Malformed)?;
        let cipher = self.ciphers.get(number).ok_or(Error::UnknownKey(*number))?;
        cipher
            .decrypt(&nonce.into(), Payload { msg: body, aad: context.as_bytes() })
            .map_err(|_| Error::Forged)
    }

    /// Seals a text.
    pub fn seal_text(&self, rng: &dyn Rng, context: &str, plain: &str) -> Result<Vec<u8>, Error> {
        self.seal(rng, context, plain.as_bytes())
    }

    /// Opens a text.
    pub fn open_text(&self, context: &str, sealed: &[u8]) -> Result<String, Error> {
        String::from_utf8(self.open(context, sealed)?).map_err(|_| Error::Malformed)
    }

    /// What a value is found by. The caller normalises first (E.164, lower case).
    pub fn blind_index(&self, context: &str, value: &str) -> Vec<u8> {
        self.mac(&[context.as_bytes(), &[0], value.as_bytes()]).to_vec()
    }

    /// A keyed digest of parts, for cursors and tokens that must not be forged.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.index.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

fn derive(master: &[u8; 32], purpose: &[u8]) -> Result<[u8; 32], Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(master).map_err(|_| Error::NoKey)?;
    mac.update(purpose);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SeededRng;

    #[test]
    fn what_is_sealed_opens_only_in_its_own_context() {
        let (vault, rng) = (Vault::with_key([7; 32]).unwrap(), SeededRng::new(1));
        let sealed = vault.seal_text(&rng, "account.phone", "+8613800000000").unwrap();
        assert_eq!(vault.open_text("account.phone", &sealed).as_deref(), Ok("+8613800000000"));
        assert_eq!(vault.open("account.email", &sealed), Err(Error::Forged));
        assert_ne!(sealed, vault.seal_text(&rng, "account.phone", "+8613800000000").unwrap());
    }

    #[test]
    fn changed_or_cut_bytes_are_refused() {
        let (vault, rng) = (Vault::with_key([7; 32]).unwrap(), SeededRng::new(1));
        let sealed = vault.seal(&rng, "c", b"x").unwrap();
        for cut in 0..sealed.len() {
            assert!(vault.open("c", &sealed[..cut]).is_err());
        }
        let mut flipped = sealed.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(vault.open("c", &flipped), Err(Error::Forged));
    }

    #[test]
    fn a_new_key_seals_and_the_old_one_still_opens_and_finds() {
        let rng = SeededRng::new(1);
        let old = Vault::with_key([7; 32]).unwrap();
        let both = Vault::new(&BTreeMap::from([(1, [7; 32]), (2, [8; 32])])).unwrap();
        let sealed = old.seal(&rng, "c", b"x").unwrap();
        assert_eq!(both.open("c", &sealed).as_deref(), Ok(&b"x"[..]));
        assert_eq!(old.open("c", &both.seal(&rng, "c", b"x").unwrap()), Err(Error::UnknownKey(2)));
        assert_eq!(old.blind_index("c", "x"), both.blind_index("c", "x"));
    }
}
