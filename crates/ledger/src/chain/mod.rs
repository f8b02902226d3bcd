//! The hash chain: every transfer, every hold and every release is an entry whose hash covers the entry before it. Entries are
//! written in lanes, each with a head of its own, so that writers need not wait for one row; they are never changed or deleted.
//! Whoever keeps a copy of the heads elsewhere can prove that nothing before them was touched.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;

pub use model::{Head, Lane};
pub use ops::heads;
