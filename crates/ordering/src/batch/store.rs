//! Rows of files and their lines. What stands in a file is sealed; the same file and the same line are found by keyed indexes.

use db::{Result, Row, Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, PageRequest, Timestamp};

use super::model::{Act, Batch, BatchId, BatchState, Counts, Entry, EntryState};
use crate::OrderId;
use crate::approval::ApprovalId;
use crate::order::store::{money_of, named, open, open_or_none, seal, seal_or_none};

const NAME: &str = "order_batch.name";
const FILE: &str = "order_batch.file";
const ACT: &str = "order_batch.act";
const CELLS: &str = "order_batch_line.cells";
const WRONG: &str = "order_batch_line.wrong";
const CONTENT: &str = "order_batch_line.content";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("order_batch", "name_sealed", NAME),
    vault::SealedColumn::new("order_batch", "file_sealed", FILE),
    vault::SealedColumn::new("order_batch", "act_sealed", ACT),
    vault::SealedColumn::new("order_batch_line", "cells_sealed", CELLS),
    vault::SealedColumn::new("order_batch_line", "wrong_sealed", WRONG),
    vault::SealedColumn::new("order_batch_line", "content_sealed", CONTENT),
];
/// What is found by index here.
pub(crate) const INDEXED: &[vault::IndexedColumn] = &[
    vault::IndexedColumn::new("order_batch", "file_index", "file_sealed", FILE),
    vault::IndexedColumn::new("order_batch_line", "content_index", "content_sealed", CONTENT),
];

db::statements! {
    INSERT = "INSERT INTO order_batch (id, party_id, maker_id, service, offering, name_sealed, file_sealed, file_index, state, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)";
    FIND = "SELECT id, party_id, maker_id, service, offering, name_sealed, state, stopped, created_at, submitted_at
            FROM order_batch WHERE id = $1";
    LOCK = "SELECT id, party_id, maker_id, service, offering, name_sealed, state, stopped, created_at, submitted_at
            FROM order_batch WHERE id = $1 {for_update}";
    BY_FILE = "SELECT id FROM order_batch WHERE party_id = $1 AND file_index = $2";
    LIST = "SELECT id, party_id, maker_id, service, offering, name_sealed, state, stopped, created_at, submitted_at
            FROM order_batch WHERE party_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    COUNT_OPEN = "SELECT CAST(COUNT(*) AS BIGINT) FROM order_batch WHERE party_id = $1 AND state <> 'done'";
    MOVE = "UPDATE order_batch SET state = $2, stopped = $3, act_sealed = $4, submitted_at = COALESCE($5, submitted_at) WHERE id = $1";
    ACT_OF = "SELECT act_sealed FROM order_batch WHERE id = $1";
    DELETE = "DELETE FROM order_batch WHERE id = $1";
    DELETE_LINES = "DELETE FROM order_batch_line WHERE batch_id = $1";
    bulk INSERT_LINE (id: Int, batch_id: Int, party_id: Int, line: Int, state: Text, cells: Bytes, wrong: Bytes, content: Bytes,
                      content_index: Bytes, amount: Int, currency: Text) =
        "INSERT INTO order_batch_line (id, batch_id, party_id, line, state, cells_sealed, wrong_sealed, content_sealed, content_index,
                                       again, amount, currency)
         SELECT id, batch_id, party_id, line, state, cells, wrong, content, content_index, FALSE, amount, currency FROM {rows}";
    LINES = "SELECT line, cells_sealed, state, wrong_sealed, content_sealed, again, amount, currency, order_id, approval_id
             FROM order_batch_line WHERE batch_id = $1 ORDER BY line";
    LINE = "SELECT line, cells_sealed, state, wrong_sealed, content_sealed, again, amount, currency, order_id, approval_id
            FROM order_batch_line WHERE batch_id = $1 AND line = $2";
    READY = "SELECT line, cells_sealed, state, wrong_sealed, content_sealed, again, amount, currency, order_id, approval_id
             FROM order_batch_line WHERE batch_id = $1 AND state = 'ready' ORDER BY line LIMIT $2";
    UPDATE_LINE = "UPDATE order_batch_line SET state = $3, cells_sealed = $4, wrong_sealed = $5, content_sealed = $6, content_index = $7,
                          again = $8, amount = $9, currency = $10, order_id = $11, approval_id = $12, ordered_at = $13
                   WHERE batch_id = $1 AND line = $2 AND order_id IS NULL";
    TRY_AGAIN = "UPDATE order_batch_line SET state = 'ready', wrong_sealed = NULL WHERE batch_id = $1 AND state = 'refused'";
    TWIN_HERE = "SELECT line FROM order_batch_line WHERE batch_id = $1 AND content_index = $2 AND line < $3 ORDER BY line LIMIT 1";
    TWIN_ORDERED = "SELECT 1 FROM order_batch_line
                    WHERE party_id = $1 AND content_index = $2 AND batch_id <> $3 AND ordered_at >= $4 LIMIT 1";
    COUNTS = "SELECT batch_id, state, CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM order_batch_line
              WHERE batch_id IN {list $1} GROUP BY batch_id, state";
}

