//! `[real_name]`: who checks names against numbers, and how much of what is kept.

use identity::real_name::Policy;
use kernel::Duration;

use super::{Partner, Reader, partner};

/// The provider, if there is one, and the policy.
#[derive(Debug, Clone, Default)]
pub struct RealNames {
    pub partner: Option<Partner>,
    pub policy: Policy,
}

pub(super) fn real_names(r: &mut Reader) -> RealNames {
    let usual = Policy::default();
    let most = |r: &mut Reader, key: &str, usual: i64, range: std::ops::RangeInclusive<i64>| {
        let path = format!("real_name.{key}");
        match r.parsed(&path, "a number") {
            None => usual,
            Some(number) if range.contains(&number) => number,
            Some(_) => {
                let wanted = format!("must be {} to {}", range.start(), range.end());
                r.problem(&path, &wanted).unwrap_or(usual)
            }
        }
    };
    let policy = Policy {
        accounts_a_person: most(r, "accounts_a_person", usual.accounts_a_person, 1..=100),
        checks_a_day: most(r, "checks_a_day", usual.checks_a_day, 1..=100),
        keep: Duration::from_days(most(r, "keep_days", usual.keep.as_secs() / 86_400, 1..=3650)),
        ..usual
    };
    let names_one = ["url", "secret"].iter().any(|key| r.at(&format!("real_name.{key}")).is_some());
    RealNames { partner: if names_one { partner(r, "real_name") } else { None }, policy }
}
