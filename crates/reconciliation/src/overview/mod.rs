//! How reconciliation stands, in figures: what waits, and whether what the gateways owe us is what the ledger says.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{GatewayBalance, MonthRow, QueueFigures, ReasonAges};
pub use ops::{ages, balances, months, queue};
