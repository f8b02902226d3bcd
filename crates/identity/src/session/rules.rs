//! How long a session lasts and when it counts. Pure.

use kernel::{Duration, Role, Timestamp};

use crate::account::AccountState;

use super::model::Found;

/// How often "last seen" is written at most.
const SEEN_EVERY: Duration = Duration::from_mins(5);
const LONGEST_DEVICE: usize = 200;

/// Staff sign in every day; customers stay for two weeks.
pub(crate) fn lifetime(roles: &[Role]) -> Duration {
    if roles.iter().any(|role| role.is_staff()) { Duration::from_hours(12) } else { Duration::from_days(14) }
}

/// Whether the session still opens anything.
pub(crate) fn is_live(found: &Found, now: Timestamp) -> bool {
    found.state == AccountState::Active && now < found.signed_in.expires_at
}

/// Whether it is time to note that it was seen.
pub(crate) fn is_seen_again(seen_at: Timestamp, now: Timestamp) -> bool {
    now.since(seen_at) >= SEEN_EVERY
}

/// What a browser or program calls itself, cut to what a list can show.
pub(crate) fn device(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_DEVICE).collect()
}
