#![expect(clippy::float_arithmetic, reason = "numbers for a learner, which has them in floats")]

use std::collections::HashMap;

use kernel::{Duration, Rng as _, SeededRng, Timestamp};
use proptest::prelude::*;

use super::*;

const BEGIN: Timestamp = Timestamp::from_secs(1_790_000_000);

fn at(secs: i64) -> Timestamp {
    BEGIN.plus(Duration::from_secs(secs))
}

fn days(days: i64) -> i64 {
    days * 86_400
}

fn act(secs: i64, amount_minor: i64) -> Happening {
    Happening {
        at: at(secs),
        customer: 1,
        payee: Some(7),
        device: Some(3),
        network: Some(4),
        amount_minor,
        place: None,
        stopped: false,
    }
}

/// Histories of acts numbered from 1.
fn histories(acts: &[Happening]) -> Histories {
    let mut histories = Histories::new();
    for (happening, id) in acts.iter().zip(1..) {
        histories.observe(happening, id);
    }
    histories
}

fn check(histories: &Histories, now: &Happening, expected: &[(Feature, f32)]) {
    let vector = histories.vector(now);
    for (feature, value) in expected {
        let got = vector.get(*feature);
        assert!((got - value).abs() <= value.abs() * 1e-5, "{}: {got}, not {value}", feature.name());
    }
}

/// A made-up month and a half: acts by time, and labels with the moment they became known.
fn trade(seed: u64, count: usize) -> (Vec<Happening>, Vec<(i64, bool, Timestamp)>) {
    let chance = SeededRng::new(seed);
    let below = |bound: u64| i64::try_from(chance.below(bound)).unwrap();
    let mut acts: Vec<Happening> = (0..count)
        .map(|_| Happening {
            at: at(below(45 * 86_400)),
            customer: below(12),
            payee: (below(5) > 0).then(|| below(8)),
            device: (below(3) > 0).then(|| below(15)),
            network: (below(3) > 0).then(|| below(6)),
            amount_minor: below(50_000),
            place: (below(2) > 0).then(|| Place {
                latitude_e4: i32::try_from(below(600_000)).unwrap(),
                longitude_e4: i32::try_from(below(900_000)).unwrap(),
            }),
            stopped: below(6) == 0,
        })
        .collect();
    acts.sort_by_key(|act| act.at);
    let labels = (1..).zip(&acts).filter_map(|(id, act)| {
        let known_at = act.at.plus(Duration::from_secs(below(14 * 86_400)));
        (below(4) == 0).then(|| (id, below(3) > 0, known_at))
    });
    let labels = labels.collect();
    (acts, labels)
}

/// The vectors of a stream, each taken before its own act is observed, labels told when they become known.
fn online(acts: &[Happening], labels: &[(i64, bool, Timestamp)]) -> Vec<Vector> {
    let mut histories = Histories::new();
    let mut waiting = labels.to_vec();
    waiting.sort_by_key(|(id, _, known_at)| (*known_at, *id));
    let mut waiting = waiting.into_iter().peekable();
    let mut vectors = Vec::new();
    for (happening, id) in acts.iter().zip(1..) {
        while let Some((of, fraud, known_at)) = waiting.next_if(|(_, _, known)| *known <= happening.at) {
            histories.label(of, fraud, known_at);
        }
        vectors.push(histories.vector(happening));
        histories.observe(happening, id);
    }
    vectors
}

/// What a server does that knows nothing: each entity's rows are read from a table, in no order, and all labels there are.
fn offline(acts: &[Happening], labels: &[(i64, bool, Timestamp)], place: usize) -> Vector {
    let now = &acts[place];
    let rows = |role: Role| {
        role.of(now).map(|entity| {
            let mut history = History::new();
            for (row, happening) in acts[..place].iter().enumerate().rev() {
                if role.of(happening) == Some(entity) {
                    history.observe(happening, i64::try_from(row + 1).unwrap());
                }
            }
            for (id, fraud, known_at) in labels {
                history.label(*id, *fraud, *known_at);
            }
            history
        })
    };
    let all: HashMap<Role, History> =
        Role::ALL.into_iter().filter_map(|role| Some((role, rows(role)?))).collect();
    let around = Around {
        customer: &all[&Role::Customer],
        payee: all.get(&Role::Payee),
        device: all.get(&Role::Device),
        network: all.get(&Role::Network),
    };
    vector(&around, now)
}

