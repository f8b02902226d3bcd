//! Items and reservations in the database. The totals of an item change by one statement only, `SHIFT`, which refuses
//! what would promise more than there is.

use std::collections::BTreeMap;

use db::{Result, Tx, params};
use kernel::{AccountId, PageRequest, Timestamp};

use super::model::{
    NewItem, Reservation, ReservationState, Reserve, Shift, Slot, StockFilter, StockItem, StockItemId,
};

db::statements! {
    bulk OPEN (id: Int, sku: Text, on_hand: Int, service_code: Text, starts_at: Int, ends_at: Int, at: Int) =
        "INSERT INTO stock_item (id, sku, on_hand, allocated, reserved, service_code, starts_at, ends_at, updated_at)
         SELECT id, sku, on_hand, CAST(0 AS BIGINT), CAST(0 AS BIGINT), service_code, starts_at, ends_at, at
         FROM {rows} WHERE TRUE
         ON CONFLICT (sku) DO NOTHING";
    FIND = "SELECT id, sku, on_hand, allocated, reserved, updated_at FROM stock_item WHERE sku = $1";
    LOCK = "SELECT id, sku, on_hand, allocated, reserved, updated_at FROM stock_item WHERE sku = $1 {for_update}";
    FIND_MANY = "SELECT id, sku, on_hand, allocated, reserved, updated_at FROM stock_item WHERE sku IN {list $1}";
    LOCK_SKUS = "SELECT id, sku, on_hand, allocated, reserved, updated_at FROM stock_item WHERE sku IN {list $1}
                 ORDER BY id {for_update}";
    LOCK_IDS = "SELECT id, sku, on_hand, allocated, reserved, updated_at FROM stock_item WHERE id IN {list $1}
                ORDER BY id {for_update}";
    bulk SHIFT (item: Int, d_on_hand: Int, d_allocated: Int, d_reserved: Int, at: Int) =
        "UPDATE stock_item SET on_hand = stock_item.on_hand + v.d_on_hand,
                allocated = stock_item.allocated + v.d_allocated,
                reserved = stock_item.reserved + v.d_reserved,
                updated_at = v.at
         FROM {rows} v WHERE stock_item.id = v.item
           AND stock_item.allocated + v.d_allocated >= 0 AND stock_item.reserved + v.d_reserved >= 0
           AND stock_item.on_hand - stock_item.allocated - stock_item.reserved
               >= v.d_allocated + v.d_reserved - v.d_on_hand";
    GOODS = "SELECT id, sku, on_hand, allocated, reserved, updated_at FROM stock_item
             WHERE service_code IS NULL AND id < $1 ORDER BY id DESC LIMIT $2";
    SLOTS = "SELECT id, sku, on_hand, allocated, reserved, updated_at FROM stock_item
             WHERE service_code IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT $2";
    SLOTS_OF = "SELECT sku, starts_at, ends_at, on_hand - allocated - reserved FROM stock_item
                WHERE service_code = $1 AND starts_at >= $2 AND starts_at <= $3 ORDER BY starts_at, sku LIMIT 2000";
    bulk INSERT_RESERVATION (id: Int, order_id: Int, customer_id: Int, item: Int, quantity: Int, state: Text, at: Int,
                             expires_at: Int) =
        "INSERT INTO reservation (id, order_id, customer_id, stock_item_id, quantity, state, created_at, expires_at)
         SELECT id, order_id, customer_id, item, quantity, state, at, expires_at FROM {rows}";
    LOCK_OF_ORDERS = "SELECT id, order_id, stock_item_id, quantity FROM reservation
                      WHERE order_id IN {list $1} AND state = $2 ORDER BY id {for_update}";
    IS_KEPT = "SELECT id FROM reservation WHERE order_id = $1 AND state IN ('allocated', 'taken') LIMIT 1";
    LOCK_DUE = "SELECT id, order_id, stock_item_id, quantity FROM reservation
                WHERE state = 'live' AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2 {for_update_skip_locked}";
    EXTEND = "UPDATE reservation SET expires_at = $2 WHERE order_id = $1 AND state = 'live' AND expires_at < $2";
    MARK = "UPDATE reservation SET state = $2 WHERE id IN {list $1}";
}

fn item(row: &db::Row) -> Result<StockItem> {
    let mut r = row.reader();
    Ok(StockItem {
        id: StockItemId(r.get()?),
        sku: r.get()?,
        on_hand: r.get()?,
        allocated: r.get()?,
        reserved: r.get()?,
        updated_at: r.get()?,
    })
}

fn reservation(row: &db::Row) -> Result<Reservation> {
    let mut r = row.reader();
    Ok(Reservation { id: r.get()?, order_id: r.get()?, item: StockItemId(r.get()?), quantity: r.get()? })
}

