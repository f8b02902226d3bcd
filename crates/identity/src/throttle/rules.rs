//! When the next try may come. Pure.

use std::net::{IpAddr, Ipv6Addr};

use kernel::{Duration, Timestamp};

use super::model::{Claimed, LONGEST_WAIT, Policy, Tally};

/// Counts a try: the new tally, or how long to wait.
pub(crate) fn count(tally: Tally, policy: Policy, now: Timestamp) -> Result<Tally, Duration> {
    let tally = if now.since(tally.updated_at) >= policy.forget_after { Tally::default() } else { tally };
    if now < tally.open_at {
        return Err(tally.open_at.since(now));
    }
    let tries = tally.tries.saturating_add(1);
    Ok(Tally { tries, open_at: now.plus(wait(policy, tries)), updated_at: now })
}

/// What the caller may tell about a counted try.
pub(crate) fn claimed(tally: Tally, policy: Policy, now: Timestamp) -> Claimed {
    Claimed { left: policy.free.saturating_sub(tally.tries).max(0), wait: tally.open_at.since(now) }
}

/// The wait after the `tries`-th try: none while some are free, then doubling up to an hour.
fn wait(policy: Policy, tries: i64) -> Duration {
    let Ok(doublings) = u32::try_from(tries.saturating_sub(policy.free)) else {
        return Duration::ZERO;
    };
    let factor = 1_i64.checked_shl(doublings.min(30)).unwrap_or(i64::MAX);
    Duration(policy.first_wait.0.saturating_mul(factor)).min(LONGEST_WAIT)
}

/// Takes back one try that was right, so that a shared address pays for wrong passwords only.
pub(crate) fn give_back(tally: Tally, now: Timestamp) -> Tally {
    Tally { tries: tally.tries.saturating_sub(1).max(0), open_at: tally.open_at.min(now), ..tally }
}

/// The network an address belongs to: IPv6 is handed out in /64, so one customer has billions of addresses.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(v4)) => v4.to_string(),
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Err(_) => address.to_owned(),
    }
}
