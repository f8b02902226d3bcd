//! Accounts. Promises: one phone number and one e-mail address belong to at most one account; personal data is sealed;
//! an account moves only along its states; staff accounts and customer accounts are never the same.

mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use model::{
    ACCOUNT_REGISTERED, AccountRegistered, AccountState, ChangePassword, Contact, ContactPoint, NewAccount,
    Preferences, Profile, Register, Registered, TextSize, Theme,
};
pub(crate) use model::{StoredAccount, text_of_roles};
pub use ops::{
    change_password, change_state, contact_of, create_account, profile, register, set_name, set_preferences,
};
pub(crate) use ops::{
    find_by_contact, mark_verified, open_email, open_name, open_phone, require, require_active, subject,
    write_new,
};
pub use rules::{StateCommand, parse_contact};
pub(crate) use rules::{check_new, check_reason, roles_fit};
pub(crate) use store::{
    STATEMENTS, find_account, find_many, list_accounts, list_staff_roles, lock_account, preferences_of,
    roles_of, update_roles,
};
