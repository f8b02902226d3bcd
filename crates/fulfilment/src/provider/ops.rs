//! Calling, polling, hearing. Nothing here calls a provider while a transaction is open (P11).

use catalogue::service::{FailureRefund, ProviderCall, StepKind};
use connectors::{Answer, CallbackError, OperationId, Outcome as Said, Provider, ProviderError};
use db::Tx;
use durable::{Cx, Outcome};
use http::HeaderMap;
use kernel::{Actor, Timestamp};
use ordering::order::{self, NewEvent, OrderState};

use super::rules::{self, Heard, Verdict};
use crate::flow::model::{Case, FlowState, Goal, LoggedStep, Purpose, StepState};
use crate::flow::ops::{Known, commit, end_step, enter, fall_out, keep_result, know, lock};
use crate::flow::rules::is_current;
use crate::flow::{store, tries};
use crate::services::{Fulfilment, Work, system};
use crate::{Error, task, undo};

/// Asks the provider, or asks how it stands, and acts on the answer.
pub(crate) async fn drive(
    cx: &Cx,
    services: &Fulfilment,
    known: &Known,
    row: LoggedStep,
) -> Result<Outcome, Error> {
    let name = row.provider.clone().unwrap_or_default();
    let (Some(provider), Some(request)) = (services.providers.get(&name), &row.request) else {
        return give_up(cx, known, &row, "provider_missing").await;
    };
    if row.due_at.is_some_and(|due| due <= cx.now()) && row.alerted_at.is_none() {
        // Asked once more before a person is alarmed: the answer may just have been lost.
        let heard = look(provider.as_ref(), &request.operation_id).await;
        let outcome = hear(cx, services, known, &row, &heard).await?;
        return match outcome {
            Outcome::Again(_) => give_up(cx, known, &row, "deadline").await,
            Outcome::Done => Ok(Outcome::Done),
        };
    }
    services.boundary("before_call")?;
    let heard = if row.state == StepState::Waiting {
        match look(provider.as_ref(), &request.operation_id).await {
            Err(ProviderError::NotKnown) => provider.operate(request).await,
            other => other,
        }
    } else {
        provider.operate(request).await
    };
    services.boundary("after_call")?;
    hear(cx, services, known, &row, &heard).await
}

async fn look(provider: &dyn Provider, id: &OperationId) -> Result<Answer, ProviderError> {
    provider.poll(id).await
}

