//! From histories to numbers.
#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "features are estimates with seven digits; no amount is ever computed from one"
)]

use kernel::{Duration, Timestamp};

use super::LONGEST;
use super::history::{Act, History};
use super::model::{Around, Happening, Place, Vector};
use super::names::{Feature, NAMES};

/// More than this many times the mean is unusual and does not move the mean.
const UNUSUAL: f64 = 2.5;
/// Acts the mean is taken of, the newest: more say nothing new and take time.
const MEAN_OF: usize = 256;
/// China has one time and no summer time.
const LOCAL_SECS: i64 = 8 * 3_600;
const DAY_SECS: i64 = 86_400;
/// Before this hour it is night.
const MORNING_HOUR: i64 = 6;
/// Within this many kilometres it is the same place: files of places are not more precise.
const SAME_PLACE_KM: f64 = 150.0;
/// Between two acts within less time, speed says nothing.
const LEAST_HOURS: f64 = 1.0 / 60.0;

/// The features of an act, from what is known of those who have a part in it. The act itself must not be among them yet.
pub fn vector(around: &Around<'_>, now: &Happening) -> Vector {
    let mut out = Out([f32::NAN; NAMES.len()]);
    moment(&mut out, now);
    customer(&mut out, around.customer, now);
    if let Some(history) = around.payee {
        payee(&mut out, history, now.at);
    }
    if let Some(history) = around.device {
        use Feature::{DeviceAmount7, DeviceCount1, DeviceCount7, DeviceCount30, DeviceFrauds30};
        counts(&mut out, history, now.at, [DeviceCount1, DeviceCount7, DeviceCount30]);
        out.set(DeviceAmount7, amount(history, now.at, 7));
        out.set(Feature::DeviceCustomers, customers(history, now.at));
        out.set(DeviceFrauds30, history.frauds(now.at, LONGEST).0 as f32);
    }
    if let Some(history) = around.network {
        use Feature::{NetworkAmount7, NetworkCount1, NetworkCount7, NetworkCount30, NetworkFrauds30};
        counts(&mut out, history, now.at, [NetworkCount1, NetworkCount7, NetworkCount30]);
        out.set(NetworkAmount7, amount(history, now.at, 7));
        out.set(NetworkFrauds30, history.frauds(now.at, LONGEST).0 as f32);
    }
    Vector(out.0)
}

struct Out([f32; NAMES.len()]);

impl Out {
    fn set(&mut self, feature: Feature, value: f32) {
        if let Some(slot) = self.0.get_mut(feature as usize) {
            *slot = value;
        }
    }
}

fn moment(out: &mut Out, now: &Happening) {
    let local = now.at.as_secs().saturating_add(LOCAL_SECS);
    let hour = local.rem_euclid(DAY_SECS) / 3_600;
    // 1 January 1970 was a Thursday.
    let weekday = local.div_euclid(DAY_SECS).saturating_add(3).rem_euclid(7);
    out.set(Feature::Amount, now.amount_minor.max(0) as f32);
    out.set(Feature::Night, f32::from(u8::from(hour < MORNING_HOUR)));
    out.set(Feature::Weekend, f32::from(u8::from(weekday >= 5)));
}

fn customer(out: &mut Out, history: &History, now: &Happening) {
    use Feature as F;
    counts(out, history, now.at, [F::CustomerCount1, F::CustomerCount7, F::CustomerCount30]);
    for (feature, days) in [(F::CustomerAmount1, 1), (F::CustomerAmount7, 7), (F::CustomerAmount30, 30)] {
        out.set(feature, amount(history, now.at, days));
    }
    let mut recent: Vec<&Act> = history.between(now.at.minus(LONGEST), now.at).rev().take(MEAN_OF).collect();
    recent.reverse();
    if let Some(mean) = robust_mean(&recent) {
        out.set(F::AmountOverMean, (now.amount_minor.max(0) as f64 / mean) as f32);
        let unusual = |days: i64| {
            let from = now.at.minus(Duration::from_days(days));
            let large = |act: &&&Act| act.at > from && act.amount as f64 > UNUSUAL * mean;
            recent.iter().filter(large).count() as f32
        };
        out.set(F::Unusual7, unusual(7));
        out.set(F::Unusual14, unusual(14));
    }
    out.set(F::CustomerSince, since(recent.last().copied(), now.at));
    out.set(F::CustomerFrauds30, history.frauds(now.at, LONGEST).0 as f32);
    let new = |known: bool| f32::from(u8::from(!known));
    let mut familiar = recent.iter().filter(|act| history.is_familiar(act, now.at));
    if now.payee.is_some() {
        out.set(F::NewPayee, new(familiar.clone().any(|act| act.payee == now.payee)));
    }
    if now.device.is_some() {
        out.set(F::NewDevice, new(familiar.clone().any(|act| act.device == now.device)));
    }
    let near = |there: Option<Place>, here| there.is_some_and(|there| apart_km(there, here) <= SAME_PLACE_KM);
    if let Some(here) = now.place.filter(|_| recent.iter().any(|act| act.place.is_some())) {
        out.set(F::NewPlace, new(familiar.any(|act| near(act.place, here))));
    }
    speed(out, &recent, now);
}

