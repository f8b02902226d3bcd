//! What every op needs: the database, the time, chance, ids, the vault.

use std::sync::Arc;

use db::{Db, Result, Tx};
use kernel::{Clock, IdGen, Rng, Timestamp};
use vault::Vault;

/// The surroundings of an op. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cx {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub ids: Arc<IdGen>,
    pub vault: Arc<Vault>,
}

impl Cx {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Begins a write transaction.
    pub async fn begin(&self) -> Result<Tx> {
        self.db.begin().await
    }

    /// Opens a session for reading.
    pub async fn read(&self) -> Result<Tx> {
        self.db.read().await
    }

    /// A new raw id.
    pub fn id(&self) -> kernel::RawId {
        self.ids.next(self.now())
    }
}
