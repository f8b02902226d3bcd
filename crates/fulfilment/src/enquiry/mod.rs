//! Enquiries of the desk: what is due, what it would cost. Nothing is kept and nothing is changed.

mod ops;

pub use ops::Enquiries;
