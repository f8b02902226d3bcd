//! What is sent to a provider, and what follows from what it says. Pure.

use catalogue::service::{Operation as Asked, ProviderCall};
use connectors::{Operation, OperationId, OperationKind, Outcome, ProviderError};
use kernel::{Duration, Timestamp, encode_base32};
use serde_json::{Map, Value};

use crate::Fulfilment;
use crate::flow::model::{Case, FlowId, LoggedStep, Purpose, StepState};

/// The first pause after a call that brought nothing.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// While a person is already alarmed, a provider is asked at most this often.
const SLOW_POLL: Duration = Duration::from_mins(1);

/// What was heard from a provider.
#[derive(Debug, Clone, Copy)]
pub enum Heard<'a> {
    Answer(&'a Outcome),
    /// It may have happened.
    Unknown,
    /// The provider never got it.
    NotKnown,
    /// The request itself was not taken: nothing happened.
    NotTaken {
        retriable: bool,
    },
}

impl<'a> Heard<'a> {
    /// `before` is the state in which the step was asked about. A refused question about work the provider may already
    /// have says nothing about that work.
    pub fn from_error(error: &'a ProviderError, before: StepState) -> Self {
        match error {
            ProviderError::Unknown { .. } => Self::Unknown,
            ProviderError::NotKnown => Self::NotKnown,
            ProviderError::Refused { .. } if before == StepState::Waiting => Self::Unknown,
            ProviderError::Refused { retriable, .. } => Self::NotTaken { retriable: *retriable },
        }
    }
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Done,
    /// A later answer is waited for.
    Wait,
    /// The same operation is asked for again.
    Repeat,
    /// Asked for again under a new operation id: the old one is refused for good.
    Renew,
    Refused,
    /// Not for a program to decide.
    FallOut(&'static str),
}

/// The verdict. `round` and `tries` count from 1 and include the present one.
pub fn judge(heard: Heard<'_>, round: i64, tries: i64, retries: u32) -> Verdict {
    let retries = i64::from(retries);
    match heard {
        Heard::Answer(Outcome::Done { .. }) => Verdict::Done,
        Heard::Answer(Outcome::Later { .. }) => Verdict::Wait,
        Heard::Answer(Outcome::Refused { retriable: true, .. }) if round <= retries => Verdict::Renew,
        Heard::Answer(Outcome::Refused { .. }) => Verdict::Refused,
        // Only the deadline ends this: what may have happened is never treated as failed.
        Heard::Unknown | Heard::NotKnown => Verdict::Repeat,
        Heard::NotTaken { retriable: true } if tries <= retries => Verdict::Repeat,
        Heard::NotTaken { retriable: true } => Verdict::FallOut("provider_unreachable"),
        Heard::NotTaken { retriable: false } => Verdict::FallOut("request_refused"),
    }
}

/// 2 s, 4 s, 8 s … up to `most`, plus up to half again by chance (`jitter` in thousandths).
pub fn back_off(tries: i64, most: Duration, jitter: u64) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1).clamp(0, 20)).unwrap_or(0);
    let base = FIRST_PAUSE.0.saturating_mul(1 << doublings).min(most.0.max(FIRST_PAUSE.0));
    let extra = base.saturating_mul(i64::try_from(jitter.min(1000)).unwrap_or(0)) / 2000;
    Duration::from_micros(base.saturating_add(extra))
}

/// When to ask again: at the next poll, or at the deadline if that is sooner.
pub fn next_look(step: &LoggedStep, call: &ProviderCall, now: Timestamp) -> Timestamp {
    if step.alerted_at.is_some() {
        return now.plus(call.poll_every.max(SLOW_POLL));
    }
    let poll = now.plus(call.poll_every);
    step.due_at.filter(|due| *due > now).map_or(poll, |due| due.min(poll))
}

/// Our name for an operation: the same step for the same purpose in the same round always has the same.
pub fn operation_id(flow: FlowId, step: &str, purpose: Purpose, round: i64) -> String {
    format!("{}-{step}-{}{round}", encode_base32(flow.raw()), purpose.name())
}

