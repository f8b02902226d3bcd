//! What we have booked at a gateway, for comparison with what it says it booked (L7).

use std::collections::BTreeMap;

use connectors::BillKind;
use db::{Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Money, Timestamp};
use ledger::TransferKind;

use super::Error;
use super::books::business_key;
use super::dispute;
use super::dispute_model::{DisputeId, DisputeState};
use super::model::{AttemptId, AttemptState, RefundId, RefundState};
use super::refund::ledger_key;
use super::store::money;
use crate::order::OrderId;
use crate::order::store::named;

/// Read at once; a day of a gateway has any number.
const PAGE: i64 = 500;

/// One movement at a gateway as we have it in our books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// `Payment` or `Refund`; `DisputeLost` for money taken by a dispute, `DisputeWon` for money given back after it.
    pub kind: BillKind,
    /// What the gateway knows it by: the attempt's id, with refunds the refund's.
    pub our_id: String,
    pub attempt: AttemptId,
    pub refund: Option<RefundId>,
    /// The key under which the ledger has it.
    pub business_key: String,
    /// None for a top-up.
    pub order: Option<OrderId>,
    pub customer: AccountId,
    /// The gateway's own number, where it named one.
    pub gateway_id: Option<String>,
    /// Never negative.
    pub amount: Money,
    /// When the gateway took or gave back the money, by its own word.
    pub at: Timestamp,
    /// `captured`, `surplus`; `succeeded` for refunds; `open`, `won`, `lost` for disputes, which are there only when booked. From [`booked_by_id`] also the others: then nothing is booked yet, and `at` is when
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
    TAKEN_DISPUTES = "SELECT id, attempt_id, order_id, customer_id, gateway_id, amount, currency, taken_at, state
                      FROM dispute WHERE gateway = $1 AND taken_at >= $2 AND taken_at < $3 AND id > $4 ORDER BY id LIMIT $5";
    WON_DISPUTES = "SELECT id, attempt_id, order_id, customer_id, gateway_id, amount, currency, ended_at, state
                    FROM dispute WHERE gateway = $1 AND ended_at >= $2 AND ended_at < $3 AND state = 'won' AND id > $4
                    ORDER BY id LIMIT $5";
    TAKEN_OF_ATTEMPT = "SELECT id, attempt_id, order_id, customer_id, gateway_id, amount, currency, taken_at, state
                        FROM dispute WHERE gateway = $1 AND attempt_id = $2 AND taken_at IS NOT NULL ORDER BY id";
    WON_OF_ATTEMPT = "SELECT id, attempt_id, order_id, customer_id, gateway_id, amount, currency, ended_at, state
                      FROM dispute WHERE gateway = $1 AND attempt_id = $2 AND state = 'won' ORDER BY id";
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
        business_key: business_key(attempt),
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
        business_key: ledger_key(refund),
        order: order.map(OrderId),
        customer,
        gateway_id,
        amount,
        at,
        state: named(RefundState::from_name(&state), &state)?.name(),
    })
}

/// `kind`: which of the two movements of a dispute.
fn read_dispute(row: &Row, kind: BillKind) -> db::Result<(DisputeId, Booked)> {
    let mut r = row.reader();
    let (dispute, attempt) = (DisputeId(r.get()?), AttemptId(r.get()?));
    let (order, customer): (Option<i64>, AccountId) = (r.get()?, r.get()?);
    let gateway_id = r.get()?;
    let (amount, at) = (money(&mut r)?, r.get()?);
    let state: String = r.get()?;
    let moved = if kind == BillKind::DisputeWon { TransferKind::DisputeWon } else { TransferKind::Dispute };
    let booked = Booked {
        kind,
        our_id: attempt.to_string(),
        attempt,
        refund: None,
        business_key: dispute::business_key(dispute, moved),
        order: order.map(OrderId),
        customer,
        gateway_id,
        amount,
        at,
        state: named(DisputeState::from_name(&state), &state)?.name(),
    };
    Ok((dispute, booked))
}

/// Everything booked at a gateway from `from` until before `to`: attempts whose money is here, refunds that reached the payer, and what
/// disputes took and gave back. Ordered by our id, then by kind.
pub async fn list_booked(
    tx: &mut Tx,
    _cx: &Cx,
    gateway: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Booked>, Error> {
    type Read = fn(&Row) -> db::Result<(i64, Booked)>;
    let sources: [(&db::Sql, Read); 4] = [
        (&BOOKED_ATTEMPTS, |row| read_attempt(row).map(|one| (one.attempt.raw(), one))),
        (&BOOKED_REFUNDS, |row| {
            read_refund(row).map(|one| (one.refund.map_or(i64::MAX, RefundId::raw), one))
        }),
        (&TAKEN_DISPUTES, |row| read_dispute(row, BillKind::DisputeLost).map(|(id, one)| (id.raw(), one))),
        (&WON_DISPUTES, |row| read_dispute(row, BillKind::DisputeWon).map(|(id, one)| (id.raw(), one))),
    ];
    let mut booked = BTreeMap::new();
    for (statement, read) in sources {
        let mut after = 0_i64;
        loop {
            let rows = tx.all(statement, params![gateway, from, to, after, PAGE]).await?;
            for row in &rows {
                let (id, one) = read(row)?;
                after = id;
                booked.insert((one.our_id.clone(), one.kind), one);
            }
            if rows.is_empty() {
                break;
            }
        }
    }
    Ok(booked.into_values().collect())
}

/// What we know of these ids at this gateway, whatever its state and its day, with what disputes moved of an attempt; ids that are not
/// ours are left out.
pub async fn booked_by_id(
    tx: &mut Tx,
    _cx: &Cx,
    gateway: &str,
    our_ids: &[String],
) -> Result<Vec<Booked>, Error> {
    let mut found = BTreeMap::new();
    for our_id in our_ids {
        let mut of_id = Vec::new();
        if let Ok(attempt) = our_id.parse::<AttemptId>() {
            let values = || params![gateway, attempt.raw()];
            if let Some(row) = tx.first(&ATTEMPT_BY_ID, values()).await? {
                of_id.push(read_attempt(&row)?);
            }
            for row in tx.all(&TAKEN_OF_ATTEMPT, values()).await? {
                of_id.push(read_dispute(&row, BillKind::DisputeLost)?.1);
            }
            for row in tx.all(&WON_OF_ATTEMPT, values()).await? {
                of_id.push(read_dispute(&row, BillKind::DisputeWon)?.1);
            }
        } else if let Ok(refund) = our_id.parse::<RefundId>()
            && let Some(row) = tx.first(&REFUND_BY_ID, params![gateway, refund.raw()]).await?
        {
            of_id.push(read_refund(&row)?);
        }
        for one in of_id {
            found.insert((one.our_id.clone(), one.kind), one);
        }
    }
    Ok(found.into_values().collect())
}
