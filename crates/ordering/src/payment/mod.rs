//! Money that comes in through a gateway, for an order or for the balance, and goes back the same way.
//!
//! | promise | where |
//! |---|---|
//! | One payment, many attempts, at most one wins; a second success is booked and goes back (P1, P8) | [`complete`] |
//! | Callback, poll and browser return take the same path; the same report changes things once (P3–P5) | [`complete::report`] |
//! | A gateway that does not answer leaves an attempt `unknown`, never failed (P7); a poller finds out (P6) | [`attempt`], [`watch`] |
//! | Nothing is closed or tried anew before the gateway was asked (P2, P9) | [`attempt`], [`watch`] |
//! | What waits for a card can be paid from the balance instead, never both | [`wallet`] |
//! | What is charged when the work is done is authorised before, and taken once or let go | [`authorised`] |
//! | No more goes back than came in (P10), each part to where it came from | [`give_back`], [`refund`] |
//! | What a payer disputes is booked once, whatever comes first, and is not refunded besides | [`dispute`] |
//! | What a payer got from the bank in a lost dispute is not owed here any more | [`dispute_cover`] |
//! | A gateway is never called while a transaction is open (P11) | all: rows first, then the call, then the report |
//!
//! Rows are locked in one order everywhere: order, payment, ledger, audit. Attempts and refunds change only under their payment's lock.
//!
//! ```text
//! attempt   opening ─► open ─► processing ─► captured | surplus      money is here: booked once, never left
//!              └──────► unknown ◄──┘      ─► declined | closed | failed
//!           authorised ─► capturing ─► captured          the gateway keeps the money until the work is done
//!                └──► voiding ─► closed     └─► uncollected: due and not to be had, a person looks
//!                       mismatch: what the gateway says is not what was asked for; not booked, a person looks
//! ```

pub mod attempt;
mod authorised;
mod books;
pub mod browse;
pub mod complete;
pub mod dispute;
mod dispute_cover;
mod dispute_model;
pub(crate) mod dispute_store;
mod error;
mod facts;
pub mod figures;
pub mod give_back;
mod jobs;
mod kept_rules;
mod model;
pub mod ops;
pub mod record;
pub mod refund;
mod refund_late;
pub(crate) mod refund_store;
pub mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wallet;
pub mod watch;
mod wish_model;

pub use dispute_model::{Dispute, DisputeId, DisputeState};
pub use error::Error;
pub use facts::*;
pub use jobs::register;
pub use model::*;
pub use ops::open_many;
pub(crate) use store::STATEMENTS;
