//! What earlier versions kept in the clear is sealed once, at the first start of a version that knows better.

use db::ColumnDoor;
use durable::Cx;
use vault::SealedColumn;

use crate::{Error, store};

/// Values of one transaction.
const BATCH: u16 = 200;

/// Seals what lies open in the columns that say so and empties what they name; how many rows there were. Interrupted, it goes on at the
/// next start; done, it is never looked for again.
pub async fn seal_what_lies_open(cx: &Cx, sealed: &[SealedColumn]) -> Result<u64, Error> {
    let done = store::swept(&mut cx.read().await?).await?;
    let is_done = |column: &SealedColumn| {
        done.iter().any(|(table, name)| table == column.table && name == column.column)
    };
    let open: Vec<_> = sealed.iter().filter(|c| !c.clear.is_empty() && !is_done(c)).collect();
    if open.is_empty() {
        return Ok(0);
    }
    let schema = cx.db.schema().await?;
    let mut rows: u64 = 0;
    for column in open {
        let door = ColumnDoor::of(&schema, column.table, column.column, column.clear)?;
        rows = rows.saturating_add(sweep(cx, &door, column).await?);
        let mut tx = cx.begin().await?;
        store::note_swept(&mut tx, column.table, column.column, cx.now()).await?;
        tx.commit().await?;
    }
    Ok(rows)
}

async fn sweep(cx: &Cx, door: &ColumnDoor, column: &SealedColumn) -> Result<u64, Error> {
    let mut rows: u64 = 0;
    let mut after = None;
    loop {
        let found = door.in_the_clear(&cx.db, after.as_deref(), BATCH).await?;
        let Some(last) = found.last() else { return Ok(rows) };
        after = Some(last.key.clone());
        let mut tx = cx.begin().await?;
        for row in &found {
            let plain = plain(column, &row.texts);
            let sealed = cx.vault.seal_text(&*cx.rng, column.context, &plain)?;
            if door.cover(&mut tx, row, &sealed).await? {
                rows = rows.saturating_add(1);
            }
        }
        tx.commit().await?;
    }
}

/// One text as it is, several as an object of those that are there.
fn plain(column: &SealedColumn, texts: &[Option<String>]) -> String {
    if let [only] = texts {
        return only.clone().unwrap_or_default();
    }
    let there = column.clear.iter().zip(texts);
    let there = there.filter_map(|(name, text)| Some(((*name).to_owned(), text.clone()?.into())));
    serde_json::Value::Object(there.collect()).to_string()
}
