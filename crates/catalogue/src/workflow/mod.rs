//! How an ordered service gets done: the steps a pack lists, which `fulfilment` walks. Promises: a step is of exactly one
//! kind, ids are unique in a workflow, at most one step is the point of no return.

mod model;

pub use model::*;
