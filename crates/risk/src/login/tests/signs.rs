//! Single signs: networks, hours, fading, travel.

use kernel::{AccountId, Duration, Timestamp};
use vault::Vault;

use crate::Reason;
use crate::login::model::{Count, Feature, Habits, Known, LoginSignals, Visit, Weights};
use crate::login::rules;
use crate::place::tests::places;

/// Saturday 2026-11-21, 20:45 in Beijing.
const NOW: Timestamp = Timestamp::from_secs(1_795_265_100);

fn signals(address: &str, device_known: bool) -> LoginSignals {
    LoginSignals {
        account: AccountId(1),
        address: address.to_owned(),
        user_agent: "curl/8".to_owned(),
        device_known,
        at: NOW,
        failures_before: 0,
        has_second_factor: false,
        is_staff: false,
    }
}

#[test]
fn neighbours_share_a_network_and_nonsense_has_none() {
    let check = |address: &str, network: Option<&str>| {
        assert_eq!(rules::network(address).as_deref(), network, "{address}");
    };
    check("203.0.113.9", Some("203.0.113.0/24"));
    check("203.0.113.250", Some("203.0.113.0/24"));
    check("::ffff:203.0.113.9", Some("203.0.113.0/24"));
    check("2001:db8:1:2:3::4", Some("2001:db8:1::/48"));
    check("2001:db8:1:ffff::", Some("2001:db8:1::/48"));
    check("", None);
    check("203.0.113", None);
    check("unknown, 203.0.113.9", None);
}

#[test]
fn hours_are_those_of_the_place_and_of_the_week() {
    let at = |text: &str| rules::hour(Timestamp::parse_rfc3339(text).unwrap());
    assert_eq!(rules::hour(NOW), 15, "Saturday, 18 to 21");
    assert_eq!(at("2026-11-20T20:45:00+08:00"), 7, "Friday, 18 to 21");
    assert_eq!(at("2026-11-20T23:59:59+08:00"), 8);
    assert_eq!(at("2026-11-21T00:00:00+08:00"), 9);
    assert_eq!(at("2026-11-22T23:59:59+08:00"), 16);
    assert_eq!(at("2026-11-23T00:00:00+08:00"), 1);
}

#[test]
fn a_count_is_worth_half_after_sixty_days_and_never_more_than_before() {
    let count = Count { milli: 8_000, seen_at: NOW };
    let after = |days| rules::faded(count, NOW.plus(Duration::from_days(days)));
    assert_eq!([after(0), after(30), after(60), after(120), after(180)], [8_000, 6_000, 4_000, 2_000, 1_000]);
    assert_eq!(after(60 * 70), 0);
    assert_eq!(
        rules::faded(count, NOW.minus(Duration::from_days(1))),
        8_000,
        "a clock that steps back adds nothing"
    );
    let days: Vec<i64> = (0..400).map(after).collect();
    assert!(days.windows(2).all(|pair| pair[0] >= pair[1]));
}

/// The reasons for a login against a last visit.
fn reasons(address: &str, device_known: bool, last: Option<(&str, Duration)>) -> Vec<Reason> {
    let (vault, places) = (Vault::with_key([7; 32]).unwrap(), places());
    let last = last.map(|(from, ago)| {
        let there = rules::features(
            &vault,
            Some(&places),
            &LoginSignals { at: NOW.minus(ago), ..signals(from, true) },
        );
        rules::visit(&there)
    });
    let login = rules::features(&vault, Some(&places), &signals(address, device_known));
    rules::score(&Weights::default(), &Known { last, ..Known::default() }, &login).reasons
}

#[test]
fn nobody_is_in_shanghai_and_in_berlin_within_an_hour() {
    let (shanghai, beijing, berlin) = ("203.0.113.1", "198.51.100.1", "192.0.2.1");
    let (hour, half_day) = (Duration::from_hours(1), Duration::from_hours(12));
    assert_eq!(reasons(berlin, true, Some((shanghai, hour))), [Reason::FarApart]);
    assert_eq!(reasons(berlin, true, Some((shanghai, half_day))), []);
    assert_eq!(reasons(beijing, true, Some((shanghai, hour))), [Reason::FarApart]);
    assert_eq!(reasons(beijing, true, Some((shanghai, Duration::from_hours(3)))), []);
    assert_eq!(reasons(berlin, true, Some((shanghai, Duration::ZERO))), [Reason::FarApart]);
    assert_eq!(reasons(berlin, true, Some((shanghai, Duration::from_hours(-1)))), [Reason::FarApart]);
    assert_eq!(reasons(berlin, true, None), []);
}

#[test]
fn without_places_another_network_within_minutes_is_a_weak_sign_of_a_new_device_only() {
    let (one, other, minutes) = ("8.8.8.8", "9.9.9.9", Duration::from_mins(5));
    assert_eq!(reasons(one, false, Some((other, minutes))), [Reason::QuickChange]);
    assert_eq!(reasons(one, true, Some((other, minutes))), [], "a phone leaves the wireless network");
    assert_eq!(reasons(one, false, Some((one, minutes))), []);
    assert_eq!(reasons(one, false, Some((other, Duration::from_mins(11)))), []);
    assert_eq!(reasons("", false, Some((other, minutes))), [], "no address, no sign");
}

#[test]
fn who_never_keeps_a_mark_is_not_new_each_time() {
    let vault = Vault::with_key([7; 32]).unwrap();
    let login = rules::features(&vault, None, &signals("203.0.113.1", false));
    let score = |new: i64, known: i64| {
        let count = |logins| Count { milli: logins * 1_000, seen_at: NOW };
        let own = Habits([((Feature::Device, 2), count(new)), ((Feature::Device, 1), count(known))].into());
        rules::score(&Weights::default(), &Known { own, ..Known::default() }, &login)
    };
    let (always_new, always_known) = (score(40, 0), score(0, 40));
    assert!(always_new.score < 30 && always_new.reasons.is_empty(), "{always_new:?}");
    assert!(always_known.score >= 60 && always_known.reasons == [Reason::NewDevice], "{always_known:?}");
}

#[test]
fn a_visit_keeps_what_travel_needs_and_nothing_else() {
    let vault = Vault::with_key([7; 32]).unwrap();
    let login = rules::features(&vault, None, &signals("not an address", true));
    assert_eq!(rules::visit(&login), Visit { at: NOW, network: 0, point: None });
    assert!(!login.values.contains_key(&Feature::Network) && !login.values.contains_key(&Feature::Country));
}
