//! Trees in a flat array and the walk through them.
#![expect(clippy::float_arithmetic, reason = "a score is an estimate, never money")]

use kernel::Locale;

use super::file::{About, ModelError};
use crate::feature::{Feature, NAMES, Vector};

/// Contributions told with a score, the weightiest first.
const TOLD: usize = 5;

/// One node of a tree. Children stand after their parent, so every walk ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Values below go left, others right.
    pub split: f64,
    /// What a walk that ended here adds, in log-odds. Inner nodes have one too: the difference to the next is what the split's feature said.
    pub weight: f32,
    /// Place in a vector.
    pub feature: u32,
    /// Places in the tree; all three 0 for a leaf.
    pub left: u32,
    pub right: u32,
    /// Where values go that are not known.
    pub missing: u32,
}

impl Node {
    /// An end: nothing is asked.
    pub const fn leaf(weight: f32) -> Self {
        Self { split: 0.0, weight, feature: 0, left: 0, right: 0, missing: 0 }
    }

    pub const fn is_leaf(&self) -> bool {
        self.left == 0
    }
}

/// A model that can score.
#[derive(Debug, Clone)]
pub struct Model {
    pub(super) about: About,
    pub(super) hash: [u8; 32],
    /// Log-odds before the first tree.
    pub(super) base: f64,
    pub(super) nodes: Vec<Node>,
    /// Where in `nodes` each tree begins; its nodes count from there.
    pub(super) trees: Vec<usize>,
}

/// What one feature did to a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    pub feature: Feature,
    /// In log-odds: above 0 speaks for fraud, below against.
    pub weight: f64,
}

impl Contribution {
    /// For people: the feature's words.
    pub const fn words(&self, locale: Locale) -> &'static str {
        self.feature.words(locale)
    }
}

/// A score and why it is what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The probability in per cent, 0 to 100.
    pub score: u8,
    /// Of fraud, 0 to 1, as the training data had it.
    pub probability: f64,
    /// The weightiest contributions, in either direction.
    pub reasons: Vec<Contribution>,
}

impl Model {
    /// Reads a model file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ModelError> {
        super::file::parse(bytes)
    }

    /// Makes the bytes of a file: what it is, the log-odds before the first tree, the trees.
    pub fn write(about: &About, base: f64, trees: &[Vec<Node>]) -> Result<Vec<u8>, ModelError> {
        super::file::write(about, base, trees)
    }

    /// Where it comes from and how good it was.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// SHA-256 of the file without its last 32 bytes, which are this.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    pub fn tree_count(&self) -> usize {
        self.trees.len()
    }

    /// The score of an act.
    pub fn score(&self, vector: &Vector) -> Scored {
        let mut said = [0.0_f64; NAMES.len()];
        let mut margin = self.base;
        for tree in &self.trees {
            margin += self.walk(*tree, vector, |feature, weight| {
                if let Some(sum) = said.get_mut(feature) {
                    *sum += weight;
                }
            });
        }
        let probability = probability(margin);
        let mut reasons: Vec<Contribution> = Feature::ALL
            .iter()
            .zip(said)
            .filter(|(_, weight)| *weight != 0.0)
            .map(|(feature, weight)| Contribution { feature: *feature, weight })
            .collect();
        reasons.sort_by(|one, two| two.weight.abs().total_cmp(&one.weight.abs()));
        reasons.truncate(TOLD);
        Scored { score: percent(probability), probability, reasons }
    }

    /// The log-odds alone: what sorting needs.
    pub fn margin(&self, vector: &Vector) -> f64 {
        self.trees.iter().fold(self.base, |margin, tree| margin + self.walk(*tree, vector, |_, _| {}))
    }

    fn walk(&self, tree: usize, vector: &Vector, mut said: impl FnMut(usize, f64)) -> f64 {
        let mut place = tree;
        let mut before: Option<(usize, f64)> = None;
        // Ends because children stand behind their parents, which `parse` made sure of.
        while let Some(node) = self.nodes.get(place) {
            let weight = f64::from(node.weight);
            if let Some((feature, parent)) = before {
                said(feature, weight - parent);
            }
            if node.is_leaf() {
                return weight;
            }
            let feature = usize::try_from(node.feature).unwrap_or(usize::MAX);
            let value = vector.0.get(feature).map_or(f64::NAN, |value| f64::from(*value));
            let next = if value.is_nan() {
                node.missing
            } else if value < node.split {
                node.left
            } else {
                node.right
            };
            before = Some((feature, weight));
            place = tree.saturating_add(usize::try_from(next).unwrap_or(usize::MAX));
        }
        0.0
    }
}

/// Of log-odds.
fn probability(margin: f64) -> f64 {
    1.0 / (1.0 + (-margin).exp())
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 100; the cast saturates"
)]
fn percent(probability: f64) -> u8 {
    (probability * 100.0).round().clamp(0.0, 100.0) as u8
}
