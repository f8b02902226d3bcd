//! Opening accounts, reading them, and moving their totals.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Currency, Money, Permission};

use super::model::Deltas;
use super::model::{Account, AccountName, Balance, HOUSE_CURRENCY, LedgerAccountId};
use super::store;
use crate::Error;

/// The account of that name, opened when it is not there yet. Calling it again changes nothing.
pub async fn ensure_account(
    tx: &mut Tx,
    cx: &Cx,
    name: AccountName<'_>,
    currency: Currency,
) -> Result<Account, Error> {
    let code = name.code(currency);
    if let Some(account) = find_by_code(tx, &code).await? {
        return Ok(account);
    }
    let now = cx.now();
    let new = Account {
        id: LedgerAccountId::new(&cx.ids, now),
        code,
        customer: name.customer(),
        kind: name.kind(),
        currency,
        guard: name.guard(),
        debits_posted: 0,
        credits_posted: 0,
        debits_pending: 0,
        credits_pending: 0,
        created_at: now,
    };
    store::insert_account(tx, &new).await?;
    // Somebody else may have opened it at the same moment: what stands in the table counts.
    find_by_code(tx, &new.code).await?.ok_or_else(|| Error::bug("an account just opened is not there"))
}

/// A customer's balance account, opened when needed.
pub async fn wallet(tx: &mut Tx, cx: &Cx, customer: AccountId, currency: Currency) -> Result<Account, Error> {
    ensure_account(tx, cx, AccountName::Wallet(customer), currency).await
}

/// The accounts with these ids, in id order; those that do not exist are left out.
pub async fn load_accounts(tx: &mut Tx, ids: &[LedgerAccountId]) -> Result<Vec<Account>, db::Error> {
    store::list_by_id(tx, ids).await
}

/// The accounts with these codes (see [`AccountName::code`]), in id order; those that do not exist are left out.
pub async fn load_accounts_by_code(tx: &mut Tx, codes: &[String]) -> Result<Vec<Account>, db::Error> {
    store::list_by_code(tx, codes).await
}

/// What a customer has, has set aside and can spend. No wallet yet is a balance of zero.
pub async fn wallet_balance(cx: &Cx, actor: &Actor, customer: AccountId) -> Result<Balance, Error> {
    authorise(actor, customer)?;
    let mut tx = cx.db.read().await?;
    let wallet = find_by_code(&mut tx, &AccountName::Wallet(customer).code(HOUSE_CURRENCY)).await?;
    Ok(wallet.map_or(Balance::zero(HOUSE_CURRENCY), |account| account.balance()))
}

/// The customer, or staff who may read customers. To everybody else the account does not exist.
pub(crate) fn authorise(actor: &Actor, customer: AccountId) -> Result<(), Error> {
    if actor.customer() == Some(customer) || actor.may(Permission::ReadCustomers) {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

pub(crate) async fn find_by_code(tx: &mut Tx, code: &str) -> Result<Option<Account>, db::Error> {
    Ok(store::list_by_code(tx, &[code.to_owned()]).await?.into_iter().next())
}

/// Adds to the totals of all accounts, or of none: then `false`, and the transaction is as it was before.
pub(crate) async fn move_totals(tx: &mut Tx, deltas: &Deltas) -> Result<bool, db::Error> {
    let moved = store::move_totals(tx, deltas).await?;
    if moved.len() == deltas.0.len() {
        return Ok(true);
    }
    move_back(tx, &deltas.only(&moved)).await?;
    Ok(false)
}

/// Takes back what [`move_totals`] did in this transaction.
pub(crate) async fn move_back(tx: &mut Tx, deltas: &Deltas) -> Result<(), db::Error> {
    // The rows are locked and go back to where their guard held, so every one of them moves.
    if store::move_totals(tx, &deltas.undone()).await?.len() == deltas.0.len() {
        Ok(())
    } else {
        Err(db::Error::Shape("totals could not be moved back".to_owned()))
    }
}

/// Why money could not move, as far as the accounts tell; `None` when they would allow it now.
pub(crate) async fn diagnose(
    tx: &mut Tx,
    debit: LedgerAccountId,
    credit: LedgerAccountId,
    amount: Money,
) -> Result<Option<Error>, Error> {
    let accounts = store::list_by_id(tx, &[debit, credit]).await?;
    let find = |id| accounts.iter().find(|account| account.id == id);
    let (Some(debit), Some(credit)) = (find(debit), find(credit)) else { return Ok(Some(Error::NotFound)) };
    if debit.currency != amount.currency || credit.currency != amount.currency {
        return Ok(Some(Error::CurrencyMismatch));
    }
    let room = [debit.debit_room(), credit.credit_room()].into_iter().flatten().min();
    let short = room.map_or(0, |room| amount.minor.saturating_sub(room));
    Ok((short > 0).then(|| Error::InsufficientFunds { short: Money { minor: short, ..amount } }))
}
