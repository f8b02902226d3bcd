//! What follows from one try to deliver. Pure.

use kernel::{Duration, Timestamp};

use crate::SendError;

/// Waits between tries, about five hours in all. A text that comes later than that helps nobody.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(3),
];

/// What to do with the message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Sent,
    TryAgain(Timestamp),
    Failed,
}

/// `tries` counts this one.
pub fn after_try(result: &Result<(), SendError>, tries: i64, now: Timestamp) -> Next {
    match result {
        Ok(()) => Next::Sent,
        Err(SendError::Permanent(_)) => Next::Failed,
        Err(SendError::Temporary(_)) => usize::try_from(tries.saturating_sub(1))
            .ok()
            .and_then(|index| WAITS.get(index))
            .map_or(Next::Failed, |wait| Next::TryAgain(now.plus(*wait))),
    }
}
