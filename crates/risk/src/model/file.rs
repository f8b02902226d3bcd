//! The file of a model.
//!
//! ```text
//! everlit-risk-model 1\n
//! u32 length of the description, the description (JSON: [`About`] and the names of the features)
//! f64 log-odds before the first tree
//! u32 trees, and for each: u32 nodes, and for each: f64 split, f32 weight, u32 feature, u32 left, u32 right, u32 missing
//! 32 bytes SHA-256 of everything before
//! ```
//!
//! Numbers are little-endian.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::trees::{Model, Node};
use crate::feature::NAMES;

const MAGIC: &[u8] = b"everlit-risk-model 1\n";
const HASH: usize = 32;
/// A file larger than this was not made by training.
pub(super) const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Why a file is no model for this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not a model file, or of another version of the format.
    #[error("this is not a model file of this version")]
    NotAModel,
    /// The hash does not fit: cut short or changed.
    #[error("the model file is damaged: its hash does not fit its content")]
    Damaged,
    /// Trained with other features than this program computes.
    #[error("the model was trained with other features than this program computes: {0}")]
    OtherFeatures(String),
    /// The content contradicts itself.
    #[error("the model file contradicts itself: {0}")]
    Nonsense(&'static str),
}

/// How good a model was on data it had not seen, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Area under the receiver operating characteristic.
    pub auc_ppm: u32,
    /// Area under precision and recall.
    pub average_precision_ppm: u32,
    /// Of the hundred most suspicious customers a day, how many were defrauded, mean of days.
    pub card_precision_100_ppm: u32,
    /// Weeks, or acts, they were measured over.
    pub weeks: u32,
    pub rows: u64,
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Program, version and settings it was trained with.
    pub learner: String,
    /// `live` or `simulated`.
    pub source: String,
    /// Acts it learned from: `from <= at < to`.
    pub from: Timestamp,
    pub to: Timestamp,
    pub rows: u64,
    pub frauds: u64,
    pub seed: u64,
    /// `None` when there was too little data to measure.
    pub figures: Option<Figures>,
}

#[derive(Serialize, Deserialize)]
struct Description {
    #[serde(flatten)]
    about: About,
    features: Vec<String>,
}

pub(super) fn write(about: &About, base: f64, trees: &[Vec<Node>]) -> Result<Vec<u8>, ModelError> {
    let features = NAMES.iter().map(|name| (*name).to_owned()).collect();
    let description = serde_json::to_vec(&Description { about: about.clone(), features })
        .map_err(|_| ModelError::Nonsense("description"))?;
    let mut out = MAGIC.to_vec();
    put_length(&mut out, description.len())?;
    out.extend(description);
    out.extend(base.to_le_bytes());
    put_length(&mut out, trees.len())?;
    for tree in trees {
        put_length(&mut out, tree.len())?;
        for node in tree {
            out.extend(node.split.to_le_bytes());
            out.extend(node.weight.to_le_bytes());
            for number in [node.feature, node.left, node.right, node.missing] {
                out.extend(number.to_le_bytes());
            }
        }
    }
    out.extend(Sha256::digest(&out));
    // What is written can be read, or is not written.
    parse(&out).map(|_| out)
}

fn put_length(out: &mut Vec<u8>, length: usize) -> Result<(), ModelError> {
    let length = u32::try_from(length).map_err(|_| ModelError::Nonsense("too large"))?;
    out.extend(length.to_le_bytes());
    Ok(())
}

pub(super) fn parse(bytes: &[u8]) -> Result<Model, ModelError> {
    if !bytes.starts_with(MAGIC) || bytes.len() > MOST_BYTES {
        return Err(ModelError::NotAModel);
    }
    let (content, hash) = bytes.split_last_chunk::<HASH>().ok_or(ModelError::Damaged)?;
    if Sha256::digest(content).as_slice() != hash {
        return Err(ModelError::Damaged);
    }
    let mut rest = Rest(content.get(MAGIC.len()..).ok_or(ModelError::Damaged)?);
    let description = {
        let length = rest.length()?;
        serde_json::from_slice::<Description>(rest.take(length)?)
            .map_err(|_| ModelError::Nonsense("description"))?
    };
    same_features(&description.features)?;
    let base = f64::from_le_bytes(rest.chunk()?);
    if !base.is_finite() {
        return Err(ModelError::Nonsense("a base that is no number"));
    }
    let (mut nodes, mut trees) = (Vec::new(), Vec::new());
    for _ in 0..rest.length()? {
        trees.push(nodes.len());
        let count = rest.length()?;
        if count == 0 {
            return Err(ModelError::Nonsense("a tree without nodes"));
        }
        for place in 0..count {
            nodes.push(node(&mut rest, place, count)?);
        }
    }
    if !rest.0.is_empty() {
        return Err(ModelError::Nonsense("more than it says"));
    }
    Ok(Model { about: description.about, hash: *hash, base, nodes, trees })
}

fn same_features(theirs: &[String]) -> Result<(), ModelError> {
    if theirs.iter().map(String::as_str).eq(NAMES.iter().copied()) {
        return Ok(());
    }
    let differing: Vec<&str> = NAMES
        .iter()
        .copied()
        .filter(|name| !theirs.iter().any(|one| one == name))
        .chain(theirs.iter().map(String::as_str).filter(|name| !NAMES.contains(name)))
        .take(3)
        .collect();
    Err(ModelError::OtherFeatures(if differing.is_empty() {
        "another order".to_owned()
    } else {
        differing.join(", ")
    }))
}

/// One node, whose children stand behind it within its tree.
fn node(rest: &mut Rest<'_>, place: usize, count: usize) -> Result<Node, ModelError> {
    let node = Node {
        split: f64::from_le_bytes(rest.chunk()?),
        weight: f32::from_le_bytes(rest.chunk()?),
        feature: u32::from_le_bytes(rest.chunk()?),
        left: u32::from_le_bytes(rest.chunk()?),
        right: u32::from_le_bytes(rest.chunk()?),
        missing: u32::from_le_bytes(rest.chunk()?),
    };
    if !node.weight.is_finite() || node.split.is_nan() {
        return Err(ModelError::Nonsense("a node whose number is none"));
    }
    let within = |limit: usize, number: u32| usize::try_from(number).is_ok_and(|number| number < limit);
    if !within(NAMES.len(), node.feature) {
        return Err(ModelError::Nonsense("a feature there is none of"));
    }
    let children = [node.left, node.right, node.missing];
    let leaf = children == [0, 0, 0];
    let behind = |child: &u32| within(count, *child) && !within(place.saturating_add(1), *child);
    if leaf || children.iter().all(behind) {
        Ok(node)
    } else {
        Err(ModelError::Nonsense("a child that does not stand behind its parent"))
    }
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ModelError::Nonsense("it ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let (chunk, rest) = self.0.split_first_chunk::<N>().ok_or(ModelError::Nonsense("it ends early"))?;
        self.0 = rest;
        Ok(*chunk)
    }

    fn length(&mut self) -> Result<usize, ModelError> {
        usize::try_from(u32::from_le_bytes(self.chunk()?)).map_err(|_| ModelError::Nonsense("too large"))
    }
}
