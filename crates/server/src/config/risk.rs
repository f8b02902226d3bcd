//! `[risk]`: how long each decision point may take, what silence of the scorer means there, from which score on what is done until a model
//! brings thresholds of its own, and how a review ends that nobody looked at.

use kernel::Duration;
use risk::engine::{PointPolicy, Settings, Thresholds};
use risk::{OnFailure, Outcome, Point};

use super::Reader;
use super::login_risk::within;

/// Sign-ins have a table of their own: `[login_risk]`.
const POINTS: [Point; 6] = [
    Point::Register,
    Point::Payment,
    Point::Transfer,
    Point::Withdrawal,
    Point::Refund,
    Point::ContactChange,
];

/// A review lasts at most this many hours.
const LONGEST_REVIEW: i64 = 24 * 30;

pub(super) fn settings(r: &mut Reader) -> Settings {
    let mut settings = Settings::default();
    let usual = i64::try_from(settings.acts_in_memory).unwrap_or(i64::MAX);
    let acts = within(r, "risk.acts_in_memory", usual, (10_000, 100_000_000));
    settings.acts_in_memory = usize::try_from(acts).unwrap_or(settings.acts_in_memory);
    for point in POINTS {
        let policy = policy(r, point, settings.policy(point));
        settings.points.insert(point, policy);
    }
    settings
}

fn policy(r: &mut Reader, point: Point, usual: PointPolicy) -> PointPolicy {
    let at = |key: &str| format!("risk.{}.{key}", point.name());
    let mut policy = usual;
    policy.time_limit =
        Duration::from_millis(within(r, &at("limit_ms"), usual.time_limit.as_millis(), (20, 10_000)));
    if let Some(name) = r.text(&at("on_failure")) {
        let wanted = "is fail_open, fail_closed or hold_for_review";
        let found = OnFailure::from_name(&name).or_else(|| r.problem(&at("on_failure"), wanted));
        policy.on_failure = found.unwrap_or(usual.on_failure);
    }
    let Thresholds { step_up, review, deny } = &mut policy.thresholds;
    for (key, step) in [("step_up", &mut *step_up), ("review", &mut *review), ("deny", &mut *deny)] {
        let given = within(r, &at(key), i64::from(*step), (1, 101));
        *step = u8::try_from(given).unwrap_or(101);
    }
    if *step_up > *review || *review > *deny {
        r.problem::<()>(&format!("risk.{}", point.name()), "needs step_up ≤ review ≤ deny");
    }
    let hours = usual.review.lasts.as_secs() / 3_600;
    policy.review.lasts = Duration::from_hours(within(r, &at("review_hours"), hours, (1, LONGEST_REVIEW)));
    if let Some(name) = r.text(&at("after_review")) {
        let then = Outcome::from_name(&name).filter(|then| matches!(then, Outcome::Allow | Outcome::Deny));
        let then = then.or_else(|| r.problem(&at("after_review"), "is allow or deny"));
        policy.review.then = then.unwrap_or(usual.review.then);
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> Result<Settings, String> {
        Config::parse(text, std::iter::empty())
            .map(|config| config.risk)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn nothing_said_is_as_it_is_written_in_the_handbook() {
        assert_eq!(read("").unwrap(), Settings::default());
    }

    #[test]
    fn r1_each_point_is_set_by_itself() {
        let text = "[risk]\nacts_in_memory = 20000\n[risk.payment]\nlimit_ms = 150\non_failure = \"hold_for_review\"\n\
            step_up = 30\nreview = 60\ndeny = 90\nreview_hours = 2\nafter_review = \"allow\"\n";
        let settings = read(text).unwrap();
        let payment = settings.policy(Point::Payment);
        assert_eq!(
            (payment.time_limit, payment.on_failure),
            (Duration::from_millis(150), OnFailure::HoldForReview)
        );
        assert_eq!(payment.thresholds, Thresholds { step_up: 30, review: 60, deny: 90 });
        assert_eq!((payment.review.lasts, payment.review.then), (Duration::from_hours(2), Outcome::Allow));
        assert_eq!(settings.acts_in_memory, 20_000);
        assert_eq!(settings.policy(Point::Refund), Settings::default().policy(Point::Refund));
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (text, what) in [
            ("[risk.payment]\nlimit_ms = 0\n", "risk.payment.limit_ms must be 20 to 10000"),
            ("[risk.refund]\non_failure = \"open\"\n", "risk.refund.on_failure is fail_open"),
            ("[risk.transfer]\nstep_up = 90\n", "risk.transfer needs step_up ≤ review ≤ deny"),
            ("[risk.transfer]\nafter_review = \"review\"\n", "risk.transfer.after_review is allow or deny"),
            ("[risk.login]\nlimit_ms = 100\n", "risk.login.limit_ms is not a setting"),
        ] {
            let problems = read(text).unwrap_err();
            assert!(problems.contains(what), "{what} in {problems}");
        }
    }
}
