//! Making accounts and changing them.

use audit::Entry;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Permission, Role, Timestamp};
use risk::engine::journal_many;
use risk::{Guard, Point};
use serde_json::{Value, json};

use crate::Error;
use crate::code::{self, Purpose};
use crate::factor;
use crate::judged;
use crate::notice::{self, Notice};
use crate::password::{Hasher, PasswordHash, check_password};
use crate::privacy;
use crate::session::{self, SessionId};
use crate::throttle::{self, Key, Scope};

use super::model::{
    ACCOUNT_REGISTERED, AccountRegistered, AccountState, ChangePassword, Contact, ContactPoint, NewAccount,
    Others, Preferences, Profile, Register, Registered, Sealed, StoredAccount, text_of_roles,
};
use super::rules::{self, Checked};
use super::store;

/// What the seals and indexes of this table are bound to.
const NAME: &str = "identity.account.name";
const PHONE: &str = "identity.account.phone";
const EMAIL: &str = "identity.account.email";

pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("account", "name_sealed", NAME),
    vault::SealedColumn::new("account", "phone_sealed", PHONE),
    vault::SealedColumn::new("account", "email_sealed", EMAIL),
];

pub(crate) const INDEXED: &[vault::IndexedColumn] = &[
    vault::IndexedColumn::new("account", "phone_index", "phone_sealed", PHONE),
    vault::IndexedColumn::new("account", "email_index", "email_sealed", EMAIL),
];

/// A customer makes an account. It can be used at once, but stays unverified until the code that goes out here is
/// entered ([`code::verify_contact`]); services may ask for a verified one.
///
/// An address that has an account is refused with `already_registered`. That tells whether it has one; without it the
/// person could not be helped, and the throttle makes asking for many slow. What the risk engine holds up is refused before anything is
/// made; a person looks, and the same asked again goes through.
pub async fn register(
    cx: &Cx,
    hasher: &Hasher,
    guard: &Guard,
    actor: &Actor,
    input: Register,
) -> Result<Registered, Error> {
    let contact = rules::parse_contact(&input.contact);
    let checked = rules::check_new(vec![contact], input.name.as_deref(), (&input.password, hasher.least()))?;
    throttle::claim(cx, vec![Key::address(cx, Scope::Register, &actor.address)]).await?;
    // Hashed before anybody looks whether the address is free, so that both answers take as long.
    let hash = hasher.hash(cx.rng.as_ref(), &checked.password).await?;
    let preferences = Preferences { locale: input.locale, ..Preferences::default() };
    let account = assemble(cx, &checked, Some(hash), vec![Role::CUSTOMER], preferences, None)?;
    let contact = checked.phone.or(checked.email).ok_or(Error::NotFound)?;
    let act = judged::about_contact(cx, guard, Point::Register, AccountId(0), &contact);
    let judged = judged::pass(cx, guard, actor, act).await?;
    let mut tx = cx.begin().await?;
    insert(&mut tx, &account).await?;
    let about = (judged.about(account.id), account.id.raw());
    journal_many(&mut tx, cx, &[about]).await.map_err(Error::bug)?;
    privacy::note_consent(&mut tx, cx, account.id, privacy::ConsentPurpose::Notice).await?;
    let verification =
        code::send_code(&mut tx, cx, account.id, contact.purpose(), &contact, input.locale).await?;
    announce(&mut tx, cx, actor, &account, "account.register").await?;
    tx.commit().await?;
    Ok(Registered { account: account.id, verification })
}

