//! Signs of probing and their score. Promises: no single sign blocks anybody; the same sign again counts once; a score fades; memory is
//! bounded however many addresses there are. What is remembered of an attempt is masked.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::{Duration, Timestamp};

use crate::address::Network;
use crate::incident::Kind;

/// One sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal<'a> {
    /// A path that led nowhere.
    NotFound { path: &'a str },
    /// An id that is not theirs, or is none: 404 on the page of one thing. `route` is the template.
    ForeignId { route: &'a str, path: &'a str },
    /// A pattern of an attack in the address.
    Injection { pattern: &'a str, path: &'a str },
    /// Signing in failed. `account` is what was typed; only a keyed hash of it is kept, in memory.
    SignInFailed { account: &'a str },
    /// A callback whose signature is wrong.
    ForgedCallback { route: &'a str },
    /// A form that was not sent from our page, or whose page is old.
    Forgery { path: &'a str },
    /// A request no browser sends: another host, too large, too slow.
    Malformed { what: &'a str },
}

/// Points at which an address is blocked.
pub const THRESHOLD: i64 = 50 * POINT;
/// Different accounts tried from one neighbourhood, whoever there tried them.
const NEIGHBOURHOOD_THRESHOLD: i64 = 150 * POINT;
const POINT: i64 = 1_000;
/// What fades in a second: 5 points a minute, so a block takes 50 points within few minutes or many for long.
const FADES_PER_SEC: i64 = 5 * POINT / 60;
/// Signs told apart for one address; older ones are forgotten first.
const TOLD_APART: usize = 128;
const EVIDENCE: usize = 8;
const EVIDENCE_CHARS: usize = 80;
const SHARDS: usize = 16;
/// Suspects in one shard.
const SUSPECTS: usize = 512;
/// Addresses of gateways and providers that are remembered; they have a handful each.
const PROVEN: usize = 1_024;
const PROVEN_FOR: Duration = Duration::from_days(1);

impl Signal<'_> {
    /// What it is a sign of.
    pub fn kind(&self) -> Kind {
        self.weigh().0
    }

    /// What it is a sign of, how strong it is, and what tells it from the same again.
    fn weigh(&self) -> (Kind, i64, (&str, &str)) {
        match self {
            Self::NotFound { path } if crate::probe::is_scanned(path) => {
                (Kind::PathScan, 10 * POINT, ("path", path))
            }
            // Links grow old and crawlers follow them.
            Self::NotFound { path } => (Kind::PathScan, POINT / 2, ("path", path)),
            Self::ForeignId { path, .. } => (Kind::ForeignIds, 2 * POINT, ("id", path)),
            Self::Injection { path, .. } => (Kind::Injection, 10 * POINT, ("injection", path)),
            Self::SignInFailed { account } => (Kind::Stuffing, 3 * POINT, ("account", account)),
            Self::ForgedCallback { route } => (Kind::ForgedCallback, 5 * POINT, ("callback", route)),
            Self::Forgery { path } => (Kind::Forgery, 3 * POINT, ("forgery", path)),
            Self::Malformed { what } => (Kind::Malformed, 2 * POINT, ("malformed", what)),
        }
    }

    /// A forged callback or form counts each time: the same path is tried with other contents.
    fn repeats(&self) -> bool {
        matches!(self, Self::ForgedCallback { .. } | Self::Forgery { .. } | Self::Malformed { .. })
    }

    /// What may be shown of it: paths without queries, routes instead of ids, nothing of accounts.
    fn evidence(&self) -> Option<String> {
        match self {
            Self::NotFound { path } | Self::Forgery { path } => Some(masked(path)),
            Self::ForeignId { route, .. } | Self::ForgedCallback { route } => Some(masked(route)),
            Self::Injection { pattern, path } => Some(format!("{pattern} {}", masked(path))),
            Self::Malformed { what } => Some(masked(what)),
            Self::SignInFailed { .. } => None,
        }
    }
}

/// A path as it may be kept: without its query, printable, short, long runs of digits hidden.
fn masked(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let mut digits = 0_usize;
    let shown = path.chars().take(EVIDENCE_CHARS).map(|c| {
        digits = if c.is_ascii_digit() { digits.saturating_add(1) } else { 0 };
        match c {
            _ if digits > 4 => '*',
            ' '..='~' => c,
            _ => '?',
        }
    });
    shown.collect()
}

/// Somebody crossed the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub network: Network,
    /// What most of it was.
    pub kind: Kind,
    pub hits: i64,
    /// Different signs among them.
    pub subjects: i64,
    pub evidence: Vec<String>,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

#[derive(Debug, Clone, Default)]
struct Suspect {
    score: i64,
    at: Timestamp,
    first_at: Timestamp,
    hits: i64,
    subjects: i64,
    points: BTreeMap<Kind, i64>,
    /// Hashes of what was seen, in a ring.
    seen: Vec<u64>,
    oldest: usize,
    evidence: Vec<String>,
}

impl Suspect {
    fn faded(&self, now: Timestamp) -> i64 {
        let secs = now.since(self.at).as_secs().max(0);
        self.score.saturating_sub(secs.saturating_mul(FADES_PER_SEC)).max(0)
    }

    /// Whether it was not seen before.
    fn is_new(&mut self, mark: u64) -> bool {
        if self.seen.contains(&mark) {
            return false;
        }
        if self.seen.len() < TOLD_APART {
            self.seen.push(mark);
        } else if let Some(slot) = self.seen.get_mut(self.oldest) {
            *slot = mark;
            self.oldest = self.oldest.saturating_add(1).checked_rem(TOLD_APART).unwrap_or(0);
        }
        true
    }
}

/// Who is suspected of what.
#[derive(Debug)]
pub struct Suspects {
    shards: Vec<Mutex<HashMap<Network, Suspect>>>,
    /// Addresses that a rightly signed callback came from, and when last.
    proven: Mutex<HashMap<IpAddr, Timestamp>>,
    hasher: RandomState,
}

impl Default for Suspects {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(HashMap::new())).collect();
        Self { shards, proven: Mutex::default(), hasher: RandomState::new() }
    }
}

impl Suspects {
    /// A rightly signed callback came from this address: it is whoever it says it is. Gateways also send wrong signatures, on purpose, to
    /// see that they are refused; from here that is no sign of probing for a day.
    pub fn vouch(&self, address: IpAddr, now: Timestamp) {
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        if proven.len() >= PROVEN && !proven.contains_key(&address) {
            // Whoever was heard longest ago; it proves itself with its next callback.
            if let Some(oldest) = proven.iter().min_by_key(|(_, at)| **at).map(|(address, _)| *address) {
                proven.remove(&oldest);
            }
        }
        proven.insert(address, now);
    }

    fn is_proven(&self, address: IpAddr, now: Timestamp) -> bool {
        let proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.get(&address).is_some_and(|at| now < at.plus(PROVEN_FOR))
    }

    /// Counts a sign; the alarms it raises. An alarm empties the score, so the next one takes as much again.
    pub fn note(&self, address: IpAddr, signal: &Signal<'_>, now: Timestamp) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        if matches!(signal, Signal::ForgedCallback { .. }) && self.is_proven(address, now) {
            return alarms;
        }
        alarms.extend(self.count(Network::customer(address), THRESHOLD, signal, now));
        if matches!(signal, Signal::SignInFailed { .. }) {
            let around = Network::neighbourhood(address);
            alarms.extend(self.count(around, NEIGHBOURHOOD_THRESHOLD, signal, now));
        }
        alarms
    }

    fn count(&self, network: Network, threshold: i64, signal: &Signal<'_>, now: Timestamp) -> Option<Alarm> {
        let (kind, points, subject) = signal.weigh();
        let mark = self.hasher.hash_one(subject);
        let place = usize::try_from(self.hasher.hash_one(network) >> 8).unwrap_or(0).checked_rem(SHARDS)?;
        let mut shard = lock(self.shards.get(place)?);
        if shard.len() >= SUSPECTS && !shard.contains_key(&network) {
            make_room(&mut shard, now);
        }
        let suspect = shard.entry(network).or_default();
        let score = suspect.faded(now);
        if score == 0 {
            *suspect = Suspect { first_at: now, ..Suspect::default() };
        }
        let counts = suspect.is_new(mark) || signal.repeats();
        (suspect.score, suspect.at) = (score, now);
        suspect.hits = suspect.hits.saturating_add(1);
        if counts {
            suspect.subjects = suspect.subjects.saturating_add(1);
            suspect.score = score.saturating_add(points);
            let sum = suspect.points.entry(kind).or_default();
            *sum = sum.saturating_add(points);
            let shown = signal.evidence().filter(|shown| !suspect.evidence.contains(shown));
            suspect.evidence.extend(shown.filter(|_| suspect.evidence.len() < EVIDENCE));
        }
        if suspect.score < threshold {
            return None;
        }
        let done = shard.remove(&network)?;
        let kind = done.points.iter().max_by_key(|(_, points)| **points).map_or(kind, |(kind, _)| *kind);
        let Suspect { hits, subjects, evidence, first_at, .. } = done;
        Some(Alarm { network, kind, hits, subjects, evidence, first_at, last_at: now })
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Forgets whose score has faded; if nobody's has, the least suspicious of a few.
fn make_room(shard: &mut HashMap<Network, Suspect>, now: Timestamp) {
    let faded =
        |suspect: &Suspect| now.since(suspect.at) > Duration::from_mins(10) || suspect.faded(now) == 0;
    shard.retain(|_, suspect| !faded(suspect));
    if shard.len() >= SUSPECTS {
        let least =
            shard.iter().take(32).min_by_key(|(_, suspect)| suspect.score).map(|(network, _)| *network);
        if let Some(least) = least {
            shard.remove(&least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Notes one sign a number and returns after how many somebody was blocked.
    fn until_alarm(
        address: &str,
        make: impl for<'a> Fn(&'a str) -> Signal<'a>,
        every: Duration,
    ) -> Option<(u32, Alarm)> {
        let suspects = Suspects::default();
        (1..=400_u32).find_map(|n| {
            let now = NOW.plus(Duration(every.0 * i64::from(n)));
            let text = format!("/thing-{n}");
            suspects.note(ip(address), &make(&text), now).into_iter().next().map(|alarm| (n, alarm))
        })
    }

    #[test]
    fn each_sign_has_its_weight() {
        let at_once = Duration::ZERO;
        let check = |n: u32, kind: Kind, make: for<'a> fn(&'a str) -> Signal<'a>| {
            let (after, alarm) = until_alarm("192.0.2.7", make, at_once).unwrap();
            assert_eq!((after, alarm.kind), (n, kind));
            assert_eq!(alarm.network.to_string(), "192.0.2.7");
            assert_eq!(alarm.hits, i64::from(n));
        };
        check(100, Kind::PathScan, |path| Signal::NotFound { path });
        check(25, Kind::ForeignIds, |path| Signal::ForeignId { route: "/orders/{id}", path });
        check(5, Kind::Injection, |path| Signal::Injection { pattern: "sql", path });
        check(17, Kind::Stuffing, |account| Signal::SignInFailed { account });
        check(10, Kind::ForgedCallback, |_| Signal::ForgedCallback { route: "/callbacks/gateways/{name}" });
        check(17, Kind::Forgery, |path| Signal::Forgery { path });
        check(25, Kind::Malformed, |_| Signal::Malformed { what: "host" });
    }

    #[test]
    fn wrong_signatures_from_where_right_ones_came_are_no_sign_for_a_day_and_from_elsewhere_they_are() {
        let suspects = Suspects::default();
        let forge = |address, at| {
            let forged = Signal::ForgedCallback { route: "/callbacks/gateways/{name}" };
            (0..10).flat_map(|_| suspects.note(ip(address), &forged, at)).count()
        };
        suspects.vouch(ip("192.0.2.7"), NOW);
        assert_eq!((forge("192.0.2.7", NOW), forge("192.0.2.8", NOW)), (0, 1));
        // Other signs count from there too.
        let scans = (0..100).flat_map(|n| {
            suspects.note(ip("192.0.2.7"), &Signal::NotFound { path: &format!("/thing-{n}") }, NOW)
        });
        assert_eq!(scans.count(), 1);
        assert_eq!(forge("192.0.2.7", NOW.plus(Duration::from_days(1))), 1);
    }

    #[test]
    fn as_many_addresses_are_remembered_as_there_is_room_and_the_oldest_is_forgotten() {
        let suspects = Suspects::default();
        let address = |n: usize| IpAddr::from(std::net::Ipv4Addr::from_bits(u32::try_from(n).unwrap()));
        for n in 0..=PROVEN {
            suspects.vouch(address(n), NOW.plus(Duration::from_secs(i64::try_from(n).unwrap())));
        }
        assert_eq!(suspects.proven.lock().unwrap().len(), PROVEN);
        assert!(!suspects.is_proven(address(0), NOW) && suspects.is_proven(address(PROVEN), NOW));
    }

    #[test]
    fn five_paths_of_scanners_are_a_scan_and_one_path_five_times_is_not() {
        let suspects = Suspects::default();
        let note = |path| suspects.note(ip("192.0.2.7"), &Signal::NotFound { path }, NOW);
        for _ in 0..50 {
            assert_eq!(note("/.env"), []);
        }
        for path in ["/wp-login.php", "/.git/config", "/phpmyadmin/"] {
            assert_eq!(note(path), []);
        }
        let alarms = note("/.aws/credentials?secret=1234567890");
        assert_eq!(alarms.len(), 1);
        assert_eq!((alarms[0].kind, alarms[0].hits, alarms[0].subjects), (Kind::PathScan, 54, 5));
        assert_eq!(alarms[0].evidence.last().map(String::as_str), Some("/.aws/credentials"));
        assert_eq!(note("/.env"), [], "an alarm empties the score");
    }

    #[test]
    fn what_happens_slowly_fades() {
        let every = Duration::from_secs(60);
        assert_eq!(until_alarm("192.0.2.7", |account| Signal::SignInFailed { account }, every), None);
        assert_eq!(until_alarm("192.0.2.7", |path| Signal::NotFound { path }, Duration::from_secs(10)), None);
        let scan = until_alarm("192.0.2.7", |path| Signal::Injection { pattern: "sql", path }, every);
        assert_eq!(scan.map(|(n, _)| n), Some(9), "persistence is seen all the same");
    }

    #[test]
    fn one_person_who_forgot_a_password_is_never_blocked_here() {
        let suspects = Suspects::default();
        for _ in 0..1_000 {
            assert_eq!(
                suspects.note(ip("192.0.2.7"), &Signal::SignInFailed { account: "lin@example.com" }, NOW),
                []
            );
        }
    }

    #[test]
    fn stuffing_that_is_spread_over_a_neighbourhood_is_seen() {
        let suspects = Suspects::default();
        let alarms: Vec<Alarm> = (0..60_u32)
            .flat_map(|n| {
                let address = ip(&format!("192.0.2.{}", n % 20));
                let account = format!("user{n}@example.com");
                suspects.note(address, &Signal::SignInFailed { account: &account }, NOW)
            })
            .collect();
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        assert_eq!(alarms[0].network.to_string(), "192.0.2.0/24");
        assert!(alarms[0].evidence.is_empty(), "nothing of accounts is shown");
    }

    #[test]
    fn a_flood_of_addresses_is_forgotten_before_it_fills_the_memory() {
        let suspects = Suspects::default();
        for n in 0..40_000_u32 {
            let address = IpAddr::from(n.to_be_bytes());
            suspects.note(address, &Signal::NotFound { path: "/x" }, NOW);
        }
        let kept: usize = suspects.shards.iter().map(|shard| lock(shard).len()).sum();
        assert!(kept <= SHARDS * SUSPECTS, "{kept}");
    }

    #[test]
    fn evidence_is_masked() {
        assert_eq!(masked("/u/13800000000?x=1"), "/u/1380*******");
        assert_eq!(masked("/\u{1b}[31m名"), "/?[31m?");
        assert_eq!(masked(&"/a".repeat(100)).len(), EVIDENCE_CHARS);
    }
}
