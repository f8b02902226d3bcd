//! What a cancellation would lead to.

use kernel::{Money, Text};

/// What becomes of a cancellation that is asked for now. The worst of all lines counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Possible {
    /// What was done is taken back and the order is cancelled. A provider may still say that it is too late.
    Now,
    /// It becomes a refund request that a person decides.
    Request,
    /// It is refused.
    No,
}

/// What the customer reads before the click (U10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelView {
    pub possible: Possible,
    /// What it costs; the rest is refunded.
    pub fee: Option<Money>,
    /// The rules of the services in the order, in their words.
    pub texts: Vec<Text>,
}
