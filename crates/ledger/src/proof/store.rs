//! Reading what the proof compares. Sums that must agree come from one statement, so that they are of one moment while others write.
//! Counting and summing read whole tables; nothing but the proof does.

use db::{Row, RowReader, Tx, params};

use super::model::{Counts, CurrencyTotal, Difference, Miscount};

db::statements! {
    LIST_TOTALS = "SELECT currency, CAST(COUNT(*) AS BIGINT), CAST(SUM(debits_posted) AS BIGINT),
        CAST(SUM(credits_posted) AS BIGINT), CAST(SUM(debits_pending) AS BIGINT), CAST(SUM(credits_pending) AS BIGINT)
        FROM ledger_account GROUP BY currency ORDER BY currency";
    LIST_ACCOUNT_IDS = "SELECT id FROM ledger_account WHERE id > $1 ORDER BY id LIMIT $2";
    FIND_POSTED_DIFFERENCE = "SELECT a.id, a.code, a.debits_posted, a.credits_posted,
            COALESCE(d.total, 0), COALESCE(c.total, 0)
        FROM ledger_account a
        LEFT JOIN (SELECT debit_account, currency, CAST(SUM(amount) AS BIGINT) AS total FROM transfer
            WHERE debit_account BETWEEN $1 AND $2 GROUP BY debit_account, currency) AS d
            ON d.debit_account = a.id AND d.currency = a.currency
        LEFT JOIN (SELECT credit_account, currency, CAST(SUM(amount) AS BIGINT) AS total FROM transfer
            WHERE credit_account BETWEEN $1 AND $2 GROUP BY credit_account, currency) AS c
            ON c.credit_account = a.id AND c.currency = a.currency
        WHERE a.id BETWEEN $1 AND $2
            AND (a.debits_posted <> COALESCE(d.total, 0) OR a.credits_posted <> COALESCE(c.total, 0))
        ORDER BY a.id LIMIT 1";
    FIND_PENDING_DIFFERENCE = "SELECT a.id, a.code, a.debits_pending, a.credits_pending,
            COALESCE(p.debits, 0), COALESCE(p.credits, 0)
        FROM ledger_account a
        LEFT JOIN (SELECT account, currency, CAST(SUM(debits) AS BIGINT) AS debits, CAST(SUM(credits) AS BIGINT) AS credits
            FROM (SELECT debit_account AS account, currency, amount AS debits, 0 AS credits FROM hold WHERE state = 'pending'
                UNION ALL
                SELECT credit_account AS account, currency, 0 AS debits, amount AS credits FROM hold WHERE state = 'pending')
            AS side GROUP BY account, currency) AS p
            ON p.account = a.id AND p.currency = a.currency
        WHERE a.debits_pending <> COALESCE(p.debits, 0) OR a.credits_pending <> COALESCE(p.credits, 0)
        ORDER BY a.id LIMIT 1";
    COUNT_ALL = "SELECT
        (SELECT CAST(COUNT(*) AS BIGINT) FROM transfer),
        (SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_entry WHERE fact = 'transfer'),
        (SELECT CAST(COUNT(*) AS BIGINT) FROM hold),
        (SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_entry WHERE fact = 'hold'),
        (SELECT CAST(COUNT(*) AS BIGINT) FROM hold WHERE state IN ('voided', 'expired')),
        (SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_entry WHERE fact = 'release'),
        (SELECT CAST(COUNT(*) AS BIGINT) FROM hold WHERE state = 'posted'),
        (SELECT CAST(COUNT(*) AS BIGINT) FROM transfer WHERE hold_id IS NOT NULL),
        (SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_entry),
        (SELECT CAST(COALESCE(SUM(seq), 0) AS BIGINT) FROM ledger_lane)";
    FIND_UNCHAINED_TRANSFER = "SELECT t.id FROM transfer t
        LEFT JOIN ledger_entry e ON e.id = t.entry AND e.fact = 'transfer' AND e.object_id = t.id
        WHERE e.id IS NULL ORDER BY t.id LIMIT 1";
    FIND_UNCHAINED_HOLD = "SELECT h.id FROM hold h
        LEFT JOIN ledger_entry e ON e.id = h.entry AND e.fact = 'hold' AND e.object_id = h.id
        WHERE e.id IS NULL ORDER BY h.id LIMIT 1";
    // A closed hold is told by the release, or by the transfer that posts it.
    FIND_UNCHAINED_CLOSE = "SELECT h.id FROM hold h
        LEFT JOIN ledger_entry e ON e.id = h.closed_entry AND e.fact = 'release' AND e.object_id = h.id
        LEFT JOIN transfer t ON t.hold_id = h.id AND t.entry = h.closed_entry
        WHERE h.state <> 'pending'
            AND ((h.state = 'posted' AND t.id IS NULL) OR (h.state <> 'posted' AND e.id IS NULL))
        ORDER BY h.id LIMIT 1";
    // What is counted less what was taken, for each limit; they must cancel out.
    FIND_ALLOWANCE_DIFFERENCE = "SELECT customer_id, kind, currency, span, period, CAST(SUM(counted) AS BIGINT) FROM (
            SELECT customer_id, kind, currency, span, period, used AS counted FROM ledger_allowance
            UNION ALL
            SELECT customer_id, kind, currency, 'day' AS span, day AS period, -amount AS counted
                FROM ledger_allowance_use WHERE state <> 'given_back'
            UNION ALL
            SELECT customer_id, kind, currency, 'month' AS span, month AS period, -amount AS counted
                FROM ledger_allowance_use WHERE state <> 'given_back'
            UNION ALL
            SELECT customer_id, kind, currency, 'year' AS span, year AS period, -amount AS counted
                FROM ledger_allowance_use WHERE state <> 'given_back'
            UNION ALL
            SELECT customer_id, kind, currency, 'open' AS span, 0 AS period, -amount AS counted
                FROM ledger_allowance_use WHERE state = 'open' AND kind = 'top_up'
        ) AS both_sides GROUP BY customer_id, kind, currency, span, period HAVING SUM(counted) <> 0
        ORDER BY customer_id LIMIT 1";
    FIND_LOOSE_ADJUSTMENT = "SELECT a.id FROM adjustment a
        LEFT JOIN hold h ON h.id = a.hold_id LEFT JOIN transfer t ON t.id = a.transfer_id
        WHERE h.id IS NULL OR h.amount <> a.amount OR h.debit_account <> a.debit_account OR h.credit_account <> a.credit_account
            OR (a.state = 'waiting') <> (h.state = 'pending')
            OR (a.state = 'booked' AND (t.id IS NULL OR t.amount <> a.amount OR t.debit_account <> a.debit_account
                OR t.credit_account <> a.credit_account OR (a.reverses IS NOT NULL AND (t.reverses IS NULL OR t.reverses <> a.reverses))))
        ORDER BY a.id LIMIT 1";
    FIND_LOOSE_PAYOUT = "SELECT p.id FROM payout p LEFT JOIN hold h ON h.id = p.hold_id
        WHERE h.id IS NULL OR h.amount <> p.amount OR h.currency <> p.currency OR h.kind <> 'payout'
            OR (p.state IN ('waiting', 'approved', 'sent')) <> (h.state = 'pending')
            OR (p.state = 'paid') <> (h.state = 'posted')
            OR (p.state = 'paid' AND h.posted_amount <> p.amount)
        ORDER BY p.id LIMIT 1";
    FIND_STRAY_ENTRY = "SELECT e.id FROM ledger_entry e
        LEFT JOIN ledger_lane l ON l.lane = e.id / 17592186044416
        WHERE l.lane IS NULL OR e.id > l.lane * 17592186044416 + l.seq ORDER BY e.id LIMIT 1";
}

