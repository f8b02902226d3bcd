//! Master keys: one we hold ourselves, and the ones an installation has while one is exchanged for another.

use std::collections::BTreeMap;
use std::sync::Arc;

use connectors::{BoxFuture, Kms, KmsError};
use kernel::{Rng, hex};
use vault::{Key, Ring, Vault};

use crate::Error;
use crate::model::{DataKey, Purpose, context};

/// A master key that this process holds, from a file or a setting.
#[derive(Debug)]
pub struct LocalMaster {
    /// `local:` and eight hex digits that tell this key from others and say nothing about it.
    name: String,
    vault: Vault,
    rng: Arc<dyn Rng>,
}

impl LocalMaster {
    pub fn new(master: &Key, rng: Arc<dyn Rng>) -> Result<Self, vault::Error> {
        let id = master.derive(b"everlit/id/v1")?;
        let wrapping = BTreeMap::from([(1, master.derive(b"everlit/wrap/v1")?)]);
        let vault = Vault::new(Ring::new(&wrapping, 1, &master.derive(b"everlit/wrap-index/v1")?)?);
        Ok(Self { name: format!("local:{}", hex::encode(id.expose().iter().take(4))), vault, rng })
    }
}

impl Kms for LocalMaster {
    fn name(&self) -> &str {
        &self.name
    }

    fn wrap<'a>(&'a self, context: &'a str, plain: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        let wrapped = self.vault.seal(&*self.rng, context, plain);
        Box::pin(std::future::ready(wrapped.map_err(|error| KmsError::Malformed(error.to_string()))))
    }

    fn unwrap<'a>(&'a self, context: &'a str, wrapped: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        let plain = self.vault.open(context, wrapped);
        Box::pin(std::future::ready(plain.map_err(|error| KmsError::Malformed(error.to_string()))))
    }
}

/// The master keys of this installation: the first wraps, all unwrap.
#[derive(Debug, Clone)]
pub struct Masters {
    first: Arc<dyn Kms>,
    others: Vec<Arc<dyn Kms>>,
}

impl Masters {
    pub fn new(first: Arc<dyn Kms>, others: Vec<Arc<dyn Kms>>) -> Self {
        Self { first, others }
    }

    /// The one that wraps.
    pub fn first(&self) -> &Arc<dyn Kms> {
        &self.first
    }

    pub(crate) async fn wrap(&self, purpose: Purpose, number: u32, key: &Key) -> Result<Vec<u8>, Error> {
        wrap(&*self.first, purpose, number, key).await
    }

    pub(crate) async fn unwrap(&self, row: &DataKey) -> Result<Key, Error> {
        let all = || std::iter::once(&self.first).chain(&self.others);
        let master =
            all().find(|master| master.name() == row.wrapped_by).ok_or_else(|| Error::OtherMaster {
                needed: row.wrapped_by.clone(),
                given: all().map(|master| master.name()).collect::<Vec<_>>().join(", "),
            })?;
        unwrap(&**master, row).await
    }
}

/// Wraps a key.
pub(crate) async fn wrap(
    master: &dyn Kms,
    purpose: Purpose,
    number: u32,
    key: &Key,
) -> Result<Vec<u8>, Error> {
    let wrapped = master.wrap(&context(purpose, number), key.expose()).await;
    wrapped.map_err(|source| Error::Master { master: master.name().to_owned(), source })
}

/// Unwraps a key.
pub(crate) async fn unwrap(master: &dyn Kms, row: &DataKey) -> Result<Key, Error> {
    let plain = master.unwrap(&row.context(), &row.wrapped).await;
    let plain = plain.map_err(|source| Error::Master { master: master.name().to_owned(), source })?;
    Key::from_slice(&plain).ok_or_else(|| Error::Damaged(format!("{} has another length", row.context())))
}
