//! Putting things into a basket and taking them out.

use catalogue::service::Shelf;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Permission};

use super::{Cart, CartId, CartLine, CartLineId, store};
use crate::Error;
use crate::desk::{NewLine, checked_line};

/// More lines than one order may have are refused already here.
const MAX_LINES: usize = 50;

/// The actor's open basket; an empty one when nothing was put in yet.
pub async fn get(cx: &Cx, actor: &Actor) -> Result<Cart, Error> {
    let customer = customer(actor)?;
    let mut tx = cx.read().await?;
    match store::open_of(&mut tx, customer).await? {
        Some((id, revision)) => {
            Ok(Cart { id, customer, revision, lines: store::lines(&mut tx, cx, id).await? })
        }
        None => Ok(Cart { id: CartId(0), customer, revision: 0, lines: Vec::new() }),
    }
}

/// Puts a line in; its form is checked now, so that nothing in the basket is known to be wrong.
pub async fn add(cx: &Cx, shelf: &Shelf, actor: &Actor, new: NewLine) -> Result<Cart, Error> {
    let customer = customer(actor)?;
    let answers = checked_line(cx, shelf, &new)?;
    let mut tx = cx.begin().await?;
    store::create(&mut tx, cx, customer).await?;
    let (id, revision) = open(&mut tx, customer).await?;
    let mut lines = store::lines(&mut tx, cx, id).await?;
    if lines.len() >= MAX_LINES {
        return Err(Error::TooManyLines { most: MAX_LINES });
    }
    let line = CartLine {
        id: CartLineId::new(&cx.ids, cx.now()),
        service: new.service,
        offering: new.offering,
        quantity: new.quantity,
        answers,
        quote: new.quote,
        added_at: cx.now(),
    };
    store::add(&mut tx, cx, id, customer, &line).await?;
    lines.push(line);
    finish(tx, cx, Cart { id, customer, revision, lines }).await
}

/// Changes how many of a line are wanted.
pub async fn set_quantity(
    cx: &Cx,
    shelf: &Shelf,
    actor: &Actor,
    line: CartLineId,
    quantity: i64,
) -> Result<Cart, Error> {
    let mut tx = cx.begin().await?;
    let (id, revision) = open(&mut tx, customer(actor)?).await?;
    let mut lines = store::lines(&mut tx, cx, id).await?;
    let changed = lines.iter_mut().find(|l| l.id == line).ok_or(Error::NotFound)?;
    changed.quantity = quantity;
    let new = NewLine {
        service: changed.service.clone(),
        version: None,
        offering: changed.offering.clone(),
        quantity,
        answers: changed.answers.clone(),
        quote: changed.quote,
    };
    checked_line(cx, shelf, &new)?;
    store::set_quantity(&mut tx, id, line, quantity).await?;
    finish(tx, cx, Cart { id, customer: customer(actor)?, revision, lines }).await
}

/// Takes a line out. Taking out what is not there changes nothing.
pub async fn remove(cx: &Cx, actor: &Actor, line: CartLineId) -> Result<Cart, Error> {
    let mut tx = cx.begin().await?;
    let (id, revision) = open(&mut tx, customer(actor)?).await?;
    store::remove(&mut tx, id, line).await?;
    let lines = store::lines(&mut tx, cx, id).await?;
    finish(tx, cx, Cart { id, customer: customer(actor)?, revision, lines }).await
}

fn customer(actor: &Actor) -> Result<AccountId, Error> {
    let account = actor.customer().ok_or(Error::SignInNeeded)?;
    if actor.may(Permission::ActAsCustomer) { Ok(account) } else { Err(Error::Forbidden) }
}

async fn open(tx: &mut Tx, customer: AccountId) -> Result<(CartId, i64), Error> {
    store::open_of(tx, customer).await?.ok_or(Error::NotFound)
}

async fn finish(mut tx: Tx, cx: &Cx, cart: Cart) -> Result<Cart, Error> {
    if !store::touch(&mut tx, cx, cart.id).await? {
        return Err(Error::CartChanged);
    }
    tx.commit().await?;
    Ok(Cart { revision: cart.revision.saturating_add(1), ..cart })
}