fn read(cx: &Cx, row: &Row) -> Result<Batch> {
    let mut r = row.reader();
    let (id, party, maker) = (BatchId(r.get()?), r.get()?, r.get()?);
    let (service, offering) = (r.get()?, r.get()?);
    let name: Vec<u8> = r.get()?;
    let state: String = r.get()?;
    Ok(Batch {
        id,
        party,
        maker,
        service,
        offering,
        name: open_or_none(cx, NAME, Some(name))?.unwrap_or_default(),
        state: named(BatchState::from_name(&state), &state)?,
        stopped: r.get()?,
        created_at: r.get()?,
        submitted_at: r.get()?,
    })
}

fn read_entry(cx: &Cx, row: &Row) -> Result<Entry> {
    let shape = |error: serde_json::Error| db::Error::Other(error.into());
    let mut r = row.reader();
    let line = r.get()?;
    let cells: Vec<u8> = r.get()?;
    let state: String = r.get()?;
    let wrong: Option<Vec<u8>> = r.get()?;
    let content = open_or_none(cx, CONTENT, r.get()?)?;
    let again = r.get()?;
    let amount: Option<i64> = r.get()?;
    let currency: Option<String> = r.get()?;
    let amount = amount.zip(currency).map(|(minor, currency)| money_of(minor, &currency)).transpose()?;
    let (order, approval): (Option<i64>, Option<i64>) = (r.get()?, r.get()?);
    let wrong = wrong.map(|sealed| open(cx, WRONG, &sealed)).transpose()?;
    Ok(Entry {
        line,
        cells: serde_json::from_value(open(cx, CELLS, &cells)?).map_err(shape)?,
        state: named(EntryState::from_name(&state), &state)?,
        wrong: wrong.map(serde_json::from_value).transpose().map_err(shape)?.unwrap_or_default(),
        content,
        again,
        amount,
        order: order.map(OrderId),
        approval: approval.map(ApprovalId),
    })
}

/// Cells and what is wrong with them, sealed.
fn sealed(cx: &Cx, entry: &Entry) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
    let shape = |error: serde_json::Error| db::Error::Other(error.into());
    let cells = seal(cx, CELLS, &serde_json::to_value(&entry.cells).map_err(shape)?)?;
    if entry.wrong.is_empty() {
        return Ok((cells, None));
    }
    let wrong = seal(cx, WRONG, &serde_json::to_value(&entry.wrong).map_err(shape)?)?;
    Ok((cells, Some(wrong)))
}

pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, batch: &Batch, file: &str) -> Result<()> {
    let values = params![
        batch.id.raw(),
        batch.party,
        batch.maker,
        &batch.service,
        &batch.offering,
        seal_or_none(cx, NAME, Some(&batch.name))?,
        seal_or_none(cx, FILE, Some(file))?,
        cx.vault.blind_index(FILE, file),
        batch.created_at,
    ];
    tx.execute(&INSERT, values).await.map(|_| ())
}