#[test]
fn online_equals_offline_for_every_row_of_a_replay() {
    let (acts, labels) = trade(1, 1_500);
    let online = online(&acts, &labels);
    for (place, vector) in online.iter().enumerate() {
        assert_eq!(*vector, offline(&acts, &labels, place), "row {place}");
    }
    // The month holds what the comparison is about.
    for feature in [Feature::PayeeFrauds7, Feature::PayeeRun, Feature::Speed, Feature::CustomerFrauds30] {
        assert!(online.iter().any(|vector| vector.get(feature) > 0.0), "{}", feature.name());
    }
}

#[test]
fn removing_later_rows_changes_no_feature() {
    let (acts, labels) = trade(2, 900);
    let whole = online(&acts, &labels);
    for keep in [1, 10, 300, 899] {
        let cut = &acts[..keep];
        let now = cut[keep - 1].at;
        let known: Vec<_> = labels.iter().filter(|(_, _, known_at)| *known_at <= now).copied().collect();
        assert_eq!(online(cut, &known), whole[..keep], "first {keep} rows");
    }
}

#[test]
fn rows_and_labels_that_come_after_the_act_do_not_count_even_when_they_are_there() {
    let mut all = histories(&[act(0, 100), act(10, 100)]);
    let now = act(20, 100);
    let before = all.vector(&now);
    all.observe(&act(21, 900), 50);
    all.label(1, true, at(21));
    assert_eq!(all.vector(&now), before);
    check(&all, &act(21, 100), &[(Feature::CustomerCount1, 3.0), (Feature::CustomerFrauds30, 1.0)]);
}

#[test]
fn windows_are_exact_at_their_edges() {
    use Feature::{CustomerAmount1, CustomerCount1, CustomerCount7, CustomerCount30, PayeeCount7};
    let all = histories(&[act(0, 300)]);
    check(&all, &act(0, 0), &[(CustomerCount1, 1.0), (CustomerAmount1, 300.0)]);
    check(&all, &act(days(1) - 1, 0), &[(CustomerCount1, 1.0), (CustomerAmount1, 300.0)]);
    check(&all, &act(days(1), 0), &[(CustomerCount1, 0.0), (CustomerAmount1, 0.0), (CustomerCount7, 1.0)]);
    check(&all, &act(days(7) - 1, 0), &[(CustomerCount7, 1.0), (PayeeCount7, 1.0)]);
    check(&all, &act(days(7), 0), &[(CustomerCount7, 0.0), (PayeeCount7, 0.0), (CustomerCount30, 1.0)]);
    check(&all, &act(days(30) - 1, 0), &[(CustomerCount30, 1.0)]);
    check(&all, &act(days(30), 0), &[(CustomerCount30, 0.0)]);
}

#[test]
fn a_label_counts_from_the_moment_it_is_known() {
    use Feature::{CustomerFrauds30, DeviceFrauds30, NetworkFrauds30, PayeeFrauds30, PayeeShare30};
    let mut all = histories(&[act(0, 100), act(5, 100)]);
    all.label(1, true, at(1_000));
    let none = [(PayeeFrauds30, 0.0), (CustomerFrauds30, 0.0)];
    check(&all, &act(999, 0), &none);
    let one = [(PayeeFrauds30, 1.0), (CustomerFrauds30, 1.0), (DeviceFrauds30, 1.0), (NetworkFrauds30, 1.0)];
    check(&all, &act(1_000, 0), &one);
    // Of the second act nothing is known yet; after a week's silence it counts as honest.
    check(&all, &act(1_000, 0), &[(PayeeShare30, 1.0)]);
    check(&all, &act(days(7) + 4, 0), &[(PayeeShare30, 1.0)]);
    check(&all, &act(days(7) + 5, 0), &[(PayeeShare30, 0.5)]);
    // Whoever looks again later may say otherwise; what was known in between stays what it was.
    all.label(1, false, at(2_000));
    check(&all, &act(1_999, 0), &one);
    check(&all, &act(2_000, 0), &none);
}

