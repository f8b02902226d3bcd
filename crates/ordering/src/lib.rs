//! Taking orders: from a form to an accepted, paid, followed order.
//!
//! | room | promises |
//! |---|---|
//! | [`desk`] | an order is one decision, committed whole or not at all |
//! | [`idempotency`] | the same request twice has one effect |
//! | [`order`] | where an order stands, who moved it and why; its money is settled when it ends |
//! | [`draft`] | a form being filled in is the same on every device |
//! | [`cart`] | several services in one order, ordered at most once |
//! | [`batch`] | a file of orders: each line an order of its own, the same file nothing twice |
//! | [`quote`] | a price that holds until it expires |
//! | [`payment`] | money from outside: many attempts, at most one wins |

pub mod approval;
pub mod batch;
pub mod cart;
pub mod desk;
pub mod draft;
mod error;
pub mod held;
pub mod idempotency;
mod money;
pub mod order;
pub mod payee;
pub mod payment;
pub mod quote;
#[cfg(test)]
mod testing;

pub use desk::{Desk, DeskLimits, NewLine, PlaceOrder, Placed};
pub use error::Error;
pub use order::{LineId, OrderId};

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "ordering",
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_sealed", include_str!("../migrations/0002_sealed.sql")),
        ("0003_sealed", include_str!("../migrations/0003_sealed.sql")),
        ("0004_held", include_str!("../migrations/0004_held.sql")),
        ("0005_payment", include_str!("../migrations/0005_payment.sql")),
        ("0006_approval", include_str!("../migrations/0006_approval.sql")),
        ("0007_payee", include_str!("../migrations/0007_payee.sql")),
        ("0008_dispute", include_str!("../migrations/0008_dispute.sql")),
        ("0009_batch", include_str!("../migrations/0009_batch.sql")),
        ("0010_browse", include_str!("../migrations/0010_browse.sql")),
        ("0011_balance", include_str!("../migrations/0011_balance.sql")),
        ("0012_authorise", include_str!("../migrations/0012_authorise.sql")),
    ],
};

/// Every column of sealed values.
pub const SEALED: &[&[vault::SealedColumn]] = &[
    approval::store::SEALED,
    batch::store::SEALED,
    cart::store::SEALED,
    draft::store::SEALED,
    idempotency::store::SEALED,
    order::store::SEALED,
    payee::store::SEALED,
    payment::store::SEALED,
    payment::refund_store::SEALED,
    quote::store::SEALED,
];

/// Every column of indexes, with what each can be made from again.
pub const INDEXED: &[&[vault::IndexedColumn]] = &[batch::store::INDEXED, payee::store::INDEXED];

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[
    approval::store::STATEMENTS,
    batch::store::STATEMENTS,
    cart::store::STATEMENTS,
    draft::store::STATEMENTS,
    held::store::STATEMENTS,
    idempotency::store::STATEMENTS,
    order::store::STATEMENTS,
    payee::store::STATEMENTS,
    payment::STATEMENTS,
    payment::browse::STATEMENTS,
    payment::dispute_store::STATEMENTS,
    payment::figures::STATEMENTS,
    payment::record::STATEMENTS,
    payment::refund_store::STATEMENTS,
    quote::store::STATEMENTS,
];

/// Forgets what a customer began and never ordered, in the caller's transaction: for an account whose owner was erased. Orders stay, as
/// the law wants them.
pub async fn forget_customer(tx: &mut db::Tx, customer: kernel::AccountId) -> Result<(), Error> {
    draft::store::forget(tx, customer).await?;
    cart::store::forget(tx, customer).await?;
    payee::store::forget(tx, customer).await?;
    Ok(())
}

/// The hash chain of the ledger that this transaction appends to.
pub(crate) fn lane(tx: &db::Tx) -> ledger::Lane {
    ledger::Lane(u16::try_from(tx.lane()).unwrap_or(0))
}
