//! The counters: a table of fixed size, changed by compare-and-swap alone.
//!
//! A bucket is one number, the time at which it will be full again (the theoretical arrival time of GCRA). A bucket whose time has passed
//! says nothing any more, so its place can be given away. When eight others fall on the same places and all are in use, the fullest goes:
//! somebody may then be counted too little for a moment, never too much, and memory stays what it is.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use kernel::Timestamp;

use super::Quota;

/// Places a key may stand on.
const WAYS: usize = 8;
/// Sets of places: 8,192 × 8 buckets of 16 bytes are a megabyte.
const SETS: usize = 8_192;
const SECOND_MICROS: i64 = 1_000_000;

#[derive(Debug, Default)]
struct Bucket {
    /// 0: nobody's.
    key: AtomicU64,
    full_at: AtomicI64,
}

/// Counters of who asked how often.
#[derive(Debug)]
pub struct Buckets {
    sets: Box<[[Bucket; WAYS]]>,
    /// Keyed by chance, so that nobody can choose an address that shares a place with another's.
    hasher: RandomState,
}

/// How a budget stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub quota: Quota,
    /// Requests left now.
    pub left: i64,
    /// Seconds until the budget is whole again.
    pub reset_secs: i64,
    /// Seconds to wait; 0 for a request that was let through.
    pub wait_secs: i64,
}

impl Reading {
    pub const fn is_over(&self) -> bool {
        self.wait_secs > 0
    }
}

impl Default for Buckets {
    fn default() -> Self {
        Self::with_sets(SETS)
    }
}

impl Buckets {
    fn with_sets(sets: usize) -> Self {
        Self { sets: (0..sets).map(|_| Default::default()).collect(), hasher: RandomState::new() }
    }

    /// Takes one request out of the budget of `who`.
    pub fn take(&self, who: impl Hash, quota: Quota, now: Timestamp) -> Reading {
        let key = self.hasher.hash_one(who).max(1);
        let place = usize::try_from(key >> 8).unwrap_or(0).checked_rem(self.sets.len()).unwrap_or(0);
        match self.sets.get(place) {
            Some(set) => draw(find(set, key, now), quota, now),
            None => reading(quota, 0),
        }
    }
}

/// The bucket of a key: its own, or the one that is least missed.
fn find(set: &[Bucket; WAYS], key: u64, now: Timestamp) -> &Bucket {
    let [first, rest @ ..] = set;
    loop {
        if let Some(own) = set.iter().find(|bucket| bucket.key.load(Ordering::Acquire) == key) {
            return own;
        }
        let fullest = rest.iter().fold(first, |least, bucket| {
            let earlier = bucket.full_at.load(Ordering::Relaxed) < least.full_at.load(Ordering::Relaxed);
            if earlier { bucket } else { least }
        });
        let old = fullest.key.load(Ordering::Acquire);
        if fullest.key.compare_exchange(old, key, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            fullest.full_at.store(now.0, Ordering::Release);
            return fullest;
        }
        // Somebody else took the place; look again, it may even be our own by now.
    }
}

fn draw(bucket: &Bucket, quota: Quota, now: Timestamp) -> Reading {
    let each = cost(quota);
    let mut seen = bucket.full_at.load(Ordering::Acquire);
    loop {
        // More than a window ahead: the clock was set back, which must not lock anybody out.
        let from = if seen > now.0.saturating_add(quota.window.0) { now.0 } else { seen.max(now.0) };
        let next = from.saturating_add(each);
        let debt = next.saturating_sub(now.0);
        if debt > quota.window.0 {
            let wait = debt.saturating_sub(quota.window.0);
            let full = Reading { wait_secs: secs(wait).max(1), ..reading(quota, debt.saturating_sub(each)) };
            return Reading { left: 0, ..full };
        }
        match bucket.full_at.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return reading(quota, debt),
            Err(newer) => seen = newer,
        }
    }
}

/// Microseconds until one request has grown back.
fn cost(quota: Quota) -> i64 {
    quota.window.0.checked_div(i64::from(quota.requests)).unwrap_or(1).max(1)
}

fn reading(quota: Quota, debt: i64) -> Reading {
    let left = quota.window.0.saturating_sub(debt).checked_div(cost(quota)).unwrap_or(0).max(0);
    Reading { quota, left: left.min(i64::from(quota.requests)), reset_secs: secs(debt), wait_secs: 0 }
}

/// Whole seconds, rounded up.
fn secs(micros: i64) -> i64 {
    micros.saturating_add(SECOND_MICROS).saturating_sub(1).div_euclid(SECOND_MICROS)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use kernel::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);
    const TEN: Quota = Quota::new(10, 60);

    #[test]
    fn the_whole_budget_may_be_used_at_once_and_grows_back_evenly() {
        let buckets = Buckets::with_sets(4);
        for left in (0..10).rev() {
            let reading = buckets.take("a", TEN, NOW);
            assert_eq!((reading.left, reading.is_over()), (left, false));
        }
        let over = buckets.take("a", TEN, NOW);
        assert_eq!((over.left, over.wait_secs, over.reset_secs), (0, 6, 60));
        // Asking while it is over costs nothing: the wait does not grow.
        assert_eq!(buckets.take("a", TEN, NOW).wait_secs, 6);
        let later = NOW.plus(Duration::from_secs(6));
        assert!(!buckets.take("a", TEN, later).is_over());
        assert!(buckets.take("a", TEN, later).is_over());
        let much_later = NOW.plus(Duration::from_secs(200));
        assert_eq!(buckets.take("a", TEN, much_later).left, 9);
    }

    #[test]
    fn everybody_has_a_budget_of_their_own() {
        let buckets = Buckets::with_sets(64);
        for _ in 0..10 {
            buckets.take(("page", 1), TEN, NOW);
        }
        assert!(buckets.take(("page", 1), TEN, NOW).is_over());
        assert!(!buckets.take(("page", 2), TEN, NOW).is_over());
        assert!(!buckets.take(("form", 1), TEN, NOW).is_over());
    }

    #[test]
    fn parallel_requests_get_exactly_the_budget() {
        let buckets = Buckets::with_sets(4);
        let quota = Quota::new(1_000, 60);
        let through = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        if !buckets.take("one", quota, NOW).is_over() {
                            through.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(through.into_inner(), 1_000);
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_memory_and_does_not_free_who_is_over() {
        let buckets = Buckets::with_sets(16);
        for _ in 0..10 {
            buckets.take("busy", TEN, NOW);
        }
        // Each stranger asks once: their buckets are fuller than the busy one and go first.
        for stranger in 0..10_000 {
            buckets.take(stranger, TEN, NOW);
        }
        assert!(buckets.take("busy", TEN, NOW).is_over());
        assert_eq!(buckets.sets.len() * WAYS, 128);
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let buckets = Buckets::with_sets(4);
        for _ in 0..10 {
            buckets.take("a", TEN, NOW.plus(Duration::from_days(1)));
        }
        assert!(!buckets.take("a", TEN, NOW).is_over());
    }
}
