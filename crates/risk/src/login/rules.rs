//! From a login to features, from features to a score, from a success to counts. Pure: the request path and the replay use these alone.
#![allow(clippy::float_arithmetic, reason = "a likelihood is an estimate, never money")]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use kernel::{Duration, Timestamp};
use vault::Vault;

use super::model::{Count, Feature, Features, Habits, Known, Lesson, LoginSignals, SUM, Visit, Weights};
use crate::decision::Scored;
use crate::place::Places;
use crate::{Agent, Reason};

/// A count is worth half after this time.
const HALF_LIFE: Duration = Duration::from_days(60);
/// Values kept of one feature of one account.
pub(crate) const MOST_VALUES: usize = 24;
/// One login.
const ONE: i64 = 1_000;
/// China has one time and no summer time.
const LOCAL_SECS: i64 = 8 * 3_600;
/// Logins' worth of "a value nobody came with yet" in everybody's counts.
const UNSEEN: f64 = 1.0;
/// No single sign decides alone.
const STRONGEST: f64 = 4.5;
const MILDEST: f64 = -3.5;
/// A familiar network is shared with others, so it excuses less than a familiar device.
const MILDEST_VALUE: f64 = -2.5;
/// A sign this strong is told as a reason.
const TELLING: f64 = 0.7;
/// Of attackers, few hold the owner's device; of owners, some come with a new one.
const ATTACKER_HAS_DEVICE: f64 = 0.01;
const OWNER_IS_NEW: f64 = 0.1;
/// Logins after which an account's devices are taken at their word by half.
const DEVICE_TRUST: f64 = 2.0;
/// Faster than this is not travelling.
const FASTEST_KM_H: f64 = 900.0;
/// Files of places are not more precise than this.
const SAME_PLACE_KM: f64 = 150.0;
const QUICK: Duration = Duration::from_mins(10);

const KNOWN_DEVICE: i64 = 1;
const NEW_DEVICE: i64 = 2;

/// The network of an address: /24 or /48, for neighbours change more often than networks. `None` for what is no address.
pub(crate) fn network(address: &str) -> Option<String> {
    match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Some(format!("{}/24", Ipv4Addr::new(a, b, c, 0)))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            Some(format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
    }
}

/// A keyed hash that fits a column and is never [`SUM`].
pub(crate) fn hash(vault: &Vault, context: &str, text: &str) -> i64 {
    let mut first = [0; 8];
    for (slot, byte) in first.iter_mut().zip(vault.keyed(context, text)) {
        *slot = byte;
    }
    (i64::from_be_bytes(first) & i64::MAX).max(1)
}

/// The network's hash; [`SUM`] for what is no address.
pub(crate) fn network_hash(vault: &Vault, address: &str) -> i64 {
    network(address).map_or(SUM, |network| hash(vault, "risk.network", &network))
}

/// Weekday or weekend, and which three hours of the day, as people here live: 1 to 16.
pub(crate) fn hour(at: Timestamp) -> i64 {
    let local = at.as_secs().saturating_add(LOCAL_SECS);
    // 1970 began on a Thursday; Monday is 0.
    let weekday = local.div_euclid(86_400).saturating_add(3).rem_euclid(7);
    let slot = local.rem_euclid(86_400).div_euclid(3 * 3_600);
    slot.saturating_add(if weekday >= 5 { 9 } else { 1 })
}

/// What is known of a login, with hashes in place of what they stand for.
pub(crate) fn features(vault: &Vault, places: Option<&Places>, signals: &LoginSignals) -> Features {
    let agent = Agent::of(&signals.user_agent);
    let spot = places.and_then(|places| places.find(&signals.address));
    let network = network_hash(vault, &signals.address);
    let agent_hash = hash(vault, "risk.agent", &agent.to_string());
    let mut values = BTreeMap::from([
        (Feature::Agent, agent_hash),
        (Feature::Hour, hour(signals.at)),
        (Feature::Device, if signals.device_known { KNOWN_DEVICE } else { NEW_DEVICE }),
    ]);
    if network != SUM {
        values.insert(Feature::Network, network);
    }
    if let Some(spot) = &spot {
        values.insert(Feature::Country, hash(vault, "risk.country", &spot.country));
        if let Some(city) = spot.city {
            values.insert(Feature::City, hash(vault, "risk.city", &city.to_string()));
        }
    }
    let mark = hash(vault, "risk.login", &format!("{network}/{agent_hash}"));
    Features {
        at: signals.at,
        values,
        agent,
        spot,
        device_known: signals.device_known,
        failures: signals.failures_before,
        mark,
    }
}

