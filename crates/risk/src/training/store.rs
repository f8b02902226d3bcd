//! Acts in the order of their numbers.

use db::{Result, Tx, params};
use durable::Cx;

use crate::engine::store::read_happening;
use crate::feature::Happening;

db::statements! {
    ACTS = "SELECT id, seen_id, at, customer_id, payee, device, network, amount_minor, place_sealed, stopped FROM risk_event
            WHERE id > $1 AND id < $2 AND family = $3 ORDER BY id LIMIT $4";
}

/// An act, and the newest row it was judged by.
pub(super) struct Past {
    pub id: i64,
    pub seen: i64,
    pub happening: Happening,
}

pub(super) async fn list(
    tx: &mut Tx,
    cx: &Cx,
    (after, before): (i64, i64),
    family: i64,
    limit: i64,
) -> Result<Vec<Past>> {
    let rows = tx.all(&ACTS, params![after, before, family, limit]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (id, seen) = (r.get()?, r.get()?);
            Ok(Past { id, seen, happening: read_happening(cx, &mut r)? })
        })
        .collect()
}
