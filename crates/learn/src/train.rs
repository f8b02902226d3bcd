//! Gradient boosting over examples, and its trees in our own file.
#![expect(clippy::as_conversions, reason = "numbers for a learner, which has them in floats")]

use forust_ml::data::Matrix;
use forust_ml::gradientbooster::GradientBooster;
use forust_ml::sampler::SampleMethod;
use forust_ml::tree::Tree;
use kernel::Timestamp;
use risk::feature::NAMES;
use risk::model::{About, Figures, Model, Node};

use crate::{Error, Example};

/// Frauds fewer than this teach nothing.
pub const FEWEST_FRAUDS: usize = 20;

/// How to learn. The defaults were chosen on other seeds of the simulator than any that is measured or tested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    pub trees: usize,
    pub depth: usize,
    pub learning_rate: f32,
    /// The share of acts and of features each tree sees.
    pub acts_share: f32,
    pub features_share: f64,
    pub least_weight: f32,
    pub l2: f32,
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trees: 150,
            depth: 4,
            learning_rate: 0.06,
            acts_share: 0.8,
            features_share: 0.5,
            least_weight: 1.0,
            l2: 5.0,
            seed: 1,
        }
    }
}

impl std::fmt::Display for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "forust-ml 0.8, {} trees, depth {}, rate {}, {} of acts, {} of features, leaf weight {}, l2 {}",
            self.trees,
            self.depth,
            self.learning_rate,
            self.acts_share,
            self.features_share,
            self.least_weight,
            self.l2
        )
    }
}

/// What was learned, with the learner's own booster for comparison.
pub struct Learned {
    pub model: Model,
    pub bytes: Vec<u8>,
    booster: GradientBooster,
}

impl std::fmt::Debug for Learned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Learned").field("model", &self.model.about()).finish_non_exhaustive()
    }
}

/// What a model file will say of itself.
#[derive(Debug, Clone)]
pub struct Origin {
    /// `live` or `simulated`.
    pub source: String,
    /// The window of the examples.
    pub from: Timestamp,
    pub to: Timestamp,
    /// What is known at the time of training: labels that came later are not learned.
    pub now: Timestamp,
    pub figures: Option<Figures>,
}

/// Learns from examples. The same examples and settings give the same bytes.
pub fn train(examples: &[Example], settings: &Settings, origin: &Origin) -> Result<Learned, Error> {
    let labels: Vec<f64> =
        examples.iter().map(|example| f64::from(u8::from(example.fraud_by(origin.now)))).collect();
    let frauds = labels.iter().filter(|label| **label > 0.5).count();
    if frauds < FEWEST_FRAUDS || frauds == labels.len() {
        return Err(Error::TooLittle { rows: labels.len(), frauds });
    }
    let columns = columns(examples);
    let matrix = Matrix::new(&columns, examples.len(), NAMES.len());
    let mut booster = GradientBooster::default()
        .set_iterations(settings.trees)
        .set_max_depth(settings.depth)
        .set_learning_rate(settings.learning_rate)
        .set_sample_method(SampleMethod::Random)
        .set_subsample(settings.acts_share)
        .set_colsample_bytree(settings.features_share)
        .set_min_leaf_weight(settings.least_weight)
        .set_l2(settings.l2)
        .set_seed(settings.seed)
        .set_missing(f64::NAN);
    booster.fit_unweighted(&matrix, &labels, None).map_err(|error| Error::Learner(error.to_string()))?;
    let about = About {
        learner: settings.to_string(),
        source: origin.source.clone(),
        from: origin.from,
        to: origin.to,
        rows: examples.len() as u64,
        frauds: frauds as u64,
        seed: settings.seed,
        figures: origin.figures,
    };
    let trees = booster.trees.iter().map(flat).collect::<Result<Vec<_>, _>>()?;
    let bytes = Model::write(&about, booster.base_score, &trees)?;
    Ok(Learned { model: Model::parse(&bytes)?, bytes, booster })
}

impl Learned {
    /// The log-odds the learner itself gives: what ours are held against.
    pub fn learners_margins(&self, examples: &[Example]) -> Vec<f64> {
        let columns = columns(examples);
        self.booster.predict(&Matrix::new(&columns, examples.len(), NAMES.len()), false)
    }
}

/// One feature after the other, as the learner wants them.
fn columns(examples: &[Example]) -> Vec<f64> {
    let column = |place: usize| {
        examples.iter().map(move |example| example.vector.0.get(place).map_or(f64::NAN, |v| f64::from(*v)))
    };
    (0..NAMES.len()).flat_map(column).collect()
}

/// A tree of the learner's as ours: its nodes by number, their children behind them.
fn flat(tree: &Tree) -> Result<Vec<Node>, Error> {
    let number = |value: usize| {
        u32::try_from(value).map_err(|_| Error::Learner("a tree too large for a model file".to_owned()))
    };
    let mut nodes = Vec::with_capacity(tree.nodes.len());
    for node in &tree.nodes {
        nodes.push(if node.is_leaf {
            Node::leaf(node.weight_value)
        } else {
            Node {
                split: node.split_value,
                weight: node.weight_value,
                feature: number(node.split_feature)?,
                left: number(node.left_child)?,
                right: number(node.right_child)?,
                missing: number(node.missing_node)?,
            }
        });
    }
    Ok(nodes)
}
