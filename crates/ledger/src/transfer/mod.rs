//! Transfers: money that moved from one account to another. A transfer is never changed and never deleted; a correction is a new
//! transfer that [`reverse`]s it, once. A business key makes posting safe to repeat.

pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use model::{MAX_AMOUNT_MINOR, NewTransfer, Transfer, TransferId, TransferKind};
pub use ops::{
    TopUp, credit_top_up, find_transfer, post_transfer, post_transfers, reverse, transfers_by_key, transfers_of_order,
};
