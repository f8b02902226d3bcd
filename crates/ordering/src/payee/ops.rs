//! The book, and what it says about a transfer that is about to be placed.

use db::Tx;
use durable::Cx;
use identity::policy::TRANSFER_SERVICE;
use identity::real_name;
use kernel::{AccountId, Actor, Currency, Level, Money, Permission};
use ledger::allowance::{self, AllowanceKind, Room};
use serde_json::json;

use super::model::{NewPayee, Payee, PayeeId};
use super::rules::{self, COOLS_FOR, Obstacle, Proved, Recipient};
use super::store;
use crate::Error;
use crate::order::{Order, OrderId};

/// A book is looked through by people.
const MOST: i64 = 200;

/// The book of whoever acts, the latest first.
pub async fn list(cx: &Cx, actor: &Actor) -> Result<Vec<Payee>, Error> {
    let customer = reader(actor)?;
    Ok(store::list(&mut cx.read().await?, cx, customer, MOST).await?)
}

/// One entry; another's is not found.
pub async fn get(cx: &Cx, actor: &Actor, id: PayeeId) -> Result<Payee, Error> {
    let customer = reader(actor)?;
    store::find(&mut cx.read().await?, cx, customer, id).await?.ok_or(Error::PayeeNotFound)
}

/// Adds somebody, with a fresh proof: it is new for a day. An account that stands there already is told.
pub async fn add(cx: &Cx, actor: &Actor, new: &NewPayee) -> Result<PayeeId, Error> {
    writer(actor)?;
    let new = rules::check(new).map_err(|fields| Error::InvalidInput { fields })?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    keep(cx, actor, new, None).await
}

/// Writes a checked entry, of a bank's account or of a customer.
pub(super) async fn keep(
    cx: &Cx,
    actor: &Actor,
    new: NewPayee,
    beneficiary: Option<AccountId>,
) -> Result<PayeeId, Error> {
    let (customer, by) = writer(actor)?;
    let now = cx.now();
    let NewPayee { name, bank, account, nickname } = new;
    let nickname = Some(nickname).filter(|text| !text.is_empty());
    let id = PayeeId::new(&cx.ids, now);
    let warm_at = now.plus(COOLS_FOR);
    let payee = Payee { id, name, bank, account, nickname, created_at: now, warm_at, beneficiary };
    let mut tx = cx.begin().await?;
    if store::count(&mut tx, customer).await? >= MOST {
        return Err(Error::TooManyPayees { most: MOST });
    }
    let inserted = store::insert(&mut tx, cx, (customer, by), &payee).await;
    inserted.map_err(|error| if error.is_unique() { Error::PayeeKnown } else { error.into() })?;
    audit::record(&mut tx, cx, actor, entry(customer, id, "payee.add")).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes somebody out of the book. Orders that were placed stay what they are.
pub async fn remove(cx: &Cx, actor: &Actor, id: PayeeId) -> Result<(), Error> {
    let (customer, _) = writer(actor)?;
    let mut tx = cx.begin().await?;
    if !store::delete(&mut tx, customer, id).await? {
        return Err(Error::PayeeNotFound);
    }
    audit::record(&mut tx, cx, actor, entry(customer, id, "payee.remove")).await?;
    tx.commit().await?;
    Ok(())
}

fn entry<'a>(customer: AccountId, id: PayeeId, verb: &'static str) -> audit::Entry<'a> {
    let detail = json!({});
    audit::Entry {
        verb,
        object_kind: "payee",
        object: id.raw(),
        customer: Some(customer),
        detail,
        reason: None,
    }
}

fn reader(actor: &Actor) -> Result<AccountId, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    if actor.may(Permission::ReadOwnBusiness) { Ok(customer) } else { Err(Error::Forbidden) }
}

pub(super) fn writer(actor: &Actor) -> Result<(AccountId, AccountId), Error> {
    let (customer, account) = actor.customer().zip(actor.account()).ok_or(Error::SignInNeeded)?;
    if actor.may(Permission::ActAsCustomer) { Ok((customer, account)) } else { Err(Error::Forbidden) }
}

/// Whether this line of an order may be placed: a transfer to whom is new is small, and one that is new or large wants a fresh proof.
/// Other services are none of the book's business.
pub(crate) async fn guard(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    (service, answers): (&str, &serde_json::Value),
    to: Recipient,
    amount: Money,
) -> Result<(), Error> {
    if service != TRANSFER_SERVICE {
        return Ok(());
    }
    let account = answers.get("account").and_then(serde_json::Value::as_str).and_then(rules::digits);
    let known = match account {
        Some(account) => store::find_by_account(&mut cx.read().await?, cx, customer, &account).await?,
        None => None,
    };
    // A customer here may have a phone number of the same digits.
    let known = known.filter(|payee| payee.beneficiary.is_none());
    may_send(cx, actor, (amount, to), known.map(|payee| payee.warm_at))
}

