//! Customers and staff as the console sees them. Promises: personal data is masked; showing it in clear needs a
//! permission and a reason, and is audited.

mod model;
mod ops;
#[cfg(test)]
mod tests;

pub(crate) use model::mask_name;
pub use model::{AccountView, Revealed};
pub use ops::{find_customer, list_customers, list_staff, reveal, search_customers, views};
