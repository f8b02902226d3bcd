//! Copying a live installation from one database to another, with proof that nothing changed on the way.

use kernel::hex;
use sha2::{Digest, Sha256};

use crate::pool::Backend;
use crate::schema::Table;
use crate::{Db, Error, Result, Value};

/// Rows per round trip.
const BATCH: i64 = 500;

/// One table that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub table: String,
    pub rows: u64,
    /// SHA-256 over all rows in key order; equal on both sides.
    pub checksum: String,
}

/// Copies every table into `target`, which has the same migrations and no rows, and compares counts and checksums.
///
/// The source is read in one consistent state: nothing may write to it meanwhile (the caller stops the services, or holds a
/// write transaction). One transaction on the target: either everything is there afterwards or nothing.
pub async fn move_to(source: &Db, target: &Db) -> Result<Vec<Moved>> {
    let tables = source.schema().await?;
    let theirs = target.schema().await?;
    for (ours, theirs) in tables.iter().zip(theirs.iter()) {
        if ours.name != theirs.name || ours.columns != theirs.columns || ours.key != theirs.key {
            return Err(Error::Shape(format!("table {} is not the same on both sides", ours.name)));
        }
    }
    if tables.len() != theirs.len() {
        return Err(Error::Shape("the two databases do not have the same tables".to_owned()));
    }
    let mut tx = target.begin().await?;
    let mut moved = Vec::new();
    for table in &tables {
        if table.name == "everlit_migration" {
            continue;
        }
        let there = tx.raw(&format!("SELECT 1 FROM {} LIMIT 1", table.name), Vec::new()).await?;
        if !there.is_empty() {
            return Err(Error::Shape(format!("table {} of the target is not empty", table.name)));
        }
        moved.push(copy(source, &mut tx, table).await?);
    }
    tx.commit().await?;
    for table in &moved {
        let definition = tables.iter().find(|t| t.name == table.table).ok_or(Error::NoRow)?;
        let (rows, checksum) = fingerprint(target, definition).await?;
        if rows != table.rows || checksum != table.checksum {
            return Err(Error::Shape(format!("table {} differs after the copy", table.table)));
        }
    }
    Ok(moved)
}

async fn copy(source: &Db, tx: &mut crate::Tx, table: &Table) -> Result<Moved> {
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let insert =
        format!("INSERT INTO {} ({}) VALUES ({})", table.name, columns.join(", "), places.join(", "));
    let mut hash = Sha256::new();
    let mut rows: u64 = 0;
    let mut after: Option<Vec<Value>> = None;
    loop {
        let batch = page(source, table, after.as_deref()).await?;
        let Some(last) = batch.last() else { break };
        after = Some(key_of(table, last));
        for values in batch {
            feed(&mut hash, &values);
            tx.raw(&insert, values).await?;
            rows = rows.saturating_add(1);
        }
    }
    Ok(Moved { table: table.name.clone(), rows, checksum: hex::encode(&hash.finalize()) })
}

/// Count and checksum of a table.
async fn fingerprint(db: &Db, table: &Table) -> Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut rows: u64 = 0;
    let mut after: Option<Vec<Value>> = None;
    loop {
        let batch = page(db, table, after.as_deref()).await?;
        let Some(last) = batch.last() else { break };
        after = Some(key_of(table, last));
        for values in &batch {
            feed(&mut hash, values);
            rows = rows.saturating_add(1);
        }
    }
    Ok((rows, hex::encode(&hash.finalize())))
}

/// The next rows in key order, with flags as flags on both engines.
async fn page(db: &Db, table: &Table, after: Option<&[Value]>) -> Result<Vec<Vec<Value>>> {
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    let binary = match db.backend() {
        Backend::Sqlite(_) => "",
        // The same order of texts on both engines.
        Backend::Postgres(_) => " COLLATE \"C\"",
    };
    let text = |name: &str| table.columns.iter().any(|c| c.name == name && c.kind == "text");
    let key: Vec<String> = table
        .key
        .iter()
        .map(|name| if text(name) { format!("{name}{binary}") } else { name.clone() })
        .collect();
    let places: Vec<String> = (1..=key.len()).map(|n| format!("${n}")).collect();
    let filter = match after {
        Some(_) => format!("WHERE ({}) > ({})", key.join(", "), places.join(", ")),
        None => String::new(),
    };
    let sql = format!(
        "SELECT {} FROM {} {filter} ORDER BY {} LIMIT {BATCH}",
        columns.join(", "),
        table.name,
        key.join(", ")
    );
    let mut tx = db.read().await?;
    let rows = tx.raw(&sql, after.map(<[Value]>::to_vec).unwrap_or_default()).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            row.0
                .into_iter()
                .zip(&table.columns)
                .map(|(value, column)| match (value, column.kind.as_str()) {
                    (Value::Int(v), "bool") => Value::Bool(v != 0),
                    (other, _) => other,
                })
                .collect()
        })
        .collect())
}

fn key_of(table: &Table, values: &[Value]) -> Vec<Value> {
    table
        .key
        .iter()
        .filter_map(|name| table.columns.iter().position(|c| c.name == *name))
        .filter_map(|index| values.get(index).cloned())
        .collect()
}

/// Every value with its sort and length, so that no two rows hash alike.
fn feed(hash: &mut Sha256, values: &[Value]) {
    for value in values {
        let (sort, bytes): (u8, Vec<u8>) = match value {
            Value::Null => (0, Vec::new()),
            Value::Int(v) => (1, v.to_le_bytes().to_vec()),
            Value::Bool(v) => (2, vec![u8::from(*v)]),
            Value::Text(v) => (3, v.as_bytes().to_vec()),
            Value::Bytes(v) => (4, v.clone()),
            Value::Ints(_) | Value::Texts(_) => (5, Vec::new()),
        };
        hash.update([sort]);
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
}
