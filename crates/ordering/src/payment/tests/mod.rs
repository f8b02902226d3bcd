//! Behaviour of payment, on both databases, at a gateway that does as it is told.

mod completion;
mod disputes;
mod expiry;
mod gateway;
mod refunds;
mod sandbox;
mod split;
mod staff;
mod till;
mod top_up;
mod trying;
mod wallet;

use till::{Till, customer_of};
