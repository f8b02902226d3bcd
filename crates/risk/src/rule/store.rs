//! Rows of rules, of how often they matched, and of dry runs.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, FieldError, Locale, Text, Timestamp};
use vault::SealedColumn;

use super::REASON;
use super::dry_run::{DryRun, DryRunId, DryRunState};
use super::model::{Figures, NewRule, Rule, RuleId, RuleState, Wanted};
use crate::decision::store::name;
use crate::{Outcome, Point};

pub(crate) const SEALED: &[SealedColumn] = &[SealedColumn::new("risk_rule", "reason_sealed", REASON)];

db::statements! {
    INSERT = "INSERT INTO risk_rule (id, code, number, name_zh, name_en, points, source, outcome, state, made_by, made_at)
              SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5, $6, $7, 'draft', $8, $9 FROM risk_rule WHERE code = $2";
    FIND = "SELECT id, code, number, name_zh, name_en, points, source, outcome, state, made_by, made_at, wanted, wanted_by, wanted_at,
                   reason_sealed, changed_by, changed_at FROM risk_rule WHERE id = $1";
    LOCK = "SELECT id, code, number, name_zh, name_en, points, source, outcome, state, made_by, made_at, wanted, wanted_by, wanted_at,
                   reason_sealed, changed_by, changed_at FROM risk_rule WHERE id = $1 {for_update}";
    LIST = "SELECT id, code, number, name_zh, name_en, points, source, outcome, state, made_by, made_at, wanted, wanted_by, wanted_at,
                   reason_sealed, changed_by, changed_at FROM risk_rule WHERE id < $1 ORDER BY id DESC LIMIT $2";
    RUNNING = "SELECT id, code, number, name_zh, name_en, points, source, outcome, state, made_by, made_at, wanted, wanted_by, wanted_at,
                      NULL, changed_by, changed_at FROM risk_rule WHERE state IN ('live', 'shadow') ORDER BY id";
    WANT = "UPDATE risk_rule SET wanted = $2, wanted_by = $3, wanted_at = $4, reason_sealed = $5 WHERE id = $1";
    CHANGE = "UPDATE risk_rule SET state = $2, wanted = NULL, wanted_by = NULL, wanted_at = NULL, changed_by = $3, changed_at = $4
              WHERE id = $1";
    GIVE_WAY = "UPDATE risk_rule SET state = 'retired', wanted = NULL, wanted_by = NULL, wanted_at = NULL, changed_by = $3, changed_at = $4
                WHERE code = $1 AND state = 'live' AND id <> $2";
    FIGURES = "SELECT CAST(COALESCE(SUM(CASE WHEN h.shadow THEN 1 ELSE 0 END), 0) AS BIGINT),
                      CAST(COALESCE(SUM(CASE WHEN h.shadow THEN 0 ELSE 1 END), 0) AS BIGINT),
                      CAST(COALESCE(SUM(CASE WHEN l.fraud THEN 1 ELSE 0 END), 0) AS BIGINT),
                      CAST(COALESCE(SUM(CASE WHEN NOT l.fraud THEN 1 ELSE 0 END), 0) AS BIGINT)
               FROM risk_hit h LEFT JOIN risk_label l ON l.id = (SELECT MAX(w.id) FROM risk_label w WHERE w.event_id = h.decision_id)
               WHERE h.version_id = $1";
    HIT_BY = "SELECT r.id, r.code, r.number, r.name_zh, r.name_en, r.points, r.source, r.outcome, r.state, r.made_by, r.made_at, r.wanted,
                     r.wanted_by, r.wanted_at, NULL, r.changed_by, r.changed_at
              FROM risk_hit h JOIN risk_rule r ON r.id = h.version_id WHERE h.decision_id = $1 AND NOT h.shadow ORDER BY r.id";
    BEGIN_DRY_RUN = "INSERT INTO risk_dry_run (id, rule_id, from_at, to_at, state, asked_by, asked_at, position, scanned, unreadable,
                                               matched, matched_fraud, fraud, samples)
                     VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, 0, 0, 0, 0, 0, '')";
    FIND_DRY_RUN = "SELECT id, rule_id, from_at, to_at, state, asked_by, asked_at, ended_at, position, scanned, unreadable, matched,
                           matched_fraud, fraud, samples FROM risk_dry_run WHERE id = $1";
    LOCK_DRY_RUN = "SELECT id, rule_id, from_at, to_at, state, asked_by, asked_at, ended_at, position, scanned, unreadable, matched,
                           matched_fraud, fraud, samples FROM risk_dry_run WHERE id = $1 {for_update}";
    STEP_DRY_RUN = "UPDATE risk_dry_run SET state = $2, ended_at = $3, position = $4, scanned = $5, unreadable = $6, matched = $7,
                                            matched_fraud = $8, fraud = $9, samples = $10 WHERE id = $1";
    PAST = "SELECT d.id, d.point, d.inputs_sealed, l.fraud FROM risk_event e JOIN risk_decision d ON d.id = e.id
            LEFT JOIN risk_label l ON l.id = (SELECT MAX(w.id) FROM risk_label w WHERE w.event_id = e.id)
            WHERE e.id > $1 AND e.id < $2 ORDER BY e.id LIMIT $3";
}

pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, new: &NewRule, by: AccountId) -> Result<RuleId> {
    let now = cx.now();
    let id = RuleId(cx.ids.next(now));
    let points = new.points.iter().map(|point| point.name()).collect::<Vec<_>>().join(",");
    let (zh, en) = (new.name.zh.as_str(), new.name.get(Locale::En));
    let values = params![
        id.raw(),
        new.code.as_str(),
        zh,
        en,
        points,
        new.source.as_str(),
        new.outcome.name(),
        by,
        now
    ];
    tx.execute(&INSERT, values).await?;
    Ok(id)
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: RuleId) -> Result<Option<Rule>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(Some(cx), &row)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: RuleId) -> Result<Option<Rule>> {
    tx.first(&LOCK, params![id.raw()]).await?.map(|row| read(Some(cx), &row)).transpose()
}

pub(crate) async fn list(tx: &mut Tx, cx: &Cx, after: i64, limit: i64) -> Result<Vec<Rule>> {
    tx.all(&LIST, params![after, limit]).await?.iter().map(|row| read(Some(cx), row)).collect()
}

/// Live and shadow, without the reasons of what is wanted.
pub(crate) async fn list_running(tx: &mut Tx) -> Result<Vec<Rule>> {
    tx.all(&RUNNING, params![]).await?.iter().map(|row| read(None, row)).collect()
}

/// Live rules that matched a decision.
pub(crate) async fn list_hit_by(tx: &mut Tx, decision: i64) -> Result<Vec<Rule>> {
    tx.all(&HIT_BY, params![decision]).await?.iter().map(|row| read(None, row)).collect()
}

/// Notes what is wanted; `None` takes it back.
pub(crate) async fn update_wanted(tx: &mut Tx, cx: &Cx, id: RuleId, wanted: Option<&Wanted>) -> Result<()> {
    let seal = |wanted: &Wanted| cx.vault.seal_text(cx.rng.as_ref(), REASON, &wanted.reason);
    let reason = wanted.map(seal).transpose().map_err(|error| db::Error::Other(error.into()))?;
    let (state, by, at) =
        (wanted.map(|one| one.state.name()), wanted.map(|one| one.by), wanted.map(|one| one.at));
    tx.execute(&WANT, params![id.raw(), state, by, at, reason]).await?;
    Ok(())
}

/// Changes a version's state; the version that was live before gives way.
pub(crate) async fn update_state(
    tx: &mut Tx,
    rule: &Rule,
    state: RuleState,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    if state == RuleState::Live {
        tx.execute(&GIVE_WAY, params![rule.rule.code.as_str(), rule.id.raw(), by, now]).await?;
    }
    tx.execute(&CHANGE, params![rule.id.raw(), state.name(), by, now]).await?;
    Ok(())
}

pub(crate) async fn find_figures(tx: &mut Tx, id: RuleId) -> Result<Figures> {
    let row = tx.one(&FIGURES, params![id.raw()]).await?;
    let mut r = row.reader();
    Ok(Figures { shadow_hits: r.get()?, live_hits: r.get()?, fraud: r.get()?, cleared: r.get()? })
}

