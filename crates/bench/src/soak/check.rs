//! What must be true at the end: our books, the record, the gateways' books, and what customers were told.

use std::collections::{BTreeMap, BTreeSet};

use durable::Cx;
use ordering::OrderId;
use ordering::payment::{AttemptId, RefundId};

use super::Outcome;
use super::buyers::Told;
use super::theirs::{self, Booked};
use super::town::Town;
use crate::Failure;

pub(super) async fn everything(town: &Town, told: &Told, outcome: &mut Outcome) -> Result<(), Failure> {
    let cx = &town.cx;
    outcome.faults.extend(told.faults.iter().cloned());
    our_books(cx, outcome).await?;
    acknowledged(cx, told, outcome).await?;
    ends(cx, outcome).await?;
    let books = theirs::read(town).await?;
    both_sides(cx, &books, outcome).await?;
    customers(cx, outcome).await?;
    tally(cx, outcome).await
}

/// The ledger adds up to zero, and it and the record are sound.
async fn our_books(cx: &Cx, outcome: &mut Outcome) -> Result<(), Failure> {
    let report = ledger::verify(cx).await?;
    outcome.faults.extend(report.faults.iter().map(|fault| format!("ledger: {fault}")));
    for total in &report.totals {
        let zero =
            total.debits_posted == total.credits_posted && total.debits_pending == total.credits_pending;
        outcome.expect(zero, || format!("ledger: the sum is not zero: {total:?}"));
    }
    outcome.look("transfers of a ledger that adds up to zero", usize::try_from(report.transfers)?);
    let bad = audit::verify(cx).await?.bad;
    outcome.expect(bad.is_none(), || format!("record: {bad:?}"));
    Ok(())
}

/// Every acknowledged order is there, and no other.
async fn acknowledged(cx: &Cx, told: &Told, outcome: &mut Outcome) -> Result<(), Failure> {
    let rows = cx.read().await?.raw("SELECT id FROM orders", Vec::new()).await?;
    let mut there = BTreeSet::new();
    for row in rows {
        there.insert(OrderId(row.reader().get()?));
    }
    let known: BTreeSet<OrderId> = told.orders.keys().copied().collect();
    outcome.look("orders that customers were told of: each is there, and no other", known.len());
    for id in there.symmetric_difference(&known) {
        outcome
            .faults
            .push(format!("order {id} is not on both sides: what customers were told and what is there"));
    }
    Ok(())
}

/// Nothing is left under way. What has no end was given to a person.
async fn ends(cx: &Cx, outcome: &mut Outcome) -> Result<(), Failure> {
    let never = [
        ("jobs are dead", "SELECT CAST(COUNT(*) AS BIGINT) FROM job WHERE dead = TRUE"),
        (
            "attempts have no end and nobody was called",
            "SELECT CAST(COUNT(*) AS BIGINT) FROM attempt a
             WHERE a.state IN ('opening', 'open', 'processing', 'unknown', 'mismatch')
             AND NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.object_kind = 'payment' AND e.object_id = a.payment_id
                             AND e.verb = 'payment.review')",
        ),
        (
            "refunds have no end and nobody was called",
            "SELECT CAST(COUNT(*) AS BIGINT) FROM refund r WHERE r.state NOT IN ('succeeded', 'failed')
             AND NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.object_kind = 'payment' AND e.object_id = r.payment_id
                             AND e.verb = 'refund.review')",
        ),
        (
            "payments were won by more than one attempt",
            "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT payment_id FROM attempt WHERE state = 'captured'
             GROUP BY payment_id HAVING COUNT(*) > 1) doubled",
        ),
        (
            "orders wait for payment though their time is over",
            "SELECT CAST(COUNT(*) AS BIGINT) FROM orders o JOIN payment p ON p.order_id = o.id
             WHERE o.state = 'awaiting_payment' AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.payment_id = p.id
                             AND a.state IN ('unknown', 'mismatch'))",
        ),
        (
            "ended orders keep money set aside",
            "SELECT CAST(COUNT(*) AS BIGINT) FROM orders o JOIN hold h ON h.id = o.hold_id
             WHERE o.finished_at IS NOT NULL AND h.state = 'pending'",
        ),
    ];
    let attempts = number(cx, "SELECT CAST(COUNT(*) AS BIGINT) FROM attempt").await?;
    outcome.look("attempts: each has an end, or a person was called", usize::try_from(attempts)?);
    for (what, sql) in never {
        let count = number(cx, sql).await?;
        outcome.expect(count == 0, || format!("{count} {what}"));
    }
    Ok(())
}

/// Attempt by attempt, what the gateway took and gave back is what we have booked.
async fn both_sides(cx: &Cx, books: &BTreeMap<String, Booked>, outcome: &mut Outcome) -> Result<(), Failure> {
    let mut ours: BTreeMap<String, Booked> = BTreeMap::new();
    let rows = cx.read().await?.raw("SELECT id, captured FROM attempt", Vec::new()).await?;
    for row in rows {
        let mut r = row.reader();
        let id = AttemptId(r.get()?).to_string();
        ours.insert(id, Booked { taken: r.get()?, ..Booked::default() });
    }
    let sql = "SELECT attempt_id, id, amount FROM refund WHERE state = 'succeeded'";
    for row in cx.read().await?.raw(sql, Vec::new()).await? {
        let mut r = row.reader();
        let (attempt, refund) = (AttemptId(r.get()?).to_string(), RefundId(r.get()?).to_string());
        ours.entry(attempt).or_default().given_back.insert(refund, r.get()?);
    }
    outcome.look("payments the gateways know: they took and gave back what we have booked", books.len());
    for (id, theirs) in books {
        let ours = ours.remove(id).unwrap_or_default();
        let gateway = theirs.gateway;
        outcome.expect(ours.taken == theirs.taken, || {
            format!("{id}: {gateway} took {} and we have booked {}", theirs.taken, ours.taken)
        });
        outcome.expect(ours.given_back == theirs.given_back, || {
            format!(
                "{id}: {gateway} gave back {:?} and we have booked {:?}",
                theirs.given_back, ours.given_back
            )
        });
        outcome.count(format!("fen taken by {gateway}"), theirs.taken);
        outcome.count(format!("fen given back by {gateway}"), theirs.returned());
    }
    for (id, ours) in ours {
        outcome
            .expect(ours.taken == 0, || format!("{id}: we have booked {} that no gateway took", ours.taken));
    }
    Ok(())
}