/// Whose account a line sends money to: that of the person who orders it for themselves, by the name that was verified, or another's.
pub(crate) async fn recipient(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    (service, answers): (&str, &serde_json::Value),
) -> Result<Recipient, Error> {
    let text = |name: &str| answers.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    if service != TRANSFER_SERVICE || actor.account() != Some(customer) || text("payee_kind") == "company" {
        return Ok(Recipient::Other);
    }
    let named = real_name::is_named(&mut cx.read().await?, cx, customer, text("payee")).await;
    match named {
        Ok(true) => Ok(Recipient::Own),
        Ok(false) => Ok(Recipient::Other),
        // A name that cannot be read any more is no reason to carry out no transfers.
        Err(error) => {
            tracing::warn!(%error, "a verified name could not be read");
            Ok(Recipient::Other)
        }
    }
}

/// What somebody needs to have their balance sent to their own bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// As it was verified; the bank has to know the account by it.
    pub name: String,
    /// The accounts of the book in this name.
    pub accounts: Vec<Payee>,
}

/// The accounts of whoever acts that stand in their own verified name; `None` for who has shown no name, and for organisations, whose
/// accounts are payees like others.
pub async fn own(cx: &Cx, actor: &Actor) -> Result<Option<Own>, Error> {
    let customer = reader(actor)?;
    if actor.account() != Some(customer) {
        return Ok(None);
    }
    let mut tx = cx.read().await?;
    let Some(name) = real_name::name_of(&mut tx, cx, customer).await? else { return Ok(None) };
    let mut accounts = store::list(&mut tx, cx, customer, MOST).await?;
    accounts.retain(|payee| payee.beneficiary.is_none() && payee.name == name);
    Ok(Some(Own { name, accounts }))
}

/// Whether so much may go to who stopped being new then; `None` for who is not in the book.
pub(super) fn may_send(
    cx: &Cx,
    actor: &Actor,
    (amount, to): (Money, Recipient),
    warm_at: Option<kernel::Timestamp>,
) -> Result<(), Error> {
    let proved = if actor.has_fresh_proof(cx.now()) { Proved::Yes } else { Proved::No };
    match rules::may_send(amount, to, warm_at, cx.now(), proved) {
        Ok(()) => Ok(()),
        Err(Obstacle::New { most }) => Err(Error::PayeeNew { most }),
        Err(Obstacle::ProofNeeded) => Err(Error::ProofNeeded),
    }
}

/// Who gets the money of a line, as the risk engine counts it: the balance or the account that a transfer goes to, otherwise the seller.
pub(crate) fn number(
    cx: &Cx,
    service: &catalogue::service::Service,
    answers: &serde_json::Value,
    beneficiary: Option<AccountId>,
) -> i64 {
    if let Some(beneficiary) = beneficiary {
        return risk::engine::payee(&cx.vault, "balance", &beneficiary.to_string());
    }
    if service.code != TRANSFER_SERVICE {
        return risk::engine::payee(&cx.vault, "seller", &service.seller);
    }
    let typed = answers.get("account").and_then(serde_json::Value::as_str).unwrap_or_default();
    // However it is typed, it is the same account.
    let account = rules::digits(typed).unwrap_or_else(|| typed.to_owned());
    risk::engine::payee(&cx.vault, "bank", &account)
}

/// Under which name an order's transfers count towards the limits of its customer.
fn allowance_key(order: OrderId) -> String {
    format!("transfer:{order}")
}

/// What a customer may still send away when somebody of this level acts for them.
pub(crate) async fn room(
    tx: &mut Tx,
    cx: &Cx,
    of: (AccountId, Level),
    currency: Currency,
) -> Result<Room, ledger::Error> {
    allowance::room(tx, cx, of, AllowanceKind::TransferOut, currency).await
}

/// Takes what an order sends away out of what its customer may send, in the transaction that writes the order: an order that never
/// came to be took nothing, whoever hung up or stopped in between.
pub(crate) async fn take(
    tx: &mut Tx,
    cx: &Cx,
    (customer, level): (AccountId, Level),
    order: OrderId,
    amount: Money,
) -> Result<(), ledger::Error> {
    let key = allowance_key(order);
    allowance::take(tx, cx, customer, AllowanceKind::TransferOut, amount, level, &key).await
}

/// The order ended: what it took counts when anything was sent, and not when nothing was.
pub(crate) async fn settle(tx: &mut Tx, cx: &Cx, order: &Order, taken: i64) -> Result<(), Error> {
    let key = allowance_key(order.id);
    if taken == 0 {
        allowance::give_back(tx, cx, &key).await?;
    } else {
        allowance::finish(tx, cx, &key).await?;
    }
    Ok(())
}
