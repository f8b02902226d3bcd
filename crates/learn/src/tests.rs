//! Simulated trade, learning from it, and what was measured.
#![expect(clippy::float_arithmetic, reason = "figures of a learner")]

use std::sync::LazyLock;

use kernel::{Duration, Timestamp};

use crate::measure::{Quality, measure};
use crate::prequential::{Protocol, between, evaluate, evaluate_with};
use crate::replay::{Example, replay};
use crate::simulator::{Scenario, Trade, World, simulate};
use crate::train::{Origin, Settings, train};
use crate::verdict::{LIVE, SIMULATED, Verdict, judge};
use crate::{Act, Error};

const DELAY: Duration = Duration::from_days(7);
/// A tenth of the published size over as long as the published tests need.
const WORLD: World = World::small(10, 100, 5);
static TRADE: LazyLock<Vec<Trade>> = LazyLock::new(|| simulate(&WORLD));
/// The last 42 days with everything before them as history.
static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| replay(acts(), WORLD.day(58), WORLD.day(100)));

fn acts() -> impl Iterator<Item = Act> {
    TRADE.iter().map(|trade| trade.act(DELAY))
}

fn small() -> Settings {
    Settings { trees: 40, depth: 3, learning_rate: 0.15, ..Settings::default() }
}

fn origin() -> Origin {
    Origin {
        source: SIMULATED.to_owned(),
        from: WORLD.day(58),
        to: WORLD.day(72),
        now: WORLD.day(79),
        figures: None,
    }
}

fn share(count: usize, of: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(of).unwrap())
}

/// The published world has a fraud in 119 acts: 14,681 of 1,754,155. Victims a day are a number, so a smaller world has a larger share.
#[test]
fn the_share_of_fraud_and_of_each_scenario_are_the_published_ones() {
    let world = World { days: 60, ..World::published(3) };
    let trades = simulate(&world);
    let late: Vec<&Trade> = trades.iter().filter(|trade| trade.at >= world.day(30)).collect();
    let of = |scenario| share(late.iter().filter(|trade| trade.scenario == scenario).count(), late.len());
    let (obvious, terminal, customer) =
        (of(Scenario::Obvious), of(Scenario::Terminal), of(Scenario::Customer));
    // Published over 183 days: 0.056 %, 0.519 %, 0.262 %; terminals and customers fall at a steady rate after the first weeks.
    assert!((0.0004..0.0008).contains(&obvious), "{obvious}");
    assert!((0.0045..0.0065).contains(&terminal), "{terminal}");
    assert!((0.0020..0.0034).contains(&customer), "{customer}");
    let all = obvious + terminal + customer;
    assert!((all - 0.0084).abs() < 0.0012, "{all}");
    let a_day = share(trades.len(), 60);
    assert!((9_200.0..10_000.0).contains(&a_day), "{a_day} acts a day");
}

#[test]
fn each_scenario_is_what_it_is_said_to_be() {
    let of = |scenario| TRADE.iter().filter(move |trade| trade.scenario == scenario);
    assert!(of(Scenario::Obvious).all(|trade| trade.amount_minor > 22_000));
    assert!(of(Scenario::Honest).all(|trade| trade.amount_minor <= 22_000));
    assert!(of(Scenario::Obvious).count() > 10);
    // A fallen terminal: all of 28 days.
    let fallen = of(Scenario::Terminal).next().unwrap();
    let began = Timestamp::from_secs(fallen.at.as_secs().div_euclid(86_400) * 86_400);
    let same = TRADE.iter().filter(|trade| trade.terminal == fallen.terminal);
    let within = same.filter(|trade| trade.at >= fallen.at && trade.at < began.plus(Duration::from_days(28)));
    assert!(within.clone().count() > 1 && within.clone().all(|trade| trade.scenario != Scenario::Honest));
    // Leaked customers: a third of their acts at the most while it lasts, five times as large.
    let mean = |trades: &[&Trade]| {
        share(trades.iter().map(|t| usize::try_from(t.amount_minor).unwrap()).sum(), trades.len())
    };
    let leaked: Vec<&Trade> = of(Scenario::Customer).collect();
    let honest: Vec<&Trade> = of(Scenario::Honest).collect();
    let times = mean(&leaked) / mean(&honest);
    assert!((4.0..6.5).contains(&times), "{times} times");
}

