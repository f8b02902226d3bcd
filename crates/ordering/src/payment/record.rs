//! What we have booked at a gateway, for comparison with what it says it booked (L7).

use std::collections::BTreeMap;

use connectors::BillKind;
use db::{Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Money, Timestamp};

use super::Error;
use super::model::{AttemptId, AttemptState, RefundId, RefundState};
use super::store::money;
use crate::order::OrderId;
use crate::order::store::named;

/// Read at once; a day of a gateway has any number.
const PAGE: i64 = 500;

/// One movement at a gateway as we have it in our books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// `Payment` or `Refund`.
    pub kind: BillKind,
    /// What the gateway knows it by: the attempt's id, with refunds the refund's.
    pub our_id: String,
    pub attempt: AttemptId,
    pub refund: Option<RefundId>,
    /// None for a top-up.
    pub order: Option<OrderId>,
    pub customer: AccountId,
    /// The gateway's own number, where it named one.
    pub gateway_id: Option<String>,
    /// Never negative.
    pub amount: Money,
    /// When the gateway took or gave back the money, by its own word.
    pub at: Timestamp,
    /// `captured`, `surplus`; `succeeded` for refunds. From [`booked_by_id`] also the others: then nothing is booked yet, and `at` is when
    /// it last changed.
    pub state: &'static str,
}

db::statements! {
    BOOKED_ATTEMPTS = "SELECT a.id, p.order_id, a.customer_id, a.gateway_id, a.captured, a.currency, a.captured_at, a.state
                       FROM attempt a JOIN payment p ON p.id = a.payment_id
                       WHERE a.gateway = $1 AND a.captured_at >= $2 AND a.captured_at < $3 AND a.id > $4 ORDER BY a.id LIMIT $5";
    BOOKED_REFUNDS = "SELECT r.id, r.attempt_id, r.order_id, r.customer_id, r.gateway_refund_id, r.amount, r.currency, r.succeeded_at,
                             r.state
                      FROM refund r JOIN attempt a ON a.id = r.attempt_id
                      WHERE a.gateway = $1 AND r.succeeded_at >= $2 AND r.succeeded_at < $3 AND r.id > $4 ORDER BY r.id LIMIT $5";
    ATTEMPT_BY_ID = "SELECT a.id, p.order_id, a.customer_id, a.gateway_id, CASE WHEN a.captured_at IS NULL THEN a.amount ELSE a.captured END,
                            a.currency, COALESCE(a.captured_at, a.updated_at), a.state
                     FROM attempt a JOIN payment p ON p.id = a.payment_id WHERE a.gateway = $1 AND a.id = $2";
    REFUND_BY_ID = "SELECT r.id, r.attempt_id, r.order_id, r.customer_id, r.gateway_refund_id, r.amount, r.currency,
                           COALESCE(r.succeeded_at, r.updated_at), r.state
                    FROM refund r JOIN attempt a ON a.id = r.attempt_id WHERE a.gateway = $1 AND r.id = $2";
}

fn read_attempt(row: &Row) -> db::Result<Booked> {
    let mut r = row.reader();
    let attempt = AttemptId(r.get()?);
    let (order, customer): (Option<i64>, AccountId) = (r.get()?, r.get()?);
    let gateway_id = r.get()?;
    let (amount, at) = (money(&mut r)?, r.get()?);
    let state: String = r.get()?;
    Ok(Booked {
        kind: BillKind::Payment,
        our_id: attempt.to_string(),
        attempt,
        refund: None,
        order: order.map(OrderId),
        customer,
        gateway_id,
        amount,
        at,
        state: named(AttemptState::from_name(&state), &state)?.name(),
    })
}

fn read_refund(row: &Row) -> db::Result<Booked> {
    let mut r = row.reader();
    let (refund, attempt) = (RefundId(r.get()?), AttemptId(r.get()?));
    let (order, customer): (Option<i64>, AccountId) = (r.get()?, r.get()?);
    let gateway_id = r.get()?;
    let (amount, at) = (money(&mut r)?, r.get()?);
    let state: String = r.get()?;
    Ok(Booked {
        kind: BillKind::Refund,
        our_id: refund.to_string(),
        attempt,
        refund: Some(refund),
        order: order.map(OrderId),
        customer,
        gateway_id,
        amount,
        at,
        state: named(RefundState::from_name(&state), &state)?.name(),
    })
}

/// Everything booked at a gateway from `from` until before `to`: attempts whose money is here and refunds that reached the payer. Ordered
/// by our id.
pub async fn list_booked(
    tx: &mut Tx,
    _cx: &Cx,
    gateway: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Booked>, Error> {
    let mut booked = BTreeMap::new();
    let mut after = 0_i64;
    loop {
        let rows = tx.all(&BOOKED_ATTEMPTS, params![gateway, from, to, after, PAGE]).await?;
        for row in &rows {
            let one = read_attempt(row)?;
            after = one.attempt.raw();
            booked.insert(one.our_id.clone(), one);
        }
        if rows.is_empty() {
            break;
        }
    }
    after = 0;
    loop {
        let rows = tx.all(&BOOKED_REFUNDS, params![gateway, from, to, after, PAGE]).await?;
        for row in &rows {
            let one = read_refund(row)?;
            after = one.refund.map_or(after, RefundId::raw);
            booked.insert(one.our_id.clone(), one);
        }
        if rows.is_empty() {
            break;
        }
    }
    Ok(booked.into_values().collect())
}

/// What we know of these ids at this gateway, whatever its state and its day; ids that are not ours are left out.
pub async fn booked_by_id(
    tx: &mut Tx,
    _cx: &Cx,
    gateway: &str,
    our_ids: &[String],
) -> Result<Vec<Booked>, Error> {
    let mut found = BTreeMap::new();
    for our_id in our_ids {
        let one = if let Ok(attempt) = our_id.parse::<AttemptId>() {
            let row = tx.first(&ATTEMPT_BY_ID, params![gateway, attempt.raw()]).await?;
            row.map(|row| read_attempt(&row)).transpose()?
        } else if let Ok(refund) = our_id.parse::<RefundId>() {
            let row = tx.first(&REFUND_BY_ID, params![gateway, refund.raw()]).await?;
            row.map(|row| read_refund(&row)).transpose()?
        } else {
            None
        };
        if let Some(one) = one {
            found.insert(one.our_id.clone(), one);
        }
    }
    Ok(found.into_values().collect())
}
