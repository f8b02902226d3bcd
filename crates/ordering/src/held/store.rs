//! Rows of waits.

use db::{Result, Row, Tx, params};
use kernel::{Duration, PageRequest, Timestamp};

use super::model::{Held, HoldCause, HoldFor, OnExpiry};
use crate::order::OrderId;
use crate::order::store::named;

db::statements! {
    bulk INSERT (order_id: Int, customer_id: Int, cause: Text, on_expiry: Text, began_at: Int, expires_at: Int,
                 next_cause: Text, next_lasts: Int, next_on_expiry: Text) =
        "INSERT INTO held_order (order_id, customer_id, cause, on_expiry, began_at, expires_at, next_cause, next_lasts, next_on_expiry)
         SELECT order_id, customer_id, cause, on_expiry, began_at, expires_at, next_cause, next_lasts, next_on_expiry FROM {rows}";
    FIND = "SELECT order_id, customer_id, cause, on_expiry, began_at, expires_at, next_cause, next_lasts, next_on_expiry
            FROM held_order
            WHERE order_id = $1 AND ended_at IS NULL";
    DUE = "SELECT order_id, customer_id, cause, on_expiry, began_at, expires_at, next_cause, next_lasts, next_on_expiry
            FROM held_order
           WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    LIST = "SELECT order_id, customer_id, cause, on_expiry, began_at, expires_at, next_cause, next_lasts, next_on_expiry
            FROM held_order
            WHERE ended_at IS NULL AND cause = $1 AND order_id < $2 ORDER BY order_id DESC LIMIT $3";
    GO_ON = "UPDATE held_order SET cause = $2, on_expiry = $3, began_at = $4, expires_at = $5, next_cause = NULL, next_lasts = NULL,
                    next_on_expiry = NULL WHERE order_id = $1 AND ended_at IS NULL";
    END = "UPDATE held_order SET ended_at = $2, outcome = $3 WHERE order_id = $1 AND ended_at IS NULL";
}

fn read(row: &Row) -> Result<Held> {
    let mut r = row.reader();
    let (order, customer) = (OrderId(r.get()?), r.get()?);
    let (cause, on_expiry): (String, String) = (r.get()?, r.get()?);
    let held = Held {
        order,
        customer,
        cause: named(HoldCause::from_name(&cause), &cause)?,
        on_expiry: named(OnExpiry::from_name(&on_expiry), &on_expiry)?,
        began_at: r.get()?,
        expires_at: r.get()?,
        next: None,
    };
    let (cause, lasts, on_expiry): (Option<String>, Option<i64>, Option<String>) =
        (r.get()?, r.get()?, r.get()?);
    let next = cause.zip(lasts).zip(on_expiry).map(|((cause, lasts), on_expiry)| {
        Ok::<_, db::Error>(HoldFor {
            cause: named(HoldCause::from_name(&cause), &cause)?,
            lasts: Duration(lasts),
            on_expiry: named(OnExpiry::from_name(&on_expiry), &on_expiry)?,
        })
    });
    Ok(Held { next: next.transpose()?, ..held })
}

pub(crate) async fn insert_many(tx: &mut Tx, all: Vec<Held>) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let row = |held: Held| {
        params![
            held.order.raw(),
            held.customer,
            held.cause.name(),
            held.on_expiry.name(),
            held.began_at,
            held.expires_at,
            held.next.map(|next| next.cause.name()),
            held.next.map(|next| next.lasts.0),
            held.next.map(|next| next.on_expiry.name()),
        ]
    };
    tx.bulk(&INSERT, all.into_iter().map(row).collect()).await.map(|_| ())
}

/// The wait that lasts; the order's row is its lock.
pub(crate) async fn find(tx: &mut Tx, order: OrderId) -> Result<Option<Held>> {
    tx.first(&FIND, params![order.raw()]).await?.map(|row| read(&row)).transpose()
}

pub(crate) async fn list_due(tx: &mut Tx, now: Timestamp, limit: u16) -> Result<Vec<Held>> {
    tx.all(&DUE, params![now, limit]).await?.iter().map(read).collect()
}

pub(crate) async fn list(tx: &mut Tx, cause: HoldCause, page: &PageRequest) -> Result<Vec<Held>> {
    tx.all(&LIST, params![cause.name(), page.after.id, page.fetch()]).await?.iter().map(read).collect()
}

/// The order waits for something else from now on.
pub(crate) async fn go_on(tx: &mut Tx, held: &Held) -> Result<()> {
    let values =
        params![held.order.raw(), held.cause.name(), held.on_expiry.name(), held.began_at, held.expires_at,];
    tx.execute(&GO_ON, values).await.map(|_| ())
}

/// Ends the wait; `false` when it had ended.
pub(crate) async fn end(tx: &mut Tx, order: OrderId, now: Timestamp, outcome: &str) -> Result<bool> {
    Ok(tx.execute(&END, params![order.raw(), now, outcome]).await? == 1)
}
