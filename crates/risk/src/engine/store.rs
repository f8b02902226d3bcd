//! Rows of acts, of what became known of them, and of rules that matched.

use db::{Result, Row, RowReader, Tx, params};
use durable::Cx;
use kernel::{AccountId, Timestamp};
use vault::SealedColumn;

use super::PLACE;
use super::model::{Family, Judged};
use crate::DecisionId;
use crate::feature::{Happening, MOST, Place};

pub(crate) const SEALED: &[SealedColumn] = &[SealedColumn::new("risk_event", "place_sealed", PLACE)];

db::statements! {
    bulk INSERT (id: Int, point: Text, family: Int, at: Int, seen_id: Int, customer_id: Int, person_id: Int, payee: Int,
                 device: Int, network: Int, phone: Int, amount_minor: Int, currency: Text, object_id: Int, outcome: Text, score: Int,
                 place_sealed: Bytes, stopped: Bool) =
        "INSERT INTO risk_event (id, point, family, at, seen_id, customer_id, person_id, payee, device, network, phone, amount_minor,
                                 currency, object_id, outcome, score, place_sealed, stopped)
         SELECT id, point, family, at, seen_id, customer_id, person_id, payee, device, network, phone, amount_minor, currency, object_id,
                outcome, score, place_sealed, stopped FROM {rows}";
    bulk INSERT_HITS (decision_id: Int, version_id: Int, shadow: Bool) =
        "INSERT INTO risk_hit (decision_id, version_id, shadow) SELECT decision_id, version_id, shadow FROM {rows}";
    LOOK = "SELECT * FROM (SELECT 0 AS part, id, at, customer_id, payee, device, network, amount_minor, place_sealed, stopped FROM risk_event
                           WHERE customer_id = $2 AND family = $1 AND id > $3 ORDER BY id DESC LIMIT $10) c
            UNION ALL
            SELECT * FROM (SELECT 1 AS part, id, at, customer_id, payee, device, network, amount_minor, place_sealed, stopped FROM risk_event
                           WHERE payee = $4 AND family = $1 AND id > $5 ORDER BY id DESC LIMIT $10) p
            UNION ALL
            SELECT * FROM (SELECT 2 AS part, id, at, customer_id, payee, device, network, amount_minor, place_sealed, stopped FROM risk_event
                           WHERE device = $6 AND family = $1 AND id > $7 ORDER BY id DESC LIMIT $10) d
            UNION ALL
            SELECT * FROM (SELECT 3 AS part, id, at, customer_id, payee, device, network, amount_minor, place_sealed, stopped FROM risk_event
                           WHERE network = $8 AND family = $1 AND id > $9 ORDER BY id DESC LIMIT $10) n";
    LATEST = "SELECT id FROM risk_event WHERE id > $1 ORDER BY id LIMIT $2";
    NEW = "SELECT id, family, at, customer_id, payee, device, network, amount_minor, place_sealed, stopped FROM risk_event
           WHERE id IN {list $1} ORDER BY id";
    LABELS = "SELECT l.id, l.event_id, l.fraud, l.noted_at, e.family, e.customer_id, e.payee, e.device, e.network
              FROM risk_label l JOIN risk_event e ON e.id = l.event_id WHERE l.id > $1 AND l.event_id > $2 ORDER BY l.id";
    CLEAR_PLACES = "UPDATE risk_event SET place_sealed = NULL, phone = NULL WHERE customer_id = $1";
    PURGE = "DELETE FROM risk_event WHERE id < $1";
    PURGE_LABELS = "DELETE FROM risk_label WHERE event_id < $1";
    PURGE_HITS = "DELETE FROM risk_hit WHERE decision_id < $1";
}

/// Writes acts under the numbers of their decisions, and the rules that matched, one statement a table.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, all: &[(Judged, i64)], ids: &[DecisionId]) -> Result<()> {
    let (mut rows, mut hits) = (Vec::with_capacity(all.len()), Vec::new());
    for ((judged, object), id) in all.iter().zip(ids) {
        rows.push(row(cx, judged, *object, *id)?);
        hits.extend(judged.hits.iter().map(|(rule, shadow)| params![id.raw(), rule.raw(), *shadow]));
    }
    tx.bulk(&INSERT, rows).await?;
    if !hits.is_empty() {
        tx.bulk(&INSERT_HITS, hits).await?;
    }
    Ok(())
}

fn row(cx: &Cx, judged: &Judged, object: i64, id: DecisionId) -> Result<Vec<db::Value>> {
    let (asked, main, seen) = (&judged.decision.asked, &judged.decision.main, &judged.seen);
    let Happening { at, payee, device, network, amount_minor, place, .. } = seen.happening;
    let place = place.map(|place| seal(cx, place)).transpose()?;
    Ok(params![
        id.raw(),
        asked.point.name(),
        seen.family.code(),
        at,
        judged.newest,
        asked.subject,
        judged.person,
        payee,
        device,
        network,
        seen.phone,
        amount_minor,
        judged.amount.map(|amount| amount.currency.code()),
        object,
        main.outcome.name(),
        main.score.map(i64::from),
        place,
        judged.is_stopped(),
    ])
}

