//! Which ways lead into an account. Pure.

use crate::account::StoredAccount;

/// Whether there is a way in besides one link: a password, a passkey, another link, or a verified address that codes are sent
/// to.
pub(crate) fn has_another_way(account: &StoredAccount, passkeys: i64, links: i64) -> bool {
    let verified = [&account.phone, &account.email].into_iter().flatten().any(|c| c.verified_at.is_some());
    account.password.is_some() || passkeys > 0 || links > 1 || verified
}
