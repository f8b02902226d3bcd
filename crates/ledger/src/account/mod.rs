//! Accounts and their four running totals. A total changes only together with the transfer or hold that explains it; an account's
//! guard is part of the `UPDATE`, so no two writers can overdraw it together.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{Account, AccountKind, AccountName, Balance, Guard, HOUSE_CURRENCY, LedgerAccountId};
pub use ops::{ensure_account, load_accounts, load_accounts_by_code, wallet, wallet_balance};
