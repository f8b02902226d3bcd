//! The desks that speak the provider protocol: one engine, and for each desk a pure rule that says what becomes of an
//! operation.

mod bank;
mod power;
mod telecom;
mod warehouse;

use connectors::{Answer, Operation, OperationId, OperationKind, Outcome};
use kernel::{Duration, Text, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::Desk;
use crate::delivery;
use crate::knobs::{AnswerMode, Knobs};
use crate::world::{Due, OperationKey, World};

/// Between "expected by" and the last step: nobody is late by a hair.
const GRACE: Duration = Duration::from_secs(60);
/// When work takes time only because a knob says so.
const MADE_UP_DELAY_MS: i64 = 3_000;

/// One operation and what is still to become of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OperationRecord {
    pub desk: Desk,
    pub request: Operation,
    pub accepted_at: Timestamp,
    pub answer: Answer,
    /// Outcomes to come, in order.
    pub then: Vec<(Timestamp, Outcome)>,
}

impl OperationRecord {
    pub fn key(&self) -> OperationKey {
        (self.desk, self.request.operation_id.clone())
    }

    pub fn due(&self) -> Option<(Timestamp, Due)> {
        self.then.first().map(|(at, _)| (*at, Due::Step(self.key())))
    }

    /// The operation that this one cancelled.
    pub fn undoes(&self) -> Option<OperationId> {
        let done = matches!(self.answer.outcome, Outcome::Done { .. });
        self.request.cancels.clone().filter(|_| done)
    }

    /// The power bill that this operation pays, or is about to.
    pub fn pays(&self) -> Option<(String, String)> {
        let refused = matches!(self.answer.outcome, Outcome::Refused { .. });
        let pays = self.desk == Desk::Power && self.request.operation == OperationKind::Submit && !refused;
        pays.then(|| power::bill_of(&self.request, self.accepted_at)).flatten()
    }
}

