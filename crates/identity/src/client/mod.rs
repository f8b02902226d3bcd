//! Programs of integrators. Promises: a client never may more than its scopes and than its owner may now; a key is shown once and
//! kept as a hash, ends by itself, and can be changed without a pause; nothing that needs a fresh proof is done by a program.

mod model;
mod ops;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Caller, ClientId, ClientView, Granted, KeyId, KeyView, NewClient, NewKey};
pub(crate) use ops::{SEALED, purge};
pub use ops::{authenticate, create, end_key, grant, list, list_all, revoke, rotate};
pub(crate) use store::STATEMENTS;
