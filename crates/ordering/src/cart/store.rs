//! Rows of baskets.

use std::collections::HashMap;

use db::{Result, Tx, params};
use durable::Cx;
use kernel::AccountId;

use super::{CartId, CartLine, CartLineId};
use crate::desk::rules::CartFact;
use crate::order::OrderId;
use crate::order::store::{open, seal};
use crate::quote::QuoteId;

const ANSWERS: &str = "cart_line.answers";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("cart_line", "answers", ANSWERS)];

db::statements! {
    OPEN_OF = "SELECT id, revision FROM cart WHERE customer_id = $1 AND state = 'open'";
    CREATE = "INSERT INTO cart (id, customer_id, state, revision, updated_at) VALUES ($1, $2, 'open', 0, $3)
              ON CONFLICT (customer_id) WHERE state = 'open' DO NOTHING";
    TOUCH = "UPDATE cart SET revision = revision + 1, updated_at = $2 WHERE id = $1 AND state = 'open'";
    LINES = "SELECT id, service, offering, quantity, answers, quote_id, added_at FROM cart_line WHERE cart_id = $1 ORDER BY id";
    ADD = "INSERT INTO cart_line (id, cart_id, customer_id, service, offering, quantity, answers, quote_id, added_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SET_QUANTITY = "UPDATE cart_line SET quantity = $3 WHERE id = $1 AND cart_id = $2";
    FORGET_LINES = "DELETE FROM cart_line WHERE cart_id IN (SELECT id FROM cart WHERE customer_id = $1)";
    FORGET = "DELETE FROM cart WHERE customer_id = $1";
    REMOVE = "DELETE FROM cart_line WHERE id = $1 AND cart_id = $2";
    FACTS = "SELECT id, customer_id, revision, order_id FROM cart WHERE id IN {list $1} ORDER BY id {for_update}";
    bulk CLOSE (id: Int, revision: Int, order_id: Int, at: Int) =
        "UPDATE cart SET state = 'ordered', order_id = v.order_id, updated_at = v.at FROM {rows} v
         WHERE cart.id = v.id AND cart.state = 'open' AND cart.revision = v.revision";
}

/// The open basket's id and revision.
pub(crate) async fn open_of(tx: &mut Tx, customer: AccountId) -> Result<Option<(CartId, i64)>> {
    let row = tx.first(&OPEN_OF, params![customer]).await?;
    row.map(|row| {
        let mut r = row.reader();
        Ok((CartId(r.get()?), r.get()?))
    })
    .transpose()
}

/// Opens a basket unless one is open.
pub(crate) async fn create(tx: &mut Tx, cx: &Cx, customer: AccountId) -> Result<()> {
    let now = cx.now();
    tx.execute(&CREATE, params![cx.ids.next(now), customer, now]).await.map(|_| ())
}

/// Counts a change; `false` when the basket is no longer open.
pub(crate) async fn touch(tx: &mut Tx, cx: &Cx, cart: CartId) -> Result<bool> {
    Ok(tx.execute(&TOUCH, params![cart.raw(), cx.now()]).await? == 1)
}

pub(crate) async fn lines(tx: &mut Tx, cx: &Cx, cart: CartId) -> Result<Vec<CartLine>> {
    let rows = tx.all(&LINES, params![cart.raw()]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok(CartLine {
                id: CartLineId(r.get()?),
                service: r.get()?,
                offering: r.get()?,
                quantity: r.get()?,
                answers: open(cx, ANSWERS, &r.get::<Vec<u8>>()?)?,
                quote: r.get::<Option<i64>>()?.map(QuoteId),
                added_at: r.get()?,
            })
        })
        .collect()
}

pub(crate) async fn add(
    tx: &mut Tx,
    cx: &Cx,
    cart: CartId,
    customer: AccountId,
    line: &CartLine,
) -> Result<()> {
    let sealed = seal(cx, ANSWERS, &line.answers)?;
    let quote = line.quote.map(QuoteId::raw);
    let values = params![
        line.id.raw(),
        cart.raw(),
        customer,
        &line.service,
        &line.offering,
        line.quantity,
        sealed,
        quote,
        line.added_at
    ];
    tx.execute(&ADD, values).await.map(|_| ())
}

pub(crate) async fn set_quantity(tx: &mut Tx, cart: CartId, line: CartLineId, quantity: i64) -> Result<bool> {
    Ok(tx.execute(&SET_QUANTITY, params![line.raw(), cart.raw(), quantity]).await? == 1)
}

pub(crate) async fn remove(tx: &mut Tx, cart: CartId, line: CartLineId) -> Result<bool> {
    Ok(tx.execute(&REMOVE, params![line.raw(), cart.raw()]).await? == 1)
}

/// Baskets as the desk needs them, locked.
pub(crate) async fn facts(tx: &mut Tx, ids: Vec<i64>) -> Result<HashMap<CartId, CartFact>> {
    let rows = tx.all(&FACTS, params![ids]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let id = CartId(r.get()?);
            let (customer, revision) = (r.get()?, r.get()?);
            Ok((id, CartFact { customer, revision, order: r.get::<Option<i64>>()?.map(OrderId) }))
        })
        .collect()
}

/// Marks baskets as ordered; `false` when one of them was changed or ordered meanwhile.
pub(crate) async fn close_many(tx: &mut Tx, cx: &Cx, carts: &[(CartId, i64, OrderId)]) -> Result<bool> {
    let now = cx.now();
    let rows = carts
        .iter()
        .map(|(cart, revision, order)| params![cart.raw(), *revision, order.raw(), now])
        .collect();
    Ok(usize::try_from(tx.bulk(&CLOSE, rows).await?) == Ok(carts.len()))
}

/// Every cart of a customer.
pub(crate) async fn forget(tx: &mut Tx, customer: AccountId) -> Result<u64> {
    tx.execute(&FORGET_LINES, params![customer]).await?;
    tx.execute(&FORGET, params![customer]).await
}
