//! What a customer sees of the ledger: entries with the balance after each, sums by month, and statements. Balances are derived from
//! the transfers each time, so opening + movements = closing holds by construction, and a period that is over reads the same forever.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Counterparty, Entry, MonthFlow, Sheet, SheetLine, Statement};
pub use ops::{entries, monthly, months, net_since, sheet, statement};
pub use rules::{day_bounds, month_bounds};
