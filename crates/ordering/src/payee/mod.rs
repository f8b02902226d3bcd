//! The payee book: whom a person or an organisation sends money to. Promises: an account stands in a book once; nobody sees another's
//! book; to whom is new only a little goes, and not without showing that it is really you (W8); what the form, the API or a file sends
//! is held to the same, because the desk asks here.

pub(crate) mod balance;
mod model;
mod ops;
mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use balance::{add_balance, may_move};
pub use model::{NewBalancePayee, NewPayee, Payee, PayeeId};
pub use ops::{Own, add, get, list, own, remove};
pub(crate) use ops::{guard, number, recipient, room, settle, take};
pub(crate) use rules::Recipient;
pub use rules::{COOLS_FOR, NEW_MOST, PROOF_FROM};
