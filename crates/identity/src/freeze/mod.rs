//! Freezing, unfreezing and closing. Promises: an account is frozen in one step, by its owner or by staff, and all its sessions end; it
//! is opened again only by staff with the permission and a reason, or by the owner who froze it, with two factors and a code to
//! a verified address. Whoever owns an account in which something stands out is told, with the way to freeze it.

mod jobs;
mod model;
mod ops;
mod rules;
#[cfg(test)]
mod tests;

pub use jobs::register;
pub use model::Unfreezing;
pub use ops::{begin_unfreezing, change_state, finish_unfreezing, whose};
