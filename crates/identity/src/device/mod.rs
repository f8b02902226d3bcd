//! What an account was used on. Promises: a device is known by a token of which only a hash is kept; a new one is told to its
//! owner; remembering it spares a second factor for thirty days at most and never stands in for a fresh proof; every try to
//! sign in leaves a row that its owner can read for half a year.

mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use model::{DeviceId, DeviceView, LoginId, LoginView, Outcome};
pub(crate) use model::{Event, KnownDevice, Novelty};
pub(crate) use ops::{SEALED, forget_all, is_remembered, note, purge, recognise, record};
pub use ops::{forget_device, list_devices, list_logins};
pub(crate) use store::STATEMENTS;