#[test]
fn the_same_seed_gives_the_same_trade_and_another_seed_another() {
    let world = World::small(50, 10, 1);
    assert_eq!(simulate(&world), simulate(&world));
    assert_ne!(simulate(&world), simulate(&World { seed: 2, ..world }));
    let trades = simulate(&world);
    assert!(trades.is_sorted_by_key(|trade| (trade.at, trade.id)));
    assert!(
        trades
            .iter()
            .all(|trade| trade.at >= world.begins && trade.at < world.day(10) && trade.amount_minor >= 0)
    );
}

#[test]
fn what_happens_after_an_act_changes_none_of_its_features() {
    let end = WORLD.day(72);
    let whole = between(&EXAMPLES, WORLD.day(58), end);
    assert_eq!(replay(acts().filter(|act| act.happening.at < end), WORLD.day(58), end), whole);
}

#[test]
fn our_trees_say_exactly_what_the_learners_say() {
    let learned = train(between(&EXAMPLES, WORLD.day(58), WORLD.day(72)), &small(), &origin()).unwrap();
    let rows = &EXAMPLES[..10_000];
    let theirs = learned.learners_margins(rows);
    assert_eq!(theirs.len(), 10_000);
    for (example, theirs) in rows.iter().zip(theirs) {
        assert_eq!(learned.model.margin(&example.vector).to_bits(), theirs.to_bits());
        let odds = 1.0 / (1.0 + (-theirs).exp());
        assert!((learned.model.score(&example.vector).probability - odds).abs() < 1e-12);
    }
}

#[test]
fn the_same_acts_and_seed_give_the_same_bytes_and_labels_that_came_later_are_not_learned() {
    let examples = between(&EXAMPLES, WORLD.day(58), WORLD.day(72));
    let one = train(examples, &small(), &origin()).unwrap();
    assert_eq!(one.bytes, train(examples, &small(), &origin()).unwrap().bytes);
    let other = train(examples, &Settings { seed: 9, ..small() }, &origin()).unwrap();
    assert_ne!(one.bytes, other.bytes);
    let early = Origin { now: WORLD.day(67), ..origin() };
    let fewer = train(examples, &small(), &early).unwrap();
    assert!(fewer.model.about().frauds < one.model.about().frauds);
    let known = examples.iter().filter(|example| example.fraud_by(WORLD.day(67))).count();
    assert_eq!(fewer.model.about().frauds, u64::try_from(known).unwrap());
    let too_early = Origin { now: WORLD.day(58), ..origin() };
    assert!(matches!(train(examples, &small(), &too_early), Err(Error::TooLittle { frauds: 0, .. })));
    assert!(matches!(train(&[], &small(), &origin()), Err(Error::TooLittle { rows: 0, .. })));
}

#[test]
fn training_and_testing_never_overlap_and_wait_for_the_labels() {
    let protocol = Protocol::published();
    let end = WORLD.day(100);
    assert_eq!(protocol.from(end), WORLD.day(58));
    let outcome = evaluate(&EXAMPLES, &protocol, &small(), end).unwrap();
    assert_eq!(outcome.folds.len(), 4);
    for (fold, number) in outcome.folds.iter().zip(0..) {
        assert_eq!(fold.trained_from, WORLD.day(58 + 7 * number));
        assert_eq!(fold.tested_from, fold.trained_from.plus(Duration::from_days(14)));
        assert_eq!(fold.tested_to, fold.tested_from.plus(Duration::from_days(7)));
    }
    assert_eq!(outcome.folds[3].tested_to, end);
    assert_eq!(outcome.figures().weeks, 4);
    // Learning beats chance by far, and what knows nothing is chance.
    assert!(outcome.mean.auc > 0.8, "{:?}", outcome.mean);
    let blind = evaluate_with(&EXAMPLES, &protocol, end, |_| 0.0).unwrap();
    assert!((blind.mean.auc - 0.5).abs() < 1e-9, "{:?}", blind.mean);
    assert!(outcome.mean.average_precision > 3.0 * blind.mean.average_precision);
}

