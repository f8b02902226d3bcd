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
    Others, Preferences, Profile, Register, Registered, TextSize, Theme,
};
pub(crate) use model::{StoredAccount, text_of_roles};
pub(crate) use ops::{
    INDEXED, SEALED, announce, any_contact, find_by_contact, mark_verified, open_email, open_name,
    open_phone, personal, require, require_active, seal_contact, subject, verified_contacts, write_new,
    write_vouched,
};
pub use ops::{change_password, contact_of, create_account, profile, register, set_name, set_preferences};
pub(crate) use rules::{Checked, check_new, check_reason, on, parse_name, roles_fit};
pub use rules::{StateCommand, parse_contact};
pub(crate) use store::{
    STATEMENTS, find_account, find_many, is_frozen_by_owner, list_accounts, list_staff_roles, lock_account,
    preferences_of, roles_of, update_contact, update_frozen_by_owner, update_password, update_roles,
    update_state,
};
