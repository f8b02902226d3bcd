//! Where the risk score comes from. Beside the layers: a command trains, a server only evaluates, so no learner runs where orders are taken.
//!
//! | module | promises |
//! |---|---|
//! | [`simulator`] | trade with fraud in it from published parameters: the same seed, the same rows |
//! | [`replay`] | the features of each act as they were at its moment, labels after their delay |
//! | [`train`] | acts in, the bytes of a model out; the same acts and seed, the same bytes |
//! | [`measure`] | figures on acts a model has not seen |
//! | [`prequential`] | train a week, wait a week, test a week, step a week |

pub mod measure;
pub mod prequential;
pub mod replay;
pub mod simulator;
#[cfg(test)]
mod tests;
pub mod train;

pub use measure::measure;
pub use replay::{Act, Example, replay};
pub use train::{Settings, train};

/// Why nothing was learned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Both honest acts and frauds are needed.
    #[error("there is nothing to learn from: {rows} acts, {frauds} of them fraud")]
    TooLittle { rows: usize, frauds: usize },
    #[error("the learner failed: {0}")]
    Learner(String),
    #[error(transparent)]
    Model(#[from] risk::model::ModelError),
}