/// A count as it is worth at `now`: halved each half-life, and between two of them along a straight line.
pub(crate) fn faded(count: Count, now: Timestamp) -> i64 {
    let age = now.since(count.seen_at).0.max(0);
    let (halves, rest) = (age.div_euclid(HALF_LIFE.0), age.rem_euclid(HALF_LIFE.0));
    let shift = u32::try_from(halves).unwrap_or(u32::MAX);
    let at_start = count.milli.checked_shr(shift).unwrap_or(0);
    // Seconds, so that the product stays in range.
    let part = Duration(rest).as_secs();
    let loss = at_start.saturating_mul(part) / HALF_LIFE.as_secs().saturating_mul(2);
    at_start.saturating_sub(loss)
}

impl Habits {
    pub(crate) fn count(&self, feature: Feature, value: i64, now: Timestamp) -> f64 {
        logins(self.0.get(&(feature, value)).map_or(0, |count| faded(*count, now)))
    }

    fn total(&self, feature: Feature, now: Timestamp) -> f64 {
        let of_feature = self.0.range((feature, i64::MIN)..=(feature, i64::MAX));
        logins(of_feature.map(|(_, count)| faded(*count, now)).fold(0, i64::saturating_add))
    }
}

/// Thousandths as logins.
fn logins(milli: i64) -> f64 {
    let milli = milli.max(0);
    let high = f64::from(u32::try_from(milli >> 32).unwrap_or(u32::MAX));
    let low = f64::from(u32::try_from(milli & 0xFFFF_FFFF).unwrap_or(u32::MAX));
    (high * 4_294_967_296.0 + low) / 1_000.0
}

/// The score of a login and what speaks for it.
pub(crate) fn score(weights: &Weights, known: &Known, login: &Features) -> Scored {
    let signs = signs(weights, known, login);
    let sum: f64 = signs.iter().map(|(strength, _)| strength).sum();
    let share = 1.0 / (1.0 + ((weights.centre - sum) / weights.spread).exp());
    let mut telling: Vec<(f64, Reason)> =
        signs.into_iter().filter(|(strength, _)| *strength >= TELLING).collect();
    telling.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut reasons: Vec<Reason> = telling.into_iter().map(|(_, reason)| reason).collect();
    match known.ruled {
        Some(outcome) if outcome.is_open() => reasons.insert(0, Reason::ReleasedByStaff),
        Some(_) => reasons.insert(0, Reason::TurnedDown),
        None => {}
    }
    Scored { score: percent(share), reasons, ruled: known.ruled }
}

/// Rounded to 0..=100.
fn percent(share: f64) -> u8 {
    let steps = (0..100_u8).take_while(|step| share * 100.0 >= f64::from(*step) + 0.5).count();
    u8::try_from(steps).unwrap_or(100)
}

/// Each sign with its strength: the logarithm of how much likelier an attacker shows it than the owner.
fn signs(weights: &Weights, known: &Known, login: &Features) -> Vec<(f64, Reason)> {
    let value = |feature, weight: f64, reason| {
        let strength = login
            .values
            .get(&feature)
            .map_or(0.0, |value| surprise(weights, known, feature, *value, login.at));
        ((strength * weight).clamp(MILDEST_VALUE, STRONGEST), reason)
    };
    vec![
        value(Feature::Network, weights.network, Reason::NewNetwork),
        value(Feature::Country, weights.country, Reason::NewCountry),
        value(Feature::City, weights.city, Reason::NewCity),
        value(Feature::Agent, weights.agent, Reason::NewAgent),
        value(Feature::Hour, weights.hour, Reason::UnusualHour),
        (device(weights, known, login), Reason::NewDevice),
        travel(weights, known, login),
        (failures(weights, login), Reason::FailuresBefore),
        (attacks(weights, known, login), Reason::NetworkAttacks),
    ]
}

/// How much rarer a value is with this account than with everybody.
fn surprise(weights: &Weights, known: &Known, feature: Feature, value: i64, at: Timestamp) -> f64 {
    let everybody = if feature.is_worldly() {
        let total = known.world.count(feature, SUM, at);
        (known.world.count(feature, value, at) + UNSEEN / variety(feature)) / (total + UNSEEN)
    } else {
        1.0 / variety(feature)
    };
    let smoothing = if feature == Feature::Hour { 4.0 * weights.smoothing } else { weights.smoothing };
    let own = (known.own.count(feature, value, at) + smoothing * everybody)
        / (known.own.total(feature, at) + smoothing);
    (everybody / own).ln()
}

/// Roughly how many values there are, for those nobody came with yet.
const fn variety(feature: Feature) -> f64 {
    match feature {
        Feature::Network => 10_000.0,
        Feature::City => 300.0,
        Feature::Country | Feature::Agent => 50.0,
        Feature::Hour => 16.0,
        Feature::Device => 2.0,
    }
}