fn read(cx: Option<&Cx>, row: &Row) -> Result<Rule> {
    let mut r = row.reader();
    let id = RuleId(r.get()?);
    let (code, number, zh, en): (String, i64, String, String) = (r.get()?, r.get()?, r.get()?, r.get()?);
    let points = r.get::<String>()?;
    let points = points.split(',').map(|point| name(Point::from_name, point)).collect::<Result<_>>()?;
    let source = r.get()?;
    let outcome = name(Outcome::from_name, &r.get::<String>()?)?;
    let state = name(RuleState::from_name, &r.get::<String>()?)?;
    let (made_by, made_at) = (r.get()?, r.get()?);
    let wanted = r.get::<Option<String>>()?.map(|text| name(RuleState::from_name, &text)).transpose()?;
    let (by, at): (Option<AccountId>, Option<Timestamp>) = (r.get()?, r.get()?);
    let sealed: Option<Vec<u8>> = r.get()?;
    let open = |cx: &Cx| sealed.as_ref().map(|sealed| cx.vault.open_text(REASON, sealed)).transpose();
    let reason = cx.map(open).transpose().map_err(|error| db::Error::Other(error.into()))?.flatten();
    let wanted = match (wanted, by, at) {
        (Some(state), Some(by), Some(at)) => {
            Some(Wanted { state, by, at, reason: reason.unwrap_or_default() })
        }
        _ => None,
    };
    let rule = NewRule { code, name: Text::new(zh, en), points, source, outcome };
    Ok(Rule { id, number, rule, state, made_by, made_at, wanted, changed_by: r.get()?, changed_at: r.get()? })
}

impl Rule {
    /// The rule, compiled.
    pub(crate) fn ready(&self) -> std::result::Result<super::rules::Ready, FieldError> {
        super::rules::ready(self)
    }
}

pub(crate) async fn insert_dry_run(tx: &mut Tx, run: &DryRun) -> Result<()> {
    let DryRun { id, rule, from, to, asked_by, asked_at, .. } = run;
    let values = params![id.raw(), rule.raw(), *from, *to, *asked_by, *asked_at, run.position];
    tx.execute(&BEGIN_DRY_RUN, values).await?;
    Ok(())
}

pub(crate) async fn find_dry_run(tx: &mut Tx, id: DryRunId) -> Result<Option<DryRun>> {
    tx.first(&FIND_DRY_RUN, params![id.raw()]).await?.map(|row| read_dry_run(&row)).transpose()
}

pub(crate) async fn lock_dry_run(tx: &mut Tx, id: DryRunId) -> Result<Option<DryRun>> {
    tx.first(&LOCK_DRY_RUN, params![id.raw()]).await?.map(|row| read_dry_run(&row)).transpose()
}

pub(crate) async fn update_dry_run(tx: &mut Tx, run: &DryRun) -> Result<()> {
    let samples = run.samples.iter().map(|id| id.raw().to_string()).collect::<Vec<_>>().join(",");
    let values = params![
        run.id.raw(),
        run.state.name(),
        run.ended_at,
        run.position,
        run.scanned,
        run.unreadable,
        run.matched,
        run.matched_fraud,
        run.fraud,
        samples,
    ];
    tx.execute(&STEP_DRY_RUN, values).await?;
    Ok(())
}

fn read_dry_run(row: &Row) -> Result<DryRun> {
    let mut r = row.reader();
    let (id, rule) = (DryRunId(r.get()?), RuleId(r.get()?));
    let (from, to) = (r.get()?, r.get()?);
    let state = name(DryRunState::from_name, &r.get::<String>()?)?;
    let (asked_by, asked_at, ended_at, position) = (r.get()?, r.get()?, r.get()?, r.get()?);
    let (scanned, unreadable, matched, matched_fraud, fraud) =
        (r.get()?, r.get()?, r.get()?, r.get()?, r.get()?);
    let samples = r.get::<String>()?;
    let samples = samples.split(',').filter_map(|id| id.parse().ok().map(crate::DecisionId)).collect();
    Ok(DryRun {
        id,
        rule,
        from,
        to,
        state,
        asked_by,
        asked_at,
        ended_at,
        position,
        scanned,
        unreadable,
        matched,
        matched_fraud,
        fraud,
        samples,
    })
}

/// A decision of the past, as a dry run sees it.
pub(crate) struct Past {
    pub id: i64,
    pub point: Point,
    pub inputs: Option<Vec<u8>>,
    pub fraud: bool,
}

pub(crate) async fn list_past(tx: &mut Tx, after: i64, before: i64, limit: i64) -> Result<Vec<Past>> {
    let rows = tx.all(&PAST, params![after, before, limit]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let id = r.get()?;
            let point = name(Point::from_name, &r.get::<String>()?)?;
            let inputs = r.get()?;
            Ok(Past { id, point, inputs, fraud: r.get::<Option<bool>>()?.unwrap_or(false) })
        })
        .collect()
}
