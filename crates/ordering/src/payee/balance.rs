//! Money for another customer's balance here, where the operator offers that. Who it is, is found once, when the payee is added, by
//! name and address together; an order only names somebody of the book. So nobody finds out by ordering who is a customer.

use catalogue::service::{Service, Shelf};
use db::Tx;
use durable::Cx;
use identity::account::{Contact, parse_contact};
use identity::real_name::{able_to_move, find_holder};
use kernel::{AccountId, Actor, FieldError, Money};
use ledger::allowance;

use super::model::{NewBalancePayee, NewPayee, Payee, PayeeId};
use super::rules::Recipient;
use super::{ops, rules, store};
use crate::Error;
use crate::desk::check_level;

/// Adds another customer to the book, with a fresh proof: by name and by phone number or e-mail address. Whichever of these is wrong, the
/// answer is the same, and after a few tries it takes long.
pub async fn add_balance(
    cx: &Cx,
    shelf: &Shelf,
    actor: &Actor,
    new: &NewBalancePayee,
) -> Result<PayeeId, Error> {
    let (customer, _) = ops::writer(actor)?;
    let version = shelf.crediting().ok_or(Error::TransfersOff)?;
    let (contact, new) = check(new)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    check_level(cx, actor, &version).await?;
    let found = find_holder(cx, actor, &contact, &new.name).await.map_err(slowed)?;
    let holder = found.ok_or(Error::PayeeUnknown)?;
    if holder == customer {
        return Err(Error::PayeeSelf);
    }
    ops::keep(cx, actor, new, Some(holder)).await
}

fn check(new: &NewBalancePayee) -> Result<(Contact, NewPayee), Error> {
    let mut fields = Vec::new();
    let (name, nickname) = rules::names(&mut fields, &new.name, &new.nickname);
    match parse_contact(&new.contact) {
        Ok(contact) if fields.is_empty() => {
            let account = contact.as_str().to_owned();
            Ok((contact, NewPayee { name, bank: String::new(), account, nickname }))
        }
        contact => {
            fields.extend(contact.err());
            Err(Error::InvalidInput { fields })
        }
    }
}

fn slowed(error: identity::Error) -> Error {
    match error {
        identity::Error::TooManyTries { after, zh, en } => Error::PayeeTooOften { after, zh, en },
        other => other.into(),
    }
}

/// Whom of the book a line of an order sends money to; nobody where its service does not carry money to a balance.
pub(crate) async fn named(
    cx: &Cx,
    customer: AccountId,
    service: &Service,
    answers: &serde_json::Value,
) -> Result<Option<Payee>, Error> {
    if !service.credits() {
        return Ok(None);
    }
    let text = |name: &str| answers.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().trim();
    let found = match parse_contact(text("contact")) {
        Ok(contact) => store::find_by_account(&mut cx.read().await?, cx, customer, contact.as_str()).await?,
        Err(_) => None,
    };
    let name = text("payee");
    let found = found.filter(|payee| payee.beneficiary.is_some_and(|one| one != customer));
    found.filter(|payee| payee.name == name || payee.shown_name() == name).map(Some).ok_or_else(|| {
        let (zh, en) = (
            "收款人名单中没有这位收款人，先添加再转账",
            "This is nobody of your payees. Add the payee first",
        );
        let field = FieldError::new("/answers/contact", "ordering.payee_not_added", zh, en);
        Error::InvalidInput { fields: vec![field] }
    })
}

/// Whether so much may go to this payee now, as [`super::guard`] says it of a bank's account.
pub(crate) async fn guard(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    (payee, beneficiary): (&Payee, AccountId),
    amount: Money,
) -> Result<(), Error> {
    ops::may_send(cx, actor, (amount, Recipient::Other), Some(payee.warm_at))?;
    let mut tx = cx.read().await?;
    if may_move(&mut tx, cx, (customer, beneficiary), amount).await? {
        Ok(())
    } else {
        Err(Error::PayeeBlocked)
    }
}

/// Whether this much can go from one balance to the other now: neither is frozen or closed, and whoever gets it may hold that much. Asked
/// when the order is placed and again when the money is to move.
pub async fn may_move(
    tx: &mut Tx,
    cx: &Cx,
    (from, to): (AccountId, AccountId),
    amount: Money,
) -> Result<bool, Error> {
    if able_to_move(tx, cx, from).await?.is_none() {
        return Ok(false);
    }
    let Some(level) = able_to_move(tx, cx, to).await? else { return Ok(false) };
    Ok(allowance::has_room(tx, cx, to, level, amount).await?)
}
