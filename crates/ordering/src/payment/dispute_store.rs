//! Rows of disputes. All of them change under the lock of their payment's row.

use db::{Result, Row, Tx, params};

use super::dispute_model::{Dispute, DisputeId, DisputeState};
use super::model::{AttemptId, PaymentId};
use super::store::{money, one};
use crate::order::OrderId;
use crate::order::store::named;

db::statements! {
    INSERT_DISPUTE = "INSERT INTO dispute (id, gateway, gateway_id, attempt_id, payment_id, order_id, customer_id, amount, currency, fee, reason,
                                           state, due_by, created_at, updated_at)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)";
    FIND_DISPUTE = "SELECT id, gateway, gateway_id, attempt_id, payment_id, order_id, customer_id, amount, currency, fee, reason, state,
                           alarm, due_by, taken_at, ended_at, created_at, updated_at
                    FROM dispute WHERE gateway = $1 AND gateway_id = $2";
    DISPUTES_OF_PAYMENT = "SELECT id, gateway, gateway_id, attempt_id, payment_id, order_id, customer_id, amount, currency, fee, reason,
                                  state, alarm, due_by, taken_at, ended_at, created_at, updated_at
                           FROM dispute WHERE payment_id = $1 ORDER BY id LIMIT 200";
    UPDATE_DISPUTE = "UPDATE dispute SET state = $3, amount = $4, currency = $5, fee = $6, reason = $7, alarm = $8, due_by = $9,
                             taken_at = $10, ended_at = $11, updated_at = $12
                      WHERE id = $1 AND state = $2";
}

fn read(row: &Row) -> Result<Dispute> {
    let mut r = row.reader();
    let (id, gateway, gateway_id) = (DisputeId(r.get()?), r.get()?, r.get()?);
    let (attempt, payment) = (AttemptId(r.get()?), PaymentId(r.get()?));
    let (order, customer): (Option<i64>, _) = (r.get()?, r.get()?);
    let (amount, fee_minor, reason) = (money(&mut r)?, r.get()?, r.get()?);
    let state: String = r.get()?;
    Ok(Dispute {
        id,
        gateway,
        gateway_id,
        attempt,
        payment,
        order: order.map(OrderId),
        customer,
        amount,
        fee_minor,
        reason,
        state: named(DisputeState::from_name(&state), &state)?,
        alarm: r.get()?,
        due_by: r.get()?,
        taken_at: r.get()?,
        ended_at: r.get()?,
        created_at: r.get()?,
        updated_at: r.get()?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, d: &Dispute) -> Result<()> {
    let values = params![
        d.id.raw(),
        d.gateway.as_str(),
        d.gateway_id.as_str(),
        d.attempt.raw(),
        d.payment.raw(),
        d.order.map(OrderId::raw),
        d.customer,
        d.amount.minor,
        d.amount.currency.code(),
        d.fee_minor,
        d.reason.as_str(),
        d.state.name(),
        d.due_by,
        d.created_at,
    ];
    tx.execute(&INSERT_DISPUTE, values).await.map(|_| ())
}

/// By the gateway's number.
pub(crate) async fn find(tx: &mut Tx, gateway: &str, gateway_id: &str) -> Result<Option<Dispute>> {
    tx.first(&FIND_DISPUTE, params![gateway, gateway_id]).await?.map(|row| read(&row)).transpose()
}

/// Oldest first.
pub(crate) async fn list(tx: &mut Tx, payment: PaymentId) -> Result<Vec<Dispute>> {
    tx.all(&DISPUTES_OF_PAYMENT, params![payment.raw()]).await?.iter().map(read).collect()
}

/// Writes what a report changed; a conflict when the dispute is not in state `from` any more.
pub(crate) async fn update(tx: &mut Tx, from: DisputeState, d: &Dispute) -> Result<()> {
    let values = params![
        d.id.raw(),
        from.name(),
        d.state.name(),
        d.amount.minor,
        d.amount.currency.code(),
        d.fee_minor,
        d.reason.as_str(),
        d.alarm.clone(),
        d.due_by,
        d.taken_at,
        d.ended_at,
        d.updated_at,
    ];
    one(tx.execute(&UPDATE_DISPUTE, values).await?, "dispute")
}
