//! Hashing and checking, on threads of their own.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{RetryAfter, Rng};
use tokio::sync::Semaphore;

use crate::Error;
use crate::factor::Enrolled;

use super::model::{Cost, PasswordHash};
use super::rules::{ALONE, BESIDE, LONGEST_BYTES, normalise};

/// How many may wait for their turn. At some 30 ms a hash this is a few seconds; more would wait in vain.
const WAITING: usize = 128;
/// When it is worth coming back.
const BUSY_SECS: i64 = 5;
const SALT_BYTES: usize = 16;

/// Hashes and checks passwords. One for the whole process: it bounds how many are worked on at once.
#[derive(Clone)]
pub struct Hasher {
    inner: Arc<Inner>,
    /// The shortest password that may be the only factor.
    alone: usize,
}

struct Inner {
    argon: Argon2<'static>,
    /// What is checked when there is no account, so that the answer takes as long.
    dummy: PasswordHash,
    /// How many passwords were checked: so that a test can compare the work of two answers.
    #[cfg(test)]
    checked: std::sync::atomic::AtomicUsize,
    waiting: Semaphore,
    working: Arc<Semaphore>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    /// Fails when Argon2 does not take the cost.
    pub fn new(cost: Cost, rng: &dyn Rng) -> Result<Self, Error> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(Error::bug)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut secret = [0; 32];
        rng.fill(&mut secret);
        let dummy = hash(&argon, &secret, salt(rng))?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (waiting, working) = (Semaphore::new(WAITING), Arc::new(Semaphore::new(cores)));
        let inner = Inner {
            argon,
            dummy,
            #[cfg(test)]
            checked: std::sync::atomic::AtomicUsize::new(0),
            waiting,
            working,
        };
        Ok(Self { inner: Arc::new(inner), alone: ALONE })
    }

    /// The same, taking passwords of so many characters where they are the only factor; never fewer than beside another.
    #[must_use]
    pub fn with_least(self, alone: usize) -> Self {
        Self { alone: alone.max(BESIDE), ..self }
    }

    /// How many characters a password needs that is the only factor.
    pub const fn least(&self) -> usize {
        self.alone
    }

    /// The same for an account with these factors.
    pub(crate) const fn least_beside(&self, enrolled: Enrolled) -> usize {
        if enrolled.any() { BESIDE } else { self.alone }
    }

    /// Hashes a password that the rules have taken.
    pub async fn hash(&self, rng: &dyn Rng, password: &str) -> Result<PasswordHash, Error> {
        let (password, salt) = (normalise(password), salt(rng));
        self.work(move |inner| hash(&inner.argon, password.as_bytes(), salt)).await?
    }

    /// Whether `password` is the one behind `stored`. Without a stored hash the work is the same and the answer no.
    pub async fn verify(&self, stored: Option<&PasswordHash>, password: &str) -> Result<bool, Error> {
        // Longer than any password we take: not worth normalising, and the work stays the same.
        let password = if password.len() > LONGEST_BYTES { String::new() } else { normalise(password) };
        let stored = stored.cloned();
        self.work(move |inner| {
            #[cfg(test)]
            inner.checked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let hash = stored.as_ref().unwrap_or(&inner.dummy);
            let matches = inner.argon.verify_password(password.as_bytes(), hash.0.as_str()).is_ok();
            matches && stored.is_some()
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _place =
            self.inner.waiting.try_acquire().map_err(|_| Error::Busy { after: RetryAfter(BUSY_SECS) })?;
        let turn = Arc::clone(&self.inner.working).acquire_owned().await.map_err(Error::bug)?;
        let inner = Arc::clone(&self.inner);
        // The turn goes with the work: a caller who gives up does not make room for another thread.
        let run = move || {
            let _turn = turn;
            job(&inner)
        };
        tokio::task::spawn_blocking(run).await.map_err(Error::bug)
    }
}

#[cfg(test)]
impl Hasher {
    /// How many passwords were checked.
    pub(crate) fn checked(&self) -> usize {
        self.inner.checked.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// What stands in for an account that does not exist.
    pub(super) fn dummy(&self) -> &PasswordHash {
        &self.inner.dummy
    }
}

fn salt(rng: &dyn Rng) -> [u8; SALT_BYTES] {
    let mut salt = [0; SALT_BYTES];
    rng.fill(&mut salt);
    salt
}

fn hash(argon: &Argon2<'_>, password: &[u8], salt: [u8; SALT_BYTES]) -> Result<PasswordHash, Error> {
    let hash = argon.hash_password_with_salt(password, &salt).map_err(Error::bug)?;
    Ok(PasswordHash(hash.to_string()))
}
