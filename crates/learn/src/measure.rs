//! Figures on acts a model has not seen.
#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "shares of counts"
)]

use std::collections::{BTreeMap, HashMap, HashSet};

use kernel::Timestamp;

use crate::Example;

/// Customers whose most suspicious act is looked at a day.
pub const CARDS: usize = 100;
const DAY_SECS: i64 = 86_400;

/// How good scores were: each between 0 and 1, more is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Area under the receiver operating characteristic.
    pub auc: f64,
    /// Average precision: the area under precision and recall, in steps.
    pub average_precision: f64,
    /// Of the [`CARDS`] most suspicious customers a day, the share defrauded that day; those found leave the next days. Mean of days.
    pub card_precision: f64,
}

/// Measures scores of examples. More suspicious is larger; only the order counts.
pub fn measure(examples: &[Example], scores: &[f64]) -> Quality {
    let mut ranked: Vec<(f64, bool)> =
        examples.iter().zip(scores).map(|(example, score)| (*score, example.fraud)).collect();
    ranked.sort_by(|one, two| two.0.total_cmp(&one.0));
    Quality {
        auc: auc(&ranked),
        average_precision: average_precision(&ranked),
        card_precision: card_precision(examples, scores),
    }
}

/// Runs of equal scores: how many honest and how many frauds each has, the most suspicious first.
fn ties(ranked: &[(f64, bool)]) -> impl Iterator<Item = (f64, f64)> {
    ranked.chunk_by(|one, two| one.0.total_cmp(&two.0).is_eq()).map(|run| {
        let frauds = run.iter().filter(|(_, fraud)| *fraud).count();
        (run.len().saturating_sub(frauds) as f64, frauds as f64)
    })
}

/// The share of pairs of a fraud and an honest act in which the fraud is the more suspicious; a tie counts half.
fn auc(ranked: &[(f64, bool)]) -> f64 {
    let (mut honest, mut frauds, mut won) = (0.0, 0.0, 0.0);
    for (also_honest, also_frauds) in ties(ranked) {
        won += also_honest * (frauds + also_frauds / 2.0);
        honest += also_honest;
        frauds += also_frauds;
    }
    if honest * frauds > 0.0 { won / (honest * frauds) } else { f64::NAN }
}

fn average_precision(ranked: &[(f64, bool)]) -> f64 {
    let (mut seen, mut frauds, mut sum) = (0.0, 0.0, 0.0);
    for (honest, also_frauds) in ties(ranked) {
        seen += honest + also_frauds;
        frauds += also_frauds;
        sum += also_frauds * frauds / seen;
    }
    if frauds > 0.0 { sum / frauds } else { f64::NAN }
}

fn card_precision(examples: &[Example], scores: &[f64]) -> f64 {
    let mut days: BTreeMap<i64, HashMap<i64, (f64, bool)>> = BTreeMap::new();
    for (example, score) in examples.iter().zip(scores) {
        let cards = days.entry(day(example.at)).or_default();
        let card = cards.entry(example.customer).or_insert((f64::NEG_INFINITY, false));
        *card = (card.0.max(*score), card.1 || example.fraud);
    }
    let mut found: HashSet<i64> = HashSet::new();
    let mut sum = 0.0;
    let count = days.len();
    for cards in days.into_values() {
        let mut ranked: Vec<(i64, f64, bool)> = cards
            .into_iter()
            .filter(|(customer, _)| !found.contains(customer))
            .map(|(customer, (score, fraud))| (customer, score, fraud))
            .collect();
        ranked.sort_by(|one, two| two.1.total_cmp(&one.1).then(one.0.cmp(&two.0)));
        let caught: Vec<i64> = ranked
            .iter()
            .take(CARDS)
            .filter(|(_, _, fraud)| *fraud)
            .map(|(customer, ..)| *customer)
            .collect();
        sum += caught.len() as f64 / CARDS as f64;
        found.extend(caught);
    }
    if count == 0 { f64::NAN } else { sum / count as f64 }
}

/// Days since 1970 in UTC.
pub fn day(at: Timestamp) -> i64 {
    at.as_secs().div_euclid(DAY_SECS)
}
