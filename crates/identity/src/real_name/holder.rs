//! Whose account it is, asked by somebody who says a name and an address: to send them money, for example.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Level};

use super::ops::{level_of, open_person};
use super::store;
use crate::Error;
use crate::account::{self, AccountState, Contact, StoredAccount};
use crate::throttle::{self, Key, Scope};

/// The active account of a customer that this verified phone number or e-mail address belongs to and whose person was shown to have this
/// name. `None` for everything else, and nobody learns which part was wrong. A try is counted before anything is looked at, so that one
/// who knows neither cannot find out by trying; a right one is given back.
pub async fn find_holder(
    cx: &Cx,
    actor: &Actor,
    contact: &Contact,
    name: &str,
) -> Result<Option<AccountId>, Error> {
    let asker = actor.account().ok_or(Error::SignInNeeded)?;
    let keys = vec![Key::new(cx, Scope::Payee, &asker.to_string())];
    throttle::claim(cx, keys.clone()).await?;
    let mut tx = cx.begin().await?;
    let found = account::find_by_contact(&mut tx, cx, contact).await?;
    let able = found.filter(|account| {
        account.state == AccountState::Active && !account.is_staff() && is_verified(account, contact)
    });
    let Some(account) = able else { return Ok(None) };
    let named = is_named(&mut tx, cx, account.id, name).await?;
    if named {
        throttle::forget(&mut tx, cx, keys).await?;
        tx.commit().await?;
    }
    Ok(named.then_some(account.id))
}

fn is_verified(account: &StoredAccount, contact: &Contact) -> bool {
    let address = match contact {
        Contact::Phone(_) => &account.phone,
        Contact::Email(_) => &account.email,
    };
    address.as_ref().is_some_and(|address| address.verified_at.is_some())
}

/// Whether this is the name that the person behind an account was shown to have. A name that nobody checked is no name here: anybody may
/// call themselves anything.
pub async fn is_named(tx: &mut Tx, cx: &Cx, account: AccountId, name: &str) -> Result<bool, Error> {
    let known = name_of(tx, cx, account).await?;
    let typed = account::parse_name(name).unwrap_or(None);
    Ok(known.is_some() && known == typed)
}

/// The name that the person behind an account was shown to have; `None` for who has shown none.
pub async fn name_of(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<Option<String>, Error> {
    let person = store::find_person(tx, account).await?.filter(|person| person.slot.is_some());
    let Some(person) = person else { return Ok(None) };
    Ok(account::parse_name(&open_person(cx, &person.person_sealed)?.name).unwrap_or(None))
}

/// Whether this party's money may move now, and how surely it is known who it is: `None` for an account that is frozen or closed, and for
/// an organisation that is suspended.
pub async fn able_to_move(tx: &mut Tx, cx: &Cx, party: AccountId) -> Result<Option<Level>, Error> {
    match account::find_account(tx, party).await? {
        Some(account) if account.state != AccountState::Active => Ok(None),
        Some(_) => Ok(Some(level_of(tx, cx, party).await?)),
        None => Ok(crate::organisation::is_active(tx, party).await?.then_some(Level::None)),
    }
}
