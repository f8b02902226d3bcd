//! Personal data at rest: sealed with AES-256-GCM under a ring of keys, found again by a keyed index.
//!
//! Sealed bytes: format, key number, nonce (12 bytes), ciphertext with tag. Format 1 has the number in one byte, format 2 in four; numbers
//! up to 255 are written in format 1, so what older versions sealed and what is sealed now look alike. The context (`account.phone`) is
//! authenticated, so a value cannot be moved to another column. The index is HMAC-SHA-256 over context and value: equal values are
//! found, none is read.
//!
//! The ring is exchanged while values are sealed and opened: a call in progress goes on with the ring it began with.

mod ring;
mod sealed;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aes_gcm::aead::{Aead as _, Payload};
use arc_swap::ArcSwap;
use hmac::Mac as _;
use kernel::Rng;

pub use ring::{Key, Ring, derived};
pub use sealed::{IndexedColumn, SealedColumn};

/// The key number in one byte.
const SHORT: u8 = 1;
/// The key number in four bytes, the highest first.
const LONG: u8 = 2;
const NONCE_BYTES: usize = 12;
/// For counting by beginnings: the first byte and the length of a short beginning…
pub const SHORT_PREFIX: (u8, u8) = (SHORT, 2);
/// … and the length of every other.
pub const LONG_PREFIX_BYTES: u8 = 5;

/// Why sealed bytes could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// Not made by a vault, or cut short.
    Malformed,
    /// The key is not on the ring.
    UnknownKey(u32),
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

type Hook = Box<dyn Fn(u32) + Send + Sync>;

/// Seals and opens personal data.
pub struct Vault {
    ring: ArcSwap<Ring>,
    unknown: OnceLock<Hook>,
}

impl std::fmt::Debug for Vault {
    /// Never shows a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("ring", &*self.ring.load()).finish_non_exhaustive()
    }
}

impl Vault {
    pub fn new(ring: Ring) -> Self {
        Self { ring: ArcSwap::from_pointee(ring), unknown: OnceLock::new() }
    }

    /// A vault of the two keys derived from one, as number 1: for tests and tools.
    pub fn with_key(master: [u8; Key::BYTES]) -> Result<Self, Error> {
        let (seal, index) = derived(&Key::new(master))?;
        Ok(Self::new(Ring::new(&BTreeMap::from([(1, seal)]), 1, &index)?))
    }

    /// Exchanges the ring.
    pub fn replace(&self, ring: Ring) {
        self.ring.store(std::sync::Arc::new(ring));
    }

    /// What to do when a value names a key that is not on the ring. The first hook stays.
    pub fn when_unknown(&self, hook: impl Fn(u32) + Send + Sync + 'static) {
        let _ = self.unknown.set(Box::new(hook));
    }

    /// The number of the key that seals.
    pub fn current(&self) -> u32 {
        self.ring.load().current
    }

    /// Seals `plain` for `context`.
    pub fn seal(&self, rng: &dyn Rng, context: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let ring = self.ring.load();
        let cipher = ring.ciphers.get(&ring.current).ok_or(Error::NoKey)?;
        let mut nonce = [0; NONCE_BYTES];
        rng.fill(&mut nonce);
        let body = cipher
            .encrypt(&nonce.into(), Payload { msg: plain, aad: context.as_bytes() })
            .map_err(|_| Error::TooLarge)?;
        let mut out = prefix(ring.current);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Opens what [`Vault::seal`] made for the same context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (number, rest) = split(sealed).ok_or(Error::Malformed)?;
        let (nonce, body) = rest.split_at_checked(NONCE_BYTES).ok_or(Error::Malformed)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| Error::Malformed)?;
        let ring = self.ring.load();
        let Some(cipher) = ring.ciphers.get(&number) else {
            if let Some(hook) = self.unknown.get() {
                hook(number);
            }
            return Err(Error::UnknownKey(number));
        };
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

    /// What a sealed value is found by. The caller normalises first (E.164, lower case).
    ///
    /// Only for columns that stand in the `INDEXED` of their crate with the sealed column they can be made from again: this key is
    /// exchanged. What cannot be made again is [`Vault::keyed`].
    pub fn blind_index(&self, context: &str, value: &str) -> Vec<u8> {
        digest(self.ring.load().index.clone(), &[context.as_bytes(), &[0], value.as_bytes()]).to_vec()
    }

    /// What a value is compared by that is kept nowhere: codes, browsers, programs. The key stays for good.
    pub fn keyed(&self, context: &str, value: &str) -> Vec<u8> {
        self.mac(&[context.as_bytes(), &[0], value.as_bytes()]).to_vec()
    }

    /// A keyed digest of parts, for cursors and tokens that must not be forged. The key stays for good.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        digest(self.ring.load().proof.clone(), parts)
    }
}