/// An outcome before the clock is known.
#[derive(Debug, Clone, PartialEq)]
enum Draft {
    Done { result: Map<String, Value>, message: Text },
    Later { state: &'static str, facts: Map<String, Value>, message: Text },
    Refused { reason_code: &'static str, message: Text, retriable: bool },
}

/// What becomes of an operation: each draft so many milliseconds after the one before. The first comes at once.
type Plan = Vec<(i64, Draft)>;

fn done(result: Value, zh: &str, en: &str) -> Draft {
    Draft::Done { result: object(result), message: Text::new(zh, en) }
}

fn later(state: &'static str, facts: Value, zh: &str, en: &str) -> Draft {
    Draft::Later { state, facts: object(facts), message: Text::new(zh, en) }
}

fn refused(reason_code: &'static str, zh: &str, en: &str) -> Draft {
    Draft::Refused { reason_code, message: Text::new(zh, en), retriable: false }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The first of these answers that is there, as text.
fn answer_text(operation: &Operation, names: &[&str]) -> Option<String> {
    let value = names.iter().find_map(|name| operation.answers.get(*name))?;
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Why an operation is not even taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The id was used for another document.
    Conflict,
}

/// Takes an operation, once; a repeated one is answered as it stands.
pub(crate) fn operate(
    world: &mut World,
    desk: Desk,
    operation: Operation,
    now: Timestamp,
) -> Result<Answer, NotTaken> {
    let key = (desk, operation.operation_id.clone());
    if let Some(record) = world.operations.get(&key) {
        return if record.request == operation { Ok(record.answer.clone()) } else { Err(NotTaken::Conflict) };
    }
    let plan = plan(world, desk, &operation, now);
    let record = record(desk, operation, plan, now);
    let answer = record.answer.clone();
    world.keep_operation(record);
    Ok(answer)
}

fn plan(world: &mut World, desk: Desk, operation: &Operation, now: Timestamp) -> Plan {
    let knobs = world.knobs(desk);
    let id = operation.operation_id.as_str();
    if let Some(target) = operation.cancels.clone() {
        return vec![(0, cancel(world, (desk, target), now))];
    }
    if world.cancelled.contains(&(desk, operation.operation_id.clone())) {
        return vec![(0, cancelled())];
    }
    if world.hits(knobs.refusal_percent, "refusal", id) {
        let (zh, en) = ("沙箱按设置拒绝了这次办理", "The sandbox is set to refuse this");
        let message = Text::new(zh, en);
        return vec![(0, Draft::Refused { reason_code: "sandbox_refusal", message, retriable: true })];
    }
    let plan = match desk {
        Desk::Telecom => telecom::decide(operation, now),
        Desk::Power => {
            let bill = power::bill_of(operation, now);
            power::decide(operation, bill.is_some_and(|bill| world.paid.contains_key(&bill)), now)
        }
        Desk::Warehouse => warehouse::decide(operation),
        Desk::Bank => bank::decide(operation),
        Desk::Card | Desk::Identity | Desk::Wechat | Desk::Alipay => {
            vec![(0, refused("unknown_service", "没有这项业务", "There is no such service"))]
        }
    };
    bend(plan, &knobs)
}

/// Applies the knobs for time.
fn bend(mut plan: Plan, knobs: &Knobs) -> Plan {
    let ends = plan.last().is_some_and(|(_, draft)| !matches!(draft, Draft::Later { .. }));
    match knobs.answer {
        AnswerMode::Now if ends => {
            plan = plan.pop().map(|(_, last)| vec![(0, last)]).unwrap_or_default();
        }
        AnswerMode::Later if ends && plan.len() == 1 => {
            let accepted = later("accepted", Value::Null, "已受理", "Accepted");
            plan = plan.into_iter().map(|(_, last)| (MADE_UP_DELAY_MS, last)).collect();
            plan.insert(0, (0, accepted));
        }
        AnswerMode::Natural | AnswerMode::Now | AnswerMode::Later => {}
    }
    if let Some(delay) = knobs.delay_ms {
        plan.iter_mut().skip(1).for_each(|(gap, _)| *gap = i64::from(delay));
    }
    plan
}

fn record(desk: Desk, request: Operation, plan: Plan, now: Timestamp) -> OperationRecord {
    let length: i64 = plan.iter().map(|(gap, _)| gap).sum();
    let expected_by = now.plus(Duration::from_millis(length)).plus(GRACE);
    let mut at = now;
    let mut outcomes = plan.into_iter().map(|(gap, draft)| {
        at = at.plus(Duration::from_millis(gap));
        (at, outcome(draft, expected_by))
    });
    let first = outcomes.next().map_or_else(|| outcome(cancelled(), now), |(_, first)| first);
    let then = outcomes.collect();
    let operation_id = request.operation_id.clone();
    let answer = Answer { operation_id, sequence: 1, at: now, outcome: first };
    OperationRecord { desk, request, accepted_at: now, answer, then }
}

fn outcome(draft: Draft, expected_by: Timestamp) -> Outcome {
    match draft {
        Draft::Done { result, message } => Outcome::Done { result, message: Some(message) },
        Draft::Later { state, facts, message } => {
            Outcome::Later { expected_by, state: state.to_owned(), facts, message: Some(message) }
        }
        Draft::Refused { reason_code, message, retriable } => {
            Outcome::Refused { reason_code: reason_code.to_owned(), message, retriable }
        }
    }
}

fn cancelled() -> Draft {
    refused("cancelled", "已按要求取消", "Cancelled as asked")
}

/// Undoes an operation if its desk still can. One that has not arrived yet is cancelled in advance.
fn cancel(world: &mut World, key: OperationKey, now: Timestamp) -> Draft {
    let too_late =
        || refused("too_late", "已经办理，不能再取消", "This has been done and cannot be cancelled any more");
    let undone = || done(Value::Null, "已取消", "Cancelled");
    let Some(record) = world.operations.get(&key).cloned() else { return undone() };
    let can = match &record.answer.outcome {
        Outcome::Done { .. } => false,
        Outcome::Refused { .. } => return undone(),
        Outcome::Later { state, .. } => match key.0 {
            // Money that is on its way does not come back by itself.
            Desk::Power | Desk::Bank | Desk::Card | Desk::Identity | Desk::Wechat | Desk::Alipay => false,
            Desk::Warehouse => state != "shipped",
            Desk::Telecom => true,
        },
    };
    if !can {
        return too_late();
    }
    change(world, OperationRecord { then: Vec::new(), ..record }, outcome(cancelled(), now), now);
    undone()
}

/// The next step of an operation, if that is still what its record waits for.
pub(crate) fn step(world: &mut World, key: &OperationKey, at: Timestamp, when: Timestamp) {
    let Some(mut record) = world.operations.get(key).cloned() else { return };
    if record.then.first().is_none_or(|(next, _)| *next != at) {
        return;
    }
    let (_, outcome) = record.then.remove(0);
    change(world, record, outcome, when);
}

fn change(world: &mut World, mut record: OperationRecord, outcome: Outcome, now: Timestamp) {
    record.answer.sequence = record.answer.sequence.saturating_add(1);
    record.answer.at = now;
    record.answer.outcome = outcome;
    if let Some(url) = record.request.callback_url.clone() {
        let about = record.request.operation_id.to_string();
        let event = format!("{}_{about}_{}", record.desk.name(), record.answer.sequence);
        delivery::announce(world, record.desk, &about, event, &url, &record.answer, now);
    }
    world.keep_operation(record);
}
