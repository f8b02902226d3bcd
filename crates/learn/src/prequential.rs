//! Measuring as it would have gone: train on some days, wait until their labels are in, test on the next, step on. The protocol of the Fraud
//! Detection Handbook, chapter 5: customers known to be defrauded by the day of an act are left out of the test, for their cards are
//! blocked.
#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "means of shares"
)]

use std::collections::HashSet;

use kernel::{Duration, Timestamp};
use risk::model::Figures;

use crate::measure::{Quality, day, measure};
use crate::train::{Origin, Settings, train};
use crate::{Error, Example};

/// How the time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    pub train_days: i64,
    pub delay_days: i64,
    pub test_days: i64,
    pub folds: i64,
}

impl Protocol {
    /// As published, at the window of a week.
    pub const fn published() -> Self {
        Self { train_days: 7, delay_days: 7, test_days: 7, folds: 4 }
    }

    /// The first day of training of a fold, where the last test ends with `end`.
    fn begins(&self, fold: i64, end: Timestamp) -> Timestamp {
        let one = self.train_days + self.delay_days + self.test_days;
        end.minus(Duration::from_days(one + (self.folds - 1 - fold) * self.test_days))
    }

    /// Examples are needed from here to `end`.
    pub fn from(&self, end: Timestamp) -> Timestamp {
        self.begins(0, end)
    }
}

/// One step: where it trained and how good it was.
#[derive(Debug, Clone, Copy)]
pub struct Fold {
    pub trained_from: Timestamp,
    pub tested_from: Timestamp,
    pub tested_to: Timestamp,
    pub rows: usize,
    pub quality: Quality,
}

/// All steps and their mean.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub folds: Vec<Fold>,
    pub mean: Quality,
}

impl Outcome {
    /// For a model file.
    pub fn figures(&self) -> Figures {
        let ppm = |share: f64| (share * 1e6).round() as u32;
        Figures {
            auc_ppm: ppm(self.mean.auc),
            average_precision_ppm: ppm(self.mean.average_precision),
            card_precision_100_ppm: ppm(self.mean.card_precision),
            weeks: self.folds.len() as u32,
            rows: self.folds.iter().map(|fold| fold.rows as u64).sum(),
        }
    }
}

/// Trains and tests step by step; the last test ends with `end`. `examples` must be by time and reach back to [`Protocol::from`].
pub fn evaluate(
    examples: &[Example],
    protocol: &Protocol,
    settings: &Settings,
    end: Timestamp,
) -> Result<Outcome, Error> {
    steps(examples, protocol, end, |training, origin, test| {
        let learned = train(training, settings, origin)?;
        Ok(test.iter().map(|example| learned.model.margin(&example.vector)).collect())
    })
}

/// The same tests for scores that come from elsewhere: a model that exists.
pub fn evaluate_with(
    examples: &[Example],
    protocol: &Protocol,
    end: Timestamp,
    mut score: impl FnMut(&Example) -> f64,
) -> Result<Outcome, Error> {
    steps(examples, protocol, end, |_, _, test| Ok(test.iter().map(&mut score).collect()))
}

fn steps(
    examples: &[Example],
    protocol: &Protocol,
    end: Timestamp,
    mut scores: impl FnMut(&[Example], &Origin, &[Example]) -> Result<Vec<f64>, Error>,
) -> Result<Outcome, Error> {
    let days = Duration::from_days;
    let mut folds = Vec::new();
    for fold in 0..protocol.folds {
        let trained_from = protocol.begins(fold, end);
        let trained_to = trained_from.plus(days(protocol.train_days));
        let tested_from = trained_to.plus(days(protocol.delay_days));
        let tested_to = tested_from.plus(days(protocol.test_days));
        let training = between(examples, trained_from, trained_to);
        let test = unblocked(examples, protocol, trained_from, tested_from, tested_to);
        let origin = Origin {
            source: "evaluation".to_owned(),
            from: trained_from,
            to: trained_to,
            now: tested_from,
            figures: None,
        };
        let quality = measure(&test, &scores(training, &origin, &test)?);
        folds.push(Fold { trained_from, tested_from, tested_to, rows: test.len(), quality });
    }
    let mean = |of: fn(&Quality) -> f64| {
        folds.iter().map(|fold| of(&fold.quality)).sum::<f64>() / folds.len().max(1) as f64
    };
    let mean = Quality {
        auc: mean(|quality| quality.auc),
        average_precision: mean(|quality| quality.average_precision),
        card_precision: mean(|quality| quality.card_precision),
    };
    Ok(Outcome { folds, mean })
}

/// Examples with `from <= at < to`.
pub fn between(examples: &[Example], from: Timestamp, to: Timestamp) -> &[Example] {
    let start = examples.partition_point(|example| example.at < from);
    let end = examples.partition_point(|example| example.at < to).max(start);
    examples.get(start..end).unwrap_or(&[])
}

/// The acts of a test without the customers known to be defrauded by each day: in training, and until the delay before that day.
fn unblocked(
    examples: &[Example],
    protocol: &Protocol,
    trained_from: Timestamp,
    tested_from: Timestamp,
    tested_to: Timestamp,
) -> Vec<Example> {
    let mut blocked: HashSet<i64> = HashSet::new();
    let mut kept = Vec::new();
    let mut known = trained_from;
    let mut tested = tested_from;
    while tested < tested_to {
        let known_to = tested.minus(Duration::from_days(protocol.delay_days));
        let newly = between(examples, known, known_to).iter().filter(|example| example.fraud);
        blocked.extend(newly.map(|example| example.customer));
        known = known_to;
        let next = tested.plus(Duration::from_days(1));
        debug_assert!(day(next) > day(tested));
        let of_day = between(examples, tested, next).iter();
        kept.extend(of_day.filter(|example| !blocked.contains(&example.customer)).copied());
        tested = next;
    }
    kept
}
