//! The services customers can order. Promises: what is published has passed every rule and stays as it is; a running
//! order finds the version it began with; every node shows the same catalogue soon after a publication.

mod model;
mod ops;
mod rules;
mod shelf;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::*;
pub use ops::*;
pub use rules::*;
pub use shelf::*;
pub use store::VersionInfo;