/// Where the money of one order is, in fen.
#[derive(Debug, Default)]
struct Flow {
    finished: bool,
    /// Of lines that were done.
    done: i64,
    /// Given back by staff afterwards.
    staff: i64,
    /// Refunds that a gateway refused, or that have no end: they lie in the customer's name and a person looks.
    stuck: i64,
    paid: i64,
    took: i64,
    /// In the customer's name, or nobody's yet.
    left: i64,
}

/// Order by order, what the customer is without is what was done for it, and what is left lies in the customer's name for a reason.
async fn customers(cx: &Cx, outcome: &mut Outcome) -> Result<(), Failure> {
    let mut flows: BTreeMap<i64, Flow> = BTreeMap::new();
    let orders = "SELECT o.id, o.finished_at,
            (SELECT CAST(COALESCE(SUM(l.total), 0) AS BIGINT) FROM order_line l
             WHERE l.order_id = o.id AND l.state = 'completed'),
            (SELECT CAST(COALESCE(SUM(g.amount), 0) AS BIGINT) FROM give_back g
             WHERE g.order_id = o.id AND g.reason = 'by_staff'),
            (SELECT CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) FROM refund r
             WHERE r.order_id = o.id AND r.state <> 'succeeded')
         FROM orders o";
    for row in cx.read().await?.raw(orders, Vec::new()).await? {
        let mut r = row.reader();
        let (id, finished): (i64, Option<i64>) = (r.get()?, r.get()?);
        let (done, staff, stuck) = (r.get()?, r.get()?, r.get()?);
        flows.insert(id, Flow { finished: finished.is_some(), done, staff, stuck, ..Flow::default() });
    }
    let moved = "SELECT t.order_id, t.amount, d.code, c.code FROM transfer t
         JOIN ledger_account d ON d.id = t.debit_account JOIN ledger_account c ON c.id = t.credit_account
         WHERE t.order_id IS NOT NULL";
    for row in cx.read().await?.raw(moved, Vec::new()).await? {
        let mut r = row.reader();
        let (order, fen): (i64, i64) = (r.get()?, r.get()?);
        let (from, to): (String, String) = (r.get()?, r.get()?);
        let flow = flows.entry(order).or_default();
        book(flow, &from, -fen);
        book(flow, &to, fen);
    }
    outcome.look("orders whose customers are without what was done for them, and nothing else", flows.len());
    for (id, flow) in flows {
        let order = OrderId(id);
        outcome.expect(flow.paid == flow.took + flow.left, || {
            format!("{order}: money came from nowhere: {flow:?}")
        });
        let took = if flow.finished { flow.done - flow.staff } else { 0 };
        outcome.expect(flow.took == took, || format!("{order}: {took} should have been taken: {flow:?}"));
        let left_for_a_reason = if flow.finished { flow.left == flow.stuck } else { flow.left >= flow.stuck };
        outcome.expect(left_for_a_reason, || format!("{order}: money is left without a reason: {flow:?}"));
    }
    Ok(())
}

fn book(flow: &mut Flow, account: &str, fen: i64) {
    if account.starts_with("gateway:") || account.ends_with(":wallet") {
        flow.paid -= fen;
    } else if account.ends_with(":escrow") || account.starts_with("suspense:") {
        flow.left += fen;
    } else {
        flow.took += fen;
    }
}

async fn tally(cx: &Cx, outcome: &mut Outcome) -> Result<(), Failure> {
    for (what, table) in
        [("orders", "orders"), ("attempts", "attempt"), ("refunds", "refund"), ("payments", "payment")]
    {
        let sql = format!("SELECT state, CAST(COUNT(*) AS BIGINT) FROM {table} GROUP BY state");
        for row in cx.read().await?.raw(&sql, Vec::new()).await? {
            let mut r = row.reader();
            let (state, count): (String, i64) = (r.get()?, r.get()?);
            outcome.count(format!("{what} that ended {state}"), count);
        }
    }
    let sql = "SELECT verb, CAST(COUNT(*) AS BIGINT) FROM audit_entry
               WHERE verb IN ('payment.callback_refused', 'payment.review', 'refund.review', 'refund.fail') GROUP BY verb";
    for row in cx.read().await?.raw(sql, Vec::new()).await? {
        let mut r = row.reader();
        let (verb, count): (String, i64) = (r.get()?, r.get()?);
        outcome.count(format!("in the record: {verb}"), count);
    }
    Ok(())
}

pub(super) async fn number(cx: &Cx, sql: &str) -> Result<i64, Failure> {
    let rows = cx.read().await?.raw(sql, Vec::new()).await?;
    Ok(rows.first().ok_or("a count has one row")?.reader().get()?)
}
