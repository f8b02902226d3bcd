//! Rows of `transfer`. There is no statement that changes or deletes one.

use db::{Row, Tx, params};
use kernel::Money;

use super::model::{Transfer, TransferId};
use crate::column;

db::statements! {
    bulk INSERT_TRANSFER (
        id: Int, debit_account: Int, credit_account: Int, amount: Int, currency: Text, kind: Text, business_key: Text,
        order_id: Int, customer_id: Int, reverses: Int, hold_id: Int, memo: Text, created_at: Int, entry: Int,
    ) = "INSERT INTO transfer
            (id, debit_account, credit_account, amount, currency, kind, business_key,
            order_id, customer_id, reverses, hold_id, memo, created_at, entry)
        SELECT id, debit_account, credit_account, amount, currency, kind, business_key,
            order_id, customer_id, reverses, hold_id, memo, created_at, entry
        FROM {rows} WHERE true ON CONFLICT DO NOTHING";
    FIND_TRANSFER_BY_KEY = "SELECT id, debit_account, credit_account, amount, currency, kind, business_key,
        order_id, customer_id, reverses, hold_id, memo, created_at, entry FROM transfer WHERE business_key = $1";
    LIST_TRANSFERS_BY_ID = "SELECT id, debit_account, credit_account, amount, currency, kind, business_key,
        order_id, customer_id, reverses, hold_id, memo, created_at, entry FROM transfer WHERE id IN {list $1} ORDER BY id";
    LIST_TRANSFERS_OF_ORDER = "SELECT id, debit_account, credit_account, amount, currency, kind, business_key,
        order_id, customer_id, reverses, hold_id, memo, created_at, entry
        FROM transfer WHERE order_id = $1 ORDER BY id LIMIT 1000";
    // What was posted under a key, or by the hold that was placed under it.
    LIST_TRANSFERS_BY_KEY = "SELECT t.id, t.debit_account, t.credit_account, t.amount, t.currency, t.kind, t.business_key,
            t.order_id, t.customer_id, t.reverses, t.hold_id, t.memo, t.created_at, t.entry, t.business_key
        FROM transfer t WHERE t.business_key IN {list $1}
        UNION ALL
        SELECT t.id, t.debit_account, t.credit_account, t.amount, t.currency, t.kind, t.business_key,
            t.order_id, t.customer_id, t.reverses, t.hold_id, t.memo, t.created_at, t.entry, h.business_key
        FROM hold h JOIN transfer t ON t.hold_id = h.id WHERE h.business_key IN {list $1}";
    FIND_REVERSAL = "SELECT id FROM transfer WHERE reverses = $1";
}

fn transfer(row: &Row) -> db::Result<Transfer> {
    let mut r = row.reader();
    let (id, debit, credit, minor) = (r.get()?, r.get()?, r.get()?, r.get()?);
    Ok(Transfer {
        id,
        debit,
        credit,
        amount: Money::new(minor, column::currency(&mut r)?),
        kind: r.get()?,
        business_key: r.get()?,
        order: r.get()?,
        customer: r.get()?,
        reverses: r.get()?,
        hold: r.get()?,
        memo: r.get()?,
        created_at: r.get()?,
        entry: r.get()?,
    })
}

/// How many were inserted; one whose key is taken is left out.
pub(crate) async fn insert(tx: &mut Tx, transfers: &[Transfer]) -> db::Result<u64> {
    let rows = transfers.iter().map(|t| {
        params![
            t.id,
            t.debit,
            t.credit,
            t.amount.minor,
            t.amount.currency.code(),
            t.kind,
            &t.business_key,
            t.order,
            t.customer,
            t.reverses,
            t.hold,
            &t.memo,
            t.created_at,
            t.entry
        ]
    });
    tx.bulk(&INSERT_TRANSFER, rows.collect()).await
}

pub(crate) async fn find_by_key(tx: &mut Tx, key: &str) -> db::Result<Option<Transfer>> {
    tx.first(&FIND_TRANSFER_BY_KEY, params![key]).await?.as_ref().map(transfer).transpose()
}

pub(crate) async fn list_by_id(tx: &mut Tx, ids: Vec<i64>) -> db::Result<Vec<Transfer>> {
    tx.all(&LIST_TRANSFERS_BY_ID, params![ids]).await?.iter().map(transfer).collect()
}

pub(crate) async fn list_of_order(tx: &mut Tx, order: i64) -> db::Result<Vec<Transfer>> {
    tx.all(&LIST_TRANSFERS_OF_ORDER, params![order]).await?.iter().map(transfer).collect()
}

/// With the key that led to each.
pub(crate) async fn list_by_key(tx: &mut Tx, keys: Vec<String>) -> db::Result<Vec<(String, Transfer)>> {
    let rows = tx.all(&LIST_TRANSFERS_BY_KEY, params![keys]).await?;
    rows.iter()
        .map(|row| match row.values().last() {
            Some(db::Value::Text(key)) => Ok((key.clone(), transfer(row)?)),
            _ => Err(db::Error::Shape("a transfer without its key".to_owned())),
        })
        .collect()
}

pub(crate) async fn find_reversal(tx: &mut Tx, of: TransferId) -> db::Result<Option<TransferId>> {
    tx.first(&FIND_REVERSAL, params![of]).await?.map(|row| row.reader().get()).transpose()
}
