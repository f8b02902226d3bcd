//! Rows of months, and what a report is made of.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Money, Timestamp};

use super::model::{DayReport, MonthState, MonthView, ReasonReport, Signature};
use crate::bill::model::DayState;
use crate::bill::store::currency;
use crate::difference::DifferenceId;
use crate::matching::model::Reason;
use crate::{Day, Month};

db::statements! {
    CREATE = "INSERT INTO bill_month (id, gateway, month, state, version) VALUES ($1, $2, $3, 'open', 1) ON CONFLICT (gateway, month) DO NOTHING";
    FIND = "SELECT gateway, month, state, version, proposed_by, proposed_at, closed_by, closed_at, reopened_at, reopened_why, hash
            FROM bill_month WHERE gateway = $1 AND month = $2";
    LOCK = "SELECT gateway, month, state, version, proposed_by, proposed_at, closed_by, closed_at, reopened_at, reopened_why, hash
            FROM bill_month WHERE gateway = $1 AND month = $2 {for_update}";
    UPDATE = "UPDATE bill_month SET state = $4, proposed_by = $5, proposed_at = $6, closed_by = $7, closed_at = $8, reopened_at = $9,
                     reopened_why = $10, report = $11, hash = $12, version = version + 1 WHERE gateway = $1 AND month = $2 AND version = $3";
    REOPEN = "UPDATE bill_month SET state = 'reopened', reopened_at = $3, reopened_why = $4, version = version + 1
              WHERE gateway = $1 AND month = $2 AND state = 'closed'";
    // A proposal is about what stood there when it was made.
    WITHDRAW = "UPDATE bill_month SET state = CASE WHEN closed_at IS NULL THEN 'open' ELSE 'reopened' END, proposed_by = NULL, proposed_at = NULL,
                       version = version + 1 WHERE gateway = $1 AND month = $2 AND state = 'proposed'";
    COUNT_MATCHED = "SELECT CAST(COUNT(*) AS BIGINT) FROM bill_day d WHERE d.gateway = $1 AND d.day >= $2 AND d.day <= $3 AND d.state = 'matched'
                     AND NOT EXISTS (SELECT 1 FROM cut_off c WHERE c.gateway = d.gateway AND c.day = d.day)";
    COUNT_ITEMS = "SELECT CAST(COUNT(*) AS BIGINT) FROM difference WHERE gateway = $1 AND day >= $2 AND day <= $3 AND state <> 'closed'
                   AND (signed_at IS NULL OR proposed_by IS NOT NULL)";
    SIGNED_BY = "SELECT CAST(COUNT(*) AS BIGINT) FROM difference WHERE gateway = $1 AND day >= $2 AND day <= $3 AND state <> 'closed'
                 AND signed_by = $4";
    // What agrees by now needed no explanation.
    EXPLAINED_BY = "SELECT CAST(COUNT(*) AS BIGINT) FROM difference WHERE gateway = $1 AND day >= $2 AND day <= $3 AND state = 'closed'
                    AND resolution = 'explained' AND effect <> adjusted AND closed_by = $4";
    DAYS = "SELECT d.day, d.state, d.bill_version, b.hash, b.lines, b.broken, d.matched FROM bill_day d LEFT JOIN bill b ON b.id = d.bill_id
            WHERE d.gateway = $1 AND d.day >= $2 AND d.day <= $3 ORDER BY d.day";
    FEES = "SELECT currency, CAST(SUM(booked) AS BIGINT) FROM day_fee WHERE gateway = $1 AND day >= $2 AND day <= $3
            GROUP BY currency ORDER BY currency";
    REASONS = "SELECT reason, COALESCE(resolution, 'open'), currency, CAST(COUNT(*) AS BIGINT), CAST(SUM(effect - adjusted) AS BIGINT)
               FROM difference WHERE gateway = $1 AND day >= $2 AND day <= $3
               GROUP BY reason, COALESCE(resolution, 'open'), currency";
    SIGNATURES = "SELECT id, reason, effect - adjusted, currency, signed_by, signed_at FROM difference
                  WHERE gateway = $1 AND day >= $2 AND day <= $3 AND state <> 'closed' AND signed_at IS NOT NULL ORDER BY id LIMIT 10000";
}

fn read(row: &Row) -> Result<MonthView> {
    let mut r = row.reader();
    let (gateway, month, state): (_, _, String) = (r.get()?, Month(r.get()?), r.get()?);
    let version = r.get()?;
    let person = |id: Option<i64>| id.map(AccountId);
    Ok(MonthView {
        gateway,
        month,
        state: MonthState::stored(&state)?,
        version,
        proposed_by: person(r.get()?),
        proposed_at: r.get()?,
        closed_by: person(r.get()?),
        closed_at: r.get()?,
        reopened_at: r.get()?,
        reopened_why: r.get()?,
        hash: r.get()?,
    })
}

pub(crate) async fn create(tx: &mut Tx, cx: &Cx, gateway: &str, month: Month) -> Result<()> {
    tx.execute(&CREATE, params![cx.id(), gateway, month.0]).await.map(|_| ())
}

