//! Reading transfers from one account's side. A `position` is a time and an id, the order of everything here.

use db::{Row, Tx, params};
use durable::Cx;
use kernel::{Duration, Position, Timestamp};

use super::model::{DayFlow, Kept, Movement, Sheet};
use crate::account::LedgerAccountId;
use crate::column;

db::statements! {
    // Each side by its own index, newest first, then both together.
    LIST_NEWEST = "SELECT id, amount, kind, order_id, memo, created_at, other FROM (
            SELECT * FROM (SELECT id, amount, kind, order_id, memo, created_at, debit_account AS other FROM transfer
                WHERE credit_account = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4) AS credits
            UNION ALL
            SELECT * FROM (SELECT id, -amount AS amount, kind, order_id, memo, created_at, credit_account AS other FROM transfer
                WHERE debit_account = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4) AS debits
        ) AS both_sides ORDER BY created_at DESC, id DESC LIMIT $4";
    LIST_OLDEST = "SELECT id, amount, kind, order_id, memo, created_at, other FROM (
            SELECT * FROM (SELECT id, amount, kind, order_id, memo, created_at, debit_account AS other FROM transfer
                WHERE credit_account = $1 AND created_at >= $2 AND created_at < $3 ORDER BY created_at, id LIMIT $4) AS credits
            UNION ALL
            SELECT * FROM (SELECT id, -amount AS amount, kind, order_id, memo, created_at, credit_account AS other FROM transfer
                WHERE debit_account = $1 AND created_at >= $2 AND created_at < $3 ORDER BY created_at, id LIMIT $4) AS debits
        ) AS both_sides ORDER BY created_at, id LIMIT $4";
    SUM_UP_TO = "SELECT CAST(
            (SELECT COALESCE(SUM(amount), 0) FROM transfer WHERE credit_account = $1 AND (created_at, id) <= ($2, $3))
            - (SELECT COALESCE(SUM(amount), 0) FROM transfer WHERE debit_account = $1 AND (created_at, id) <= ($2, $3))
        AS BIGINT)";
    NET_SINCE = "SELECT CAST(
            (SELECT COALESCE(SUM(amount), 0) FROM transfer WHERE debit_account = $1 AND created_at >= $2 AND kind NOT IN {list $3})
            - (SELECT COALESCE(SUM(amount), 0) FROM transfer WHERE credit_account = $1 AND created_at >= $2 AND kind NOT IN {list $3})
        AS BIGINT)";
    // $2 shifts to local days of 86,400,000,000 µs.
    SUM_BY_DAY = "SELECT day, CAST(SUM(income) AS BIGINT), CAST(SUM(outgo) AS BIGINT) FROM (
            SELECT (created_at + CAST($2 AS BIGINT)) / 86400000000 AS day, amount AS income, 0 AS outgo
                FROM transfer WHERE credit_account = $1 AND created_at >= $3
            UNION ALL
            SELECT (created_at + CAST($2 AS BIGINT)) / 86400000000 AS day, 0 AS income, amount AS outgo
                FROM transfer WHERE debit_account = $1 AND created_at >= $3
        ) AS flow GROUP BY day ORDER BY day";
    INSERT_KEPT = "INSERT INTO ledger_statement
        (id, customer_id, currency, from_at, to_at, opening, closing, lines, digest, issued_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (customer_id, currency, from_at, to_at) DO NOTHING";
    LIST_KEPT = "SELECT id, customer_id, currency, from_at, to_at, opening, closing, lines, digest
        FROM ledger_statement WHERE id > $1 ORDER BY id LIMIT $2";
}

fn movement(row: &Row) -> db::Result<Movement> {
    let mut r = row.reader();
    Ok(Movement {
        transfer: r.get()?,
        minor: r.get()?,
        kind: r.get()?,
        order: r.get()?,
        memo: r.get()?,
        at: r.get()?,
        other: r.get()?,
    })
}

fn day_flow(row: &Row) -> db::Result<DayFlow> {
    let mut r = row.reader();
    Ok(DayFlow { day: r.get()?, income: r.get()?, outgo: r.get()? })
}

/// Older than `before`, newest first.
pub(crate) async fn list_newest(
    tx: &mut Tx,
    account: LedgerAccountId,
    before: Position,
    limit: i64,
) -> db::Result<Vec<Movement>> {
    let rows = tx.all(&LIST_NEWEST, params![account, before.key, before.id, limit]).await?;
    rows.iter().map(movement).collect()
}

/// From `from` until before `to`, oldest first.
pub(crate) async fn list_oldest(
    tx: &mut Tx,
    account: LedgerAccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> db::Result<Vec<Movement>> {
    tx.all(&LIST_OLDEST, params![account, from, to, limit]).await?.iter().map(movement).collect()
}

/// Credits less debits up to and with `last`.
pub(crate) async fn sum_up_to(tx: &mut Tx, account: LedgerAccountId, last: Position) -> db::Result<i64> {
    tx.one(&SUM_UP_TO, params![account, last.key, last.id]).await?.reader().get()
}

/// Debits less credits since `from`, without transfers of these kinds.
pub(crate) async fn net_since(
    tx: &mut Tx,
    account: LedgerAccountId,
    from: Timestamp,
    except: Vec<String>,
) -> db::Result<i64> {
    tx.one(&NET_SINCE, params![account, from, except]).await?.reader().get()
}

/// The sums of each day since `from` on which something moved.
pub(crate) async fn sum_by_day(
    tx: &mut Tx,
    account: LedgerAccountId,
    shift: Duration,
    from: Timestamp,
) -> db::Result<Vec<DayFlow>> {
    tx.all(&SUM_BY_DAY, params![account, shift, from]).await?.iter().map(day_flow).collect()
}

/// Keeps what a sheet said. The first time counts.
pub(crate) async fn insert_kept(tx: &mut Tx, cx: &Cx, sheet: &Sheet) -> db::Result<()> {
    let now = cx.now();
    let row = params![
        cx.ids.next(now),
        sheet.customer,
        sheet.opening.currency.code(),
        sheet.from,
        sheet.to,
        sheet.opening.minor,
        sheet.closing.minor,
        i64::try_from(sheet.lines.len()).unwrap_or(i64::MAX),
        sheet.digest.as_str(),
        now
    ];
    tx.execute(&INSERT_KEPT, row).await.map(|_| ())
}

/// At most `limit` of what was kept, after the id `after`.
pub(crate) async fn list_kept(tx: &mut Tx, after: i64, limit: i64) -> db::Result<Vec<Kept>> {
    let kept = |row: &Row| {
        let mut r = row.reader();
        Ok(Kept {
            id: r.get()?,
            customer: r.get()?,
            currency: column::currency(&mut r)?,
            from: r.get()?,
            to: r.get()?,
            opening: r.get()?,
            closing: r.get()?,
            lines: r.get()?,
            digest: r.get()?,
        })
    };
    tx.all(&LIST_KEPT, params![after, limit]).await?.iter().map(kept).collect()
}
