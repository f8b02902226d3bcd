//! How long a block lasts, and which way an incident may go. Pure.

use kernel::Duration;

use super::model::State;

/// The first block.
pub(crate) const FIRST: Duration = Duration::from_mins(10);
const LONGEST: Duration = Duration::from_hours(24);
/// Blocks before this are forgotten when the next one is measured.
pub(crate) const REMEMBERED: Duration = Duration::from_days(7);

/// Twice as long each time, from ten minutes to a day.
pub(crate) fn length(level: i64) -> Duration {
    let doublings = u32::try_from(level.clamp(0, 20)).unwrap_or(0);
    let factor = 1_i64.checked_shl(doublings).unwrap_or(1);
    Duration(FIRST.0.saturating_mul(factor)).min(LONGEST)
}

/// An incident is looked into, then closed; a closed one stays closed and new attempts make a new one.
pub(crate) const fn may_become(from: State, to: State) -> bool {
    matches!(
        (from, to),
        (State::Open, State::Acknowledged | State::Closed) | (State::Acknowledged, State::Closed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_double_from_ten_minutes_to_a_day() {
        let minutes: Vec<i64> = (0..10).map(|level| length(level).as_secs() / 60).collect();
        assert_eq!(minutes, [10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440]);
        assert_eq!(length(i64::MAX), LONGEST);
        assert_eq!(length(-1), FIRST);
    }

    #[test]
    fn a_closed_incident_stays_closed() {
        for to in State::ALL {
            assert!(!may_become(State::Closed, to));
            assert!(!may_become(to, State::Open));
        }
        assert!(may_become(State::Open, State::Closed) && may_become(State::Acknowledged, State::Closed));
    }
}