/// The system or an administrator makes an account of any role.
pub async fn create_account(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    input: NewAccount,
) -> Result<AccountId, Error> {
    require(actor, Permission::ManageStaff)?;
    if !rules::roles_fit(&input.roles) {
        let (zh, en) = ("选择角色，客户与员工不能兼任", "Choose roles: either customer or staff");
        return Err(Error::field("/roles", "identity.roles_unfit", zh, en));
    }
    let phone = input.phone.as_deref().map(rules::parse_phone);
    let email = input.email.as_deref().map(rules::parse_email);
    let contacts: Vec<_> = phone.into_iter().chain(email).collect();
    // With neither, the answer is that of an empty field.
    let contacts = if contacts.is_empty() { vec![rules::parse_contact("")] } else { contacts };
    let checked = rules::check_new(contacts, input.name.as_deref(), (&input.password, hasher.least()))?;
    let hash = hasher.hash(cx.rng.as_ref(), &checked.password).await?;
    let preferences = Preferences { locale: input.locale, ..Preferences::default() };
    let account = assemble(cx, &checked, Some(hash), input.roles, preferences, Some(cx.now()))?;
    let mut tx = cx.begin().await?;
    insert(&mut tx, &account).await?;
    announce(&mut tx, cx, actor, &account, "account.create").await?;
    tx.commit().await?;
    Ok(account.id)
}

/// Writes an account for a redeemed link, in the caller's transaction.
pub(crate) async fn write_new(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    checked: &Checked,
    hash: PasswordHash,
    role: Role,
) -> Result<AccountId, Error> {
    let preferences = Preferences { locale: actor.locale, ..Preferences::default() };
    let account = assemble(cx, checked, Some(hash), vec![role], preferences, None)?;
    insert(tx, &account).await?;
    announce(tx, cx, actor, &account, "account.create").await?;
    Ok(account.id)
}

/// Writes the account of a customer for whom another party vouches, in the caller's transaction: it has no password. The caller
/// announces it last.
pub(crate) async fn write_vouched(
    tx: &mut Tx,
    cx: &Cx,
    checked: &Checked,
    locale: kernel::Locale,
) -> Result<StoredAccount, Error> {
    let preferences = Preferences { locale, ..Preferences::default() };
    let account = assemble(cx, checked, None, vec![Role::CUSTOMER], preferences, None)?;
    insert(tx, &account).await?;
    privacy::note_consent(tx, cx, account.id, privacy::ConsentPurpose::Notice).await?;
    Ok(account)
}

fn assemble(
    cx: &Cx,
    checked: &Checked,
    hash: Option<PasswordHash>,
    mut roles: Vec<Role>,
    preferences: Preferences,
    verified_at: Option<Timestamp>,
) -> Result<StoredAccount, Error> {
    let now = cx.now();
    roles.sort_unstable();
    roles.dedup();
    let seal = |contact: &Contact| seal_contact(cx, contact, verified_at);
    Ok(StoredAccount {
        id: AccountId::new(&cx.ids, now),
        state: AccountState::Active,
        roles,
        name_sealed: seal_name(cx, checked.name.as_deref())?,
        phone: checked.phone.as_ref().map(seal).transpose()?,
        email: checked.email.as_ref().map(seal).transpose()?,
        password: hash,
        preferences,
        created_at: now,
    })
}

/// An address as the table keeps it.
pub(crate) fn seal_contact(
    cx: &Cx,
    contact: &Contact,
    verified_at: Option<Timestamp>,
) -> Result<Sealed, Error> {
    let sealed = cx.vault.seal_text(cx.rng.as_ref(), context_of(contact), contact.as_str())?;
    Ok(Sealed { sealed, index: index_of(cx, contact), verified_at })
}

async fn insert(tx: &mut Tx, account: &StoredAccount) -> Result<(), Error> {
    store::insert_account(tx, account)
        .await
        .map_err(|error| if error.is_unique() { Error::AlreadyRegistered } else { error.into() })
}

/// The event for customers, and the audit. The audit's lock is the last a transaction takes.
pub(crate) async fn announce(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    account: &StoredAccount,
    verb: &'static str,
) -> Result<(), Error> {
    if !account.is_staff() {
        let event = AccountRegistered { account_id: account.id };
        durable::emit(tx, cx, ACCOUNT_REGISTERED, account.id.0, &event).await?;
    }
    let detail = json!({ "roles": text_of_roles(&account.roles) });
    audit::record(tx, cx, actor, subject(account, verb, detail)).await?;
    Ok(())
}

