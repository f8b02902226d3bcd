//! A new data key on a live system.
//!
//! Publish, wait until every living node has it, make it current, wait until every living node seals with it, seal every value again,
//! retire the old key. Each part leaves a state in the database from which the next start of the command goes on: a kill at any
//! moment costs nothing but the time.

use std::time::Duration as Wait;

use db::{ColumnDoor, Found};
use durable::Cx;
use kernel::Actor;
use serde_json::json;
use vault::{Key, SealedColumn, Vault, prefix};

use crate::keyring::{CHANNEL, Keyring};
use crate::model::{DataKey, KeyState, Purpose};
use crate::{Error, store};

/// Values of one transaction; others wait for it no longer than a few milliseconds.
const BATCH: u16 = 100;
/// Between two batches, so that others get their turn.
const PAUSE: Wait = Wait::from_millis(5);
/// How often nodes are looked at, and how many times: a minute, six times as long as a lease.
const LOOK: Wait = Wait::from_millis(100);
const LOOKS: u32 = 600;
/// Passes over a column until nothing is left; values are written meanwhile.
const PASSES: u32 = 50;

/// What the command tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A rotation that was interrupted goes on.
    Resumed {
        number: u32,
    },
    Published {
        number: u32,
    },
    Current {
        number: u32,
    },
    /// So many values of a column were sealed again.
    Sealed {
        column: String,
        values: u64,
    },
    Retired {
        number: u32,
    },
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The key that seals now.
    pub number: u32,
    /// How many values were sealed again.
    pub values: u64,
    pub retired: Vec<u32>,
}

