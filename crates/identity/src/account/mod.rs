//! Accounts. Promises: one phone number and one e-mail address belong to at most one account; personal data is sealed;
//! an account moves only along its states; staff accounts and customer accounts are never the same.

mod contact;
mod freeze;
mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use contact::SEALED as CHANGES_SEALED;
pub use contact::{
    ContactKind, ask_new_contact, confirm_new_contact, look_at_undo, undo_contact_change, waiting_contact,
};
pub use freeze::{Unfreezing, begin_unfreezing, change_state, finish_unfreezing};
pub use model::{
    ACCOUNT_REGISTERED, AccountRegistered, AccountState, ChangePassword, Contact, ContactPoint, NewAccount,
    Others, Preferences, Profile, Register, Registered, TextSize, Theme,
};
pub(crate) use model::{StoredAccount, text_of_roles};
pub(crate) use ops::{
    INDEXED, SEALED, announce, any_contact, find_by_contact, mark_verified, open_email, open_name,
    open_phone, personal, purge, require, require_active, subject, verified_contacts, write_new,
    write_vouched,
};
pub use ops::{change_password, contact_of, create_account, profile, register, set_name, set_preferences};
pub(crate) use rules::{Checked, check_new, check_reason, parse_name, roles_fit};
pub use rules::{StateCommand, parse_contact};
pub(crate) use store::{
    STATEMENTS, find_account, find_many, list_accounts, list_staff_roles, lock_account, preferences_of,
    roles_of, update_password, update_roles,
};
