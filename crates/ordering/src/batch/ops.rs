//! Handing in a file, mending its lines, submitting it, deleting it.

use std::collections::HashMap;
use std::sync::Arc;

use catalogue::service::{ServiceVersion, Shelf};
use db::Tx;
use durable::{Cx, NewJob, enqueue};
use identity::policy::TRANSFER_SERVICE;
use kernel::{AccountId, Actor, Duration, Permission, hex};
use serde_json::json;

use super::error::Error;
use super::model::{Act, Batch, BatchId, BatchState, Column, Entry, EntryState, NewBatch};
use super::rules::{self, RawLine};
use super::{jobs, store};
use crate::idempotency::fingerprint;

/// Files of an organisation that are not all ordered yet.
const MOST_OPEN: i64 = 50;
/// What was ordered within this time is asked about before it is ordered again.
const REPEATS_WITHIN: Duration = Duration::from_days(30);
/// Longest name of a file that is kept.
const LONGEST_NAME: usize = 120;

/// Keeps a file for the organisation the actor acts for, every line checked. The same file again is [`Error::Known`].
pub async fn upload(cx: &Cx, shelf: &Shelf, actor: &Actor, new: NewBatch<'_>) -> Result<BatchId, Error> {
    let (party, maker) = member(actor, Permission::ActAsCustomer)?;
    let version = offered(shelf, new.service, new.offering)?;
    let columns = rules::columns(&version, new.offering);
    let lines = rules::read(&columns, new.bytes)?;
    let cells: Vec<&[String]> = lines.iter().map(|line| line.cells.as_slice()).collect();
    let file = hex::encode(&fingerprint(&json!([new.service, new.offering, cells])));
    let now = cx.now();
    let batch = Batch {
        id: BatchId::new(&cx.ids, now),
        party,
        maker,
        service: new.service.to_owned(),
        offering: new.offering.to_owned(),
        name: new.name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect(),
        state: BatchState::Open,
        stopped: None,
        created_at: now,
        submitted_at: None,
    };
    let mut tx = cx.begin().await?;
    if let Some(known) = store::find_by_file(&mut tx, cx, party, &file).await? {
        return Err(Error::Known { batch: known });
    }
    if store::count_open(&mut tx, party).await? >= MOST_OPEN {
        return Err(Error::TooMany { most: MOST_OPEN });
    }
    let entries = first_look(&mut tx, cx, (&version, &columns), &batch, lines).await?;
    let inserted = store::insert(&mut tx, cx, &batch, &file).await;
    inserted.map_err(|error| if error.is_unique() { Error::Stale } else { error.into() })?;
    store::insert_entries(&mut tx, cx, &batch, &entries).await?;
    let detail = json!({ "service": batch.service, "lines": entries.len() });
    audit::record(&mut tx, cx, actor, entry(&batch, "batch.upload", detail)).await?;
    tx.commit().await?;
    Ok(batch.id)
}