/// Fills in what is sent for a step. Written down before it is sent, so a repetition is the same document.
pub(crate) fn prepare(
    row: &mut LoggedStep,
    case: &Case,
    call: &ProviderCall,
    services: &Fulfilment,
    now: Timestamp,
) {
    let line = &case.line;
    let mut answers = line.answers.as_object().cloned().unwrap_or_default();
    let params = case.service.service.offering(&line.offering).map(|offering| offering.params.clone());
    for (key, value) in params.unwrap_or_default() {
        answers.entry(key).or_insert(value);
    }
    let kind = match call.operation {
        Asked::Submit => OperationKind::Submit,
        Asked::Query => OperationKind::Query,
    };
    let id = operation_id(case.flow.id, &row.step, row.purpose, row.round);
    row.request = OperationId::parse(id).ok().map(|operation_id| Operation {
        operation_id,
        operation: kind,
        service: line.service.clone(),
        offering: Some(line.offering.clone()),
        quantity: u32::try_from(line.quantity).unwrap_or(1),
        answers,
        amount: Some(line.total),
        reference: case.order.number(),
        cancels: None,
        callback_url: Some(format!("{}/{}", services.callback_base, call.provider)),
    });
    address(row, call, now);
}

/// Fills in what is sent to take `target` back.
pub(crate) fn prepare_cancel(
    row: &mut LoggedStep,
    target: &LoggedStep,
    call: &ProviderCall,
    services: &Fulfilment,
    now: Timestamp,
) {
    let id = operation_id(row.flow, &row.step, row.purpose, row.round);
    row.request =
        target.request.as_ref().zip(OperationId::parse(id).ok()).map(|(target, operation_id)| Operation {
            operation_id,
            operation: OperationKind::Cancel,
            service: target.service.clone(),
            offering: target.offering.clone(),
            quantity: target.quantity,
            answers: Map::<String, Value>::new(),
            amount: None,
            reference: target.reference.clone(),
            cancels: Some(target.operation_id.clone()),
            callback_url: Some(format!("{}/{}", services.callback_base, call.provider)),
        });
    address(row, call, now);
}

fn address(row: &mut LoggedStep, call: &ProviderCall, now: Timestamp) {
    row.operation = row.request.as_ref().map(|request| request.operation_id.to_string());
    row.provider = Some(call.provider.clone());
    row.due_at = Some(now.plus(call.deadline));
}

#[cfg(test)]
mod unit {
    use kernel::Text;

    use super::*;

    fn refused(retriable: bool) -> Outcome {
        Outcome::Refused { reason_code: "busy".to_owned(), message: Text::new("忙", "busy"), retriable }
    }

    #[test]
    fn o3_no_answer_is_never_a_refusal_and_retries_end() {
        let (again, never) = (refused(true), refused(false));
        for (heard, round, tries, want) in [
            (Heard::Unknown, 1, 1, Verdict::Repeat),
            (Heard::Unknown, 1, 10_000, Verdict::Repeat),
            (Heard::NotKnown, 1, 10_000, Verdict::Repeat),
            (Heard::Answer(&again), 3, 1, Verdict::Renew),
            (Heard::Answer(&again), 4, 1, Verdict::Refused),
            (Heard::Answer(&never), 1, 1, Verdict::Refused),
            (Heard::NotTaken { retriable: true }, 1, 3, Verdict::Repeat),
            (Heard::NotTaken { retriable: true }, 1, 4, Verdict::FallOut("provider_unreachable")),
            (Heard::NotTaken { retriable: false }, 1, 1, Verdict::FallOut("request_refused")),
        ] {
            assert_eq!(judge(heard, round, tries, 3), want, "{heard:?} {round} {tries}");
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_jitter_adds_at_most_half() {
        let most = Duration::from_secs(60);
        assert_eq!(back_off(1, most, 0), Duration::from_secs(2));
        assert_eq!(back_off(3, most, 0), Duration::from_secs(8));
        assert_eq!(back_off(99, most, 0), most);
        assert_eq!(back_off(3, most, 1000), Duration::from_secs(12));
    }

    #[test]
    fn an_operation_id_fits_the_protocol_and_depends_on_flow_step_purpose_and_round() {
        let longest = "a".repeat(40);
        let id = operation_id(FlowId(i64::MAX), &longest, Purpose::Undo, 99);
        assert!(OperationId::parse(id).is_ok());
        let one = operation_id(FlowId(1), "pay", Purpose::Do, 1);
        assert_eq!(one, operation_id(FlowId(1), "pay", Purpose::Do, 1));
        for other in [
            operation_id(FlowId(2), "pay", Purpose::Do, 1),
            operation_id(FlowId(1), "ship", Purpose::Do, 1),
            operation_id(FlowId(1), "pay", Purpose::Undo, 1),
            operation_id(FlowId(1), "pay", Purpose::Do, 2),
        ] {
            assert_ne!(one, other);
        }
    }
}
