//! A learned score: trees in a flat array, read from a file that says where it comes from, evaluated in microseconds. Pure.
//!
//! Promises: reading never panics and never yields a model that could, whatever the bytes; a file that was made for another list of
//! features, or changed on its way, is refused; a score comes with what moved it, feature by feature.

mod file;
#[cfg(test)]
mod tests;
mod trees;

pub use file::{About, Figures, ModelError};
pub use trees::{Contribution, Model, Node, Scored};
