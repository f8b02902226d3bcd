//! SQL of accounts.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, Locale, PageRequest, Role, Timestamp};

use crate::code::Purpose;
use crate::password::PasswordHash;

use super::model::{
    AccountState, Contact, Preferences, Sealed, StoredAccount, TextSize, Theme, text_of_roles,
};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, state, roles, name_sealed, phone_sealed, phone_index, phone_verified_at,
                email_sealed, email_index, email_verified_at, password_hash, locale, theme, text_size, created_at
            FROM account ",
            $rest
        )
    };
}

db::statements! {
    INSERT = "INSERT INTO account (id, state, roles, is_staff, name_sealed, phone_sealed, phone_index, phone_verified_at,
            email_sealed, email_index, email_verified_at, password_hash, locale, theme, text_size, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)";
    FIND = select!("WHERE id = $1");
    LOCK = select!("WHERE id = $1 {for_update}");
    FIND_BY_PHONE = select!("WHERE phone_index = $1");
    FIND_BY_EMAIL = select!("WHERE email_index = $1");
    FIND_MANY = select!("WHERE id IN {list $1}");
    LIST = select!("WHERE is_staff = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4");
    LIST_STAFF_ROLES = "SELECT roles FROM account WHERE is_staff = $1 AND state <> 'closed'";
    UPDATE_STATE = "UPDATE account SET state = $2, updated_at = $3 WHERE id = $1";
    UPDATE_ROLES = "UPDATE account SET roles = $2, updated_at = $3 WHERE id = $1";
    UPDATE_NAME = "UPDATE account SET name_sealed = $2, updated_at = $3 WHERE id = $1";
    UPDATE_PASSWORD = "UPDATE account SET password_hash = $2, updated_at = $3 WHERE id = $1";
    UPDATE_PREFERENCES = "UPDATE account SET locale = $2, theme = $3, text_size = $4, updated_at = $5 WHERE id = $1";
    UPDATE_PHONE = "UPDATE account SET phone_sealed = $2, phone_index = $3, phone_verified_at = $4, updated_at = $5 WHERE id = $1";
    UPDATE_EMAIL = "UPDATE account SET email_sealed = $2, email_index = $3, email_verified_at = $4, updated_at = $5 WHERE id = $1";
    UPDATE_FROZEN_BY = "UPDATE account SET frozen_by_owner = $2 WHERE id = $1";
    FROZEN_BY = "SELECT frozen_by_owner FROM account WHERE id = $1";
    VERIFY_PHONE = "UPDATE account SET phone_verified_at = $2, updated_at = $2 WHERE id = $1";
    VERIFY_EMAIL = "UPDATE account SET email_verified_at = $2, updated_at = $2 WHERE id = $1";
}

/// `Error::Unique` when the phone or e-mail address belongs to another account.
pub(crate) async fn insert_account(tx: &mut Tx, account: &StoredAccount) -> Result<()> {
    let (phone, email) = (account.phone.as_ref(), account.email.as_ref());
    tx.execute(
        &INSERT,
        params![
            account.id,
            account.state.name(),
            text_of_roles(&account.roles),
            account.is_staff(),
            account.name_sealed.as_ref(),
            phone.map(|c| &c.sealed),
            phone.map(|c| &c.index),
            phone.and_then(|c| c.verified_at),
            email.map(|c| &c.sealed),
            email.map(|c| &c.index),
            email.and_then(|c| c.verified_at),
            account.password.as_ref().map(|hash| &hash.0),
            account.preferences.locale.tag(),
            account.preferences.theme.name(),
            account.preferences.text_size.name(),
            account.created_at,
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find_account(tx: &mut Tx, id: AccountId) -> Result<Option<StoredAccount>> {
    tx.first(&FIND, params![id]).await?.as_ref().map(account).transpose()
}

/// The same, locked until the end of the transaction.
pub(crate) async fn lock_account(tx: &mut Tx, id: AccountId) -> Result<Option<StoredAccount>> {
    tx.first(&LOCK, params![id]).await?.as_ref().map(account).transpose()
}

/// By the keyed index of one of its addresses.
pub(crate) async fn find_by_index(
    tx: &mut Tx,
    contact: &Contact,
    index: &[u8],
) -> Result<Option<StoredAccount>> {
    let sql = match contact {
        Contact::Phone(_) => &FIND_BY_PHONE,
        Contact::Email(_) => &FIND_BY_EMAIL,
    };
    tx.first(sql, params![index]).await?.as_ref().map(account).transpose()
}

pub(crate) async fn find_many(tx: &mut Tx, ids: &[AccountId]) -> Result<Vec<StoredAccount>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.all(&FIND_MANY, params![ids]).await?.iter().map(account).collect()
}

/// Customers or staff, newest first.
pub(crate) async fn list_accounts(
    tx: &mut Tx,
    is_staff: bool,
    page: &PageRequest,
) -> Result<Vec<StoredAccount>> {
    let values = params![is_staff, page.after.key, page.after.id, page.fetch()];
    tx.all(&LIST, values).await?.iter().map(account).collect()
}

/// The roles of every staff account that is not closed.
pub(crate) async fn list_staff_roles(tx: &mut Tx) -> Result<Vec<Vec<Role>>> {
    let rows = tx.all(&LIST_STAFF_ROLES, params![true]).await?;
    rows.iter().map(|row| roles_of(&row.reader().get::<String>()?)).collect()
}

pub(crate) async fn update_state(
    tx: &mut Tx,
    id: AccountId,
    state: AccountState,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&UPDATE_STATE, params![id, state.name(), now]).await?;
    Ok(())
}

pub(crate) async fn update_roles(tx: &mut Tx, id: AccountId, roles: &[Role], now: Timestamp) -> Result<()> {
    tx.execute(&UPDATE_ROLES, params![id, text_of_roles(roles), now]).await?;
    Ok(())
}

pub(crate) async fn update_name(
    tx: &mut Tx,
    id: AccountId,
    sealed: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&UPDATE_NAME, params![id, sealed, now]).await?;
    Ok(())
}