fn digest(mut mac: hmac::Hmac<sha2::Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The bytes with which every value sealed under a key begins.
pub fn prefix(number: u32) -> Vec<u8> {
    match u8::try_from(number) {
        Ok(short) => vec![SHORT, short],
        Err(_) => [&[LONG][..], &number.to_be_bytes()].concat(),
    }
}

/// The number of the key a value is sealed under; `None` when no vault made it.
pub fn key_number(sealed: &[u8]) -> Option<u32> {
    split(sealed).map(|(number, _)| number)
}

fn split(sealed: &[u8]) -> Option<(u32, &[u8])> {
    match sealed {
        [SHORT, number, rest @ ..] => Some((u32::from(*number), rest)),
        [LONG, a, b, c, d, rest @ ..] => Some((u32::from_be_bytes([*a, *b, *c, *d]), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SeededRng;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn ring(numbers: &[u32], current: u32) -> Ring {
        let keys = numbers.iter().map(|n| (*n, Key::new([u8::try_from(n % 251).unwrap(); 32]))).collect();
        Ring::new(&keys, current, &Key::new([9; 32])).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_only_in_its_own_context() {
        let (vault, rng) = (Vault::with_key([7; 32]).unwrap(), SeededRng::new(1));
        let sealed = vault.seal_text(&rng, "account.phone", "+8613800000000").unwrap();
        assert_eq!(vault.open_text("account.phone", &sealed).as_deref(), Ok("+8613800000000"));
        assert_eq!(vault.open("account.email", &sealed), Err(Error::Forged));
        assert_ne!(sealed, vault.seal_text(&rng, "account.phone", "+8613800000000").unwrap());
    }

    #[test]
    fn changed_or_cut_bytes_are_refused_in_both_formats() {
        let rng = SeededRng::new(1);
        for vault in [Vault::new(ring(&[1], 1)), Vault::new(ring(&[70_000], 70_000))] {
            let sealed = vault.seal(&rng, "c", b"x").unwrap();
            for cut in 0..sealed.len() {
                assert!(vault.open("c", &sealed[..cut]).is_err());
            }
            for at in 0..sealed.len() {
                let mut flipped = sealed.clone();
                flipped[at] ^= 1;
                assert!(vault.open("c", &flipped).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn the_ring_is_exchanged_while_old_values_open_and_indexes_stay() {
        let rng = SeededRng::new(1);
        let vault = Vault::new(ring(&[1], 1));
        let old = vault.seal(&rng, "c", b"x").unwrap();
        let found = vault.blind_index("c", "x");
        vault.replace(ring(&[1, 2], 2));
        let new = vault.seal(&rng, "c", b"x").unwrap();
        assert_eq!((key_number(&old), key_number(&new), vault.current()), (Some(1), Some(2), 2));
        assert_eq!(vault.open("c", &old).as_deref(), Ok(&b"x"[..]));
        assert_eq!(vault.open("c", &new).as_deref(), Ok(&b"x"[..]));
        assert_eq!(vault.blind_index("c", "x"), found);
    }

    #[test]
    fn the_key_of_indexes_is_exchanged_and_what_is_kept_nowhere_is_still_known() {
        let vault = Vault::new(ring(&[1], 1));
        let (index, keyed) = (vault.blind_index("c", "x"), vault.keyed("c", "x"));
        assert_eq!(index, keyed, "an installation begins with one key for both");
        vault.replace(ring(&[1], 1).with_index(&Key::new([10; 32])).unwrap());
        assert_eq!(vault.keyed("c", "x"), keyed);
        assert_ne!(vault.blind_index("c", "x"), index);
    }

    #[test]
    fn numbers_above_255_are_written_in_the_long_format() {
        let rng = SeededRng::new(1);
        for (number, head) in [
            (1, &[1, 1][..]),
            (255, &[1, 255]),
            (256, &[2, 0, 0, 1, 0]),
            (u32::MAX, &[2, 255, 255, 255, 255]),
        ] {
            let vault = Vault::new(ring(&[number], number));
            let sealed = vault.seal(&rng, "c", b"x").unwrap();
            assert!(sealed.starts_with(head), "{number}");
            assert_eq!(prefix(number), head);
            assert_eq!(key_number(&sealed), Some(number));
            assert_eq!(vault.open("c", &sealed).as_deref(), Ok(&b"x"[..]));
        }
    }

    #[test]
    fn a_value_under_an_unknown_key_is_refused_and_told() {
        let rng = SeededRng::new(1);
        let (vault, other) = (Vault::new(ring(&[1], 1)), Vault::new(ring(&[1, 300], 300)));
        let told = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&told);
        vault.when_unknown(move |number| seen.store(number, Ordering::SeqCst));
        let sealed = other.seal(&rng, "c", b"x").unwrap();
        assert_eq!(vault.open("c", &sealed), Err(Error::UnknownKey(300)));
        assert_eq!(told.load(Ordering::SeqCst), 300);
        assert!(Ring::new(&BTreeMap::new(), 1, &Key::new([0; 32])).is_err());
    }

    #[test]
    fn what_the_first_version_sealed_still_opens() {
        // Sealed by the version that derived its only key from the master key.
        let vault = Vault::with_key([7; 32]).unwrap();
        let (seal, _) = derived(&Key::new([7; 32])).unwrap();
        assert_eq!(format!("{seal:?}"), "Key(…)");
        let same = Vault::new(Ring::new(&BTreeMap::from([(1, seal)]), 1, &Key::new([0; 32])).unwrap());
        let sealed = vault.seal(&SeededRng::new(1), "c", b"x").unwrap();
        assert_eq!(sealed.get(..2), Some(&[1, 1][..]));
        assert_eq!(same.open("c", &sealed).as_deref(), Ok(&b"x"[..]));
    }
}
