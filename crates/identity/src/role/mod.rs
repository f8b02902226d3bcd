//! Roles. Promises: the whole matrix of who may do what is one table that a review sees change; only an administrator
//! changes roles, never their own, and never across the line between customers and staff.

mod ops;
mod rules;
#[cfg(test)]
mod tests;

pub use ops::set_roles;
pub use rules::matrix;
