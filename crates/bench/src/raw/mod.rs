//! The limits: the rows of a real order, written by hand straight into the real tables of each database, with nothing decided, sealed or
//! hashed. What the desk does more than this is what the desk costs.

pub(crate) mod postgres;
mod rows;
pub(crate) mod sqlite;
