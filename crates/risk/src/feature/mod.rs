//! What is known of an act at the moment it is judged, as numbers. Pure: no clock, no database. Training and the request path call the
//! same [`vector`] over the same [`History`], so a model meets in service exactly what it learned from.
//!
//! Promises:
//! - *point in time*: a vector counts acts not later than the one judged, and labels known by then. Rows that come later change nothing;
//! - *bounded*: a history keeps [`KEPT`] and at most [`MOST`] acts of one entity, whoever that is;
//! - *composable*: each customer, payee, device and network has a [`History`] of its own, kept or read from rows in any order.
//!
//! An act nobody complained about counts as honest [`SILENCE`] after it happened; a label counts from the moment it became known.

mod history;
mod model;
mod names;
#[cfg(test)]
mod tests;
mod vector;

pub use history::{Histories, History, Role};
pub use model::{Around, Happening, Place, Vector};
pub use names::{Feature, NAMES};
pub use vector::vector;

use kernel::Duration;

/// Without a label for this long, an act counts as honest.
pub const SILENCE: Duration = Duration::from_days(7);

/// The longest window.
pub const LONGEST: Duration = Duration::from_days(30);

/// How far back acts count: the longest window of acts whose labels are in.
pub const KEPT: Duration = Duration::from_days(37);

/// Acts kept of one entity, the newest. Counts of busier entities stop here.
pub const MOST: usize = 10_000;
