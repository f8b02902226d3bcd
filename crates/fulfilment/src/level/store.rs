//! Which late orders were noticed.

use db::{Result, Tx, params};
use kernel::Timestamp;
use ordering::order::OrderId;

db::statements! {
    NOTICE = "INSERT INTO late_order (order_id, noticed_at) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING";
    KNOWN = "SELECT order_id FROM late_order WHERE order_id IN {list $1}";
}

/// Notices a late order; `false` when it was noticed before.
pub(crate) async fn insert_late(tx: &mut Tx, order: OrderId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&NOTICE, params![order.raw(), now]).await? == 1)
}

/// Those of `orders` that were noticed before.
pub(crate) async fn list_known(tx: &mut Tx, orders: Vec<i64>) -> Result<Vec<OrderId>> {
    tx.all(&KNOWN, params![orders]).await?.iter().map(|row| Ok(OrderId(row.reader().get()?))).collect()
}
