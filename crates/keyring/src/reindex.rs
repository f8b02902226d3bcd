//! Another key for the indexes by which sealed values are found.
//!
//! While two keys were in use a value could be there twice without the database noticing, so this is done while nothing serves. The new
//! key is *known* for as long as it takes, and who finds such a key does not start: nothing can be looked up by one key and written by
//! the other. A kill at any moment costs nothing but the time; started again it goes on, with the same key.

use db::ColumnDoor;
use durable::Cx;
use kernel::Actor;
use serde_json::json;
use std::collections::BTreeMap;
use vault::{IndexedColumn, Key, Ring, Vault};

use crate::keyring::{CHANNEL, Keyring};
use crate::model::{DataKey, KeyState, Purpose};
use crate::rotate::entry;
use crate::{Error, store};

/// Indexes of one transaction.
const BATCH: u16 = 200;

/// What the command tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// One that was interrupted goes on.
    Resumed {
        number: u32,
    },
    Published {
        number: u32,
    },
    /// So many indexes of a column were made anew.
    Column {
        column: String,
        values: u64,
    },
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reindexed {
    /// The key that makes indexes now.
    pub number: u32,
    pub values: u64,
}

/// Makes every index of `indexed` anew under a new key. [`Error::NodesLive`], and nothing is changed, while another node lives.
pub async fn reindex(
    cx: &Cx,
    actor: &Actor,
    keyring: &Keyring,
    indexed: &[IndexedColumn],
    tell: &mut (dyn FnMut(Made) + Send),
) -> Result<Reindexed, Error> {
    let row = begin(cx, keyring, tell).await?;
    let key = keyring.masters().unwrap(&row).await?;
    let fresh = Vault::new(Ring::new(&BTreeMap::from([(1, key.clone())]), 1, &key)?);
    let schema = cx.db.schema().await?;
    let mut values: u64 = 0;
    for column in indexed {
        let doors =
            [column.column, column.source].map(|name| ColumnDoor::of(&schema, column.table, name, &[]));
        let [index, source] = doors;
        let made = make(cx, &keyring.vault(), &fresh, column, (&index?, &source?)).await?;
        if made > 0 {
            tell(Made::Column { column: format!("{}.{}", column.table, column.column), values: made });
        }
        values = values.saturating_add(made);
    }
    let mut tx = cx.begin().await?;
    if !store::promote_index(&mut tx, row.number, cx.now()).await? {
        return Err(Error::Db(db::Error::Conflict("the key of the indexes changed meanwhile".to_owned())));
    }
    tx.notify(CHANNEL, "");
    audit::record(&mut tx, cx, actor, entry("keys.reindex", row.number, json!({"values": values}))).await?;
    tx.commit().await?;
    keyring.refresh(&cx.db, cx.now()).await?;
    Ok(Reindexed { number: row.number, values })
}

/// The key to go on with, when nobody else is there.
///
/// It is published before others are looked for: whoever starts later has its lease before it reads the keys, so one of us sees the other.
async fn begin(cx: &Cx, keyring: &Keyring, tell: &mut (dyn FnMut(Made) + Send)) -> Result<DataKey, Error> {
    let keys = store::list(&mut cx.read().await?).await?;
    let keys: Vec<DataKey> = keys.into_iter().filter(|key| key.purpose == Purpose::Index).collect();
    let known = keys.iter().find(|key| key.state == KeyState::Known);
    if let Some(key) = known {
        alone(cx, keyring).await?;
        tell(Made::Resumed { number: key.number });
        return Ok(key.clone());
    }
    let newest = keys.iter().map(|key| key.number).max().unwrap_or(0);
    let number = newest.checked_add(1).ok_or_else(|| Error::Damaged("no number is left".to_owned()))?;
    let key = Key::random(&*cx.rng);
    let row = DataKey {
        purpose: Purpose::Index,
        number,
        wrapped: keyring.masters().wrap(Purpose::Index, number, &key).await?,
        wrapped_by: keyring.masters().first().name().to_owned(),
        state: KeyState::Known,
        created_at: cx.now(),
        current_at: None,
        retired_at: None,
        destroyed_at: None,
    };
    let mut tx = cx.begin().await?;
    if !store::insert(&mut tx, &row).await? {
        return Err(Error::Db(db::Error::Conflict(
            "somebody else is making a key for the indexes".to_owned(),
        )));
    }
    tx.commit().await?;
    if let Err(error) = alone(cx, keyring).await {
        let mut tx = cx.begin().await?;
        store::withdraw_index(&mut tx, number).await?;
        tx.commit().await?;
        return Err(error);
    }
    tell(Made::Published { number });
    Ok(row)
}

async fn alone(cx: &Cx, keyring: &Keyring) -> Result<(), Error> {
    let own = i64::from(keyring.node());
    let nodes: Vec<i64> = durable::live_nodes(cx).await?.into_iter().filter(|node| *node != own).collect();
    if nodes.is_empty() { Ok(()) } else { Err(Error::NodesLive { nodes }) }
}

/// Makes the indexes of one column that are not made by the new key yet.
async fn make(
    cx: &Cx,
    vault: &Vault,
    fresh: &Vault,
    column: &IndexedColumn,
    (index, source): (&ColumnDoor, &ColumnDoor),
) -> Result<u64, Error> {
    let (mut made, mut unreadable, mut after): (u64, u64, Option<Vec<db::Value>>) = (0, 0, None);
    loop {
        let found = index.beside(&cx.db, source, after.as_deref(), BATCH).await?;
        let Some((last, _)) = found.last() else { break };
        after = Some(last.key.clone());
        let mut tx = cx.begin().await?;
        for (row, sealed) in &found {
            let Some(wanted) = wanted(vault, fresh, column, sealed.as_deref()) else {
                unreadable = unreadable.saturating_add(1);
                continue;
            };
            if wanted == row.bytes {
                continue;
            }
            if !index.replace(&mut tx, &row.key, &row.bytes, &wanted).await? {
                return Err(Error::NeverQuiet);
            }
            made = made.saturating_add(1);
        }
        tx.commit().await?;
    }
    if unreadable > 0 {
        let column = format!("{}.{}", column.table, column.source);
        return Err(Error::Unreadable { column, count: unreadable });
    }
    Ok(made)
}

/// The index a row should have; nothing where nobody is left to find.
fn wanted(vault: &Vault, fresh: &Vault, column: &IndexedColumn, sealed: Option<&[u8]>) -> Option<Vec<u8>> {
    let Some(sealed) = sealed else { return Some(Vec::new()) };
    let plain = vault.open(column.source_context, sealed).ok()?;
    Some(fresh.blind_index(column.context, &(column.value)(&plain)?))
}
