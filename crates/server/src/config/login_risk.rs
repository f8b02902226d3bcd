//! `[login_risk]`: how long a sign-in may be judged, what silence of the scorer means, from which score on what is done, and the file of
//! places.

use std::path::Path;

use ::risk::{LoginPoint, LoginSettings, OnFailure, Outcome, Places, Policy};
use kernel::Duration;

use super::Reader;

/// A score that nobody reaches: that step of the ladder is never taken.
const NEVER: u8 = 101;

/// The decision point of sign-ins.
pub(super) fn point(r: &mut Reader) -> LoginPoint {
    let usual = LoginSettings::default();
    let customer = policy(r, "customer", usual.customer);
    let staff = policy(r, "staff", usual.staff);
    let places = r.text("login_risk.places").and_then(|path| match Places::open(Path::new(&path)) {
        Ok(places) => Some(places),
        Err(error) => r.problem("login_risk.places", &format!("must be a file in MaxMind's format: {error}")),
    });
    LoginPoint::new(LoginSettings { customer, staff, ..usual }, places)
}

fn policy(r: &mut Reader, who: &str, usual: Policy) -> Policy {
    let at = |key: &str| format!("login_risk.{who}.{key}");
    let mut policy = usual;
    let millis = usual.time_limit.0 / Duration::from_millis(1).0.max(1);
    policy.time_limit = Duration::from_millis(within(r, &at("limit_ms"), millis, (20, 10_000)));
    if let Some(name) = r.text(&at("on_failure")) {
        let wanted = "is fail_open, fail_closed or hold_for_review";
        let found = OnFailure::from_name(&name).or_else(|| r.problem(&at("on_failure"), wanted));
        policy.on_failure = found.unwrap_or(usual.on_failure);
    }
    for (key, step) in [
        ("notify", &mut policy.ladder.notify),
        ("step_up", &mut policy.ladder.step_up),
        ("stop", &mut policy.ladder.stop),
    ] {
        let given = within(r, &at(key), i64::from(*step), (1, i64::from(NEVER)));
        *step = u8::try_from(given).unwrap_or(NEVER);
    }
    let ladder = &mut policy.ladder;
    if ladder.notify > ladder.step_up || ladder.step_up > ladder.stop {
        r.problem::<()>(&format!("login_risk.{who}"), "needs notify ≤ step_up ≤ stop");
    }
    if let Some(name) = r.text(&at("top")) {
        let top = Outcome::from_name(&name).filter(|top| matches!(top, Outcome::Review | Outcome::Deny));
        policy.ladder.top =
            top.or_else(|| r.problem(&at("top"), "is review or deny")).unwrap_or(Outcome::Deny);
    }
    policy
}

pub(super) fn within(r: &mut Reader, path: &str, usual: i64, (least, most): (i64, i64)) -> i64 {
    match r.parsed(path, "a number") {
        None => usual,
        Some(number) if (least..=most).contains(&number) => number,
        Some(_) => r.problem(path, &format!("must be {least} to {most}")).unwrap_or(usual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> Result<LoginPoint, String> {
        Config::parse(text, std::iter::empty())
            .map(|config| config.logins)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn nothing_said_is_as_it_ever_was() {
        let (said, usual) = (read("").unwrap(), LoginSettings::default());
        assert_eq!((said.settings().customer, said.settings().staff), (usual.customer, usual.staff));
    }

    #[test]
    fn limits_silence_and_thresholds_are_read_for_customers_and_staff() {
        let text = "[login_risk.customer]\nlimit_ms = 250\non_failure = \"hold_for_review\"\nnotify = 20\nstep_up = 40\n\
            [login_risk.staff]\nstop = 101\ntop = \"review\"\n";
        let point = read(text).unwrap();
        let (customer, staff) = (point.settings().customer, point.settings().staff);
        assert_eq!(
            (customer.time_limit, customer.on_failure),
            (Duration::from_millis(250), OnFailure::HoldForReview)
        );
        assert_eq!((customer.ladder.notify, customer.ladder.step_up, customer.ladder.stop), (20, 40, 85));
        assert_eq!(
            (staff.ladder.stop, staff.ladder.top, staff.on_failure),
            (101, Outcome::Review, OnFailure::FailClosed)
        );
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("places.mmdb");
        std::fs::write(&file, b"no places").unwrap();
        let places = format!("[login_risk]\nplaces = '{}'\n", file.display());
        for (text, what) in [
            ("[login_risk.customer]\nlimit_ms = 0\n", "login_risk.customer.limit_ms must be 20 to 10000"),
            ("[login_risk.staff]\non_failure = \"open\"\n", "login_risk.staff.on_failure is fail_open"),
            ("[login_risk.staff]\nnotify = 70\n", "login_risk.staff needs notify ≤ step_up ≤ stop"),
            ("[login_risk.customer]\nstop = 300\n", "login_risk.customer.stop must be 1 to 101"),
            ("[login_risk.customer]\ntop = \"allow\"\n", "login_risk.customer.top is review or deny"),
            ("[login_risk.guests]\nstop = 90\n", "login_risk.guests.stop is not a setting"),
            (
                "[login_risk]\nplaces = \"nowhere.mmdb\"\n",
                "login_risk.places must be a file in MaxMind's format",
            ),
            (places.as_str(), "login_risk.places must be a file in MaxMind's format"),
        ] {
            let problems = read(text).unwrap_err();
            assert!(problems.contains(what), "{what} in {problems}");
        }
    }
}
