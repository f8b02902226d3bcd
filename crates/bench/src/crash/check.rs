//! What must be true in the database, seen from beside the server.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use durable::Cx;
use ordering::OrderId;

use super::book::Book;
use super::scene::Scene;
use crate::Failure;

/// How long everything may take to end after the last restart.
const PATIENCE: Duration = Duration::from_mins(2);

/// Each counts rows that must not exist.
const NEVER: [(&str, &str); 9] = [
    (
        "stock items promise more than there is",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM stock_item
        WHERE on_hand - allocated - reserved < 0 OR allocated < 0 OR reserved < 0",
    ),
    (
        "orders have no line",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM orders o
        WHERE NOT EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id)",
    ),
    (
        "lines have no order",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM order_line l
        WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = l.order_id)",
    ),
    (
        "orders have no history",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM orders o
        WHERE NOT EXISTS (SELECT 1 FROM order_event e WHERE e.order_id = o.id)",
    ),
    (
        "orders are not in the record",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM orders o
        WHERE NOT EXISTS (SELECT 1 FROM audit_entry a
            WHERE a.object_kind = 'order' AND a.object_id = o.id AND a.verb = 'order.place')",
    ),
    (
        "orders say held and nothing is set aside",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM orders o
        WHERE o.money_state = 'held' AND NOT EXISTS
            (SELECT 1 FROM hold h WHERE h.id = o.hold_id AND h.state = 'pending' AND h.amount = o.total)",
    ),
    (
        "ended orders keep money set aside",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM orders o JOIN hold h ON h.id = o.hold_id
        WHERE o.finished_at IS NOT NULL AND h.state = 'pending'",
    ),
    (
        "reservations belong to no order",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM reservation r
        WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = r.order_id)",
    ),
    (
        "holds belong to no order",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM hold h WHERE h.order_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = h.order_id)",
    ),
];

/// Everything that is wrong now. The server runs meanwhile.
pub(super) async fn after_restart(scene: &Scene, book: &Book) -> Result<Vec<String>, Failure> {
    let cx = scene.scratch.look().await?;
    let mut faults = Vec::new();
    let ledger = ledger::verify(&cx).await?;
    faults.extend(ledger.faults.iter().map(|fault| format!("ledger: {fault}")));
    for total in &ledger.totals {
        if total.debits_posted != total.credits_posted || total.debits_pending != total.credits_pending {
            faults.push(format!("ledger: the sum is not zero: {total:?}"));
        }
    }
    if let Some(bad) = audit::verify(&cx).await?.bad {
        faults.push(format!("record: {bad:?}"));
    }
    for (what, sql) in NEVER {
        let count = number(&cx, sql).await?;
        if count != 0 {
            faults.push(format!("{count} {what}"));
        }
    }
    let (there, known) = (orders(&cx).await?, book.orders());
    for id in there.difference(&known) {
        faults.push(format!("order {id} is there and nobody was told"));
    }
    for id in known.difference(&there) {
        faults.push(format!("order {id} was answered and is gone"));
    }
    Ok(faults)
}

async fn number(cx: &Cx, sql: &str) -> Result<i64, Failure> {
    let rows = cx.read().await?.raw(sql, Vec::new()).await?;
    Ok(rows.first().ok_or("a count has one row")?.reader().get()?)
}

async fn orders(cx: &Cx) -> Result<BTreeSet<String>, Failure> {
    let rows = cx.read().await?.raw("SELECT id FROM orders", Vec::new()).await?;
    rows.iter().map(|row| Ok(OrderId(row.reader().get()?).to_string())).collect()
}

/// Waits until all work has ended; the orders by state, and what did not end.
pub(super) async fn when_quiet(scene: &Scene) -> Result<(Vec<(String, i64)>, Vec<String>), Failure> {
    let cx = scene.scratch.look().await?;
    let began = Instant::now();
    loop {
        // Callbacks whose next try lies in the future are sent now.
        scene.sandbox.sandbox.flush_all().await;
        let left = unfinished(&cx).await?;
        if left.is_empty() || began.elapsed() > PATIENCE {
            let states = counted(
                &cx,
                "SELECT state, CAST(COUNT(*) AS BIGINT) FROM orders GROUP BY state ORDER BY state",
            );
            return Ok((states.await?, left));
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Facts not handed on, jobs, and orders that neither ended nor wait for a person.
async fn unfinished(cx: &Cx) -> Result<Vec<String>, Failure> {
    let mut left = Vec::new();
    let facts = number(cx, "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE dispatched_at IS NULL").await?;
    if facts > 0 {
        left.push(format!("{facts} facts were not handed on"));
    }
    let open = "SELECT state, CAST(COUNT(*) AS BIGINT) FROM orders WHERE finished_at IS NULL
        AND state NOT IN ('awaiting_payment', 'held', 'information_required', 'fallout') GROUP BY state";
    for (state, count) in counted(cx, open).await? {
        left.push(format!("{count} orders are still {state}"));
    }
    let steps = "SELECT CAST(COUNT(*) AS BIGINT) FROM flow_step s JOIN flow f ON f.id = s.flow_id
        JOIN orders o ON o.id = f.order_id WHERE s.ended_at IS NULL AND o.finished_at IS NOT NULL";
    let open = number(cx, steps).await?;
    if open > 0 {
        left.push(format!("{open} steps of ended orders are still open"));
    }
    left.extend(jobs(cx).await?);
    Ok(left)
}

/// Every job there is: what has ended leaves none behind, not even one for later.
async fn jobs(cx: &Cx) -> Result<Vec<String>, Failure> {
    let now = cx.now().0;
    let sql = "SELECT kind, dedupe, due_at, leased_by, dead, COALESCE(last_error, '') FROM job ORDER BY id LIMIT 20";
    let mut left = Vec::new();
    for row in cx.read().await?.raw(sql, Vec::new()).await? {
        let mut r = row.reader();
        let (kind, key, due): (String, String, i64) = (r.get()?, r.get()?, r.get()?);
        let (node, dead, error): (Option<i64>, bool, String) = (r.get()?, r.get()?, r.get()?);
        let seconds = due.saturating_sub(now) / 1_000_000;
        left.push(format!(
            "a job {kind} {key} is left (due in {seconds} s, node {node:?}, dead {dead}) {error}"
        ));
    }
    Ok(left)
}

async fn counted(cx: &Cx, sql: &str) -> Result<Vec<(String, i64)>, Failure> {
    let rows = cx.read().await?.raw(sql, Vec::new()).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?))
        })
        .collect()
}
