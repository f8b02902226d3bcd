//! Sums over the journal, reviews, labels and matches.

use db::{Result, Tx, params};
use kernel::{Currency, Duration, Money, Text, Timestamp};

use super::model::{Alarms, Held, Load, RuleHits};
use crate::decision::store::name;
use crate::rule::{RuleId, RuleState};
use crate::{Outcome, Point};

/// Rules that run at once; more of them nobody would read.
const MOST_RULES: i64 = 200;

db::statements! {
    DECISIONS = "SELECT point, outcome, (made_at - $2) / $3 AS part, CAST(COUNT(*) AS BIGINT) FROM risk_decision
                 WHERE id >= $1 AND NOT shadow GROUP BY point, outcome, part";
    WAITING = "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN material_asked_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT),
                      MIN(opened_at)
               FROM risk_review WHERE state = 'pending' AND expires_at > $1";
    REVIEWS = "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN state IN ('released', 'rejected') THEN 1 ELSE 0 END), 0) AS BIGINT),
                      CAST(COALESCE(SUM(CASE WHEN state = 'expired' OR (state = 'pending' AND expires_at <= $2) THEN 1 ELSE 0 END), 0) AS BIGINT)
               FROM risk_review WHERE id >= $1";
    ALARMS = "SELECT e.currency, CAST(COUNT(*) AS BIGINT), CAST(SUM(CASE WHEN l.fraud THEN 1 ELSE 0 END) AS BIGINT),
                     CAST(SUM(CASE WHEN NOT l.fraud THEN 1 ELSE 0 END) AS BIGINT),
                     CAST(SUM(CASE WHEN e.outcome = 'step_up' THEN 0 ELSE e.amount_minor END) AS BIGINT),
                     CAST(SUM(CASE WHEN e.outcome <> 'step_up' AND l.fraud THEN e.amount_minor ELSE 0 END) AS BIGINT)
              FROM risk_event e LEFT JOIN risk_label l ON l.id = (SELECT MAX(w.id) FROM risk_label w WHERE w.event_id = e.id)
              WHERE e.outcome IN ('step_up', 'review', 'deny') AND e.id >= $1 GROUP BY e.currency";
    RULES = "SELECT r.id, r.code, r.number, r.name_zh, r.name_en, r.state,
                    CAST(COALESCE(SUM(CASE WHEN NOT h.shadow THEN 1 ELSE 0 END), 0) AS BIGINT),
                    CAST(COALESCE(SUM(CASE WHEN h.shadow THEN 1 ELSE 0 END), 0) AS BIGINT),
                    CAST(COALESCE(SUM(CASE WHEN l.fraud THEN 1 ELSE 0 END), 0) AS BIGINT),
                    CAST(COALESCE(SUM(CASE WHEN NOT l.fraud THEN 1 ELSE 0 END), 0) AS BIGINT)
             FROM risk_rule r LEFT JOIN risk_hit h ON h.version_id = r.id AND h.decision_id >= $1
             LEFT JOIN risk_label l ON l.id = (SELECT MAX(w.id) FROM risk_label w WHERE w.event_id = h.decision_id)
             WHERE r.state IN ('live', 'shadow')
             GROUP BY r.id, r.code, r.number, r.name_zh, r.name_en, r.state ORDER BY r.id LIMIT $2";
}

/// Point, outcome, part of the time, how many.
pub(crate) async fn list_decisions(
    tx: &mut Tx,
    since: i64,
    from: Timestamp,
    part: Duration,
) -> Result<Vec<(Point, Outcome, i64, i64)>> {
    let rows = tx.all(&DECISIONS, params![since, from, part.0]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let point = name(Point::from_name, &r.get::<String>()?)?;
            let outcome = name(Outcome::from_name, &r.get::<String>()?)?;
            Ok((point, outcome, r.get()?, r.get()?))
        })
        .collect()
}

pub(crate) async fn find_load(tx: &mut Tx, since: i64, now: Timestamp) -> Result<Load> {
    let row = tx.one(&WAITING, params![now]).await?;
    let mut waiting = row.reader();
    let row = tx.one(&REVIEWS, params![since, now]).await?;
    let mut reviews = row.reader();
    Ok(Load {
        pending: waiting.get()?,
        material: waiting.get()?,
        oldest: waiting.get()?,
        opened: reviews.get()?,
        decided: reviews.get()?,
        expired: reviews.get()?,
    })
}

/// Alarms of one currency, or of acts without an amount.
pub(crate) struct Stopped {
    pub alarms: Alarms,
    pub held: Option<Held>,
}

pub(crate) async fn list_alarms(tx: &mut Tx, since: i64) -> Result<Vec<Stopped>> {
    let rows = tx.all(&ALARMS, params![since]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let code: Option<String> = r.get()?;
            let alarms = Alarms { all: r.get()?, confirmed: r.get()?, cleared: r.get()? };
            let (stopped, saved): (i64, i64) = (r.get()?, r.get()?);
            let currency = code.map(|code| name(Currency::from_code, &code)).transpose()?;
            let held = currency.map(|currency| Held {
                stopped: Money::new(stopped, currency),
                saved: Money::new(saved, currency),
            });
            Ok(Stopped { alarms, held })
        })
        .collect()
}

/// Rules at work with their matches since then.
pub(crate) async fn list_rules(tx: &mut Tx, since: i64) -> Result<Vec<RuleHits>> {
    let rows = tx.all(&RULES, params![since, MOST_RULES]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (id, code, number) = (RuleId(r.get()?), r.get()?, r.get()?);
            let (zh, en): (String, String) = (r.get()?, r.get()?);
            Ok(RuleHits {
                id,
                code,
                number,
                name: Text::new(zh, en),
                state: name(RuleState::from_name, &r.get::<String>()?)?,
                live: r.get()?,
                shadow: r.get()?,
                fraud: r.get()?,
                cleared: r.get()?,
            })
        })
        .collect()
}
