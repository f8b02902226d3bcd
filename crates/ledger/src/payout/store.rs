//! Rows of `payout`.

use db::{Row, Tx, params};
use kernel::{Money, PageRequest, Timestamp};

use super::model::{Payout, PayoutId, PayoutState};
use crate::column;

db::statements! {
    INSERT = "INSERT INTO payout (id, business_key, seller, currency, amount, agreement_id, hold_id, state, maker_id, asked,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, 0, $9, $9)";
    FIND = "SELECT id, seller, amount, currency, agreement_id, hold_id, state, maker_id, checker_id, reference, outcome, asked,
            next_ask_at, created_at, updated_at FROM payout WHERE id = $1 {for_update}";
    LOOK = "SELECT id, seller, amount, currency, agreement_id, hold_id, state, maker_id, checker_id, reference, outcome, asked,
            next_ask_at, created_at, updated_at FROM payout WHERE id = $1";
    FIND_BY_KEY = "SELECT id, seller, amount, currency, agreement_id, hold_id, state, maker_id, checker_id, reference, outcome,
            asked, next_ask_at, created_at, updated_at FROM payout WHERE business_key = $1";
    LIST = "SELECT id, seller, amount, currency, agreement_id, hold_id, state, maker_id, checker_id, reference, outcome, asked,
            next_ask_at, created_at, updated_at FROM payout WHERE (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";
    LIST_DUE = "SELECT id FROM payout WHERE next_ask_at IS NOT NULL AND next_ask_at <= $1 ORDER BY next_ask_at LIMIT $2";
    MOVE = "UPDATE payout SET state = $3, checker_id = $4, reference = $5, outcome = $6, asked = $7, next_ask_at = $8,
            updated_at = $9
        WHERE id = $1 AND state = $2";
}

fn read(row: &Row) -> db::Result<Payout> {
    let mut r = row.reader();
    let (id, seller, minor) = (r.get()?, r.get()?, r.get()?);
    Ok(Payout {
        id,
        seller,
        amount: Money::new(minor, column::currency(&mut r)?),
        agreement: r.get()?,
        hold: r.get()?,
        state: r.get()?,
        maker: r.get()?,
        checker: r.get()?,
        reference: r.get()?,
        outcome: r.get()?,
        asked: r.get()?,
        next_ask_at: r.get()?,
        created_at: r.get()?,
        updated_at: r.get()?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, key: &str, new: &Payout) -> db::Result<()> {
    let row = params![
        new.id,
        key,
        new.seller.as_str(),
        new.amount.currency.code(),
        new.amount.minor,
        new.agreement,
        new.hold,
        new.maker,
        new.created_at
    ];
    tx.execute(&INSERT, row).await.map(|_| ())
}

/// Locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: PayoutId) -> db::Result<Option<Payout>> {
    tx.first(&FIND, params![id]).await?.as_ref().map(read).transpose()
}

pub(crate) async fn find(tx: &mut Tx, id: PayoutId) -> db::Result<Option<Payout>> {
    tx.first(&LOOK, params![id]).await?.as_ref().map(read).transpose()
}

pub(crate) async fn find_by_key(tx: &mut Tx, key: &str) -> db::Result<Option<Payout>> {
    tx.first(&FIND_BY_KEY, params![key]).await?.as_ref().map(read).transpose()
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, page: &PageRequest) -> db::Result<Vec<Payout>> {
    tx.all(&LIST, params![page.after.key, page.after.id, page.fetch()]).await?.iter().map(read).collect()
}

pub(crate) async fn list_due(tx: &mut Tx, now: Timestamp, limit: i64) -> db::Result<Vec<PayoutId>> {
    tx.all(&LIST_DUE, params![now, limit]).await?.iter().map(|row| row.reader().get()).collect()
}

/// Whether it was in the state `from`.
pub(crate) async fn update(tx: &mut Tx, from: PayoutState, next: &Payout) -> db::Result<bool> {
    let row = params![
        next.id,
        from,
        next.state,
        next.checker,
        next.reference.clone(),
        next.outcome.clone(),
        next.asked,
        next.next_ask_at,
        next.updated_at
    ];
    Ok(tx.execute(&MOVE, row).await? == 1)
}