#[test]
fn a_run_of_frauds_at_a_payee_is_counted_from_its_end_and_ends_with_an_honest_act() {
    use Feature::{PayeeRun, PayeeRunAge, PayeeRunBefore, PayeeRunLeast};
    let mut all = histories(&[act(0, 9), act(100, 8), act(200, 5), act(300, 7)]);
    for id in [1, 3, 4] {
        all.label(id, true, at(400));
    }
    let later = days(7) + 300;
    check(&all, &act(later, 0), &[(PayeeRun, 2.0), (PayeeRunAge, 604_900.0)]);
    check(&all, &act(later, 0), &[(PayeeRunLeast, 5.0), (PayeeRunBefore, 605_000.0)]);
    all.label(2, true, at(500));
    check(&all, &act(later, 0), &[(PayeeRun, 4.0)]);
    assert!(all.vector(&act(later, 0)).get(PayeeRunBefore).is_nan());
    all.observe(&act(301, 1), 9);
    check(&all, &act(later + 1, 0), &[(PayeeRun, 0.0)]);
    for feature in [PayeeRunAge, PayeeRunLeast, PayeeRunBefore] {
        assert!(all.vector(&act(later + 1, 0)).get(feature).is_nan());
    }
}

#[test]
fn the_usual_amount_is_not_moved_by_what_is_unusual() {
    use Feature::{AmountOverMean, Unusual7, Unusual14};
    let mut acts: Vec<Happening> = (0..20).map(|n| act(n * 3_600, 1_000)).collect();
    acts.push(act(days(2), 9_000));
    let all = histories(&acts);
    check(&all, &act(days(3), 5_000), &[(AmountOverMean, 5.0), (Unusual7, 1.0), (Unusual14, 1.0)]);
    check(&all, &act(days(10), 5_000), &[(AmountOverMean, 5.0), (Unusual7, 0.0), (Unusual14, 1.0)]);
}

#[test]
fn what_is_new_is_told_and_what_is_not_known_is_no_number() {
    use Feature::*;
    let shanghai = Place { latitude_e4: 312_200, longitude_e4: 1_214_600 };
    let beijing = Place { latitude_e4: 399_000, longitude_e4: 1_164_000 };
    let here = Happening { place: Some(shanghai), ..act(0, 100) };
    let all = histories(&[here]);
    let same = Happening { at: at(60), ..here };
    check(&all, &same, &[(NewDevice, 0.0), (NewPayee, 0.0), (NewPlace, 0.0), (Speed, 0.0)]);
    let other = Happening { at: at(3_600), device: Some(99), payee: Some(98), place: Some(beijing), ..here };
    check(&all, &other, &[(NewDevice, 1.0), (NewPayee, 1.0), (NewPlace, 1.0), (CustomerSince, 3_600.0)]);
    let speed = all.vector(&other).get(Speed);
    assert!((1_000.0..1_150.0).contains(&speed), "{speed} km/h");
    let bare = Happening { payee: None, device: None, network: None, place: None, ..act(60, 5) };
    let vector = all.vector(&bare);
    for feature in [NewDevice, NewPayee, NewPlace, Speed, PayeeCount1, DeviceCount1, NetworkFrauds30] {
        assert!(vector.get(feature).is_nan(), "{}", feature.name());
    }
    let stranger = all.vector(&Happening { customer: 55, ..bare });
    assert!(stranger.get(AmountOverMean).is_nan() && stranger.get(CustomerSince).is_nan());
}

