//! Finding accounts, and showing what is masked.

use audit::Entry;
use durable::Cx;
use kernel::{AccountId, Actor, Page, PageRequest, Permission, Position, mask_email, mask_phone};
use serde_json::Value;

use crate::Error;
use crate::account::{self, StoredAccount, check_reason, parse_contact, require, subject};

use super::model::{AccountView, Revealed, mask_name};

/// Customers, newest first.
pub async fn list_customers(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<AccountView>, Error> {
    require(actor, Permission::ReadCustomers)?;
    list(cx, Kind::Customers, page).await
}

/// Staff, newest first.
pub async fn list_staff(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<AccountView>, Error> {
    require(actor, Permission::ManageStaff)?;
    list(cx, Kind::Staff, page).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Customers,
    Staff,
}

async fn list(cx: &Cx, kind: Kind, page: PageRequest) -> Result<Page<AccountView>, Error> {
    let mut tx = cx.read().await?;
    let rows = account::list_accounts(&mut tx, kind == Kind::Staff, &page).await?;
    let views = rows.iter().map(|row| view(cx, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(views, &page, |v| Position { key: v.created_at.0, id: v.id.0 }))
}

/// The customer with exactly this phone number, e-mail address or account number; what is none of these finds nobody.
pub async fn search_customers(cx: &Cx, actor: &Actor, text: &str) -> Result<Option<AccountView>, Error> {
    require(actor, Permission::ReadCustomers)?;
    let mut tx = cx.read().await?;
    let found = match (text.trim().parse::<AccountId>(), parse_contact(text)) {
        (Ok(id), _) => account::find_account(&mut tx, id).await?,
        (Err(_), Ok(contact)) => account::find_by_contact(&mut tx, cx, &contact).await?,
        (Err(_), Err(_)) => None,
    };
    found.filter(|account| !account.is_staff()).map(|account| view(cx, &account)).transpose()
}

/// One customer, masked.
pub async fn find_customer(cx: &Cx, actor: &Actor, id: AccountId) -> Result<AccountView, Error> {
    require(actor, Permission::ReadCustomers)?;
    let found = account::find_account(&mut cx.read().await?, id).await?;
    view(cx, &found.filter(|account| !account.is_staff()).ok_or(Error::NotFound)?)
}

/// Several accounts at once, masked, in any order; for lists of other things that show whose they are. Unknown ids are
/// left out.
pub async fn views(cx: &Cx, actor: &Actor, ids: &[AccountId]) -> Result<Vec<AccountView>, Error> {
    require(actor, Permission::ReadCustomers)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = account::find_many(&mut cx.read().await?, ids).await?;
    rows.iter().map(|row| view(cx, row)).collect()
}

/// Shows an account's personal data in clear. The act and its reason stay in the audit.
pub async fn reveal(cx: &Cx, actor: &Actor, id: AccountId, reason: &str) -> Result<Revealed, Error> {
    require(actor, Permission::RevealPersonalData)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let reason = check_reason(reason)?;
    let mut tx = cx.begin().await?;
    let found = account::find_account(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let revealed = open(cx, &found)?;
    let entry = Entry { reason: Some(&reason), ..subject(&found, "account.reveal", Value::Null) };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(revealed)
}

fn open(cx: &Cx, account: &StoredAccount) -> Result<Revealed, Error> {
    Ok(Revealed {
        name: account::open_name(cx, account)?,
        phone: account.phone.as_ref().map(|phone| account::open_phone(cx, &phone.sealed)).transpose()?,
        email: account.email.as_ref().map(|email| account::open_email(cx, &email.sealed)).transpose()?,
    })
}

fn view(cx: &Cx, account: &StoredAccount) -> Result<AccountView, Error> {
    let clear = open(cx, account)?;
    let verified = [&account.phone, &account.email].into_iter().flatten().any(|c| c.verified_at.is_some());
    Ok(AccountView {
        id: account.id,
        state: account.state,
        roles: account.roles.clone(),
        name: clear.name.as_deref().map(mask_name),
        phone: clear.phone.as_deref().map(mask_phone),
        email: clear.email.as_deref().map(mask_email),
        verified,
        created_at: account.created_at,
    })
}