/// An audit entry about an account.
pub(crate) fn subject<'a>(account: &StoredAccount, verb: &'static str, detail: Value) -> Entry<'a> {
    let customer = account.as_customer();
    Entry { verb, object_kind: "account", object: account.id.0, customer, detail, reason: None }
}

/// The actor's own account, in clear.
pub async fn profile(cx: &Cx, actor: &Actor) -> Result<Profile, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let stored = store::find_account(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)?;
    let (phone, email) = (stored.phone.as_ref(), stored.email.as_ref());
    Ok(Profile {
        id,
        state: stored.state,
        name: open_name(cx, &stored)?,
        phone: phone.map(|phone| open_phone(cx, &phone.sealed)).transpose()?,
        phone_verified: phone.is_some_and(|phone| phone.verified_at.is_some()),
        email: email.map(|email| open_email(cx, &email.sealed)).transpose()?,
        email_verified: email.is_some_and(|email| email.verified_at.is_some()),
        roles: stored.roles,
        preferences: stored.preferences,
        created_at: stored.created_at,
    })
}

/// Changes how pages look for the actor, on every device.
pub async fn set_preferences(cx: &Cx, actor: &Actor, wish: Preferences) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    store::update_preferences(&mut tx, id, wish, cx.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the actor's name; empty removes it.
pub async fn set_name(cx: &Cx, actor: &Actor, name: &str) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let name = rules::parse_name(name).map_err(|error| Error::Invalid { fields: vec![error] })?;
    let sealed = seal_name(cx, name.as_deref())?;
    let mut tx = cx.begin().await?;
    let stored = require_active(&mut tx, id).await?;
    store::update_name(&mut tx, id, sealed, cx.now()).await?;
    audit::record(&mut tx, cx, actor, subject(&stored, "account.rename", Value::Null)).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the actor's password, or sets the first one, and ends the other sessions where that is wished. Where the account
/// has nothing stronger the current password is the proof; otherwise a fresh one is needed (W8).
pub async fn change_password(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    current: SessionId,
    input: ChangePassword,
) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.read().await?;
    let stored = store::find_account(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let enrolled = factor::enrolled(&mut tx, id).await?;
    drop(tx);
    if (enrolled.any() || stored.password.is_none()) && !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let new = check_password(&input.new, &personal(cx, &stored)?, hasher.least_beside(enrolled))
        .map_err(|error| Error::Invalid { fields: vec![error] })?;
    let keys = vec![Key::address_user(cx, &actor.address, &id.to_string())];
    let claimed = throttle::claim(cx, keys.clone()).await?;
    if stored.password.is_some() && !hasher.verify(stored.password.as_ref(), &input.current).await? {
        return Err(session::refusal(claimed));
    }
    let hash = hasher.hash(cx.rng.as_ref(), &new).await?;
    let mut tx = cx.begin().await?;
    // Accounts are always locked before counts.
    let locked = require_active(&mut tx, id).await?;
    if locked.password != stored.password {
        return Err(Error::WrongState);
    }
    throttle::forget(&mut tx, cx, keys).await?;
    store::update_password(&mut tx, id, &hash, cx.now()).await?;
    let ended = match input.others {
        Others::End => session::end_others_of(&mut tx, id, Some(current)).await?,
        Others::Keep => 0,
    };
    notice::tell(&mut tx, cx, &locked, Notice::password_changed()).await?;
    let detail = json!({ "sessions_ended": ended });
    audit::record(&mut tx, cx, actor, subject(&locked, "password.change", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// What a password of this account must not contain.
pub(crate) fn personal(cx: &Cx, stored: &StoredAccount) -> Result<Vec<String>, Error> {
    let phone = stored.phone.as_ref().map(|phone| open_phone(cx, &phone.sealed)).transpose()?;
    let email = stored.email.as_ref().map(|email| open_email(cx, &email.sealed)).transpose()?;
    Ok(phone.into_iter().chain(email).chain(open_name(cx, stored)?).collect())
}

/// Where to write to an account: its phone, else its e-mail address; `None` for an unknown or closed account.
///
/// For other contexts that send messages in their own transaction; not for showing.
pub async fn contact_of(tx: &mut Tx, cx: &Cx, id: AccountId) -> Result<Option<ContactPoint>, Error> {
    let found = store::find_account(tx, id).await?;
    let Some(account) = found.filter(|account| account.state != AccountState::Closed) else {
        return Ok(None);
    };
    let Some(contact) = any_contact(cx, &account)? else { return Ok(None) };
    Ok(Some(ContactPoint { contact, locale: account.preferences.locale }))
}

/// The addresses that were verified, the phone first.
pub(crate) fn verified_contacts(cx: &Cx, account: &StoredAccount) -> Result<Vec<Contact>, Error> {
    let phone = account.phone.as_ref().filter(|phone| phone.verified_at.is_some());
    let email = account.email.as_ref().filter(|email| email.verified_at.is_some());
    let phone = phone.map(|phone| open_phone(cx, &phone.sealed)).transpose()?.map(Contact::Phone);
    let email = email.map(|email| open_email(cx, &email.sealed)).transpose()?.map(Contact::Email);
    Ok(phone.into_iter().chain(email).collect())
}

/// An address of the account, verified or not, the phone first.
pub(crate) fn any_contact(cx: &Cx, account: &StoredAccount) -> Result<Option<Contact>, Error> {
    Ok(match (&account.phone, &account.email) {
        (Some(phone), _) => Some(Contact::Phone(open_phone(cx, &phone.sealed)?)),
        (None, Some(email)) => Some(Contact::Email(open_email(cx, &email.sealed)?)),
        (None, None) => None,
    })
}

pub(crate) async fn find_by_contact(
    tx: &mut Tx,
    cx: &Cx,
    contact: &Contact,
) -> Result<Option<StoredAccount>, Error> {
    Ok(store::find_by_index(tx, contact, &index_of(cx, contact)).await?)
}

/// The account, locked, if it can act.
pub(crate) async fn require_active(tx: &mut Tx, id: AccountId) -> Result<StoredAccount, Error> {
    let account = store::lock_account(tx, id).await?.ok_or(Error::NotFound)?;
    match account.state {
        AccountState::Active => Ok(account),
        AccountState::Frozen => Err(Error::Frozen),
        AccountState::Closed => Err(Error::Closed),
    }
}

pub(crate) async fn mark_verified(
    tx: &mut Tx,
    id: AccountId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<(), Error> {
    Ok(store::update_verified(tx, id, purpose, now).await?)
}

/// Refuses who may not: nobody signed in is told to sign in.
pub(crate) fn require(actor: &Actor, permission: Permission) -> Result<(), Error> {
    match (actor.may(permission), actor.account()) {
        (true, _) => Ok(()),
        (false, Some(_)) => Err(Error::NotAllowed),
        (false, None) => Err(Error::SignInNeeded),
    }
}

fn seal_name(cx: &Cx, name: Option<&str>) -> Result<Option<Vec<u8>>, Error> {
    Ok(name.map(|name| cx.vault.seal_text(cx.rng.as_ref(), NAME, name)).transpose()?)
}

pub(crate) fn open_name(cx: &Cx, account: &StoredAccount) -> Result<Option<String>, Error> {
    Ok(account.name_sealed.as_ref().map(|sealed| cx.vault.open_text(NAME, sealed)).transpose()?)
}

pub(crate) fn open_phone(cx: &Cx, sealed: &[u8]) -> Result<String, Error> {
    Ok(cx.vault.open_text(PHONE, sealed)?)
}

pub(crate) fn open_email(cx: &Cx, sealed: &[u8]) -> Result<String, Error> {
    Ok(cx.vault.open_text(EMAIL, sealed)?)
}

const fn context_of(contact: &Contact) -> &'static str {
    match contact {
        Contact::Phone(_) => PHONE,
        Contact::Email(_) => EMAIL,
    }
}

fn index_of(cx: &Cx, contact: &Contact) -> Vec<u8> {
    cx.vault.blind_index(context_of(contact), contact.as_str())
}