fn total(row: &Row) -> db::Result<CurrencyTotal> {
    let mut r = row.reader();
    Ok(CurrencyTotal {
        currency: r.get()?,
        accounts: r.get()?,
        debits_posted: r.get()?,
        credits_posted: r.get()?,
        debits_pending: r.get()?,
        credits_pending: r.get()?,
    })
}

fn difference(row: &Row) -> db::Result<Difference> {
    let mut r = row.reader();
    Ok(Difference {
        account: r.get()?,
        code: r.get()?,
        debits: r.get()?,
        credits: r.get()?,
        debits_sum: r.get()?,
        credits_sum: r.get()?,
    })
}

fn counts(r: &mut RowReader<'_>) -> db::Result<Counts> {
    Ok(Counts {
        transfers: r.get()?,
        transfer_entries: r.get()?,
        holds: r.get()?,
        hold_entries: r.get()?,
        released: r.get()?,
        release_entries: r.get()?,
        posted: r.get()?,
        posting_transfers: r.get()?,
        entries: r.get()?,
        lane_lengths: r.get()?,
    })
}

pub(crate) async fn list_totals(tx: &mut Tx) -> db::Result<Vec<CurrencyTotal>> {
    tx.all(&LIST_TOTALS, params![]).await?.iter().map(total).collect()
}

/// At most `limit` account ids after `after`.
pub(crate) async fn list_account_ids(tx: &mut Tx, after: i64, limit: i64) -> db::Result<Vec<i64>> {
    tx.all(&LIST_ACCOUNT_IDS, params![after, limit]).await?.iter().map(|row| row.reader().get()).collect()
}

/// The first of these accounts whose posted totals are not the sums of its transfers.
pub(crate) async fn find_posted_difference(
    tx: &mut Tx,
    first: i64,
    last: i64,
) -> db::Result<Option<Difference>> {
    tx.first(&FIND_POSTED_DIFFERENCE, params![first, last]).await?.as_ref().map(difference).transpose()
}

/// The first account whose pending totals are not the sums of its pending holds.
pub(crate) async fn find_pending_difference(tx: &mut Tx) -> db::Result<Option<Difference>> {
    tx.first(&FIND_PENDING_DIFFERENCE, params![]).await?.as_ref().map(difference).transpose()
}

pub(crate) async fn count_all(tx: &mut Tx) -> db::Result<Counts> {
    counts(&mut tx.one(&COUNT_ALL, params![]).await?.reader())
}

/// The first id a finder brings.
pub(crate) async fn find_id(tx: &mut Tx, finder: &db::Sql) -> db::Result<Option<i64>> {
    tx.first(finder, params![]).await?.map(|row| row.reader().get()).transpose()
}

/// The first limit of which more or less is counted than was taken.
pub(crate) async fn find_allowance_difference(tx: &mut Tx) -> db::Result<Option<Miscount>> {
    let Some(row) = tx.first(&FIND_ALLOWANCE_DIFFERENCE, params![]).await? else { return Ok(None) };
    let mut r = row.reader();
    Ok(Some(Miscount {
        customer: r.get()?,
        kind: r.get()?,
        currency: r.get()?,
        span: r.get()?,
        period: r.get()?,
        minor: r.get()?,
    }))
}
