//! The ring of one node: opened at the start, kept up to date, acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{ColumnDoor, Db};
use durable::Cx;
use kernel::{Clock, Duration, Rng, Timestamp};
use tokio::sync::{Mutex, Notify};
use vault::{Key, Ring, SealedColumn, Vault};

use crate::master::Masters;
use crate::model::{DataKey, KeyState, Purpose};
use crate::{Error, store};

/// Tells every node that a key was published or changed its state.
pub const CHANNEL: &str = "keyring";
/// A node looks by itself this often: a wake-up may be lost, and a command beside the embedded database cannot send one.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// The data keys of this node and the vault that works with them.
#[derive(Debug)]
pub struct Keyring {
    vault: Arc<Vault>,
    masters: Masters,
    node: u16,
    loaded: Mutex<Loaded>,
    look: Arc<Notify>,
}

/// What is on the ring.
#[derive(Debug, Default)]
struct Loaded {
    seals: BTreeMap<u32, Key>,
    current: u32,
    /// With its number.
    index: Option<(u32, Key)>,
    proof: Option<Key>,
    /// What the others were told.
    told: Option<(u32, u32)>,
}

impl Loaded {
    fn newest(&self) -> u32 {
        self.seals.last_key_value().map_or(0, |(number, _)| *number)
    }

    fn has_index(&self, number: u32) -> bool {
        self.index.as_ref().is_some_and(|(own, _)| *own == number)
    }

    fn ring(&self) -> Result<Ring, Error> {
        let missing = |what: &str| Error::Damaged(format!("there is no {what} key"));
        let (_, index) = self.index.as_ref().ok_or_else(|| missing("index"))?;
        let proof = self.proof.as_ref().ok_or_else(|| missing("proof"))?;
        Ok(Ring::new(&self.seals, self.current, proof)?.with_index(index)?)
    }
}

/// What the first start of an installation needs to know.
#[derive(Debug)]
pub struct Start<'a> {
    pub masters: Masters,
    /// This process's node number. Its lease is taken before: whoever publishes a key later sees the lease and waits for us.
    pub node: u16,
    /// The master key of an installation from before there were data keys; its values are sealed with keys derived from it.
    pub first_master: Option<Key>,
    /// Every column of sealed values: if all are empty the first data keys are made by chance.
    pub sealed: &'a [SealedColumn],
    pub midway: Midway,
}

/// What to do where indexes are half made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Midway {
    /// Not to start: half of what is looked for would not be found.
    Refused,
    /// To start all the same, for who looks at keys or goes on with it.
    Allowed,
}

impl Keyring {
    /// Opens the ring, making the first data keys if there are none.
    pub async fn open(db: &Db, clock: &dyn Clock, rng: &dyn Rng, start: Start<'_>) -> Result<Self, Error> {
        if store::list(&mut db.read().await?).await?.is_empty() {
            make_first(db, clock.now(), rng, &start).await?;
        }
        let mut rows = store::list(&mut db.read().await?).await?;
        if rows.iter().all(|row| row.purpose != Purpose::Proof) {
            make_proof(db, clock.now(), &start.masters, &rows).await?;
            rows = store::list(&mut db.read().await?).await?;
        }
        let is_midway = |row: &DataKey| row.purpose == Purpose::Index && row.state == KeyState::Known;
        if start.midway == Midway::Refused && rows.iter().any(is_midway) {
            return Err(Error::Reindexing);
        }
        let mut loaded = Loaded::default();
        take(&mut loaded, &start.masters, &rows).await?;
        let vault = Arc::new(Vault::new(loaded.ring()?));
        let look = Arc::new(Notify::new());
        let wake = Arc::clone(&look);
        vault.when_unknown(move |_| wake.notify_one());
        let keyring =
            Self { vault, masters: start.masters, node: start.node, loaded: Mutex::new(loaded), look };
        keyring.refresh(db, clock.now()).await?;
        Ok(keyring)
    }