/// Makes a new data key current and seals every value of `sealed` again. Where an earlier rotation was interrupted, that one is finished
/// and no further key is made.
pub async fn rotate(
    cx: &Cx,
    actor: &Actor,
    keyring: &Keyring,
    sealed: &[SealedColumn],
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<Rotated, Error> {
    let number = begin(cx, actor, keyring, tell).await?;
    taken(cx, keyring, number, |known, _| known >= number).await?;
    make_current(cx, actor, number, tell).await?;
    taken(cx, keyring, number, |_, sealing| sealing == number).await?;
    let mut values: u64 = 0;
    let schema = cx.db.schema().await?;
    for column in sealed {
        let door = ColumnDoor::of(&schema, column.table, column.column, &[])?;
        let sealed = seal_again(cx, keyring, &door, column, number).await?;
        if sealed > 0 {
            let column = format!("{}.{}", column.table, column.column);
            tell(Step::Sealed { column, values: sealed });
        }
        values = values.saturating_add(sealed);
    }
    let retired = retire(cx, actor, values, tell).await?;
    Ok(Rotated { number, values, retired })
}

/// The key to go on with: one that is published or half rotated to, or a new one.
async fn begin(
    cx: &Cx,
    actor: &Actor,
    keyring: &Keyring,
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<u32, Error> {
    let seals = seal_keys(cx).await?;
    let half_way = |key: &&DataKey| key.state == KeyState::Current;
    let interrupted = seals.iter().find(|key| key.state == KeyState::Known).or_else(|| {
        let unfinished = seals.iter().any(|key| key.state == KeyState::Old);
        seals.iter().find(half_way).filter(|_| unfinished)
    });
    if let Some(key) = interrupted {
        tell(Step::Resumed { number: key.number });
        return Ok(key.number);
    }
    let newest = seals.iter().map(|key| key.number).max().unwrap_or(0);
    let number = newest.checked_add(1).ok_or_else(|| Error::Damaged("no number is left".to_owned()))?;
    let masters = keyring.masters();
    let key = Key::random(&*cx.rng);
    let row = DataKey {
        purpose: Purpose::Seal,
        number,
        wrapped: masters.wrap(Purpose::Seal, number, &key).await?,
        wrapped_by: masters.first().name().to_owned(),
        state: KeyState::Known,
        created_at: cx.now(),
        current_at: None,
        retired_at: None,
        destroyed_at: None,
    };
    let mut tx = cx.begin().await?;
    // Somebody else publishing the same number at this moment: then theirs is the one.
    if store::insert(&mut tx, &row).await? {
        tx.notify(CHANNEL, "");
        audit::record(&mut tx, cx, actor, entry("keys.publish", number, json!({}))).await?;
        tx.commit().await?;
    }
    tell(Step::Published { number });
    Ok(number)
}

async fn make_current(
    cx: &Cx,
    actor: &Actor,
    number: u32,
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<(), Error> {
    if seal_keys(cx).await?.iter().any(|key| key.number == number && key.state != KeyState::Known) {
        return Ok(());
    }
    let mut tx = cx.begin().await?;
    if store::promote(&mut tx, number, cx.now()).await? {
        tx.notify(CHANNEL, "");
        audit::record(&mut tx, cx, actor, entry("keys.current", number, json!({}))).await?;
        tx.commit().await?;
        tell(Step::Current { number });
    }
    Ok(())
}

/// Waits until every living node is as far as `enough(known, sealing)` wants.
async fn taken(
    cx: &Cx,
    keyring: &Keyring,
    number: u32,
    enough: impl Fn(u32, u32) -> bool,
) -> Result<(), Error> {
    let mut behind = Vec::new();
    for _ in 0..LOOKS {
        keyring.refresh(&cx.db, cx.now()).await?;
        let have = store::nodes(&mut cx.read().await?).await?;
        let living = durable::live_nodes(cx).await?;
        let is_there =
            |node: &i64| have.iter().any(|(n, known, sealing)| n == node && enough(*known, *sealing));
        behind = living.into_iter().filter(|node| !is_there(node)).collect();
        if behind.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(Error::NotTaken { number, nodes: behind })
}

/// Seals every value of a column under `number`; how many there were.
async fn seal_again(
    cx: &Cx,
    keyring: &Keyring,
    door: &ColumnDoor,
    column: &SealedColumn,
    number: u32,
) -> Result<u64, Error> {
    let mut total: u64 = 0;
    for _ in 0..PASSES {
        let pass = pass(cx, keyring, door, column, number).await?;
        total = total.saturating_add(pass.sealed);
        if pass.left == 0 && pass.unreadable == 0 {
            return Ok(total);
        }
        if pass.left == 0 {
            let column = format!("{}.{}", column.table, column.column);
            return Err(Error::Unreadable { column, count: pass.unreadable });
        }
    }
    Err(Error::NeverQuiet)
}

#[derive(Default)]
struct Pass {
    sealed: u64,
    /// Changed by somebody else between our reading and writing.
    left: u64,
    unreadable: u64,
}

impl Pass {
    fn add(&mut self, other: &Self) {
        self.sealed = self.sealed.saturating_add(other.sealed);
        self.left = self.left.saturating_add(other.left);
        self.unreadable = self.unreadable.saturating_add(other.unreadable);
    }
}

async fn pass(
    cx: &Cx,
    keyring: &Keyring,
    door: &ColumnDoor,
    column: &SealedColumn,
    number: u32,
) -> Result<Pass, Error> {
    let (vault, beginning) = (keyring.vault(), prefix(number));
    let mut pass = Pass::default();
    let mut after = None;
    loop {
        let found = door.unlike(&cx.db, &beginning, after.as_deref(), BATCH).await?;
        let Some(last) = found.last() else { return Ok(pass) };
        after = Some(last.key.clone());
        match batch(cx, &vault, door, column, &found).await {
            Ok(done) => pass.add(&done),
            // Somebody else was in the way; the next pass takes them.
            Err(Error::Db(error)) if error.is_conflict() => {
                pass.left = pass.left.saturating_add(u64::try_from(found.len()).unwrap_or(u64::MAX));
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Seals a few values again in one transaction.
async fn batch(
    cx: &Cx,
    vault: &Vault,
    door: &ColumnDoor,
    column: &SealedColumn,
    found: &[Found],
) -> Result<Pass, Error> {
    let mut done = Pass::default();
    let mut tx = cx.begin().await?;
    for value in found {
        let Ok(plain) = vault.open(column.context, &value.bytes) else {
            done.unreadable = done.unreadable.saturating_add(1);
            continue;
        };
        let sealed = vault.seal(&*cx.rng, column.context, &plain)?;
        let count = if door.replace(&mut tx, &value.key, &value.bytes, &sealed).await? {
            &mut done.sealed
        } else {
            &mut done.left
        };
        *count = count.saturating_add(1);
    }
    tx.commit().await?;
    Ok(done)
}

/// The keys under which nothing is left end.
async fn retire(
    cx: &Cx,
    actor: &Actor,
    values: u64,
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<Vec<u32>, Error> {
    let old: Vec<u32> =
        seal_keys(cx).await?.iter().filter(|k| k.state == KeyState::Old).map(|k| k.number).collect();
    let mut tx = cx.begin().await?;
    for &number in &old {
        store::retire(&mut tx, number, cx.now()).await?;
        tx.notify(CHANNEL, "");
        audit::record(&mut tx, cx, actor, entry("keys.retire", number, json!({"values": values}))).await?;
    }
    tx.commit().await?;
    for &number in &old {
        tell(Step::Retired { number });
    }
    Ok(old)
}

async fn seal_keys(cx: &Cx) -> Result<Vec<DataKey>, Error> {
    let mut all = store::list(&mut cx.read().await?).await?;
    all.retain(|key| key.purpose == Purpose::Seal);
    Ok(all)
}

pub(crate) fn entry(verb: &'static str, number: u32, detail: serde_json::Value) -> audit::Entry<'static> {
    audit::Entry {
        verb,
        object_kind: "data_key",
        object: i64::from(number),
        customer: None,
        detail,
        reason: None,
    }
}
