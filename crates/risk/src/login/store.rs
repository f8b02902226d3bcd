//! Rows of habits, visits and failures.

use db::{Result, Tx, params};
use durable::Cx;
use kernel::{AccountId, Timestamp};
use vault::SealedColumn;

use super::PLACE;
use super::model::{Count, Feature, Features, Habits, Known, Lesson, Visit};
use crate::decision::{precedent, store::read_review};

pub(crate) const SEALED: &[SealedColumn] = &[SealedColumn::new("risk_visit", "place_sealed", PLACE)];

/// Everybody together.
const WORLD: AccountId = AccountId(0);

db::statements! {
    // The second half is for the values at hand only.
    HABITS = "SELECT account_id, feature, value, weight, seen_at FROM risk_habit WHERE account_id = $1
              UNION ALL
              SELECT account_id, feature, value, weight, seen_at FROM risk_habit
              WHERE account_id = 0 AND feature IN (1, 2, 3, 4) AND value IN {list $2}";
    CONTEXT = "SELECT (SELECT COUNT(*) FROM (SELECT 1 AS one FROM risk_failure WHERE network = $2 AND at > $3 LIMIT 200) f),
                      v.at, v.network, v.place_sealed,
                      r.state, r.expires_at, r.after_expiry, r.ended_at, r.ended_by, r.reason_sealed
               FROM (SELECT 1 AS one) base
               LEFT JOIN risk_visit v ON v.account_id = $1
               LEFT JOIN risk_review r ON r.id = (SELECT MAX(id) FROM risk_review WHERE subject_id = $1 AND mark = $4)";
    bulk WRITE (account_id: Int, feature: Int, value: Int, weight: Int, seen_at: Int) =
        "INSERT INTO risk_habit (account_id, feature, value, weight, seen_at)
         SELECT account_id, feature, value, weight, seen_at FROM {rows}
         ON CONFLICT (account_id, feature, value) DO UPDATE SET weight = excluded.weight, seen_at = excluded.seen_at";
    bulk DROP_VALUE (account_id: Int, feature: Int, value: Int) =
        "DELETE FROM risk_habit WHERE EXISTS (SELECT 1 FROM {rows} v WHERE risk_habit.account_id = v.account_id
         AND risk_habit.feature = v.feature AND risk_habit.value = v.value)";
    WRITE_VISIT = "INSERT INTO risk_visit (account_id, at, network, place_sealed) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (account_id) DO UPDATE SET at = excluded.at, network = excluded.network, place_sealed = excluded.place_sealed";
    WRITE_FAILURE = "INSERT INTO risk_failure (network, who, at) VALUES ($1, $2, $3)
                     ON CONFLICT (network, who) DO UPDATE SET at = excluded.at";
    FORGET_HABITS = "DELETE FROM risk_habit WHERE account_id = $1";
    FORGET_VISIT = "DELETE FROM risk_visit WHERE account_id = $1";
    PURGE_FAILURES = "DELETE FROM risk_failure WHERE at < $1";
    PURGE_WORLD = "DELETE FROM risk_habit WHERE account_id = 0 AND seen_at < $1";
}

/// The counts of an account, and everybody's for `values`.
pub(crate) async fn list_habits(
    tx: &mut Tx,
    account: AccountId,
    values: Vec<i64>,
) -> Result<(Habits, Habits)> {
    let (mut own, mut world) = (Habits::default(), Habits::default());
    for row in tx.all(&HABITS, params![account, values]).await? {
        let mut r = row.reader();
        let whose: AccountId = r.get()?;
        let feature: i64 = r.get()?;
        let value = r.get()?;
        let count = Count { milli: r.get()?, seen_at: r.get()? };
        let Some(feature) = Feature::from_code(feature) else { continue };
        let habits = if whose == WORLD { &mut world } else { &mut own };
        habits.0.insert((feature, value), count);
    }
    Ok((own, world))
}

