//! Rows of `adjustment`.

use db::{Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Money, PageRequest, Timestamp};

use super::model::{Adjustment, AdjustmentId, AdjustmentState};
use crate::transfer::TransferId;
use crate::{Error, column};

const REASON: &str = "ledger.adjustment.reason";
/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("adjustment", "reason_sealed", REASON)];

db::statements! {
    INSERT = "INSERT INTO adjustment (id, business_key, reverses, debit_account, credit_account, amount, currency, customer_id,
            hold_id, reason_sealed, state, maker_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', $11, $12, $13)";
    FIND = "SELECT id, reverses, debit_account, credit_account, amount, currency, customer_id, hold_id, reason_sealed, state,
            maker_id, checker_id, transfer_id, created_at, expires_at, decided_at
        FROM adjustment WHERE id = $1";
    FIND_BY_KEY = "SELECT id, reverses, debit_account, credit_account, amount, currency, customer_id, hold_id, reason_sealed,
            state, maker_id, checker_id, transfer_id, created_at, expires_at, decided_at
        FROM adjustment WHERE business_key = $1";
    FIND_WAITING = "SELECT id FROM adjustment WHERE reverses = $1 AND state = 'waiting'";
    LOCK = "SELECT id FROM adjustment WHERE id = $1 {for_update}";
    LIST = "SELECT id, reverses, debit_account, credit_account, amount, currency, customer_id, hold_id, reason_sealed, state,
            maker_id, checker_id, transfer_id, created_at, expires_at, decided_at
        FROM adjustment WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3";
    LIST_DUE = "SELECT id FROM adjustment WHERE state = 'waiting' AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    DECIDE = "UPDATE adjustment SET state = $2, checker_id = $3, transfer_id = $4, decided_at = $5
        WHERE id = $1 AND state = 'waiting'";
}

fn read(cx: &Cx, row: &Row) -> Result<Adjustment, Error> {
    let mut r = row.reader();
    let (id, reverses, debit, credit, minor) = (r.get()?, r.get()?, r.get()?, r.get()?, r.get()?);
    let amount = Money::new(minor, column::currency(&mut r)?);
    let (customer, hold, reason): (_, _, Vec<u8>) = (r.get()?, r.get()?, r.get()?);
    Ok(Adjustment {
        id,
        reverses,
        debit,
        credit,
        amount,
        customer,
        hold,
        reason: cx.vault.open_text(REASON, &reason).map_err(Error::bug)?,
        state: r.get()?,
        maker: r.get()?,
        checker: r.get()?,
        transfer: r.get()?,
        created_at: r.get()?,
        expires_at: r.get()?,
        decided_at: r.get()?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, key: &str, new: &Adjustment) -> Result<(), Error> {
    let reason = cx.vault.seal_text(&*cx.rng, REASON, &new.reason).map_err(Error::bug)?;
    let row = params![
        new.id,
        key,
        new.reverses,
        new.debit,
        new.credit,
        new.amount.minor,
        new.amount.currency.code(),
        new.customer,
        new.hold,
        reason,
        new.maker,
        new.created_at,
        new.expires_at
    ];
    tx.execute(&INSERT, row).await?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: AdjustmentId) -> Result<Option<Adjustment>, Error> {
    tx.first(&FIND, params![id]).await?.map(|row| read(cx, &row)).transpose()
}

/// Read after the row is locked, until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: AdjustmentId) -> Result<Option<Adjustment>, Error> {
    tx.first(&LOCK, params![id]).await?;
    find(tx, cx, id).await
}

pub(crate) async fn find_by_key(tx: &mut Tx, cx: &Cx, key: &str) -> Result<Option<Adjustment>, Error> {
    tx.first(&FIND_BY_KEY, params![key]).await?.map(|row| read(cx, &row)).transpose()
}

/// The request to take this transfer back that is not decided yet.
pub(crate) async fn find_waiting(tx: &mut Tx, of: TransferId) -> db::Result<Option<AdjustmentId>> {
    tx.first(&FIND_WAITING, params![of]).await?.map(|row| row.reader().get()).transpose()
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, cx: &Cx, page: &PageRequest) -> Result<Vec<Adjustment>, Error> {
    let rows = tx.all(&LIST, params![page.after.key, page.after.id, page.fetch()]).await?;
    rows.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn list_due(tx: &mut Tx, now: Timestamp, limit: i64) -> db::Result<Vec<AdjustmentId>> {
    tx.all(&LIST_DUE, params![now, limit]).await?.iter().map(|row| row.reader().get()).collect()
}

/// Whether it was waiting.
pub(crate) async fn decide(
    tx: &mut Tx,
    id: AdjustmentId,
    state: AdjustmentState,
    (checker, transfer): (Option<AccountId>, Option<TransferId>),
    now: Timestamp,
) -> db::Result<bool> {
    Ok(tx.execute(&DECIDE, params![id, state, checker, transfer, now]).await? == 1)
}
