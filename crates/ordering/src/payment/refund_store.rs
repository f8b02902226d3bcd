//! Rows of refunds, and of the decisions they came of. All of them change under the lock of their payment's row.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Money};

use super::model::{AttemptId, GiveBack, PaymentId, Refund, RefundId, RefundSource, RefundState};
use super::store::{money, one};
use crate::order::OrderId;
use crate::order::store::{named, open_or_none, seal_or_none};

const NOTE: &str = "give_back.note";

/// What is sealed here: what staff wrote about why money goes back.
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("give_back", "note_sealed", NOTE)];

db::statements! {
    INSERT_REFUND = "INSERT INTO refund (id, attempt_id, payment_id, order_id, customer_id, amount, currency, state, source, reason,
                                         business_key, hold_id, polls, created_at, updated_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $13)";
    FIND_REFUND = "SELECT id, attempt_id, payment_id, order_id, customer_id, amount, currency, state, source, reason, business_key, hold_id,
                          outcome, polls, gateway_refund_id, succeeded_at, created_at, updated_at
                   FROM refund WHERE id = $1";
    REFUND_BY_KEY = "SELECT id, attempt_id, payment_id, order_id, customer_id, amount, currency, state, source, reason, business_key, hold_id,
                          outcome, polls, gateway_refund_id, succeeded_at, created_at, updated_at
                     FROM refund WHERE business_key = $1";
    REFUNDS_OF_PAYMENT = "SELECT id, attempt_id, payment_id, order_id, customer_id, amount, currency, state, source, reason, business_key, hold_id,
                          outcome, polls, gateway_refund_id, succeeded_at, created_at, updated_at
                          FROM refund WHERE payment_id = $1 ORDER BY id LIMIT 200";
    UPDATE_REFUND = "UPDATE refund SET state = $3, outcome = $4, polls = $5, gateway_refund_id = $6, succeeded_at = $7, updated_at = $8
                     WHERE id = $1 AND state = $2";
    INSERT_GIVE_BACK = "INSERT INTO give_back (id, payment_id, order_id, customer_id, amount, currency, to_balance, reason,
                                               note_sealed, business_key, created_at)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    GIVE_BACK_BY_KEY = "SELECT id, payment_id, order_id, customer_id, amount, currency, to_balance, reason, note_sealed, business_key,
                               created_at
                        FROM give_back WHERE business_key = $1";
    GIVEN_BACK = "SELECT id, payment_id, order_id, customer_id, amount, currency, to_balance, reason, note_sealed, business_key,
                         created_at
                  FROM give_back WHERE payment_id = $1 ORDER BY id LIMIT 200";
}

fn read_refund(row: &Row) -> Result<Refund> {
    let mut r = row.reader();
    let (id, attempt, payment) = (RefundId(r.get()?), AttemptId(r.get()?), PaymentId(r.get()?));
    let (order, customer): (Option<i64>, AccountId) = (r.get()?, r.get()?);
    let amount = money(&mut r)?;
    let (state, source): (String, String) = (r.get()?, r.get()?);
    Ok(Refund {
        id,
        attempt,
        payment,
        order: order.map(OrderId),
        customer,
        amount,
        state: named(RefundState::from_name(&state), &state)?,
        source: named(RefundSource::from_name(&source), &source)?,
        reason: r.get()?,
        business_key: r.get()?,
        hold: ledger::HoldId(r.get()?),
        outcome: r.get()?,
        polls: r.get()?,
        gateway_refund_id: r.get()?,
        succeeded_at: r.get()?,
        created_at: r.get()?,
        updated_at: r.get()?,
    })
}

fn read_give_back(cx: &Cx, row: &Row) -> Result<GiveBack> {
    let mut r = row.reader();
    let (id, payment): (i64, _) = (r.get()?, PaymentId(r.get()?));
    let (order, customer): (Option<i64>, AccountId) = (r.get()?, r.get()?);
    let amount = money(&mut r)?;
    let to_balance = Money { minor: r.get()?, ..amount };
    Ok(GiveBack {
        id,
        payment,
        order: order.map(OrderId),
        customer,
        amount,
        to_balance,
        reason: r.get()?,
        note: open_or_none(cx, NOTE, r.get()?)?,
        business_key: r.get()?,
        created_at: r.get()?,
    })
}

pub(crate) async fn insert_refund(tx: &mut Tx, refund: &Refund) -> Result<()> {
    let values = params![
        refund.id.raw(),
        refund.attempt.raw(),
        refund.payment.raw(),
        refund.order.map(OrderId::raw),
        refund.customer,
        refund.amount.minor,
        refund.amount.currency.code(),
        refund.state.name(),
        refund.source.name(),
        &refund.reason,
        &refund.business_key,
        refund.hold.raw(),
        refund.created_at,
    ];
    tx.execute(&INSERT_REFUND, values).await.map(|_| ())
}

pub(crate) async fn find_refund(tx: &mut Tx, id: RefundId) -> Result<Option<Refund>> {
    tx.first(&FIND_REFUND, params![id.raw()]).await?.map(|row| read_refund(&row)).transpose()
}

pub(crate) async fn refund_by_key(tx: &mut Tx, key: &str) -> Result<Option<Refund>> {
    tx.first(&REFUND_BY_KEY, params![key]).await?.map(|row| read_refund(&row)).transpose()
}

/// Oldest first.
pub(crate) async fn list_refunds(tx: &mut Tx, payment: PaymentId) -> Result<Vec<Refund>> {
    tx.all(&REFUNDS_OF_PAYMENT, params![payment.raw()]).await?.iter().map(read_refund).collect()
}

/// Moves a refund; a conflict when it is not in state `from` any more.
pub(crate) async fn update_refund(tx: &mut Tx, cx: &Cx, from: RefundState, refund: &Refund) -> Result<()> {
    let values = params![
        refund.id.raw(),
        from.name(),
        refund.state.name(),
        refund.outcome.clone(),
        refund.polls,
        refund.gateway_refund_id.clone(),
        refund.succeeded_at,
        cx.now(),
    ];
    one(tx.execute(&UPDATE_REFUND, values).await?, "refund")
}

pub(crate) async fn insert_give_back(tx: &mut Tx, cx: &Cx, back: &GiveBack) -> Result<()> {
    let values = params![
        back.id,
        back.payment.raw(),
        back.order.map(OrderId::raw),
        back.customer,
        back.amount.minor,
        back.amount.currency.code(),
        back.to_balance.minor,
        &back.reason,
        seal_or_none(cx, NOTE, back.note.as_deref())?,
        &back.business_key,
        back.created_at,
    ];
    tx.execute(&INSERT_GIVE_BACK, values).await.map(|_| ())
}

pub(crate) async fn give_back_by_key(tx: &mut Tx, cx: &Cx, key: &str) -> Result<Option<GiveBack>> {
    tx.first(&GIVE_BACK_BY_KEY, params![key]).await?.map(|row| read_give_back(cx, &row)).transpose()
}

/// Oldest first.
pub(crate) async fn list_given_back(tx: &mut Tx, cx: &Cx, payment: PaymentId) -> Result<Vec<GiveBack>> {
    tx.all(&GIVEN_BACK, params![payment.raw()]).await?.iter().map(|row| read_give_back(cx, row)).collect()
}