/// Everything a login is judged by, in two queries.
pub(crate) async fn load(
    cx: &Cx,
    account: AccountId,
    login: &Features,
    values: Vec<i64>,
    failed_since: Timestamp,
) -> Result<Known> {
    let mut tx = cx.read().await?;
    let (own, world) = list_habits(&mut tx, account, values).await?;
    let row = tx.one(&CONTEXT, params![account, login.network(), failed_since, login.mark]).await?;
    let mut r = row.reader();
    let failed_here = r.get()?;
    let last = read_visit(cx, &mut r)?;
    let ruled = read_review(cx, &mut r)?.and_then(|review| precedent(review, login.at));
    Ok(Known { own, world, last, failed_here, ruled })
}

fn read_visit(cx: &Cx, r: &mut db::RowReader<'_>) -> Result<Option<Visit>> {
    let (at, network): (Option<Timestamp>, Option<i64>) = (r.get()?, r.get()?);
    let sealed: Option<Vec<u8>> = r.get()?;
    let (Some(at), Some(network)) = (at, network) else { return Ok(None) };
    // A place that cannot be read any more is a place that is not known.
    let point = sealed
        .and_then(|sealed| cx.vault.open(PLACE, &sealed).ok())
        .and_then(|plain| serde_json::from_slice(&plain).ok());
    Ok(Some(Visit { at, network, point }))
}

/// Writes what a success taught. Two at the same moment may count as one: these are estimates.
pub(crate) async fn write_lesson(tx: &mut Tx, account: AccountId, lesson: &Lesson) -> Result<()> {
    // In the order of the key, everybody's first: two logins never wait for each other in a circle.
    let mut all: Vec<(AccountId, i64, i64, Count)> = Vec::new();
    for (whose, counts) in [(WORLD, &lesson.world), (account, &lesson.own)] {
        all.extend(counts.iter().map(|(feature, value, count)| (whose, feature.code(), *value, *count)));
    }
    all.sort_by_key(|(whose, feature, value, _)| (*whose, *feature, *value));
    let rows = all
        .into_iter()
        .map(|(whose, feature, value, count)| params![whose, feature, value, count.milli, count.seen_at])
        .collect();
    tx.bulk(&WRITE, rows).await?;
    let dropped =
        lesson.dropped.iter().map(|(feature, value)| params![account, feature.code(), *value]).collect();
    tx.bulk(&DROP_VALUE, dropped).await?;
    Ok(())
}

pub(crate) async fn write_visit(tx: &mut Tx, cx: &Cx, account: AccountId, visit: Visit) -> Result<()> {
    let sealed = visit
        .point
        .map(|point| {
            let plain = serde_json::to_vec(&point).map_err(|e| db::Error::Other(e.into()))?;
            cx.vault.seal(cx.rng.as_ref(), PLACE, &plain).map_err(|e| db::Error::Other(e.into()))
        })
        .transpose()?;
    tx.execute(&WRITE_VISIT, params![account, visit.at, visit.network, sealed]).await?;
    Ok(())
}

pub(crate) async fn write_failure(tx: &mut Tx, network: i64, who: i64, at: Timestamp) -> Result<()> {
    tx.execute(&WRITE_FAILURE, params![network, who, at]).await?;
    Ok(())
}

pub(crate) async fn forget(tx: &mut Tx, account: AccountId) -> Result<()> {
    tx.execute(&FORGET_HABITS, params![account]).await?;
    tx.execute(&FORGET_VISIT, params![account]).await?;
    Ok(())
}

pub(crate) async fn delete_failures(tx: &mut Tx, oldest: Timestamp) -> Result<u64> {
    tx.execute(&PURGE_FAILURES, params![oldest]).await
}

pub(crate) async fn delete_world(tx: &mut Tx, oldest: Timestamp) -> Result<u64> {
    tx.execute(&PURGE_WORLD, params![oldest]).await
}