    /// The vault over this ring; it follows the ring.
    pub fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.vault)
    }

    pub(crate) fn node(&self) -> u16 {
        self.node
    }

    pub fn masters(&self) -> &Masters {
        &self.masters
    }

    /// Takes what was published since, and tells the others what this node has.
    pub async fn refresh(&self, db: &Db, now: Timestamp) -> Result<(), Error> {
        let mut loaded = self.loaded.lock().await;
        let rows = store::list(&mut db.read().await?).await?;
        if take(&mut loaded, &self.masters, &rows).await? {
            self.vault.replace(loaded.ring()?);
        }
        let state = (loaded.newest(), loaded.current);
        if loaded.told != Some(state) {
            let mut tx = db.begin().await?;
            store::acknowledge(&mut tx, self.node, state.0, state.1, now).await?;
            tx.commit().await?;
            loaded.told = Some(state);
        }
        Ok(())
    }

    /// Keeps this node up to date for ever.
    pub async fn follow(self: Arc<Self>, cx: Cx) {
        let mut listener = cx.db.listen(CHANNEL);
        loop {
            tokio::select! {
                _ = listener.recv() => {}
                () = self.look.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY.to_std()) => {}
            }
            if let Err(error) = self.refresh(&cx.db, cx.now()).await {
                tracing::error!(%error, "the data keys could not be read; the ring stays as it is");
            }
        }
    }
}

/// Takes unknown keys on the ring; whether anything changed.
async fn take(loaded: &mut Loaded, masters: &Masters, rows: &[DataKey]) -> Result<bool, Error> {
    let mut changed = false;
    for row in rows {
        match row.purpose {
            Purpose::Seal if row.state == KeyState::Destroyed => {
                changed |= loaded.seals.remove(&row.number).is_some();
            }
            Purpose::Seal if !loaded.seals.contains_key(&row.number) => {
                loaded.seals.insert(row.number, masters.unwrap(row).await?);
                changed = true;
            }
            Purpose::Index if row.state == KeyState::Current && !loaded.has_index(row.number) => {
                loaded.index = Some((row.number, masters.unwrap(row).await?));
                changed = true;
            }
            Purpose::Proof if loaded.proof.is_none() => {
                loaded.proof = Some(masters.unwrap(row).await?);
                changed = true;
            }
            Purpose::Seal | Purpose::Index | Purpose::Proof => {}
        }
        if row.purpose == Purpose::Seal && row.state == KeyState::Current && loaded.current != row.number {
            loaded.current = row.number;
            changed = true;
        }
    }
    Ok(changed)
}

/// Makes the first keys. Where values are there already they are the keys derived from the first master key, one of which keyed indexes
/// and proofs alike.
async fn make_first(db: &Db, now: Timestamp, rng: &dyn Rng, start: &Start<'_>) -> Result<(), Error> {
    let (seal, index, proof) = match (&start.first_master, is_empty(db, start.sealed).await?) {
        (_, true) => (Key::random(rng), Key::random(rng), Key::random(rng)),
        (Some(master), false) => {
            let (seal, index) = vault::derived(master)?;
            (seal, index.clone(), index)
        }
        (None, false) => return Err(Error::FirstMasterNeeded),
    };
    let mut rows = Vec::new();
    for (purpose, key) in [(Purpose::Seal, seal), (Purpose::Index, index), (Purpose::Proof, proof)] {
        rows.push(first(&start.masters, purpose, &key, now).await?);
    }
    // Two nodes starting at once: one of them makes the keys, the other's are dropped.
    let mut tx = db.begin().await?;
    for row in &rows {
        store::insert(&mut tx, row).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Where one key keyed indexes and proofs alike, the proofs go on with it under a name of their own.
async fn make_proof(db: &Db, now: Timestamp, masters: &Masters, rows: &[DataKey]) -> Result<(), Error> {
    let index = rows.iter().find(|row| row.purpose == Purpose::Index && row.number == 1);
    let index = index.ok_or_else(|| Error::Damaged("there is no index key".to_owned()))?;
    let proof = first(masters, Purpose::Proof, &masters.unwrap(index).await?, now).await?;
    let mut tx = db.begin().await?;
    store::insert(&mut tx, &proof).await?;
    tx.commit().await?;
    Ok(())
}

/// The first key of a purpose.
async fn first(masters: &Masters, purpose: Purpose, key: &Key, now: Timestamp) -> Result<DataKey, Error> {
    Ok(DataKey {
        purpose,
        number: 1,
        wrapped: masters.wrap(purpose, 1, key).await?,
        wrapped_by: masters.first().name().to_owned(),
        state: KeyState::Current,
        created_at: now,
        current_at: Some(now),
        retired_at: None,
        destroyed_at: None,
    })
}

async fn is_empty(db: &Db, sealed: &[SealedColumn]) -> Result<bool, Error> {
    let schema = db.schema().await?;
    for column in sealed {
        if ColumnDoor::of(&schema, column.table, column.column, &[])?.has_any(db).await? {
            return Ok(false);
        }
    }
    Ok(true)
}
