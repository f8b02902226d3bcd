//! Sums over the queue and over what is cut off.

use db::{Result, Tx, params};
use kernel::{Currency, Duration, Timestamp};

use super::model::ReasonAges;
use crate::bill::store::currency;
use crate::matching::model::Reason;
use crate::month::model::MonthState;
use crate::{Day, Month};

db::statements! {
    QUEUE = "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END), 0) AS BIGINT),
                    CAST(COALESCE(SUM(CASE WHEN state = 'timing' THEN 1 ELSE 0 END), 0) AS BIGINT),
                    CAST(COALESCE(SUM(CASE WHEN proposed_by IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT), MIN(opened_at)
             FROM difference WHERE state <> 'closed'";
    REASONS = "SELECT reason, CAST(COUNT(*) AS BIGINT) FROM difference WHERE state <> 'closed' GROUP BY reason";
    AGES = "SELECT reason, CAST(SUM(CASE WHEN opened_at > $1 THEN 1 ELSE 0 END) AS BIGINT),
                   CAST(SUM(CASE WHEN opened_at <= $1 AND opened_at > $2 THEN 1 ELSE 0 END) AS BIGINT),
                   CAST(SUM(CASE WHEN opened_at <= $2 AND opened_at > $3 THEN 1 ELSE 0 END) AS BIGINT),
                   CAST(SUM(CASE WHEN opened_at <= $3 THEN 1 ELSE 0 END) AS BIGINT)
            FROM difference WHERE state <> 'closed' GROUP BY reason";
    MONTH_STATES = "SELECT gateway, month, state FROM bill_month WHERE month >= $1";
    MATCHED_DAYS = "SELECT gateway, CAST(COUNT(*) AS BIGINT) FROM bill_day WHERE day >= $1 AND day <= $2 AND state = 'matched' GROUP BY gateway";
    // Grouped by an expression, so that the queue is walked and not everything that ever differed.
    OPEN_ITEMS = "SELECT gateway || '', CAST(COUNT(*) AS BIGINT) FROM difference WHERE state <> 'closed' AND day >= $1 AND day <= $2
                  GROUP BY gateway || ''";
    EFFECTS = "SELECT currency, CAST(SUM(CASE WHEN state <> 'closed' THEN effect - adjusted ELSE 0 END) AS BIGINT),
                      CAST(SUM(CASE WHEN state = 'closed' THEN effect - adjusted ELSE 0 END) AS BIGINT) FROM difference
               WHERE gateway = $1 AND (state <> 'closed' OR resolution = 'explained') GROUP BY currency";
    CUT_OFF = "SELECT currency, CAST(SUM(CASE WHEN kind IN (1, 4) THEN amount ELSE -amount END) AS BIGINT) FROM cut_off
               WHERE gateway = $1 GROUP BY currency";
    LAST_MATCHED = "SELECT day FROM bill_day WHERE gateway = $1 AND state = 'matched' ORDER BY day DESC LIMIT 1";
    GATEWAYS = "SELECT DISTINCT gateway FROM bill_day ORDER BY gateway";
}

/// Open, timing, proposed, the oldest.
pub(crate) async fn queue(tx: &mut Tx) -> Result<(i64, i64, i64, Option<Timestamp>)> {
    let row = tx.one(&QUEUE, params![]).await?;
    let mut r = row.reader();
    Ok((r.get()?, r.get()?, r.get()?, r.get()?))
}

pub(crate) async fn reasons(tx: &mut Tx) -> Result<Vec<(Reason, i64)>> {
    let rows = tx.all(&REASONS, params![]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let reason: String = r.get()?;
            Ok((Reason::stored(&reason)?, r.get()?))
        })
        .collect()
}

pub(crate) async fn ages(tx: &mut Tx, now: Timestamp) -> Result<Vec<ReasonAges>> {
    let before = |days| now.minus(Duration::from_days(days));
    let rows = tx.all(&AGES, params![before(1), before(3), before(7)]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let reason: String = r.get()?;
            let reason = Reason::stored(&reason)?;
            Ok(ReasonAges { reason, day: r.get()?, three_days: r.get()?, week: r.get()?, older: r.get()? })
        })
        .collect()
}

/// Months from one on that somebody touched.
pub(crate) async fn month_states(tx: &mut Tx, from: Month) -> Result<Vec<(String, Month, MonthState)>> {
    let rows = tx.all(&MONTH_STATES, params![from.0]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (gateway, month, state): (_, _, String) = (r.get()?, Month(r.get()?), r.get()?);
            Ok((gateway, month, MonthState::stored(&state)?))
        })
        .collect()
}

/// By gateway.
pub(crate) async fn matched_days(tx: &mut Tx, from: Day, to: Day) -> Result<Vec<(String, i64)>> {
    counts(&tx.all(&MATCHED_DAYS, params![from.0, to.0]).await?)
}

/// What is not closed, by gateway.
pub(crate) async fn open_items(tx: &mut Tx, from: Day, to: Day) -> Result<Vec<(String, i64)>> {
    counts(&tx.all(&OPEN_ITEMS, params![from.0, to.0]).await?)
}

fn counts(rows: &[db::Row]) -> Result<Vec<(String, i64)>> {
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?))
        })
        .collect()
}

/// Of the differences of a gateway by currency: what is open, what was explained without a booking.
pub(crate) async fn effects(tx: &mut Tx, gateway: &str) -> Result<Vec<(Currency, i64, i64)>> {
    let rows = tx.all(&EFFECTS, params![gateway]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let code: String = r.get()?;
            Ok((currency(&code)?, r.get()?, r.get()?))
        })
        .collect()
}

pub(crate) async fn cut_off(tx: &mut Tx, gateway: &str) -> Result<Vec<(Currency, i64)>> {
    let rows = tx.all(&CUT_OFF, params![gateway]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let code: String = r.get()?;
            Ok((currency(&code)?, r.get()?))
        })
        .collect()
}

pub(crate) async fn last_matched(tx: &mut Tx, gateway: &str) -> Result<Option<Day>> {
    tx.first(&LAST_MATCHED, params![gateway]).await?.map(|row| row.reader().get().map(Day)).transpose()
}

pub(crate) async fn gateways(tx: &mut Tx) -> Result<Vec<String>> {
    tx.all(&GATEWAYS, params![]).await?.iter().map(|row| row.reader().get()).collect()
}
