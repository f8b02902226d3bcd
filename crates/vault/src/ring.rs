//! Key bytes and the ring of ciphers made of them.

use std::collections::BTreeMap;

use aes_gcm::{Aes256Gcm, KeyInit as _};
use hmac::{Hmac, Mac as _};
use kernel::Rng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Error;

/// 256 bits that nobody may see. Never printed; the memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; Key::BYTES]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    pub const BYTES: usize = 32;

    pub fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key by chance.
    pub fn random(rng: &dyn Rng) -> Self {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        rng.fill(&mut *bytes);
        Self(bytes)
    }

    /// `None` when there are not exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::new)
    }

    /// The bytes, for wrapping.
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Another key that follows from this one and cannot be turned back.
    pub fn derive(&self, purpose: &[u8]) -> Result<Self, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.expose()).map_err(|_| Error::NoKey)?;
        mac.update(purpose);
        Ok(Self::new(mac.finalize().into_bytes().into()))
    }
}

/// The two keys that the first installations derived from their master key: what sealed, and what the indexes are keyed by.
pub fn derived(master: &Key) -> Result<(Key, Key), Error> {
    Ok((master.derive(b"everlit/seal/v1")?, master.derive(b"everlit/index/v1")?))
}

/// Keys in use: many open, one seals, one keys the indexes, one keys everything that must not be forged.
pub struct Ring {
    pub(crate) ciphers: BTreeMap<u32, Aes256Gcm>,
    pub(crate) current: u32,
    pub(crate) index: Hmac<Sha256>,
    pub(crate) proof: Hmac<Sha256>,
}

impl std::fmt::Debug for Ring {
    /// Never shows a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ring({} keys, {} seals)", self.ciphers.len(), self.current)
    }
}

impl Ring {
    /// `current` is the number of the key that seals; it is one of `keys`. `proof` keys the indexes too, until [`Ring::with_index`].
    pub fn new(keys: &BTreeMap<u32, Key>, current: u32, proof: &Key) -> Result<Self, Error> {
        if !keys.contains_key(&current) {
            return Err(Error::NoKey);
        }
        let mut ciphers = BTreeMap::new();
        for (&number, key) in keys {
            ciphers.insert(number, Aes256Gcm::new_from_slice(key.expose()).map_err(|_| Error::NoKey)?);
        }
        let proof = keyed(proof)?;
        Ok(Self { ciphers, current, index: proof.clone(), proof })
    }

    /// The same with another key for the indexes.
    pub fn with_index(self, index: &Key) -> Result<Self, Error> {
        Ok(Self { index: keyed(index)?, ..self })
    }
}

fn keyed(key: &Key) -> Result<Hmac<Sha256>, Error> {
    Hmac::new_from_slice(key.expose()).map_err(|_| Error::NoKey)
}
