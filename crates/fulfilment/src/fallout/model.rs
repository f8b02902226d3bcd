//! Nouns of the fallout desk.

use kernel::Text;
use ordering::order::{Line, Order};

use crate::flow::Flow;

/// A flow that needs a decision, with what it is about.
#[derive(Debug, Clone)]
pub struct FalloutItem {
    pub flow: Flow,
    pub order: Order,
    pub line: Line,
    /// The step it is stuck at.
    pub step: Option<Text>,
    /// What can be done, of `retry`, `skip`, `force_complete`, `fail`, `refund`.
    pub repairs: &'static [&'static str],
}