#[test]
fn a_try_that_was_stopped_makes_nothing_familiar_until_somebody_lets_it_go() {
    use Feature::*;
    let place = Some(Place { latitude_e4: 312_200, longitude_e4: 1_214_600 });
    let tried = Happening { place, stopped: true, ..act(0, 100) };
    let mut all = histories(&[tried]);
    let again = Happening { at: at(3_600), place, ..act(0, 100) };
    check(&all, &again, &[(NewDevice, 1.0), (NewPayee, 1.0), (NewPlace, 1.0), (CustomerCount1, 1.0)]);
    all.label(1, true, at(60));
    check(&all, &again, &[(NewDevice, 1.0), (NewPayee, 1.0), (NewPlace, 1.0)]);
    all.label(1, false, at(600));
    check(&all, &again, &[(NewDevice, 0.0), (NewPayee, 0.0), (NewPlace, 0.0)]);
}

#[test]
fn night_and_weekend_are_those_of_china() {
    // 20 November 2026 is a Friday; 16:00 in UTC is midnight in China.
    let moment = |text: &str| Happening { at: Timestamp::parse_rfc3339(text).unwrap(), ..act(0, 1) };
    for (text, night, weekend) in [
        ("2026-11-20T15:59:59Z", 0.0, 0.0),
        ("2026-11-20T16:00:00Z", 1.0, 1.0),
        ("2026-11-20T22:00:00Z", 0.0, 1.0),
        ("2026-11-22T16:00:00Z", 1.0, 0.0),
    ] {
        check(&Histories::new(), &moment(text), &[(Feature::Night, night), (Feature::Weekend, weekend)]);
    }
}

#[test]
fn a_busy_entity_keeps_its_newest_acts_and_the_same_row_counts_once() {
    let mut history = History::new();
    for id in 0..12_000 {
        history.observe(&act(id / 10, 2), id);
        history.observe(&act(id / 10, 2), id);
    }
    assert_eq!(history.len(), MOST);
    assert_eq!(history.count_and_sum(at(-1), at(2_000)), (MOST, 20_000));
    history.observe(&act(days(60), 5), 20_000);
    assert_eq!(history.len(), 1);
    assert_eq!(history.count_and_sum(at(days(59)), at(days(60))), (1, 5));
}

#[test]
fn every_feature_has_its_own_name_and_words_and_the_rest_of_a_vector_survives_a_journal() {
    for (feature, name) in Feature::ALL.iter().zip(NAMES) {
        assert_eq!(Feature::from_name(name), Some(*feature));
        let (zh, en) = (feature.words(kernel::Locale::Zh), feature.words(kernel::Locale::En));
        assert!(zh.chars().any(|letter| letter > '\u{4e00}') && en.is_ascii(), "{name}");
    }
    let vector = histories(&[act(0, 10)]).vector(&act(10, 20));
    assert_eq!(Vector::from_bytes(&vector.to_bytes()), Some(vector));
    assert_eq!(Vector::from_bytes(&vector.to_bytes()[4..]), None);
    assert_eq!(Vector::from_bytes(&[0; 3]), None);
}

proptest! {
    #[test]
    fn counts_and_sums_are_those_of_counting_by_hand(
        rows in prop::collection::vec((0_i64..4_000_000, 0_i64..i64::MAX), 0..60),
        now in 0_i64..4_500_000,
    ) {
        let mut history = History::new();
        for ((secs, amount), id) in rows.iter().zip(0..) {
            history.observe(&act(*secs, *amount), id);
        }
        let newest = rows.iter().map(|(secs, _)| *secs).max().unwrap_or(0);
        for length in [1, 7, 30] {
            let from = now - days(length);
            prop_assume!(from > newest - days(38));
            let inside = rows.iter().filter(|(secs, _)| *secs > from && *secs <= now);
            let sum = inside.clone().map(|(_, amount)| u64::try_from(*amount).unwrap().min(10_000_000_000_000));
            prop_assert_eq!(history.count_and_sum(at(from), at(now)), (inside.count(), sum.sum::<u64>()));
        }
    }
}