fn seal(cx: &Cx, place: Place) -> Result<Vec<u8>> {
    let bytes = [place.latitude_e4.to_le_bytes(), place.longitude_e4.to_le_bytes()].concat();
    cx.vault.seal(cx.rng.as_ref(), PLACE, &bytes).map_err(|error| db::Error::Other(error.into()))
}

/// A place that cannot be read any more is a place that is not known.
fn open(cx: &Cx, sealed: &[u8]) -> Option<Place> {
    let plain = cx.vault.open(PLACE, sealed).ok()?;
    let (latitude, rest) = plain.split_first_chunk::<4>()?;
    let longitude = rest.first_chunk::<4>()?;
    Some(Place { latitude_e4: i32::from_le_bytes(*latitude), longitude_e4: i32::from_le_bytes(*longitude) })
}

/// An act of somebody's history.
pub(crate) struct Past {
    /// 0 to 3: as the customer's, the payee's, the device's, the network's.
    pub part: i64,
    pub id: i64,
    pub happening: Happening,
}

/// The acts of up to four entities after a row each, at most [`MOST`] of each, the newest.
pub(crate) async fn list_past(
    tx: &mut Tx,
    cx: &Cx,
    family: Family,
    entities: [(Option<i64>, i64); 4],
) -> Result<Vec<Past>> {
    let mut values = params![family.code()];
    for (entity, after) in entities {
        values.extend(params![entity, after]);
    }
    values.extend(params![i64::try_from(MOST).unwrap_or(i64::MAX)]);
    tx.all(&LOOK, values).await?.iter().map(|row| read_past(cx, row)).collect()
}

fn read_past(cx: &Cx, row: &Row) -> Result<Past> {
    let mut r = row.reader();
    let (part, id) = (r.get()?, r.get()?);
    Ok(Past { part, id, happening: read_happening(cx, &mut r)? })
}

/// The numbers of everybody's acts after a row, the oldest first, at most so many.
pub(crate) async fn list_latest(tx: &mut Tx, after: i64, most: usize) -> Result<Vec<i64>> {
    let rows = tx.all(&LATEST, params![after, i64::try_from(most).unwrap_or(i64::MAX)]).await?;
    rows.iter().map(|row| row.reader().get()).collect()
}

/// An act that is new to this node.
pub(crate) struct New {
    pub id: i64,
    pub family: i64,
    pub happening: Happening,
}

/// The acts of these numbers, the oldest first.
pub(crate) async fn list_new(tx: &mut Tx, cx: &Cx, ids: &[i64]) -> Result<Vec<New>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let read = |row: &Row| {
        let mut r = row.reader();
        Ok(New { id: r.get()?, family: r.get()?, happening: read_happening(cx, &mut r)? })
    };
    tx.all(&NEW, params![ids.to_vec()]).await?.iter().map(read).collect()
}

/// Reads `at, customer_id, payee, device, network, amount_minor, place_sealed, stopped`.
pub(crate) fn read_happening(cx: &Cx, r: &mut RowReader<'_>) -> Result<Happening> {
    let (at, customer, payee) = (r.get()?, r.get()?, r.get()?);
    let (device, network, amount_minor) = (r.get()?, r.get()?, r.get()?);
    let sealed: Option<Vec<u8>> = r.get()?;
    let place = sealed.and_then(|sealed| open(cx, &sealed));
    Ok(Happening { at, customer, payee, device, network, amount_minor, place, stopped: r.get()? })
}

/// What became known of an act.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label {
    pub id: i64,
    pub event: i64,
    pub fraud: bool,
    /// When we knew: a word counts from then on, whenever it was known outside.
    pub known_at: Timestamp,
    pub family: i64,
    /// As in [`Past::part`].
    pub entities: [Option<i64>; 4],
}

/// Labels after a row, of acts after another.
pub(crate) async fn list_labels(tx: &mut Tx, after: i64, of_acts_after: i64) -> Result<Vec<Label>> {
    let rows = tx.all(&LABELS, params![after, of_acts_after]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (id, event, fraud, known_at, family) = (r.get()?, r.get()?, r.get()?, r.get()?, r.get()?);
            let customer: i64 = r.get()?;
            let entities = [Some(customer), r.get()?, r.get()?, r.get()?];
            Ok(Label { id, event, fraud, known_at, family, entities })
        })
        .collect()
}

pub(crate) async fn clear(tx: &mut Tx, customer: AccountId) -> Result<()> {
    tx.execute(&CLEAR_PLACES, params![customer]).await?;
    Ok(())
}

/// Removes acts before `oldest` with what became known of them.
pub(crate) async fn delete_before(tx: &mut Tx, oldest: Timestamp) -> Result<()> {
    let first = kernel::first_id_at(oldest);
    tx.execute(&PURGE_LABELS, params![first]).await?;
    tx.execute(&PURGE_HITS, params![first]).await?;
    tx.execute(&PURGE, params![first]).await?;
    Ok(())
}