#[test]
fn customers_known_to_be_defrauded_are_not_tested() {
    let protocol = Protocol { train_days: 7, delay_days: 7, test_days: 7, folds: 1 };
    let vector = EXAMPLES[0].vector;
    let example = |day: i64, customer: i64, fraud: bool| Example {
        at: WORLD.day(day).plus(Duration::from_hours(1)),
        customer,
        vector,
        fraud,
        known_at: None,
    };
    // 1 was found in training, 2 in the first day of the wait, 3 on the day its label is not in yet.
    let rows = [
        example(0, 1, true),
        example(7, 2, true),
        example(8, 3, true),
        example(14, 1, false),
        example(14, 2, false),
        example(15, 2, false),
        example(15, 3, false),
        example(16, 3, false),
        example(20, 4, true),
    ];
    let mut tested = Vec::new();
    let outcome = evaluate_with(&rows, &protocol, WORLD.day(21), |example| {
        tested.push((example.customer, example.at.since(WORLD.begins).as_secs() / 86_400));
        0.0
    });
    assert_eq!(outcome.unwrap().folds[0].rows, 3);
    assert_eq!(tested, [(2, 14), (3, 15), (4, 20)]);
}

#[test]
fn figures_are_those_computed_by_hand() {
    let vector = EXAMPLES[0].vector;
    let example =
        |customer: i64, fraud: bool| Example { at: WORLD.begins, customer, vector, fraud, known_at: None };
    let rows = [example(1, true), example(2, false), example(3, true), example(4, false), example(5, false)];
    // Ranks: fraud, honest, fraud, honest = honest.
    let scores = [0.9, 0.8, 0.7, 0.1, 0.1];
    let Quality { auc, average_precision, card_precision } = measure(&rows, &scores);
    assert!((auc - 5.0 / 6.0).abs() < 1e-12, "{auc}");
    assert!((average_precision - 5.0 / 6.0).abs() < 1e-12, "{average_precision}");
    assert!((card_precision - 0.02).abs() < 1e-12, "{card_precision}");
    let tied = measure(&rows, &[0.5; 5]);
    assert!((tied.auc - 0.5).abs() < 1e-12 && (tied.average_precision - 0.4).abs() < 1e-12);
}

#[test]
fn a_customer_who_was_found_is_not_looked_for_again_the_next_day() {
    let vector = EXAMPLES[0].vector;
    let example = |day: i64, customer: i64, fraud: bool| Example {
        at: WORLD.day(day),
        customer,
        vector,
        fraud,
        known_at: None,
    };
    let rows = [example(0, 1, true), example(1, 1, true), example(1, 2, true)];
    let quality = measure(&rows, &[0.5, 0.5, 0.4]);
    assert!((quality.card_precision - 0.01).abs() < 1e-12);
}

#[test]
fn a_model_takes_the_place_of_another_only_when_it_is_not_worse_on_acts_new_to_both() {
    let window = between(&EXAMPLES, WORLD.day(58), WORLD.day(72));
    let here = Origin { source: LIVE.to_owned(), ..origin() };
    let good = train(window, &small(), &here).unwrap().model;
    let imagined = train(window, &small(), &origin()).unwrap().model;
    assert_eq!(judge(&imagined, None, &EXAMPLES), Verdict::Simulated);
    // One that learned from labels turned round.
    let turned: Vec<Example> =
        window.iter().map(|one| Example { fraud: !one.fraud, known_at: None, ..*one }).collect();
    let bad = train(&turned, &small(), &here).unwrap().model;
    assert!(matches!(judge(&bad, Some(&good), &EXAMPLES), Verdict::Worse { .. }));
    assert!(matches!(judge(&good, Some(&bad), &EXAMPLES), Verdict::Good { live: Some(_), .. }));
    assert!(matches!(judge(&good, Some(&good), &EXAMPLES), Verdict::Good { .. }));
    assert!(matches!(judge(&bad, None, &EXAMPLES), Verdict::Good { live: None, .. }));
    // Acts it was trained on say nothing.
    assert!(matches!(judge(&good, None, window), Verdict::Unknown { acts: 0, frauds: 0 }));
}