/// Whether the device is one of the account's, weighed by how much of it is known. Who never keeps cookies is always new, and learned so.
fn device(weights: &Weights, known: &Known, login: &Features) -> f64 {
    let total = known.own.total(Feature::Device, login.at);
    let owner = |value, usual: f64| {
        let seen = known.own.count(Feature::Device, value, login.at);
        (seen + weights.smoothing * usual) / (total + weights.smoothing)
    };
    let strength = if login.device_known {
        (ATTACKER_HAS_DEVICE / owner(KNOWN_DEVICE, 1.0 - OWNER_IS_NEW)).ln()
    } else {
        ((1.0 - ATTACKER_HAS_DEVICE) / owner(NEW_DEVICE, OWNER_IS_NEW)).ln()
    };
    (strength * weights.device * total / (total + DEVICE_TRUST)).clamp(MILDEST, STRONGEST)
}

/// Too far for the time since the last login; without places, another network within minutes.
fn travel(weights: &Weights, known: &Known, login: &Features) -> (f64, Reason) {
    let Some(last) = known.last else { return (0.0, Reason::QuickChange) };
    let since = login.at.since(last.at);
    if let (Some(here), Some(there)) = (login.spot.as_ref().and_then(|spot| spot.point), last.point) {
        let distance = here.distance_km(there);
        let hours = logins(since.as_secs().max(60).saturating_mul(1_000)) / 3_600.0;
        if distance > SAME_PLACE_KM && distance / hours > FASTEST_KM_H {
            return (weights.far_apart, Reason::FarApart);
        }
        return (0.0, Reason::FarApart);
    }
    let other = login.network() != SUM && last.network != SUM && login.network() != last.network;
    let strength = if other && since < QUICK && !login.device_known { weights.quick_change } else { 0.0 };
    (strength, Reason::QuickChange)
}

fn failures(weights: &Weights, login: &Features) -> f64 {
    if login.failures == 0 { -0.2 } else { (f64::from(login.failures).ln_1p() * weights.failures).min(2.5) }
}

/// Others who failed from here; where the account is at home, the neighbours' sins count half.
fn attacks(weights: &Weights, known: &Known, login: &Features) -> f64 {
    let own = i64::from(login.failures > 0);
    let others = logins(known.failed_here.saturating_sub(own).max(0).saturating_mul(ONE));
    let home = known.own.count(Feature::Network, login.network(), login.at) >= 1.0;
    let strength = others.ln_1p() * weights.attacks * if home { 0.5 } else { 1.0 };
    strength.min(STRONGEST)
}

/// What a success teaches: each of its values once more, for the account and for everybody; the weakest gives way to what is too many.
pub(crate) fn lesson(known: &Known, login: &Features) -> Lesson {
    let mut lesson = Lesson::default();
    for (&feature, &value) in &login.values {
        lesson.own.push((feature, value, once_more(&known.own, feature, value, login.at)));
        if feature.is_worldly() {
            for value in [SUM, value] {
                lesson.world.push((feature, value, once_more(&known.world, feature, value, login.at)));
            }
        }
        let of_feature = known.own.0.range((feature, i64::MIN)..=(feature, i64::MAX));
        let mut others: Vec<(i64, i64)> = of_feature
            .filter(|((_, other), _)| *other != value)
            .map(|((_, other), count)| (faded(*count, login.at), *other))
            .collect();
        others.sort_unstable();
        let surplus = others.len().saturating_sub(MOST_VALUES.saturating_sub(1));
        lesson.dropped.extend(others.into_iter().take(surplus).map(|(_, other)| (feature, other)));
    }
    lesson
}

fn once_more(habits: &Habits, feature: Feature, value: i64, at: Timestamp) -> Count {
    let before = habits.0.get(&(feature, value)).copied();
    let milli = before.map_or(0, |count| faded(count, at)).saturating_add(ONE);
    Count { milli, seen_at: before.map_or(at, |count| count.seen_at.max(at)) }
}

/// Where and when a success was.
pub(crate) fn visit(login: &Features) -> Visit {
    Visit { at: login.at, network: login.network(), point: login.spot.as_ref().and_then(|spot| spot.point) }
}

/// The values of everybody that a login is compared with.
pub(crate) fn worldly(login: &Features) -> Vec<i64> {
    let values = login.values.iter().filter(|(feature, _)| feature.is_worldly()).map(|(_, value)| *value);
    std::iter::once(SUM).chain(values).collect()
}

/// What staff see of a login's inputs: no address, no device name.
pub(crate) fn inputs(login: &Features, signals: &LoginSignals) -> serde_json::Value {
    serde_json::json!({
        "network": format!("{:016x}", login.network()),
        "agent": login.agent.to_string(),
        "country": login.spot.as_ref().map(|spot| &spot.country),
        "place": login.spot.as_ref().map(|spot| &spot.label),
        "hour": login.values.get(&Feature::Hour),
        "device_known": login.device_known,
        "failures_before": login.failures,
        "has_second_factor": signals.has_second_factor,
        "is_staff": signals.is_staff,
        "at": signals.at,
    })
}