/// Every line with what is wrong with it, and those that repeat another.
async fn first_look(
    tx: &mut Tx,
    cx: &Cx,
    (version, columns): (&Arc<ServiceVersion>, &[Column]),
    batch: &Batch,
    lines: Vec<RawLine>,
) -> Result<Vec<Entry>, Error> {
    let mut seen: HashMap<String, i64> = HashMap::new();
    let mut entries = Vec::with_capacity(lines.len());
    for RawLine { line, cells, too_long } in lines {
        let mut entry = looked_at(cx, (version, columns), batch, (line, cells));
        if too_long {
            entry.state = EntryState::Wrong;
            entry.wrong.insert(0, rules::too_long());
        }
        if let Some(content) = entry.content.clone().filter(|_| entry.state == EntryState::Ready) {
            let twin = seen.get(&content).copied();
            let before = twin.is_some() || was_ordered(tx, cx, batch, &content).await?;
            if before {
                repeated(&mut entry, twin);
            }
            seen.entry(content).or_insert(line);
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn looked_at(
    cx: &Cx,
    (version, columns): (&Arc<ServiceVersion>, &[Column]),
    batch: &Batch,
    (line, cells): (i64, Vec<String>),
) -> Entry {
    let checked = rules::check(version, &batch.offering, columns, &cells, cx.now());
    let (state, wrong, content, amount) = match checked {
        Ok(checked) => (EntryState::Ready, Vec::new(), Some(checked.content), Some(checked.total)),
        Err(wrong) => (EntryState::Wrong, wrong, None, None),
    };
    Entry { line, cells, state, wrong, content, again: false, amount, order: None, approval: None }
}

fn repeated(entry: &mut Entry, twin: Option<i64>) {
    entry.state = EntryState::Repeated;
    entry.wrong = vec![rules::repeats(twin)];
}

/// Whether another file of the organisation ordered the same lately.
pub(super) async fn was_ordered(tx: &mut Tx, cx: &Cx, batch: &Batch, content: &str) -> db::Result<bool> {
    store::was_ordered(tx, cx, batch, content, cx.now().minus(REPEATS_WITHIN)).await
}

/// Writes other cells into a line that is no order yet; right or wrong, they are kept.
pub async fn mend(
    cx: &Cx,
    shelf: &Shelf,
    actor: &Actor,
    (id, line): (BatchId, i64),
    cells: Vec<String>,
) -> Result<Entry, Error> {
    let mut tx = cx.begin().await?;
    let batch = own(&mut tx, cx, actor, id).await?;
    let version = offered(shelf, &batch.service, &batch.offering)?;
    let columns = rules::columns(&version, &batch.offering);
    let before = open_line(&mut tx, cx, id, line).await?;
    if cells.len() != columns.len() {
        return Err(Error::Stale);
    }
    let cells = cells.iter().map(|cell| cell.trim().to_owned()).collect();
    let mut next = looked_at(cx, (&version, &columns), &batch, (line, cells));
    if let Some(content) = next.content.clone() {
        // What was said to be meant twice stays so while it orders the same.
        next.again = before.again && before.content == next.content;
        let twin = store::twin_here(&mut tx, cx, id, (&content, line)).await?;
        let before = twin.is_some() || was_ordered(&mut tx, cx, &batch, &content).await?;
        if before && !next.again {
            repeated(&mut next, twin);
        }
    }
    save(&mut tx, cx, id, &next).await?;
    tx.commit().await?;
    Ok(next)
}

/// What repeats another line is meant all the same.
pub async fn keep(cx: &Cx, actor: &Actor, (id, line): (BatchId, i64)) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let batch = own(&mut tx, cx, actor, id).await?;
    let before = open_line(&mut tx, cx, id, line).await?;
    if before.state != EntryState::Repeated {
        return Err(Error::Stale);
    }
    let next = Entry { state: EntryState::Ready, wrong: Vec::new(), again: true, ..before };
    save(&mut tx, cx, id, &next).await?;
    audit::record(&mut tx, cx, actor, entry(&batch, "batch.keep", json!({ "line": line }))).await?;
    tx.commit().await?;
    Ok(())
}

/// Has every line ordered that is ready, and those again that the desk refused; the job goes on whatever happens to the process.
/// `origin`: where the request comes from.
pub async fn submit(cx: &Cx, actor: &Actor, id: BatchId, origin: &risk::Origin) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let batch = own(&mut tx, cx, actor, id).await?;
    if batch.service == TRANSFER_SERVICE && !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    store::try_again(&mut tx, id).await?;
    let counts = store::counts(&mut tx, vec![id.raw()]).await?;
    let ready = counts.first().map_or(0, |(_, counts)| counts.ready);
    if ready == 0 {
        return Err(Error::NothingReady);
    }
    let now = cx.now();
    let next = Batch { state: BatchState::Placing, stopped: None, submitted_at: Some(now), ..batch };
    let act = Act {
        address: origin.address.clone(),
        user_agent: origin.user_agent.clone(),
        device: origin.device.clone(),
        proved_at: actor.principal().and_then(|own| own.proved_at),
    };
    store::update(&mut tx, cx, &next, Some(&act)).await?;
    // A job of its own for every submission: the one before may still be on its way out.
    let job = NewJob {
        kind: jobs::PLACE_JOB,
        key: format!("{id}:{}", now.0),
        payload: json!({ "batch": id }),
        run_at: now,
    };
    enqueue(&mut tx, cx, job).await?;
    audit::record(&mut tx, cx, actor, entry(&next, "batch.submit", json!({ "lines": ready }))).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets a file of which nothing was ordered.
pub async fn discard(cx: &Cx, actor: &Actor, id: BatchId) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let batch = own(&mut tx, cx, actor, id).await?;
    let counts = store::counts(&mut tx, vec![id.raw()]).await?;
    if counts.iter().any(|(_, counts)| counts.ordered > 0) {
        return Err(Error::HasOrders);
    }
    store::delete(&mut tx, id).await?;
    audit::record(&mut tx, cx, actor, entry(&batch, "batch.discard", json!({}))).await?;
    tx.commit().await?;
    Ok(())
}

/// The service, if this offering of it can be ordered by file.
fn offered(shelf: &Shelf, service: &str, offering: &str) -> Result<Arc<ServiceVersion>, Error> {
    let found = shelf.service(service).filter(|version| rules::is_offered(version, offering));
    found.ok_or(Error::NotOffered)
}

/// The organisation the actor acts for, and who acts.
pub(super) fn member(actor: &Actor, permission: Permission) -> Result<(AccountId, AccountId), Error> {
    let principal = actor.principal().ok_or(Error::SignInNeeded)?;
    let party = principal.acting_for.ok_or(Error::NotFound)?;
    if actor.may(permission) { Ok((party, principal.id)) } else { Err(Error::Forbidden) }
}

/// The file, locked, if the actor may change it now; another organisation's is not found (W2).
async fn own(tx: &mut Tx, cx: &Cx, actor: &Actor, id: BatchId) -> Result<Batch, Error> {
    let (party, who) = member(actor, Permission::ActAsCustomer)?;
    let found = store::lock(tx, cx, id).await?.filter(|batch| batch.party == party);
    let batch = found.ok_or(Error::NotFound)?;
    if batch.maker != who {
        return Err(Error::NotMaker);
    }
    if batch.state == BatchState::Placing { Err(Error::Placing) } else { Ok(batch) }
}

async fn open_line(tx: &mut Tx, cx: &Cx, id: BatchId, line: i64) -> Result<Entry, Error> {
    let entry = store::find_entry(tx, cx, id, line).await?.ok_or(Error::NotFound)?;
    if entry.order.is_some() { Err(Error::Ordered) } else { Ok(entry) }
}

async fn save(tx: &mut Tx, cx: &Cx, id: BatchId, entry: &Entry) -> Result<(), Error> {
    if store::update_entry(tx, cx, id, entry, None).await? { Ok(()) } else { Err(Error::Ordered) }
}

pub(super) fn entry<'a>(batch: &Batch, verb: &'static str, detail: serde_json::Value) -> audit::Entry<'a> {
    audit::Entry {
        verb,
        object_kind: "batch",
        object: batch.id.raw(),
        customer: Some(batch.party),
        detail,
        reason: None,
    }
}
