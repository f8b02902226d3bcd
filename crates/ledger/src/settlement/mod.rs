//! Settling with sellers: what was agreed, and at the end of each period what of a seller's revenue is ours and what is owed. Promises:
//! a period is settled once and periods follow each other without a gap; a period that ends below zero pays nothing and is carried to
//! the next; what is settled can be computed anew from the transfers.
//!
//! The commission is one multiplication over the whole period: base × basis points ÷ 10,000, half a minor unit rounded up, where the base
//! is what was carried in plus the period's turnover. A refund after a settlement lowers the base of the next, so the commission on what
//! was refunded comes back to the seller. Lines show shares of it by largest remainder, so that they add up to it exactly.

pub(crate) mod jobs;
pub(crate) mod model;
pub(crate) mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use jobs::SettleJob;
pub use model::{
    Agreement, AgreementId, Bank, NewAgreement, Rhythm, SellerView, Settlement, SettlementId, SettlementLine,
};
pub use ops::{agree, get, lines, list, run, run_due, sellers};
