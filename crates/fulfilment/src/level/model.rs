//! Nouns of service levels.

/// What waits for a person, for readiness, metrics and the console. Late counts up to a thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub late_orders: i64,
    pub fallout: i64,
    pub open_tasks: i64,
    pub overdue_tasks: i64,
}