/// Believes a provider's callback or not, and takes it exactly as the answer to a poll. Repeats are answered with success.
/// `headers` and `body` as they came.
pub async fn callback(
    cx: &Cx,
    services: &Fulfilment,
    provider: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Error> {
    let known_provider = services.providers.get(provider).ok_or(Error::NotFound)?;
    let answer = known_provider.verify_callback(headers, body).map_err(|error| {
        tracing::warn!(provider, %error, "a callback was refused");
        metrics::counter!("everlit_callbacks_refused_total", "provider" => provider.to_owned()).increment(1);
        match error {
            CallbackError::TooLarge => Error::CallbackTooLarge,
            CallbackError::Signature(_) => Error::BadSignature,
            CallbackError::Malformed(_) | CallbackError::WrongMerchant(_) => Error::MalformedCallback,
        }
    })?;
    let found = store::find_operation(&mut cx.read().await?, cx, answer.operation_id.as_str()).await?;
    // One provider does not speak for another.
    let row = found.filter(|row| row.provider.as_deref() == Some(provider)).ok_or(Error::UnknownOperation)?;
    let known = know(cx, services, row.flow).await?;
    hear(cx, services, &known, &row, &Ok(answer)).await?;
    Ok(())
}

/// The one completion path. `Again` says when to ask again.
pub(crate) async fn hear(
    cx: &Cx,
    services: &Fulfilment,
    known: &Known,
    row: &LoggedStep,
    heard: &Result<Answer, ProviderError>,
) -> Result<Outcome, Error> {
    let actor = system();
    let w = Work { cx, services, actor: &actor };
    let mut tx = cx.begin().await?;
    let mut case = lock(&mut tx, cx, known).await?;
    let mut row = store::find_step(&mut tx, cx, row.id).await?.ok_or(Error::NotFound)?;
    let Some(call) = call(&case, row.position) else { return Ok(Outcome::Done) };
    // A held order does not move; the answer is asked for again when it goes on.
    if case.order.state == OrderState::Held {
        return Ok(Outcome::Again(rules::next_look(&row, &call, cx.now())));
    }
    let outcome = match heard {
        Ok(answer) => {
            let sequence = i64::try_from(answer.sequence).unwrap_or(i64::MAX);
            let old_news = sequence <= row.sequence;
            if !old_news {
                row.sequence = sequence;
                row.answer = Some(answer.clone());
                (row.tries, row.trouble) = (0, None);
            }
            if row.state.is_open() && old_news {
                Outcome::Again(rules::next_look(&row, &call, cx.now()))
            } else if is_current(&case.flow, &row) {
                follow(&mut tx, w, &mut case, &mut row, &call, Heard::Answer(&answer.outcome)).await?
            } else {
                stray(&mut tx, cx, &mut case, &mut row, old_news, &answer.outcome).await?;
                Outcome::Done
            }
        }
        Err(_) if !is_current(&case.flow, &row) => return Ok(Outcome::Done),
        Err(error) => {
            row.tries = row.tries.saturating_add(1);
            row.trouble = Some(trouble(error));
            let heard = Heard::from_error(error, row.state);
            if matches!(heard, Heard::Unknown) {
                row.state = StepState::Waiting;
            }
            follow(&mut tx, w, &mut case, &mut row, &call, heard).await?
        }
    };
    services.boundary("before_commit")?;
    commit(tx, cx, &actor, &case).await?;
    services.boundary("after_commit")?;
    Ok(outcome)
}

/// Acts on what was said about the step the flow waits for.
async fn follow(
    tx: &mut Tx,
    w: Work<'_>,
    case: &mut Case,
    row: &mut LoggedStep,
    call: &ProviderCall,
    heard: Heard<'_>,
) -> Result<Outcome, Error> {
    let Work { cx, services, actor } = w;
    match rules::judge(heard, row.round, row.tries, call.retries) {
        Verdict::Wait => {
            row.state = StepState::Waiting;
            tries::write(tx, cx, row).await?;
            tell_progress(tx, cx, actor, case, row).await?;
            Ok(Outcome::Again(rules::next_look(row, call, cx.now())))
        }
        Verdict::Repeat => {
            tries::write(tx, cx, row).await?;
            let pause = rules::back_off(row.tries, call.poll_every, cx.rng.below(1000));
            let at = cx.now().plus(pause);
            let due = row.due_at.filter(|due| row.alerted_at.is_none() && *due > cx.now());
            Ok(Outcome::Again(due.map_or(at.max(slow(row, call, cx.now())), |due| due.min(at))))
        }
        Verdict::Done => {
            if let (Purpose::Do, Heard::Answer(Said::Done { result, .. })) = (row.purpose, heard) {
                keep_result(tx, cx, case, result).await?;
            }
            match row.purpose {
                Purpose::Do => end_step(tx, w, case, row, StepState::Done).await?,
                Purpose::Undo => undo::ops::taken_back(tx, w, case, row, StepState::Done).await?,
            }
            Ok(Outcome::Done)
        }
        Verdict::Renew => {
            renew(tx, cx, services, case, row, call).await?;
            Ok(Outcome::Done)
        }
        Verdict::Refused => {
            refused(tx, w, case, row).await?;
            Ok(Outcome::Done)
        }
        Verdict::FallOut(cause) => {
            row.alerted_at = Some(cx.now());
            tries::write(tx, cx, row).await?;
            if case.flow.state != FlowState::Fallout {
                fall_out(tx, cx, actor, case, cause, None).await?;
            }
            Ok(Outcome::Done)
        }
    }
}

/// After the alarm a provider is asked slowly; before it, this is never the later time.
fn slow(row: &LoggedStep, call: &ProviderCall, now: Timestamp) -> Timestamp {
    if row.alerted_at.is_some() { rules::next_look(row, call, now) } else { now }
}

/// A refused operation is asked for again under a new id.
async fn renew(
    tx: &mut Tx,
    cx: &Cx,
    services: &Fulfilment,
    case: &mut Case,
    row: &mut LoggedStep,
    call: &ProviderCall,
) -> Result<(), Error> {
    row.state = StepState::Refused;
    row.ended_at = Some(cx.now());
    tries::write(tx, cx, row).await?;
    let pause = rules::back_off(row.round, call.deadline, cx.rng.below(1000));
    again(tx, cx, services, case, row, cx.now().plus(pause)).await
}

/// Writes the next try of a refused call, to begin at `at`.
pub(crate) async fn again(
    tx: &mut Tx,
    cx: &Cx,
    services: &Fulfilment,
    case: &mut Case,
    row: &LoggedStep,
    at: Timestamp,
) -> Result<(), Error> {
    let (Some(step), Some(call)) = (case.step_at(row.position), call(case, row.position)) else {
        return Err(Error::bug("a call of a step that makes none"));
    };
    let log = store::list_steps(tx, cx, case.flow.id).await?;
    let round = crate::flow::rules::next_round(&log, row.position, row.purpose);
    let fresh = tries::new_step(cx, &case.flow, &step, row.purpose, round);
    let mut next = LoggedStep { position: row.position, ..fresh };
    match row.purpose {
        Purpose::Do => rules::prepare(&mut next, case, &call, services, at),
        Purpose::Undo => {
            let target = crate::flow::rules::next_to_undo(case, &log).ok_or(Error::NotFound)?;
            rules::prepare_cancel(&mut next, target, &call, services, at);
        }
    }
    store::insert_step(tx, cx, &next).await?;
    tries::wake(tx, cx, &mut next, at).await
}

/// The provider's last word is no.
async fn refused(tx: &mut Tx, w: Work<'_>, case: &mut Case, row: &mut LoggedStep) -> Result<(), Error> {
    let Work { cx, actor, .. } = w;
    let message = row.message().cloned();
    if row.purpose == Purpose::Undo {
        return undo::ops::refused(tx, w, case, row, message).await;
    }
    row.state = StepState::Refused;
    row.ended_at = Some(cx.now());
    tries::write(tx, cx, row).await?;
    match case.service.service.refund.on_failure {
        FailureRefund::Automatic => undo::ops::begin(tx, w, case, Goal::Failed, "refused", message).await,
        FailureRefund::Staff if case.flow.state == FlowState::Fallout => Ok(()),
        FailureRefund::Staff => fall_out(tx, cx, actor, case, "refused", message).await,
    }
}

/// An answer nobody waits for any more. While the work is being taken back it is kept; a success of work that was given
/// up is a person's business: something was done that nobody pays for.
async fn stray(
    tx: &mut Tx,
    cx: &Cx,
    case: &mut Case,
    row: &mut LoggedStep,
    old_news: bool,
    said: &Said,
) -> Result<(), Error> {
    if old_news {
        return Ok(());
    }
    let undoing = case.flow.state == FlowState::Undoing;
    match (said, row.state) {
        (Said::Done { .. }, StepState::Begun | StepState::Waiting) => row.state = StepState::Done,
        (Said::Refused { .. }, StepState::Begun | StepState::Waiting) => row.state = StepState::Refused,
        (Said::Done { .. }, StepState::Dropped | StepState::Refused | StepState::Skipped)
            if row.purpose == Purpose::Do =>
        {
            task::ops::open_late_success(tx, cx, case, row).await?;
            case.alert = Some("flow.late_success");
            metrics::counter!("everlit_late_success_total").increment(1);
        }
        _ => {}
    }
    if !row.state.is_open() && undoing {
        row.ended_at = Some(cx.now());
    }
    tries::write(tx, cx, row).await
}

/// The provider reported how far it is: facts such as a tracking number are kept, the customer reads the words.
async fn tell_progress(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    case: &mut Case,
    row: &LoggedStep,
) -> Result<(), Error> {
    let Some(Said::Later { facts, message, state, .. }) = row.answer.as_ref().map(|answer| &answer.outcome)
    else {
        return Ok(());
    };
    keep_result(tx, cx, case, facts).await?;
    let mut event = NewEvent::public("provider_update").of_line(case.line.id).because(state.as_str());
    event.text.clone_from(message);
    order::ops::note(tx, cx, actor, &case.order, event).await?;
    Ok(())
}

/// The deadline is over, or the provider does not exist: alarm, then the fallout desk (O3). A provider that exists is
/// asked on, slowly.
async fn give_up(cx: &Cx, known: &Known, row: &LoggedStep, cause: &'static str) -> Result<Outcome, Error> {
    let actor = system();
    let mut tx = cx.begin().await?;
    let mut case = lock(&mut tx, cx, known).await?;
    let Some(mut row) =
        store::find_step(&mut tx, cx, row.id).await?.filter(|row| is_current(&case.flow, row))
    else {
        return Ok(Outcome::Done);
    };
    row.alerted_at = Some(cx.now());
    row.trouble = Some(cause.to_owned());
    tries::write(&mut tx, cx, &row).await?;
    if case.flow.state != FlowState::Fallout {
        fall_out(&mut tx, cx, &actor, &mut case, cause, None).await?;
    }
    commit(tx, cx, &actor, &case).await?;
    match call(&case, row.position) {
        Some(call) if cause == "deadline" => Ok(Outcome::Again(rules::next_look(&row, &call, cx.now()))),
        Some(_) | None => Ok(Outcome::Done),
    }
}

/// A fallout retry: the same operation is asked on if its end is open, else a new one begins.
pub(crate) async fn retry(
    tx: &mut Tx,
    w: Work<'_>,
    case: &mut Case,
    row: Option<LoggedStep>,
) -> Result<(), Error> {
    let Work { cx, services, .. } = w;
    match row {
        Some(mut row) if row.provider.is_some() && row.state.is_open() => {
            row.due_at = call(case, row.position).map(|call| cx.now().plus(call.deadline));
            (row.alerted_at, row.trouble) = (None, None);
            row.tries = 0;
            tries::wake(tx, cx, &mut row, cx.now()).await
        }
        Some(row) if row.provider.is_some() => again(tx, cx, services, case, &row, cx.now()).await,
        Some(_) | None => enter(tx, w, case).await,
    }
}

fn call(case: &Case, position: i64) -> Option<ProviderCall> {
    match case.step_at(position)?.kind {
        StepKind::Provider(call) | StepKind::Ship(call) => Some(call),
        StepKind::StaffTask(_)
        | StepKind::Notify { .. }
        | StepKind::Issue { .. }
        | StepKind::WaitSlot
        | StepKind::Credit => None,
    }
}

/// A code for the log; the detail goes to the trace only.
fn trouble(error: &ProviderError) -> String {
    tracing::warn!(%error, "a provider did not answer");
    match error {
        ProviderError::Unknown { .. } => "unknown".to_owned(),
        ProviderError::NotKnown => "not_known".to_owned(),
        ProviderError::Refused { code, .. } => code.clone(),
    }
}
