//! Looking at the books. Nothing here moves anything.

use durable::Cx;
use kernel::{AccountId, Actor, Currency, Money, Page, PageRequest, Permission, Position, Timestamp};

use super::model::{AccountSort, At, Flow, OpenHold, SortTotal};
use super::{rules, store};
use crate::Error;
use crate::account::ops::{authorise, find_by_code};
use crate::account::{Account, load_accounts};
use crate::adjustment::ops::person;
use crate::statement::store::{list_newest, sum_up_to};

/// Open holds a customer is shown.
const SHOWN: i64 = 50;

/// The accounts added up by sort and currency. In each currency the `net_debit` of all come to zero.
pub async fn totals(cx: &Cx, actor: &Actor) -> Result<Vec<SortTotal>, Error> {
    person(actor, Permission::ReadLedger)?;
    Ok(rules::add_up(&store::sums(&mut cx.read().await?).await?))
}

/// Accounts of one sort and currency, the newest first.
pub async fn list(
    cx: &Cx,
    actor: &Actor,
    (sort, currency): (AccountSort, Currency),
    page: PageRequest,
) -> Result<Page<Account>, Error> {
    person(actor, Permission::ReadLedger)?;
    let pattern = match sort {
        AccountSort::Wallet | AccountSort::Escrow => format!("customer:%:{}%", sort.code()),
        AccountSort::Revenue | AccountSort::Payable => format!("seller:%:{}%", sort.code()),
        _ => format!("{}:%", sort.code()),
    };
    let mut tx = cx.read().await?;
    let of = (pattern.as_str(), currency.code());
    let ids = store::list_accounts(&mut tx, of, page.after.id, page.fetch()).await?;
    let mut accounts = load_accounts(&mut tx, &ids).await?;
    accounts.reverse();
    Ok(Page::cut(accounts, &page, |account| Position { key: account.id.0, id: account.id.0 }))
}

/// The account of this code.
pub async fn account(cx: &Cx, actor: &Actor, code: &str) -> Result<Account, Error> {
    person(actor, Permission::ReadLedger)?;
    find_by_code(&mut cx.read().await?, code).await?.ok_or(Error::NotFound)
}

/// What an account held at a moment, from its transfers up to and with that moment. Of a moment that is over it is the same forever.
pub async fn balance_at(cx: &Cx, actor: &Actor, code: &str, at: Timestamp) -> Result<At, Error> {
    person(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let account = find_by_code(&mut tx, code).await?.ok_or(Error::NotFound)?;
    let credits = sum_up_to(&mut tx, account.id, Position { key: at.0, id: i64::MAX }).await?;
    let minor = rules::own_side(account.kind, 0, credits);
    let posted = Money::new(minor, account.currency);
    Ok(At { account, at, posted })
}

/// What moved an account, newest first.
pub async fn flows(
    cx: &Cx,
    actor: &Actor,
    account: &Account,
    page: PageRequest,
) -> Result<Page<Flow>, Error> {
    person(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let moved = list_newest(&mut tx, account.id, page.after, page.fetch()).await?;
    let mut others: Vec<_> = moved.iter().map(|one| one.other).collect();
    others.sort_unstable();
    others.dedup();
    let others = load_accounts(&mut tx, &others).await?;
    let code = |id| others.iter().find(|one| one.id == id).map(|one| one.code.clone()).unwrap_or_default();
    let flow = |one: crate::statement::model::Movement| Flow {
        transfer: one.transfer,
        kind: one.kind,
        amount: Money::new(rules::own_side(account.kind, 0, one.minor), account.currency),
        order: one.order,
        memo: one.memo,
        at: one.at,
        other: code(one.other),
    };
    let flows = moved.into_iter().map(flow).collect();
    Ok(Page::cut(flows, &page, |flow| Position { key: flow.at.0, id: flow.transfer.0 }))
}

/// Everything that is set aside, newest first.
pub async fn holds(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<OpenHold>, Error> {
    person(actor, Permission::ReadLedger)?;
    let open = store::list_open(&mut cx.read().await?, page.after, page.fetch()).await?;
    Ok(Page::cut(open, &page, |hold| Position { key: hold.created_at.0, id: hold.id.0 }))
}

/// What is set aside of a customer's own money, newest first; at most fifty.
pub async fn holds_of(cx: &Cx, actor: &Actor, customer: AccountId) -> Result<Vec<OpenHold>, Error> {
    authorise(actor, customer)?;
    Ok(store::list_open_of(&mut cx.read().await?, customer, SHOWN).await?)
}