/// The mean of amounts above nothing, where values far above what was usual until then are skipped. The first pass finds out what is usual.
fn robust_mean(acts: &[&Act]) -> Option<f64> {
    let amounts = || acts.iter().map(|act| act.amount as f64).filter(|amount| *amount > 0.0);
    let pass = |limit: f64| {
        let (mut sum, mut count) = (0.0, 0.0);
        for amount in amounts().filter(|amount| *amount <= limit) {
            sum += amount;
            count += 1.0;
        }
        (count > 0.0).then(|| sum / count)
    };
    let mut mean = pass(f64::INFINITY)?;
    for _ in 0..3 {
        mean = pass(UNUSUAL * mean).unwrap_or(mean);
    }
    Some(mean)
}

fn apart_km(there: Place, here: Place) -> f64 {
    if there == here { 0.0 } else { here.point().distance_km(there.point()) }
}

fn speed(out: &mut Out, recent: &[&Act], now: &Happening) {
    let Some(here) = now.place else { return };
    let Some((at, there)) = recent.iter().rev().find_map(|act| Some((act.at, act.place?))) else { return };
    let hours = (now.at.since(at).as_millis() as f64 / 3_600_000.0).max(LEAST_HOURS);
    let distance = apart_km(there, here);
    let speed = if distance <= SAME_PLACE_KM { 0.0 } else { distance / hours };
    out.set(Feature::Speed, speed as f32);
}

fn payee(out: &mut Out, history: &History, now: Timestamp) {
    use Feature as F;
    counts(out, history, now, [F::PayeeCount1, F::PayeeCount7, F::PayeeCount30]);
    for (feature, days) in [(F::PayeeAmount1, 1), (F::PayeeAmount7, 7), (F::PayeeAmount30, 30)] {
        out.set(feature, amount(history, now, days));
    }
    out.set(F::PayeeSince, since(history.between(now.minus(LONGEST), now).next_back(), now));
    let windows = [
        (F::PayeeFrauds1, F::PayeeShare1, 1),
        (F::PayeeFrauds7, F::PayeeShare7, 7),
        (F::PayeeFrauds30, F::PayeeShare30, 30),
    ];
    for (number, share, days) in windows {
        let (frauds, known) = history.frauds(now, Duration::from_days(days));
        out.set(number, frauds as f32);
        out.set(share, if known == 0 { f32::NAN } else { frauds as f32 / known as f32 });
    }
    let run = history.run(now);
    out.set(F::PayeeRun, run.map_or(0.0, |run| run.length as f32));
    if let Some(run) = run {
        let secs = |at: Timestamp| now.since(at).as_secs() as f32;
        out.set(F::PayeeRunAge, secs(run.began));
        out.set(F::PayeeRunLeast, run.least as f32);
        out.set(F::PayeeRunBefore, run.honest_before.map_or(f32::NAN, secs));
    }
}

fn counts(out: &mut Out, history: &History, now: Timestamp, features: [Feature; 3]) {
    for (feature, days) in features.into_iter().zip([1, 7, 30]) {
        out.set(feature, history.count_and_sum(now.minus(Duration::from_days(days)), now).0 as f32);
    }
}

fn amount(history: &History, now: Timestamp, days: i64) -> f32 {
    history.count_and_sum(now.minus(Duration::from_days(days)), now).1 as f32
}

fn customers(history: &History, now: Timestamp) -> f32 {
    let mut all: Vec<i64> =
        history.between(now.minus(LONGEST), now).rev().take(MEAN_OF).map(|act| act.customer).collect();
    all.sort_unstable();
    all.dedup();
    all.len() as f32
}

fn since(last: Option<&Act>, now: Timestamp) -> f32 {
    last.map_or(f32::NAN, |act| now.since(act.at).as_secs() as f32)
}
