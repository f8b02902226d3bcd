//! From rows to examples: each act with its features as they were at its moment.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use kernel::Timestamp;
use risk::feature::{Happening, Histories, Vector};

/// One act with what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    pub id: i64,
    pub happening: Happening,
    /// What is known of it today.
    pub fraud: bool,
    /// When that became known; `None` for an act nobody said anything about.
    pub known_at: Option<Timestamp>,
}

/// One act to learn from or to be tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    pub at: Timestamp,
    pub customer: i64,
    pub vector: Vector,
    pub fraud: bool,
    /// When the fraud became known; a model trained before could not learn it.
    pub known_at: Option<Timestamp>,
}

impl Example {
    /// Was it known to be fraud by then?
    pub fn fraud_by(&self, now: Timestamp) -> bool {
        self.fraud && self.known_at.is_none_or(|known| known <= now)
    }
}

/// Runs acts, given by time, through the features of the request path. Labels are told when they became known. Examples are made of acts
/// with `from <= at < to`; those before only make history.
pub fn replay(acts: impl IntoIterator<Item = Act>, from: Timestamp, to: Timestamp) -> Vec<Example> {
    let mut histories = Histories::new();
    let mut labels: BinaryHeap<Reverse<(Timestamp, i64, bool)>> = BinaryHeap::new();
    let mut examples = Vec::new();
    for act in acts {
        let Act { id, happening, fraud, known_at } = act;
        if happening.at >= to {
            break;
        }
        while labels.peek().is_some_and(|Reverse((known, ..))| *known <= happening.at) {
            if let Some(Reverse((known, of, was_fraud))) = labels.pop() {
                histories.label(of, was_fraud, known);
            }
        }
        if happening.at >= from {
            let vector = histories.vector(&happening);
            examples.push(Example {
                at: happening.at,
                customer: happening.customer,
                vector,
                fraud,
                known_at,
            });
        }
        histories.observe(&happening, id);
        labels.extend(known_at.map(|known| Reverse((known, id, fraud))));
    }
    examples
}
