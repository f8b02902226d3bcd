//! A customer's basket: several services in one payment, the same on every device, ordered at most once (I9).

mod ops;
pub(crate) mod store;

use kernel::{AccountId, Timestamp};

pub use ops::{add, get, remove, set_quantity};

kernel::typed_id!(
    /// A basket.
    CartId, "crt"
);
kernel::typed_id!(
    /// One line of a basket.
    CartLineId, "cln"
);

/// An open basket. Every change makes a new revision; an order names the one it was made from.
#[derive(Debug, Clone)]
pub struct Cart {
    pub id: CartId,
    pub customer: AccountId,
    pub revision: i64,
    pub lines: Vec<CartLine>,
}

/// One thing in the basket, with its form filled in.
#[derive(Debug, Clone)]
pub struct CartLine {
    pub id: CartLineId,
    pub service: String,
    pub offering: String,
    pub quantity: i64,
    pub answers: serde_json::Value,
    pub quote: Option<crate::quote::QuoteId>,
    pub added_at: Timestamp,
}