pub(crate) async fn update_password(
    tx: &mut Tx,
    id: AccountId,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&UPDATE_PASSWORD, params![id, &hash.0, now]).await?;
    Ok(())
}

pub(crate) async fn update_preferences(
    tx: &mut Tx,
    id: AccountId,
    wish: Preferences,
    now: Timestamp,
) -> Result<()> {
    let values = params![id, wish.locale.tag(), wish.theme.name(), wish.text_size.name(), now];
    tx.execute(&UPDATE_PREFERENCES, values).await?;
    Ok(())
}

pub(crate) async fn update_verified(
    tx: &mut Tx,
    id: AccountId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<()> {
    let sql = match purpose {
        Purpose::VerifyPhone => &VERIFY_PHONE,
        Purpose::VerifyEmail => &VERIFY_EMAIL,
        other => return Err(db::Error::Shape(format!("a code for {} verifies no address", other.name()))),
    };
    tx.execute(sql, params![id, now]).await?;
    Ok(())
}

/// Replaces one of the addresses; a unique error when it belongs to another account.
pub(crate) async fn update_contact(
    tx: &mut Tx,
    id: AccountId,
    contact: &Contact,
    sealed: &Sealed,
    now: Timestamp,
) -> Result<()> {
    let sql = match contact {
        Contact::Phone(_) => &UPDATE_PHONE,
        Contact::Email(_) => &UPDATE_EMAIL,
    };
    tx.execute(sql, params![id, &sealed.sealed, &sealed.index, sealed.verified_at, now]).await?;
    Ok(())
}

pub(crate) async fn update_frozen_by_owner(tx: &mut Tx, id: AccountId, by_owner: bool) -> Result<()> {
    tx.execute(&UPDATE_FROZEN_BY, params![id, by_owner]).await?;
    Ok(())
}

pub(crate) async fn is_frozen_by_owner(tx: &mut Tx, id: AccountId) -> Result<bool> {
    tx.one(&FROZEN_BY, params![id]).await?.reader().get()
}

fn account(row: &Row) -> Result<StoredAccount> {
    let mut r = row.reader();
    Ok(StoredAccount {
        id: r.get()?,
        state: known(AccountState::from_name(&r.get::<String>()?), "state")?,
        roles: roles_of(&r.get::<String>()?)?,
        name_sealed: r.get()?,
        phone: sealed(r.get()?, r.get()?, r.get()?),
        email: sealed(r.get()?, r.get()?, r.get()?),
        password: r.get::<Option<String>>()?.map(PasswordHash),
        preferences: preferences_of(&r.get::<String>()?, &r.get::<String>()?, &r.get::<String>()?)?,
        created_at: r.get()?,
    })
}

fn sealed(sealed: Option<Vec<u8>>, index: Option<Vec<u8>>, verified_at: Option<Timestamp>) -> Option<Sealed> {
    Some(Sealed { sealed: sealed?, index: index?, verified_at })
}

/// Also for the session store, which joins these columns.
pub(crate) fn preferences_of(locale: &str, theme: &str, text_size: &str) -> Result<Preferences> {
    Ok(Preferences {
        locale: known(Locale::from_tag(locale), "locale")?,
        theme: known(Theme::from_name(theme), "theme")?,
        text_size: known(TextSize::from_name(text_size), "text_size")?,
    })
}

/// Also for the session store. An empty list is nobody's: it permits nothing.
pub(crate) fn roles_of(text: &str) -> Result<Vec<Role>> {
    text.split(',')
        .filter(|name| !name.is_empty())
        .map(|name| known(Role::from_name(name), "roles"))
        .collect()
}

fn known<T>(value: Option<T>, column: &str) -> Result<T> {
    value.ok_or_else(|| db::Error::Shape(format!("account.{column} has an unknown word")))
}
