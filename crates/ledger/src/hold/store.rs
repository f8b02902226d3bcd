//! Rows of `hold`. The only change is the one from pending to closed.

use db::{Row, RowReader, Tx, params};
use kernel::{Money, Timestamp};

use super::model::{Hold, HoldId, HoldState};
use crate::column;

db::statements! {
    bulk INSERT_HOLD (
        id: Int, debit_account: Int, credit_account: Int, amount: Int, currency: Text, kind: Text, business_key: Text,
        order_id: Int, customer_id: Int, expires_at: Int, memo: Text, created_at: Int, entry: Int,
    ) = "INSERT INTO hold
            (id, debit_account, credit_account, amount, currency, kind, business_key,
            order_id, customer_id, expires_at, memo, created_at, entry, state, posted_amount)
        SELECT id, debit_account, credit_account, amount, currency, kind, business_key,
            order_id, customer_id, expires_at, memo, created_at, entry, 'pending', 0
        FROM {rows} WHERE true ON CONFLICT DO NOTHING";
    bulk CLOSE_HOLD (id: Int, state: Text, posted_amount: Int, closed_at: Int, closed_entry: Int) =
        "UPDATE hold SET state = v.state, posted_amount = v.posted_amount, closed_at = v.closed_at, closed_entry = v.closed_entry
        FROM {rows} v WHERE hold.id = v.id AND hold.state = 'pending'";
    FIND_HOLD_BY_KEY = "SELECT id, debit_account, credit_account, amount, currency, kind, business_key, order_id, customer_id,
        expires_at, memo, created_at, entry, state, posted_amount, closed_at, closed_entry
        FROM hold WHERE business_key = $1";
    LIST_HOLDS_BY_ID = "SELECT id, debit_account, credit_account, amount, currency, kind, business_key, order_id, customer_id,
        expires_at, memo, created_at, entry, state, posted_amount, closed_at, closed_entry
        FROM hold WHERE id IN {list $1} ORDER BY id";
    LOCK_HOLDS = "SELECT id, debit_account, credit_account, amount, currency, kind, business_key, order_id, customer_id,
        expires_at, memo, created_at, entry, state, posted_amount, closed_at, closed_entry
        FROM hold WHERE id IN {list $1} ORDER BY id {for_update}";
    LIST_DUE_HOLDS = "SELECT id FROM hold
        WHERE state = 'pending' AND expires_at IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
}

fn hold(row: &Row) -> db::Result<Hold> {
    let mut r = row.reader();
    let (id, debit, credit, minor) = (r.get()?, r.get()?, r.get()?, r.get()?);
    Ok(Hold {
        id,
        debit,
        credit,
        amount: Money::new(minor, column::currency(&mut r)?),
        kind: r.get()?,
        business_key: r.get()?,
        order: r.get()?,
        customer: r.get()?,
        expires_at: r.get()?,
        memo: r.get()?,
        created_at: r.get()?,
        entry: r.get()?,
        state: state(&mut r)?,
        closed_entry: r.get()?,
    })
}

fn state(r: &mut RowReader<'_>) -> db::Result<HoldState> {
    let (code, amount_minor, at): (String, i64, Option<Timestamp>) = (r.get()?, r.get()?, r.get()?);
    match (code.as_str(), at) {
        ("pending", None) => Ok(HoldState::Pending),
        ("posted", Some(at)) => Ok(HoldState::Posted { amount_minor, at }),
        ("voided", Some(at)) => Ok(HoldState::Voided { at }),
        ("expired", Some(at)) => Ok(HoldState::Expired { at }),
        _ => Err(db::Error::Shape(format!("{code} is no state of a hold"))),
    }
}

/// How many were inserted; one whose key is taken is left out.
pub(crate) async fn insert(tx: &mut Tx, holds: &[Hold]) -> db::Result<u64> {
    let rows = holds.iter().map(|h| {
        params![
            h.id,
            h.debit,
            h.credit,
            h.amount.minor,
            h.amount.currency.code(),
            h.kind,
            &h.business_key,
            h.order,
            h.customer,
            h.expires_at,
            &h.memo,
            h.created_at,
            h.entry
        ]
    });
    tx.bulk(&INSERT_HOLD, rows.collect()).await
}

/// How many were pending and are closed now.
pub(crate) async fn close(tx: &mut Tx, holds: &[Hold]) -> db::Result<u64> {
    let rows = holds
        .iter()
        .map(|h| params![h.id, h.state.code(), h.state.posted_minor(), h.state.closed_at(), h.closed_entry]);
    tx.bulk(&CLOSE_HOLD, rows.collect()).await
}

pub(crate) async fn find_by_key(tx: &mut Tx, key: &str) -> db::Result<Option<Hold>> {
    tx.first(&FIND_HOLD_BY_KEY, params![key]).await?.as_ref().map(hold).transpose()
}

pub(crate) async fn list_by_id(tx: &mut Tx, ids: Vec<i64>) -> db::Result<Vec<Hold>> {
    tx.all(&LIST_HOLDS_BY_ID, params![ids]).await?.iter().map(hold).collect()
}

/// In id order, locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, ids: &[HoldId]) -> db::Result<Vec<Hold>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.all(&LOCK_HOLDS, params![ids]).await?.iter().map(hold).collect()
}

/// Pending holds whose time is over, the longest first.
pub(crate) async fn list_due(tx: &mut Tx, now: Timestamp, limit: i64) -> db::Result<Vec<HoldId>> {
    tx.all(&LIST_DUE_HOLDS, params![now, limit]).await?.iter().map(|row| row.reader().get()).collect()
}
