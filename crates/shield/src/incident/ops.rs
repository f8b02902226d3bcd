//! Raising an incident, and what a person does about it.

use audit::Entry as Act;
use db::Tx;
use durable::Cx;
use kernel::{Actor, Duration, Page, PageRequest, Permission, Position};
use serde_json::{Value, json};

use super::model::{Block, BlockId, Detail, Incident, IncidentId, State};
use super::{rules, store};
use crate::error::reason;
use crate::signal::Alarm;
use crate::{CHANNEL, Error};

/// Closed incidents and blocks are kept for this long: logs of attacks are kept six months at least.
const KEEP: Duration = Duration::from_days(365);
/// Samples of what was tried, over all alarms.
const EVIDENCE: usize = 20;
/// Blocks shown at once.
const MOST: i64 = 500;

/// Whether an alarm leads to a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Block,
    /// The network is on the allow list, or blocks are switched off: people are told, nobody is kept out.
    Note,
}

/// Writes an alarm down: a new incident, or more of one that is not closed; and the block, unless the network is blocked already.
pub(crate) async fn raise(cx: &Cx, alarm: &Alarm, answer: Answer) -> Result<Option<Block>, Error> {
    let (now, actor) = (cx.now(), Actor::system("shield"));
    let mut tx = cx.begin().await?;
    let known = store::find_live(&mut tx, cx, alarm.kind, &alarm.network).await?;
    let id = if let Some(known) = known {
        let mut evidence = known.evidence;
        let new: Vec<String> = alarm.evidence.iter().filter(|one| !evidence.contains(one)).cloned().collect();
        evidence.extend(new);
        evidence.truncate(EVIDENCE);
        let counts = (alarm.hits, alarm.subjects);
        store::add_to_incident(&mut tx, cx, known.id, counts, &evidence, alarm.last_at).await?;
        known.id
    } else {
        let new = opened(cx, alarm);
        store::insert_incident(&mut tx, cx, &new).await?;
        new.id
    };
    let block = match answer {
        Answer::Block if !store::is_blocked(&mut tx, cx, &alarm.network, now).await? => {
            let since = now.minus(rules::REMEMBERED);
            let level = store::count_blocks(&mut tx, cx, &alarm.network, since).await?;
            let until_at = now.plus(rules::length(level));
            let block = Block {
                id: BlockId::new(&cx.ids, now),
                incident: id,
                network: alarm.network,
                level,
                blocked_at: now,
                until_at,
                lifted_at: None,
                lifted_by: None,
                lift_reason: None,
            };
            store::insert_block(&mut tx, cx, &block).await?;
            Some(block)
        }
        Answer::Block | Answer::Note => None,
    };
    tx.notify(CHANNEL, "");
    let minutes = block.as_ref().map(|block| block.until_at.since(now).as_secs() / 60);
    let detail = json!({ "kind": alarm.kind.name(), "hits": alarm.hits, "blocked_minutes": minutes });
    let verb = if block.is_some() { "shield.block" } else { "shield.incident" };
    record(&mut tx, cx, &actor, verb, id, detail, None).await?;
    tx.commit().await?;
    Ok(block)
}

fn opened(cx: &Cx, alarm: &Alarm) -> Incident {
    Incident {
        id: IncidentId::new(&cx.ids, cx.now()),
        kind: alarm.kind,
        state: State::Open,
        network: alarm.network,
        hits: alarm.hits,
        subjects: alarm.subjects,
        evidence: alarm.evidence.clone(),
        first_seen_at: alarm.first_at,
        last_seen_at: alarm.last_at,
        note: None,
        handled_by: None,
        handled_at: None,
    }
}

async fn record(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    verb: &'static str,
    id: IncidentId,
    detail: Value,
    reason: Option<&str>,
) -> db::Result<()> {
    let act = Act { verb, object_kind: "incident", object: id.0, customer: None, detail, reason };
    audit::record(tx, cx, actor, act).await
}

/// Incidents in one state, newest first.
pub async fn list(cx: &Cx, actor: &Actor, state: State, page: PageRequest) -> Result<Page<Incident>, Error> {
    may_read(actor)?;
    let items = store::list_incidents(&mut cx.read().await?, cx, state, &page).await?;
    Ok(Page::cut(items, &page, |incident| Position { key: incident.id.0, id: incident.id.0 }))
}

/// Incidents nobody has looked at.
pub async fn open_count(cx: &Cx, actor: &Actor) -> Result<i64, Error> {
    may_read(actor)?;
    Ok(store::count(&mut cx.read().await?, State::Open).await?)
}

/// One incident with its blocks.
pub async fn get(cx: &Cx, actor: &Actor, id: IncidentId) -> Result<Detail, Error> {
    may_read(actor)?;
    let mut tx = cx.read().await?;
    let incident = store::find(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    let blocks = store::blocks_of(&mut tx, cx, id).await?;
    Ok(Detail { incident, blocks })
}

/// The blocks that hold, newest first.
pub async fn blocks(cx: &Cx, actor: &Actor) -> Result<Vec<Block>, Error> {
    may_read(actor)?;
    Ok(store::live_blocks(&mut cx.read().await?, cx, MOST).await?)
}

/// Somebody looks into it.
pub async fn acknowledge(cx: &Cx, actor: &Actor, id: IncidentId, note: &str) -> Result<(), Error> {
    handle(cx, actor, id, State::Acknowledged, note).await
}

/// It is done with, for this reason. A block that holds goes on until its time or until it is lifted.
pub async fn close(cx: &Cx, actor: &Actor, id: IncidentId, why: &str) -> Result<(), Error> {
    handle(cx, actor, id, State::Closed, why).await
}

async fn handle(cx: &Cx, actor: &Actor, id: IncidentId, to: State, why: &str) -> Result<(), Error> {
    may_manage(actor)?;
    let why = reason(why)?;
    let mut tx = cx.begin().await?;
    let incident = store::lock(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    if !rules::may_become(incident.state, to) {
        return Err(Error::WrongState);
    }
    store::update_handled(&mut tx, cx, id, to, why, &actor.label()).await?;
    let verb = if to == State::Closed { "shield.incident_close" } else { "shield.incident_acknowledge" };
    record(&mut tx, cx, actor, verb, id, json!({}), Some(why)).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets the network in again at once, on all nodes. A block that was lifted does not make the next one longer.
pub async fn lift(cx: &Cx, actor: &Actor, id: IncidentId, why: &str) -> Result<(), Error> {
    may_manage(actor)?;
    let why = reason(why)?;
    let mut tx = cx.begin().await?;
    let incident = store::lock(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    if store::lift_blocks(&mut tx, cx, incident.id, &actor.label(), why).await? == 0 {
        return Err(Error::WrongState);
    }
    tx.notify(CHANNEL, "");
    record(&mut tx, cx, actor, "shield.block_lift", id, json!({}), Some(why)).await?;
    tx.commit().await?;
    Ok(())
}

fn may_read(actor: &Actor) -> Result<(), Error> {
    if actor.may(Permission::ReadIncidents) { Ok(()) } else { Err(Error::NotAllowed) }
}

fn may_manage(actor: &Actor) -> Result<(), Error> {
    if actor.may(Permission::ManageShield) { Ok(()) } else { Err(Error::NotAllowed) }
}

pub(crate) async fn purge(cx: &Cx) -> db::Result<u64> {
    let mut tx = cx.begin().await?;
    let gone = store::delete_older(&mut tx, cx.now().minus(KEEP)).await?;
    tx.commit().await?;
    Ok(gone)
}
