//! Which keys there are, what lies under them, and who has them.

use std::collections::BTreeMap;

use db::ColumnDoor;
use durable::Cx;
use kernel::Timestamp;
use vault::SealedColumn;

use crate::model::{DataKey, KeyState, Purpose};
use crate::{Error, store};

/// One data key.
#[derive(Debug, Clone)]
pub struct KeyReport {
    pub purpose: Purpose,
    pub number: u32,
    pub state: KeyState,
    pub wrapped_by: String,
    pub created_at: Timestamp,
    pub current_at: Option<Timestamp>,
    pub retired_at: Option<Timestamp>,
    pub destroyed_at: Option<Timestamp>,
    /// How many values lie under it; of keys that seal nothing none is counted.
    pub values: i64,
}

/// One living node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeReport {
    pub node: i64,
    /// The newest key it knows and the key it seals with; `None` while it starts.
    pub ring: Option<(u32, u32)>,
}

/// Everything about the keys.
#[derive(Debug, Clone)]
pub struct Status {
    pub keys: Vec<KeyReport>,
    pub nodes: Vec<NodeReport>,
    /// Values under no key of ours, by column: damage.
    pub foreign: Vec<(String, i64)>,
}

impl Status {
    /// How many values lie under keys that are not current.
    pub fn behind(&self) -> i64 {
        let old = self.keys.iter().filter(|key| key.state != KeyState::Current);
        old.map(|key| key.values).fold(0, i64::saturating_add)
    }
}

/// Looks at every key and counts every value.
pub async fn status(cx: &Cx, sealed: &[SealedColumn]) -> Result<Status, Error> {
    let schema = cx.db.schema().await?;
    let mut counts: BTreeMap<u32, i64> = BTreeMap::new();
    let rows = store::list(&mut cx.read().await?).await?;
    let opens = |key: &DataKey| key.purpose == Purpose::Seal && key.state != KeyState::Destroyed;
    let is_ours = |number: u32| rows.iter().any(|key| opens(key) && key.number == number);
    let mut foreign = Vec::new();
    for column in sealed {
        let door = ColumnDoor::of(&schema, column.table, column.column, &[])?;
        for (beginning, count) in
            door.count_by_prefix(&cx.db, vault::SHORT_PREFIX, vault::LONG_PREFIX_BYTES).await?
        {
            match vault::key_number(&beginning).filter(|number| is_ours(*number)) {
                Some(number) => {
                    let sum = counts.entry(number).or_default();
                    *sum = sum.saturating_add(count);
                }
                None => foreign.push((format!("{}.{}", column.table, column.column), count)),
            }
        }
    }
    let keys = rows.into_iter().map(|row| KeyReport {
        values: if row.purpose == Purpose::Seal { counts.remove(&row.number).unwrap_or(0) } else { 0 },
        purpose: row.purpose,
        number: row.number,
        state: row.state,
        wrapped_by: row.wrapped_by,
        created_at: row.created_at,
        current_at: row.current_at,
        retired_at: row.retired_at,
        destroyed_at: row.destroyed_at,
    });
    let keys = keys.collect();
    let have = store::nodes(&mut cx.read().await?).await?;
    let ring =
        |node: i64| have.iter().find(|(n, ..)| *n == node).map(|(_, known, sealing)| (*known, *sealing));
    let living = durable::live_nodes(cx).await?;
    let nodes = living.into_iter().map(|node| NodeReport { node, ring: ring(node) }).collect();
    Ok(Status { keys, nodes, foreign })
}