pub(crate) async fn insert_entries(tx: &mut Tx, cx: &Cx, batch: &Batch, entries: &[Entry]) -> Result<()> {
    let row = |entry: &Entry| -> Result<Vec<Value>> {
        let (cells, wrong) = sealed(cx, entry)?;
        Ok(params![
            cx.ids.next(batch.created_at),
            batch.id.raw(),
            batch.party,
            entry.line,
            entry.state.name(),
            cells,
            wrong,
            seal_or_none(cx, CONTENT, entry.content.as_deref())?,
            entry.content.as_deref().map(|content| cx.vault.blind_index(CONTENT, content)),
            entry.amount.map(|amount| amount.minor),
            entry.amount.map(|amount| amount.currency.code()),
        ])
    };
    let rows = entries.iter().map(row).collect::<Result<Vec<_>>>()?;
    tx.bulk(&INSERT_LINE, rows).await.map(|_| ())
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<Option<Batch>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<Option<Batch>> {
    tx.first(&LOCK, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

/// The organisation's file with this digest.
pub(crate) async fn find_by_file(
    tx: &mut Tx,
    cx: &Cx,
    party: AccountId,
    file: &str,
) -> Result<Option<BatchId>> {
    let found = tx.first(&BY_FILE, params![party, cx.vault.blind_index(FILE, file)]).await?;
    found.map(|row| row.reader().get().map(BatchId)).transpose()
}

/// Files of an organisation, the newest first.
pub(crate) async fn list(tx: &mut Tx, cx: &Cx, party: AccountId, page: &PageRequest) -> Result<Vec<Batch>> {
    let rows = tx.all(&LIST, params![party, page.after.id, page.fetch()]).await?;
    rows.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn count_open(tx: &mut Tx, party: AccountId) -> Result<i64> {
    tx.one(&COUNT_OPEN, params![party]).await?.reader().get()
}

/// Moves a locked file on. `act` is kept while its lines are being ordered.
pub(crate) async fn update(tx: &mut Tx, cx: &Cx, batch: &Batch, act: Option<&Act>) -> Result<()> {
    let act = act.map(serde_json::to_value).transpose().map_err(|error| db::Error::Other(error.into()))?;
    let act = act.map(|act| seal(cx, ACT, &act)).transpose()?;
    let values = params![batch.id.raw(), batch.state.name(), batch.stopped.clone(), act, batch.submitted_at];
    tx.execute(&MOVE, values).await.map(|_| ())
}

/// Who submitted the file, while its lines are being ordered.
pub(crate) async fn act_of(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<Option<Act>> {
    let Some(row) = tx.first(&ACT_OF, params![id.raw()]).await? else { return Ok(None) };
    let sealed: Option<Vec<u8>> = row.reader().get()?;
    let value = sealed.map(|sealed| open(cx, ACT, &sealed)).transpose()?;
    value.map(serde_json::from_value).transpose().map_err(|error| db::Error::Other(error.into()))
}

pub(crate) async fn delete(tx: &mut Tx, id: BatchId) -> Result<()> {
    tx.execute(&DELETE_LINES, params![id.raw()]).await?;
    tx.execute(&DELETE, params![id.raw()]).await.map(|_| ())
}

pub(crate) async fn list_entries(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<Vec<Entry>> {
    tx.all(&LINES, params![id.raw()]).await?.iter().map(|row| read_entry(cx, row)).collect()
}

pub(crate) async fn find_entry(tx: &mut Tx, cx: &Cx, id: BatchId, line: i64) -> Result<Option<Entry>> {
    tx.first(&LINE, params![id.raw(), line]).await?.map(|row| read_entry(cx, &row)).transpose()
}

/// The next lines to be ordered.
pub(crate) async fn list_ready(tx: &mut Tx, cx: &Cx, id: BatchId, most: usize) -> Result<Vec<Entry>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    tx.all(&READY, params![id.raw(), most]).await?.iter().map(|row| read_entry(cx, row)).collect()
}

/// Writes a line that is no order yet; `false` when it is one.
pub(crate) async fn update_entry(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    entry: &Entry,
    ordered_at: Option<Timestamp>,
) -> Result<bool> {
    let (cells, wrong) = sealed(cx, entry)?;
    let values = params![
        id.raw(),
        entry.line,
        entry.state.name(),
        cells,
        wrong,
        seal_or_none(cx, CONTENT, entry.content.as_deref())?,
        entry.content.as_deref().map(|content| cx.vault.blind_index(CONTENT, content)),
        entry.again,
        entry.amount.map(|amount| amount.minor),
        entry.amount.map(|amount| amount.currency.code()),
        entry.order.map(OrderId::raw),
        entry.approval.map(ApprovalId::raw),
        ordered_at,
    ];
    Ok(tx.execute(&UPDATE_LINE, values).await? == 1)
}

/// What the desk refused before is tried again.
pub(crate) async fn try_again(tx: &mut Tx, id: BatchId) -> Result<()> {
    tx.execute(&TRY_AGAIN, params![id.raw()]).await.map(|_| ())
}

/// An earlier line of the same file that orders the same.
pub(crate) async fn twin_here(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    (content, line): (&str, i64),
) -> Result<Option<i64>> {
    let found = tx.first(&TWIN_HERE, params![id.raw(), cx.vault.blind_index(CONTENT, content), line]).await?;
    found.map(|row| row.reader().get()).transpose()
}

/// Whether another file of the organisation ordered the same since then.
pub(crate) async fn was_ordered(
    tx: &mut Tx,
    cx: &Cx,
    batch: &Batch,
    content: &str,
    since: Timestamp,
) -> Result<bool> {
    let index = cx.vault.blind_index(CONTENT, content);
    let values = params![batch.party, index, batch.id.raw(), since];
    Ok(tx.first(&TWIN_ORDERED, values).await?.is_some())
}

/// How the lines of these files stand, by file.
pub(crate) async fn counts(tx: &mut Tx, ids: Vec<i64>) -> Result<Vec<(BatchId, Counts)>> {
    let mut all: Vec<(BatchId, Counts)> = ids.iter().map(|id| (BatchId(*id), Counts::default())).collect();
    for row in tx.all(&COUNTS, params![ids]).await? {
        let mut r = row.reader();
        let (id, state, count, minor): (i64, String, i64, i64) = (r.get()?, r.get()?, r.get()?, r.get()?);
        let Some((_, counts)) = all.iter_mut().find(|(found, _)| found.raw() == id) else { continue };
        match named(EntryState::from_name(&state), &state)? {
            EntryState::Wrong => counts.wrong = count,
            EntryState::Ready => {
                counts.ready = count;
                counts.to_order_minor = counts.to_order_minor.saturating_add(minor);
            }
            EntryState::Repeated => counts.repeated = count,
            EntryState::Ordered => (counts.ordered, counts.ordered_minor) = (count, minor),
            EntryState::Refused => {
                counts.refused = count;
                counts.to_order_minor = counts.to_order_minor.saturating_add(minor);
            }
        }
    }
    Ok(all)
}
