//! A form that is being filled in: kept on the server at every step, so that another device goes on where this one stopped, and so that a
//! reload or a double click sends the same key (I8).

mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use kernel::{AccountId, Timestamp};

pub use ops::{Change, discard, get, list, save, set_quote, start};

kernel::typed_id!(
    /// A form being filled in.
    DraftId, "drf"
);

/// A form being filled in.
#[derive(Debug, Clone)]
pub struct Draft {
    pub id: DraftId,
    pub customer: AccountId,
    pub service: String,
    /// The version whose form is asked; a newer one asks again.
    pub service_version: i64,
    pub offering: String,
    pub quantity: i64,
    /// As typed so far, checked or not.
    pub answers: serde_json::Value,
    pub quote: Option<crate::quote::QuoteId>,
    /// The idempotency key of the order it becomes, made before the first send.
    pub idem: String,
    pub revision: i64,
    /// The order it became.
    pub order: Option<crate::OrderId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
