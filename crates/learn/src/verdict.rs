//! May a model take the place of another? Both are tested on acts neither has learned from.
#![expect(clippy::float_arithmetic, reason = "shares are compared")]

use kernel::Timestamp;
use risk::model::{About, Model};

use crate::Example;
use crate::measure::{Quality, measure};
use crate::train::FEWEST_FRAUDS;

/// What the comparison says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// As good or better in average precision, and not clearly worse in order.
    Good {
        new: Quality,
        live: Option<Quality>,
    },
    Worse {
        new: Quality,
        live: Quality,
    },
    /// Learned from simulated trade: it knows nothing of any installation.
    Simulated,
    /// Too few acts since both were trained to say anything.
    Unknown {
        acts: usize,
        frauds: usize,
    },
}

/// Where acts come from, in [`About::source`].
pub const LIVE: &str = "live";
pub const SIMULATED: &str = "simulated";

impl Verdict {
    /// May the new model judge without somebody taking it upon themselves?
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Good { .. })
    }
}

/// So much less area may come with a better average precision: reviewers see the top of the list, not the whole.
const AREA_GIVEN: f64 = 0.01;

/// From here on acts are new to both models.
pub fn unseen_from(new: &About, live: Option<&About>) -> Timestamp {
    live.map_or(new.to, |live| live.to.max(new.to))
}

/// Tests a model, and the live one beside it, on examples from [`unseen_from`] on.
pub fn judge(new: &Model, live: Option<&Model>, examples: &[Example]) -> Verdict {
    if new.about().source != LIVE {
        return Verdict::Simulated;
    }
    let from = unseen_from(new.about(), live.map(Model::about));
    let unseen: Vec<Example> = examples.iter().filter(|example| example.at >= from).copied().collect();
    let frauds = unseen.iter().filter(|example| example.fraud).count();
    if frauds < FEWEST_FRAUDS || frauds == unseen.len() {
        return Verdict::Unknown { acts: unseen.len(), frauds };
    }
    let of = |model: &Model| {
        let scores: Vec<f64> = unseen.iter().map(|example| model.margin(&example.vector)).collect();
        measure(&unseen, &scores)
    };
    let new = of(new);
    match live.map(of) {
        Some(live) if new.average_precision < live.average_precision || new.auc < live.auc - AREA_GIVEN => {
            Verdict::Worse { new, live }
        }
        live => Verdict::Good { new, live },
    }
}