/// Opens what does not exist; how many were new.
pub(crate) async fn open(tx: &mut Tx, ids: Vec<i64>, items: Vec<NewItem>, now: Timestamp) -> Result<u64> {
    let rows = ids.into_iter().zip(items).map(|(id, item)| {
        let (service, starts_at, ends_at) = match item.slot {
            Some(slot) => (Some(slot.service), Some(slot.starts_at), Some(slot.ends_at)),
            None => (None, None, None),
        };
        params![id, item.sku, item.on_hand, service, starts_at, ends_at, now]
    });
    tx.bulk(&OPEN, rows.collect()).await
}

pub(crate) async fn find(tx: &mut Tx, sku: &str) -> Result<Option<StockItem>> {
    tx.first(&FIND, params![sku]).await?.as_ref().map(item).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, sku: &str) -> Result<Option<StockItem>> {
    tx.first(&LOCK, params![sku]).await?.as_ref().map(item).transpose()
}

pub(crate) async fn find_many(tx: &mut Tx, skus: Vec<String>) -> Result<Vec<StockItem>> {
    tx.all(&FIND_MANY, params![skus]).await?.iter().map(item).collect()
}

/// Locks in id order.
pub(crate) async fn lock_skus(tx: &mut Tx, skus: Vec<String>) -> Result<Vec<StockItem>> {
    tx.all(&LOCK_SKUS, params![skus]).await?.iter().map(item).collect()
}

/// Locks in id order.
pub(crate) async fn lock_ids(tx: &mut Tx, ids: Vec<i64>) -> Result<Vec<StockItem>> {
    tx.all(&LOCK_IDS, params![ids]).await?.iter().map(item).collect()
}

/// Changes totals, each item once, in id order; `false` when a guard refused one (then nothing may be committed).
pub(crate) async fn shift(
    tx: &mut Tx,
    shifts: &BTreeMap<StockItemId, Shift>,
    now: Timestamp,
) -> Result<bool> {
    if shifts.is_empty() {
        return Ok(true);
    }
    // One statement may visit rows in any order, so the locks are taken before, in id order.
    if shifts.len() > 1 {
        lock_ids(tx, shifts.keys().map(|id| id.raw()).collect()).await?;
    }
    shift_locked(tx, shifts, now).await
}

/// As [`shift`], for a caller that holds the locks.
pub(crate) async fn shift_locked(
    tx: &mut Tx,
    shifts: &BTreeMap<StockItemId, Shift>,
    now: Timestamp,
) -> Result<bool> {
    let rows: Vec<_> =
        shifts.iter().map(|(id, s)| params![id.raw(), s.on_hand, s.allocated, s.reserved, now]).collect();
    let wanted = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(tx.bulk(&SHIFT, rows).await? == wanted)
}

/// The rows of a bulk insert of reservations: id, item, wish.
pub(crate) async fn insert_reservations(
    tx: &mut Tx,
    rows: Vec<(i64, StockItemId, &Reserve)>,
    now: Timestamp,
) -> Result<()> {
    let live = ReservationState::Live.name();
    let rows = rows.into_iter().map(|(id, item, wish)| {
        let customer: AccountId = wish.customer;
        params![id, wish.order_id, customer, item.raw(), wish.quantity, live, now, wish.expires_at]
    });
    tx.bulk(&INSERT_RESERVATION, rows.collect()).await.map(|_| ())
}

pub(crate) async fn lock_of_orders(
    tx: &mut Tx,
    orders: &[i64],
    state: ReservationState,
) -> Result<Vec<Reservation>> {
    let rows = tx.all(&LOCK_OF_ORDERS, params![orders.to_vec(), state.name()]).await?;
    rows.iter().map(reservation).collect()
}

/// Whether something of the order was paid for and kept.
pub(crate) async fn is_kept(tx: &mut Tx, order_id: i64) -> Result<bool> {
    Ok(tx.first(&IS_KEPT, params![order_id]).await?.is_some())
}

pub(crate) async fn lock_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Reservation>> {
    tx.all(&LOCK_DUE, params![now, limit]).await?.iter().map(reservation).collect()
}

pub(crate) async fn mark(tx: &mut Tx, ids: Vec<i64>, state: ReservationState) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    tx.execute(&MARK, params![ids, state.name()]).await.map(|_| ())
}

/// Open reservations of an order end not before `until`.
pub(crate) async fn extend(tx: &mut Tx, order_id: kernel::RawId, until: Timestamp) -> Result<()> {
    tx.execute(&EXTEND, params![order_id, until]).await.map(|_| ())
}

pub(crate) async fn list(tx: &mut Tx, filter: StockFilter, page: &PageRequest) -> Result<Vec<StockItem>> {
    let sql = match filter {
        StockFilter::Goods => &GOODS,
        StockFilter::Slots => &SLOTS,
    };
    tx.all(sql, params![page.after.id, page.fetch()]).await?.iter().map(item).collect()
}

pub(crate) async fn slots_of(
    tx: &mut Tx,
    service: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Slot>> {
    let read = |row: &db::Row| {
        let mut r = row.reader();
        Ok(Slot { sku: r.get()?, starts_at: r.get()?, ends_at: r.get()?, available: r.get()? })
    };
    tx.all(&SLOTS_OF, params![service, from, to]).await?.iter().map(read).collect()
}
