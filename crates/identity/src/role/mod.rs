//! Roles. Promises: the whole matrix of who may do what is one table that a review sees change; nobody grants what they do
//! not have, changes their own roles, or crosses the line between customers and staff; limits are kept in the statement
//! that uses them up.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use model::{EditRole, Limits, Rights, RoleView};
pub use ops::{
    edit_role, limits_of, list_roles, remove_role, resolve, rights_of, set_roles, set_second_factor, spend,
    unspend, who_may,
};
pub(crate) use ops::{exist, purge};
pub use rules::matrix;
pub(crate) use store::STATEMENTS;
