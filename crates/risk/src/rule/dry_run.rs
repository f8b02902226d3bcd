//! How a rule would have done: every act of the last days with the variables it was judged by then, counted by a job.

use durable::{Cx, NewJob};
use kernel::{AccountId, Actor, Duration, FieldError, Permission, Timestamp};
use serde_json::{Value, json};

use super::model::RuleId;
use super::rules::{self, Tried, run};
use super::store::{self, Past};
use super::variables::unfold;
use super::{DRY_RUN_JOB, ops};
use crate::decision::{DecisionId, INPUTS, named, permit};
use crate::{Error, Point};

/// The journal's inputs are looked back at so far.
const MOST_DAYS: i64 = 90;
/// Acts looked at in one transaction.
const BATCH: i64 = 500;
/// Matches shown.
const SAMPLES: usize = 20;

kernel::typed_id!(
    /// One dry run.
    DryRunId, "dry"
);

named! {
    /// How far it is.
    DryRunState {
        Waiting = "waiting",
        Running = "running",
        Done = "done",
        /// The rule can no longer be read.
        Failed = "failed",
    }
}

/// A dry run, with what is counted so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    pub id: DryRunId,
    pub rule: RuleId,
    /// Acts with `from <= at < to`.
    pub from: Timestamp,
    pub to: Timestamp,
    pub state: DryRunState,
    pub asked_by: AccountId,
    pub asked_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// The last act looked at.
    pub(crate) position: i64,
    /// Acts of the rule's points looked at.
    pub scanned: i64,
    /// Of these, those whose inputs were erased or never complete, and those the rule gives no answer for.
    pub unreadable: i64,
    pub matched: i64,
    /// Of those that matched, how many are known to be fraud by now.
    pub matched_fraud: i64,
    /// Of all looked at, how many are known to be fraud by now.
    pub fraud: i64,
    /// The first that matched.
    pub samples: Vec<DecisionId>,
}

impl DryRun {
    /// How much of the time is gone through, in per cent.
    pub fn progress_percent(&self) -> i64 {
        if matches!(self.state, DryRunState::Done | DryRunState::Failed) {
            return 100;
        }
        let (from, to) = (self.from.as_secs(), self.to.as_secs());
        let at = kernel::made_at(self.position).as_secs().clamp(from, to);
        at.saturating_sub(from).saturating_mul(100) / to.saturating_sub(from).max(1)
    }
}

/// Lets a job count how a version would have done over the last `days` (1 to 90). Needs `manage_risk`.
pub async fn dry_run(cx: &Cx, actor: &Actor, rule: RuleId, days: i64) -> Result<DryRunId, Error> {
    let by = ops::person(actor)?;
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Error::Input {
            fields: vec![FieldError::new(
                "/days",
                "risk.dry_run_days",
                format!("试算 1 至 {MOST_DAYS} 天"),
                format!("Look back 1 to {MOST_DAYS} days"),
            )],
        });
    }
    let now = cx.now();
    let from = now.minus(Duration::from_days(days));
    let run = DryRun {
        id: DryRunId(cx.ids.next(now)),
        rule,
        from,
        to: now,
        state: DryRunState::Waiting,
        asked_by: by,
        asked_at: now,
        ended_at: None,
        position: kernel::first_id_at(from).saturating_sub(1),
        scanned: 0,
        unreadable: 0,
        matched: 0,
        matched_fraud: 0,
        fraud: 0,
        samples: Vec::new(),
    };
    let mut tx = cx.begin().await?;
    let version = store::find(&mut tx, cx, rule).await?.ok_or(Error::NoSuchEntry)?;
    store::insert_dry_run(&mut tx, &run).await?;
    let payload = json!({"dry_run": run.id.raw()});
    let job = NewJob { kind: DRY_RUN_JOB, key: run.id.raw().to_string(), payload, run_at: now };
    durable::enqueue(&mut tx, cx, job).await?;
    let entry = audit::Entry {
        verb: "risk.rule_dry_run",
        object_kind: "risk_rule",
        object: rule.raw(),
        customer: None,
        detail: json!({"code": version.rule.code, "number": version.number, "days": days}),
        reason: None,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(run.id)
}

/// How far a dry run is and what it counted. Needs `read_risk`.
pub async fn show_dry_run(cx: &Cx, actor: &Actor, id: DryRunId) -> Result<DryRun, Error> {
    permit(actor, Permission::ReadRisk)?;
    store::find_dry_run(&mut cx.read().await?, id).await?.ok_or(Error::NoSuchEntry)
}

/// Looks at the next acts; whether there are more. Counting and moving on commit together, so nothing counts twice.
pub(crate) async fn step(cx: &Cx, id: DryRunId) -> Result<bool, Error> {
    let mut tx = cx.begin().await?;
    let Some(mut dry) = store::lock_dry_run(&mut tx, id).await? else { return Ok(false) };
    if matches!(dry.state, DryRunState::Done | DryRunState::Failed) {
        return Ok(false);
    }
    let Some(version) = store::find(&mut tx, cx, dry.rule).await? else { return Ok(false) };
    dry.state = DryRunState::Running;
    match rules::ready(&version) {
        Ok(ready) => {
            let before = kernel::first_id_at(dry.to);
            let past = store::list_past(&mut tx, dry.position, before, BATCH).await?;
            let more = past.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
            for one in past {
                dry.position = one.id;
                count(cx, &mut dry, &ready, &one);
            }
            if !more {
                dry.state = DryRunState::Done;
            }
        }
        Err(_) => dry.state = DryRunState::Failed,
    }
    let more = dry.state == DryRunState::Running;
    dry.ended_at = (!more).then(|| cx.now());
    store::update_dry_run(&mut tx, &dry).await?;
    tx.commit().await?;
    Ok(more)
}

fn count(cx: &Cx, dry: &mut DryRun, ready: &rules::Ready, past: &Past) {
    let applies = |point: Point| ready.points.contains(&point);
    if !applies(past.point) {
        return;
    }
    dry.scanned = dry.scanned.saturating_add(1);
    dry.fraud = dry.fraud.saturating_add(i64::from(past.fraud));
    match variables(cx, past).map(|variables| run(&ready.program, &variables)) {
        Some(Tried::Matches) => {
            dry.matched = dry.matched.saturating_add(1);
            dry.matched_fraud = dry.matched_fraud.saturating_add(i64::from(past.fraud));
            if dry.samples.len() < SAMPLES {
                dry.samples.push(DecisionId(past.id));
            }
        }
        Some(Tried::DoesNot) => {}
        Some(Tried::Unclear(_)) | None => dry.unreadable = dry.unreadable.saturating_add(1),
    }
}

/// What it was judged by then; nothing when it was erased, or nobody scored in time.
fn variables(cx: &Cx, past: &Past) -> Option<Value> {
    let text = cx.vault.open_text(INPUTS, past.inputs.as_ref()?).ok()?;
    let mut inputs = unfold(serde_json::from_str(&text).ok()?);
    Some(inputs.get_mut("variables")?.take()).filter(Value::is_object)
}