pub(crate) async fn find(tx: &mut Tx, gateway: &str, month: Month) -> Result<Option<MonthView>> {
    tx.first(&FIND, params![gateway, month.0]).await?.map(|row| read(&row)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, gateway: &str, month: Month) -> Result<Option<MonthView>> {
    tx.first(&LOCK, params![gateway, month.0]).await?.map(|row| read(&row)).transpose()
}

/// Writes a month with its report; a conflict when somebody changed it since it was read.
pub(crate) async fn update(tx: &mut Tx, month: &MonthView, report: Option<&str>) -> Result<()> {
    let values = params![
        &month.gateway,
        month.month.0,
        month.version,
        month.state.name(),
        month.proposed_by,
        month.proposed_at,
        month.closed_by,
        month.closed_at,
        month.reopened_at,
        month.reopened_why.clone(),
        report,
        month.hash.clone(),
    ];
    if tx.execute(&UPDATE, values).await? == 1 {
        Ok(())
    } else {
        Err(db::Error::Conflict("the month was changed by somebody else".to_owned()))
    }
}

/// `true` when it was closed.
pub(crate) async fn reopen(
    tx: &mut Tx,
    gateway: &str,
    month: Month,
    why: &str,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&REOPEN, params![gateway, month.0, now, why]).await? == 1)
}

/// `true` when somebody had proposed to close it.
pub(crate) async fn withdraw(tx: &mut Tx, gateway: &str, month: Month) -> Result<bool> {
    Ok(tx.execute(&WITHDRAW, params![gateway, month.0]).await? == 1)
}

async fn count(tx: &mut Tx, sql: &db::Sql, gateway: &str, (from, to): (Day, Day)) -> Result<i64> {
    tx.one(sql, params![gateway, from.0, to.0]).await?.reader().get()
}

/// Days matched with nothing left to the bill of the next day.
pub(crate) async fn count_matched(tx: &mut Tx, gateway: &str, days: (Day, Day)) -> Result<i64> {
    count(tx, &COUNT_MATCHED, gateway, days).await
}

/// Differences that are neither handled nor signed for.
pub(crate) async fn count_items(tx: &mut Tx, gateway: &str, days: (Day, Day)) -> Result<i64> {
    count(tx, &COUNT_ITEMS, gateway, days).await
}

/// How many of the open ones somebody signed for.
pub(crate) async fn count_signed_by(
    tx: &mut Tx,
    gateway: &str,
    days: (Day, Day),
    who: AccountId,
) -> Result<i64> {
    tx.one(&SIGNED_BY, params![gateway, days.0.0, days.1.0, who]).await?.reader().get()
}

/// How many with money in them somebody explained away; `who` as audit labels people.
pub(crate) async fn count_explained_by(
    tx: &mut Tx,
    gateway: &str,
    days: (Day, Day),
    who: &str,
) -> Result<i64> {
    tx.one(&EXPLAINED_BY, params![gateway, days.0.0, days.1.0, who]).await?.reader().get()
}

pub(crate) async fn list_days(tx: &mut Tx, gateway: &str, (from, to): (Day, Day)) -> Result<Vec<DayReport>> {
    let rows = tx.all(&DAYS, params![gateway, from.0, to.0]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (day, state): (i64, String) = (r.get()?, r.get()?);
            let (version, hash) = (r.get()?, r.get()?);
            let (lines, broken): (Option<i64>, Option<i64>) = (r.get()?, r.get()?);
            Ok(DayReport {
                day: Day(day).to_string(),
                state: DayState::stored(&state)?.name(),
                version,
                hash,
                lines: lines.unwrap_or(0),
                broken: broken.unwrap_or(0),
                matched: r.get()?,
            })
        })
        .collect()
}

pub(crate) async fn list_fees(tx: &mut Tx, gateway: &str, (from, to): (Day, Day)) -> Result<Vec<Money>> {
    let rows = tx.all(&FEES, params![gateway, from.0, to.0]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let code: String = r.get()?;
            Ok(Money::new(r.get()?, currency(&code)?))
        })
        .collect()
}

/// In the order of names, which is the same on every database.
pub(crate) async fn list_reasons(
    tx: &mut Tx,
    gateway: &str,
    (from, to): (Day, Day),
) -> Result<Vec<ReasonReport>> {
    let rows = tx.all(&REASONS, params![gateway, from.0, to.0]).await?;
    let mut out = rows
        .iter()
        .map(|row| {
            let mut r = row.reader();
            let (reason, outcome, code): (String, String, String) = (r.get()?, r.get()?, r.get()?);
            let count = r.get()?;
            let effect = Money::new(r.get()?, currency(&code)?);
            Ok(ReasonReport { reason: Reason::stored(&reason)?, outcome, count, effect })
        })
        .collect::<Result<Vec<_>>>()?;
    out.sort_by(|a, b| {
        (a.reason, &a.outcome, a.effect.currency).cmp(&(b.reason, &b.outcome, b.effect.currency))
    });
    Ok(out)
}

pub(crate) async fn list_signatures(
    tx: &mut Tx,
    gateway: &str,
    (from, to): (Day, Day),
) -> Result<Vec<Signature>> {
    let rows = tx.all(&SIGNATURES, params![gateway, from.0, to.0]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (id, reason): (i64, String) = (r.get()?, r.get()?);
            let (minor, code): (i64, String) = (r.get()?, r.get()?);
            let who: i64 = r.get()?;
            Ok(Signature {
                difference: DifferenceId(id).to_string(),
                reason: Reason::stored(&reason)?,
                effect: Money::new(minor, currency(&code)?),
                signed_by: AccountId(who).to_string(),
                signed_at: r.get()?,
            })
        })
        .collect()
}
