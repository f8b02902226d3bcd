//! How long a session lasts and when it counts. Pure.

use kernel::{Actor, Duration, Role, Timestamp};

use crate::account::AccountState;

use super::model::{Client, Found, SessionKind, Stage};

/// How often "last seen" is written at most.
const SEEN_EVERY: Duration = Duration::from_mins(5);
/// The same for staff, whose sessions end when nobody uses them.
const STAFF_SEEN_EVERY: Duration = Duration::from_mins(1);
/// A staff browser that nobody uses for so long is signed out (ASVS 7.3.1; NIST allows an hour).
const STAFF_IDLE: Duration = Duration::from_mins(30);
/// To show a second factor.
const TO_SHOW: Duration = Duration::from_mins(10);
/// To set one up, with a look for the right app.
const TO_ENROL: Duration = Duration::from_mins(30);
const LONGEST_DEVICE: usize = 200;

/// Staff sign in every day; customers stay for two weeks. What is not open yet does not stay.
pub(crate) fn lifetime(roles: &[Role], stage: Stage) -> Duration {
    match stage {
        Stage::SecondFactor => TO_SHOW,
        Stage::Enrol => TO_ENROL,
        Stage::Open if is_staff(roles) => Duration::from_hours(12),
        Stage::Open => Duration::from_days(14),
    }
}

/// Whether the session still opens anything.
pub(crate) fn is_live(found: &Found, now: Timestamp) -> bool {
    let session = &found.signed_in;
    let idle = session.kind == SessionKind::Cookie
        && is_staff(&session.roles)
        && now.since(found.seen_at) >= STAFF_IDLE;
    found.state == AccountState::Active && now < session.expires_at && !idle
}

/// Whether it is time to note that it was seen.
pub(crate) fn is_seen_again(found: &Found, now: Timestamp) -> bool {
    let every = if is_staff(&found.signed_in.roles) { STAFF_SEEN_EVERY } else { SEEN_EVERY };
    now.since(found.seen_at) >= every
}

fn is_staff(roles: &[Role]) -> bool {
    roles.iter().any(|role| role.is_staff())
}

/// What a browser or program calls itself, cut to what a list can show.
fn device(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_DEVICE).collect()
}

/// Where a request comes from, as it is shown to the owner of the account.
pub(crate) fn client(agent: &str, actor: &Actor) -> Client {
    Client { device: device(agent), address: actor.address.clone() }
}
