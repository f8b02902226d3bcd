//! Decisions about money that a gateway keeps for us, without a database.

use connectors::gateway;
use kernel::{Duration, Money, Timestamp};

use super::model::{Attempt, AttemptState};
use super::rules::{DAILY, LOOK_AGAIN, Verdict, next_poll};

/// How long before the gateway lets go what it authorised it is decided what becomes of it; of a short time half.
pub const BEFORE_END: Duration = Duration::from_hours(24);

/// A moment that has passed: what is due then is due.
pub const OVERDUE: Timestamp = Timestamp(i64::MIN);

/// When what was authorised until `until` is taken or let go at the latest.
pub fn take_by(until: Timestamp, now: Timestamp) -> Timestamp {
    let half = Duration::from_micros(until.since(now).0.max(0) / 2);
    until.minus(half.min(BEFORE_END))
}

/// When an authorised attempt is looked at again: once a day, and when its time comes.
pub fn next_look(attempt: &Attempt, now: Timestamp) -> Timestamp {
    let by = attempt.take_by.unwrap_or(now);
    now.plus(DAILY).min(by).max(now.plus(LOOK_AGAIN))
}

/// When an attempt is asked about after this question; `None` when a day has passed without an end.
pub fn next_question(attempt: &Attempt, now: Timestamp) -> Option<Timestamp> {
    match attempt.state {
        AttemptState::Authorised => Some(next_look(attempt, now)),
        _ => next_poll(attempt.polls.saturating_add(1), now),
    }
}

/// What becomes of what was authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// There is time, and the work goes on.
    Keep,
    /// So much is taken, the rest let go.
    Take(Money),
    LetGo,
}

/// What becomes of what was authorised for an order of `total`, of which `charged` is owed once it has ended. While the work goes on
/// nothing is taken before its time comes; then all of it is, because what is not taken is lost, and what is not used goes back at the
/// end. Where nobody has begun nothing is taken: nobody is charged for nothing.
pub const fn fate(has_ended: bool, (total, charged): (Money, i64), begun: bool, has_time: bool) -> Fate {
    match (has_ended, begun, has_time) {
        (true, _, _) if charged > 0 => Fate::Take(Money { minor: charged, ..total }),
        (true, _, _) | (false, false, false) => Fate::LetGo,
        (false, _, true) => Fate::Keep,
        (false, true, false) => Fate::Take(total),
    }
}

/// Whether a report is about what was asked for; of what was authorised, all or what is due of it.
pub(super) fn agrees(attempt: &Attempt, report: &gateway::Payment) -> bool {
    let due = match report.state {
        gateway::PaymentState::Captured { captured, .. } => attempt.due == Some(captured),
        _ => false,
    };
    report.agrees(attempt.amount).is_ok() || due && report.amount == attempt.amount
}

/// What is kept for us ends, or is as it was.
pub(super) const fn judge_kept(report: &gateway::Payment) -> Verdict {
    match report.state {
        gateway::PaymentState::Closed | gateway::PaymentState::Declined { again: false, .. } => {
            Verdict::Lapse
        }
        gateway::PaymentState::Open
        | gateway::PaymentState::Processing
        | gateway::PaymentState::Authorised { .. }
        | gateway::PaymentState::Declined { again: true, .. }
        | gateway::PaymentState::Captured { .. } => Verdict::Stale,
    }
}
