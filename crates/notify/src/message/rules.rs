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

/// A carrier's rule that lasts longer outlasts the use of the message.
const LONGEST: Duration = Duration::from_hours(3);

/// How often a message is handed over when nobody says whether it went. No carrier of texts knows a repeated one again, so
/// each try may put one more on the same phone; whoever misses a code asks for another.
const UNKNOWN_TRIES: i64 = 3;

/// What to do with the message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Sent,
    TryAgain(Timestamp),
    Failed,
    /// Given up, and it may have arrived.
    Unconfirmed,
}

/// `tries` counts this one. The last word decides: refused after an unknown try is refused.
pub fn after_try(result: &Result<(), SendError>, tries: i64, now: Timestamp) -> Next {
    let wait = usize::try_from(tries.saturating_sub(1)).ok().and_then(|index| WAITS.get(index)).copied();
    match (result, wait) {
        (Ok(()), _) => Next::Sent,
        (Err(SendError::Unknown(_)), Some(wait)) if tries < UNKNOWN_TRIES => Next::TryAgain(now.plus(wait)),
        (Err(SendError::Unknown(_)), _) => Next::Unconfirmed,
        (Err(SendError::Temporary(_)), Some(wait)) => Next::TryAgain(now.plus(wait)),
        (Err(SendError::Limited { wait: longer, .. }), Some(wait)) if *longer <= LONGEST => {
            Next::TryAgain(now.plus(wait.max(*longer)))
        }
        (Err(SendError::Permanent(_) | SendError::Temporary(_) | SendError::Limited { .. }), _) => {
            Next::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_try_is_what_may_be_concluded_from_it() {
        let now = Timestamp::from_secs(1_000);
        let again = |wait: Duration| Next::TryAgain(now.plus(wait));
        let limited = |wait| Err(SendError::Limited { why: String::new(), wait });
        let unknown = || Err(SendError::Unknown(String::new()));
        let temporary = || Err(SendError::Temporary(String::new()));
        for (result, tries, want) in [
            (Ok(()), 1, Next::Sent),
            (Err(SendError::Permanent(String::new())), 1, Next::Failed),
            (temporary(), 1, again(Duration::from_secs(5))),
            (temporary(), 7, again(Duration::from_hours(3))),
            (temporary(), 8, Next::Failed),
            (limited(Duration::from_mins(1)), 1, again(Duration::from_mins(1))),
            (limited(Duration::from_mins(1)), 4, again(Duration::from_mins(10))),
            (limited(Duration::from_hours(1)), 1, again(Duration::from_hours(1))),
            (limited(Duration::from_days(1)), 1, Next::Failed),
            (limited(Duration::from_mins(1)), 8, Next::Failed),
            (unknown(), 1, again(Duration::from_secs(5))),
            (unknown(), 2, again(Duration::from_secs(30))),
            (unknown(), 3, Next::Unconfirmed),
            (unknown(), 8, Next::Unconfirmed),
        ] {
            assert_eq!(after_try(&result, tries, now), want, "{result:?} at try {tries}");
        }
    }
}
