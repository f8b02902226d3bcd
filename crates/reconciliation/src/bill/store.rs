//! Rows of days, bills and their lines.

use connectors::gateway::{BillLine, BrokenLine};
use db::{Result, Row, Tx, Value, params};
use durable::Cx;
use kernel::{Currency, Money, Timestamp};

use super::model::{BillDay, BillDayId, BillHead, BillId, Claim, DayState, Sum};
use crate::Day;
use crate::matching::model::{kind_code, kind_of, our_key};

const TEXT: &str = "bill_broken.text";

/// A line that does not read may hold anything, names too.
pub(crate) const SEALED: &[vault::SealedColumn] = &[vault::SealedColumn::new("bill_broken", "text_sealed", TEXT)];

db::statements! {
    CREATE_DAY = "INSERT INTO bill_day (id, gateway, day, state, bill_version, tries, next_at, claim, claimed_until, matched, pending, ours,
                                        ours_matched, updated_at)
                  VALUES ($1, $2, $3, 'waiting', 0, 0, $4, 0, 0, 0, 0, 0, 0, $5) ON CONFLICT (gateway, day) DO NOTHING";
    LAST_DAY = "SELECT day FROM bill_day WHERE gateway = $1 ORDER BY day DESC LIMIT 1";
    FIND_DAY = "SELECT id, gateway, day, state, bill_id, bill_version, tries, next_at, alarmed_at, trouble, matched, pending, ours,
                       ours_matched, fetched_at, matched_at FROM bill_day WHERE gateway = $1 AND day = $2";
    LIST_DAYS = "SELECT id, gateway, day, state, bill_id, bill_version, tries, next_at, alarmed_at, trouble, matched, pending, ours,
                        ours_matched, fetched_at, matched_at FROM bill_day WHERE day >= $1 AND day <= $2 ORDER BY day, gateway LIMIT 4000";
    LIST_DUE = "SELECT id, gateway, day, state, bill_id, bill_version, tries, next_at, alarmed_at, trouble, matched, pending, ours,
                       ours_matched, fetched_at, matched_at FROM bill_day WHERE next_at IS NOT NULL AND next_at <= $1 AND claimed_until <= $1
                ORDER BY day, id LIMIT $2";
    TAKE_CLAIM = "UPDATE bill_day SET claim = claim + 1, claimed_until = $3 WHERE id = $1 AND claimed_until <= $2 RETURNING claim";
    HOLD_CLAIM = "UPDATE bill_day SET claimed_until = $3 WHERE id = $1 AND claim = $2";
    END_CLAIM = "UPDATE bill_day SET claimed_until = 0 WHERE id = $1 AND claim = $2";
    ASKED = "UPDATE bill_day SET state = $2, tries = tries + 1, next_at = $3, trouble = $4, updated_at = $5 WHERE id = $1";
    ALARMED = "UPDATE bill_day SET alarmed_at = $2 WHERE id = $1 AND alarmed_at IS NULL";
    TAKE_BILL = "UPDATE bill_day SET state = 'fetched', bill_id = $2, bill_version = $3, tries = 0, next_at = $4, trouble = NULL,
                        fetched_at = $4, updated_at = $4 WHERE id = $1";
    MATCH_AGAIN = "UPDATE bill_day SET state = 'fetched', next_at = $3, updated_at = $3 WHERE gateway = $1 AND day = $2 AND state = 'matched'";
    MATCHED = "UPDATE bill_day SET state = 'matched', matched = $2, pending = $3, ours = $4, ours_matched = $5, next_at = $6, matched_at = $7,
                      updated_at = $7 WHERE id = $1";
    INSERT_BILL = "INSERT INTO bill (id, gateway, day, version, hash, lines, broken, total, total_currency, lines_total, whole, fetched_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, FALSE, $11)";
    BILL_WHOLE = "UPDATE bill SET whole = TRUE WHERE id = $1";
    FIND_BILL = "SELECT id, gateway, day, version, hash, lines, broken, total, total_currency, lines_total, fetched_at FROM bill WHERE id = $1";
    LIST_BILLS = "SELECT id, gateway, day, version, hash, lines, broken, total, total_currency, lines_total, fetched_at FROM bill
                  WHERE gateway = $1 AND day = $2 AND whole = TRUE ORDER BY version LIMIT 100";
    HALF_READ = "SELECT id FROM bill WHERE gateway = $1 AND day = $2 AND whole = FALSE";
    DROP_LINES = "DELETE FROM bill_line WHERE bill_id = $1";
    DROP_BROKEN = "DELETE FROM bill_broken WHERE bill_id = $1";
    DROP_BILL = "DELETE FROM bill WHERE id = $1 AND whole = FALSE";
    bulk INSERT_LINES (id: Int, bill_id: Int, number: Int, kind: Int, our_key: Int, our_id: Text, gateway_id: Text, amount: Int,
                       currency: Text, fee: Int, fee_currency: Text, at: Int) =
        "INSERT INTO bill_line (id, bill_id, number, kind, our_key, our_id, gateway_id, amount, currency, fee, fee_currency, at)
         SELECT id, bill_id, number, kind, our_key, our_id, gateway_id, amount, currency, fee, fee_currency, at FROM {rows}";
    bulk INSERT_BROKEN (id: Int, bill_id: Int, number: Int, text_sealed: Bytes, why: Text) =
        "INSERT INTO bill_broken (id, bill_id, number, text_sealed, why) SELECT id, bill_id, number, text_sealed, why FROM {rows}";
    bulk INSERT_SUMS (id: Int, bill_id: Int, kind: Int, currency: Text, fee_currency: Text, lines: Int, amount: Int, fee: Int) =
        "INSERT INTO bill_sum (id, bill_id, kind, currency, fee_currency, lines, amount, fee)
         SELECT id, bill_id, kind, currency, fee_currency, lines, amount, fee FROM {rows}";
    LIST_SUMS = "SELECT s.kind, s.currency, CAST(SUM(s.amount) AS BIGINT), s.fee_currency, CAST(SUM(s.fee) AS BIGINT), CAST(SUM(s.lines) AS BIGINT)
                 FROM bill_day d JOIN bill_sum s ON s.bill_id = d.bill_id WHERE d.gateway = $1 AND d.day >= $2 AND d.day <= $3
                 GROUP BY s.kind, s.currency, s.fee_currency ORDER BY s.kind, s.currency, s.fee_currency";
    DROP_SUMS = "DELETE FROM bill_sum WHERE bill_id = $1";
    LIST_BROKEN = "SELECT number, why FROM bill_broken WHERE bill_id = $1 AND number > $2 ORDER BY number LIMIT $3";
    FIND_BROKEN = "SELECT text_sealed, why FROM bill_broken WHERE bill_id = $1 AND number = $2";
}

fn read_day(row: &Row) -> Result<BillDay> {
    let mut r = row.reader();
    let (id, gateway, day, state): (_, _, _, String) = (BillDayId(r.get()?), r.get()?, Day(r.get()?), r.get()?);
    let bill: Option<i64> = r.get()?;
    Ok(BillDay {
        id,
        gateway,
        day,
        state: DayState::stored(&state)?,
        bill: bill.map(BillId),
        version: r.get()?,
        tries: r.get()?,
        next_at: r.get()?,
        alarmed_at: r.get()?,
        trouble: r.get()?,
        matched: r.get()?,
        pending: r.get()?,
        ours: r.get()?,
        ours_matched: r.get()?,
        fetched_at: r.get()?,
        matched_at: r.get()?,
    })
}

/// A stored currency this program does not know is a bug.
pub(crate) fn currency(code: &str) -> Result<Currency> {
    Currency::from_code(code).ok_or_else(|| db::Error::Shape(format!("unknown currency {code}")))
}

fn read_head(row: &Row) -> Result<BillHead> {
    let mut r = row.reader();
    let (id, gateway, day, version) = (BillId(r.get()?), r.get()?, Day(r.get()?), r.get()?);
    let (hash, lines, broken) = (r.get()?, r.get()?, r.get()?);
    let (total, code): (Option<i64>, Option<String>) = (r.get()?, r.get()?);
    let total = match total.zip(code) {
        Some((minor, code)) => Some(Money::new(minor, currency(&code)?)),
        None => None,
    };
    Ok(BillHead { id, gateway, day, version, hash, lines, broken, total, lines_total: r.get()?, fetched_at: r.get()? })
}

pub(crate) async fn create_day(tx: &mut Tx, cx: &Cx, gateway: &str, day: Day, next_at: Timestamp) -> Result<()> {
    tx.execute(&CREATE_DAY, params![cx.id(), gateway, day.0, next_at, cx.now()]).await.map(|_| ())
}

pub(crate) async fn last_day(tx: &mut Tx, gateway: &str) -> Result<Option<Day>> {
    tx.first(&LAST_DAY, params![gateway]).await?.map(|row| row.reader().get().map(Day)).transpose()
}

pub(crate) async fn find_day(tx: &mut Tx, gateway: &str, day: Day) -> Result<Option<BillDay>> {
    tx.first(&FIND_DAY, params![gateway, day.0]).await?.map(|row| read_day(&row)).transpose()
}

pub(crate) async fn list_days(tx: &mut Tx, from: Day, to: Day) -> Result<Vec<BillDay>> {
    tx.all(&LIST_DAYS, params![from.0, to.0]).await?.iter().map(read_day).collect()
}

pub(crate) async fn list_due(tx: &mut Tx, now: Timestamp, most: i64) -> Result<Vec<BillDay>> {
    tx.all(&LIST_DUE, params![now, most]).await?.iter().map(read_day).collect()
}

/// The claim's number; `None` while another holds it.
pub(crate) async fn take_claim(tx: &mut Tx, day: BillDayId, now: Timestamp, until: Timestamp) -> Result<Option<i64>> {
    tx.first(&TAKE_CLAIM, params![day.raw(), now, until]).await?.map(|row| row.reader().get()).transpose()
}

/// `false` when somebody else has taken it.
pub(crate) async fn hold_claim(tx: &mut Tx, claim: Claim, until: Timestamp) -> Result<bool> {
    Ok(tx.execute(&HOLD_CLAIM, params![claim.day.raw(), claim.token, until]).await? == 1)
}

pub(crate) async fn end_claim(tx: &mut Tx, claim: Claim) -> Result<()> {
    tx.execute(&END_CLAIM, params![claim.day.raw(), claim.token]).await.map(|_| ())
}

pub(crate) async fn asked(
    tx: &mut Tx,
    day: BillDayId,
    state: DayState,
    next_at: Option<Timestamp>,
    trouble: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&ASKED, params![day.raw(), state.name(), next_at, trouble, now]).await.map(|_| ())
}

/// `false` when somebody was called before.
pub(crate) async fn alarmed(tx: &mut Tx, day: BillDayId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&ALARMED, params![day.raw(), now]).await? == 1)
}

/// The bill with all its lines is the one that counts from now on.
pub(crate) async fn take_bill(tx: &mut Tx, day: BillDayId, head: &BillHead, now: Timestamp) -> Result<()> {
    tx.execute(&BILL_WHOLE, params![head.id.raw()]).await?;
    tx.execute(&TAKE_BILL, params![day.raw(), head.id.raw(), head.version, now]).await.map(|_| ())
}

/// A day that was matched is matched anew; `false` when it was not.
pub(crate) async fn match_again(tx: &mut Tx, gateway: &str, day: Day, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&MATCH_AGAIN, params![gateway, day.0, now]).await? == 1)
}

/// Lines matched, bookings pending, bookings, bookings matched; and when to ask for the bill once more.
pub(crate) async fn matched(
    tx: &mut Tx,
    day: BillDayId,
    counts: [i64; 4],
    next_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    let [matched, pending, ours, ours_matched] = counts;
    let values = params![day.raw(), matched, pending, ours, ours_matched, next_at, now];
    tx.execute(&MATCHED, values).await.map(|_| ())
}

pub(crate) async fn insert_bill(tx: &mut Tx, head: &BillHead) -> Result<()> {
    let values = params![
        head.id.raw(),
        &head.gateway,
        head.day.0,
        head.version,
        &head.hash,
        head.lines,
        head.broken,
        head.total.map(|total| total.minor),
        head.total.map(|total| total.currency.code()),
        head.lines_total,
        head.fetched_at,
    ];
    tx.execute(&INSERT_BILL, values).await.map(|_| ())
}

pub(crate) async fn find_bill(tx: &mut Tx, id: BillId) -> Result<Option<BillHead>> {
    tx.first(&FIND_BILL, params![id.raw()]).await?.map(|row| read_head(&row)).transpose()
}

/// Whole ones, oldest first.
pub(crate) async fn list_bills(tx: &mut Tx, gateway: &str, day: Day) -> Result<Vec<BillHead>> {
    tx.all(&LIST_BILLS, params![gateway, day.0]).await?.iter().map(read_head).collect()
}

/// Takes away what a reader that was cut short left behind.
pub(crate) async fn drop_half_read(tx: &mut Tx, gateway: &str, day: Day) -> Result<()> {
    for row in tx.all(&HALF_READ, params![gateway, day.0]).await? {
        let id: i64 = row.reader().get()?;
        tx.execute(&DROP_LINES, params![id]).await?;
        tx.execute(&DROP_BROKEN, params![id]).await?;
        tx.execute(&DROP_SUMS, params![id]).await?;
        tx.execute(&DROP_BILL, params![id]).await?;
    }
    Ok(())
}

/// A number as a table can keep it: a file read in the wrong encoding has anything in it.
fn clean(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(100).collect()
}

pub(crate) async fn insert_lines(tx: &mut Tx, cx: &Cx, bill: BillId, lines: &[BillLine]) -> Result<()> {
    let row = |line: &BillLine| -> Vec<Value> {
        params![
            cx.id(),
            bill.raw(),
            i64::try_from(line.number).unwrap_or(i64::MAX),
            kind_code(line.kind),
            our_key(&line.our_id),
            clean(&line.our_id),
            clean(&line.gateway_id),
            line.amount.minor,
            line.amount.currency.code(),
            line.fee.minor,
            line.fee.currency.code(),
            line.at,
        ]
    };
    tx.bulk(&INSERT_LINES, lines.iter().map(row).collect()).await.map(|_| ())
}

pub(crate) async fn insert_broken(tx: &mut Tx, cx: &Cx, bill: BillId, lines: &[BrokenLine]) -> Result<()> {
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let sealed = cx.vault.seal_text(&*cx.rng, TEXT, &line.text).map_err(|e| db::Error::Other(e.into()))?;
        let number = i64::try_from(line.number).unwrap_or(i64::MAX);
        let why: String = line.why.chars().filter(|c| *c != '\0').take(500).collect();
        rows.push(params![cx.id(), bill.raw(), number, sealed, why]);
    }
    tx.bulk(&INSERT_BROKEN, rows).await.map(|_| ())
}

pub(crate) async fn insert_sums(tx: &mut Tx, cx: &Cx, bill: BillId, sums: &[Sum]) -> Result<()> {
    let row = |sum: &Sum| {
        params![
            cx.id(),
            bill.raw(),
            kind_code(sum.kind),
            sum.amount.currency.code(),
            sum.fee.currency.code(),
            sum.lines,
            sum.amount.minor,
            sum.fee.minor,
        ]
    };
    tx.bulk(&INSERT_SUMS, sums.iter().map(row).collect()).await.map(|_| ())
}

/// What the bills that count say of these days, by kind and currencies.
pub(crate) async fn list_sums(tx: &mut Tx, gateway: &str, from: Day, to: Day) -> Result<Vec<Sum>> {
    let rows = tx.all(&LIST_SUMS, params![gateway, from.0, to.0]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let kind = r.get().map(kind_of)?.ok_or_else(|| db::Error::Shape("unknown kind".to_owned()))?;
            let (code, amount, fee_code, fee): (String, _, String, _) = (r.get()?, r.get()?, r.get()?, r.get()?);
            let (amount, fee) = (Money::new(amount, currency(&code)?), Money::new(fee, currency(&fee_code)?));
            Ok(Sum { kind, amount, fee, lines: r.get()? })
        })
        .collect()
}

/// Numbers and reasons after `after`.
pub(crate) async fn list_broken(tx: &mut Tx, bill: BillId, after: i64, most: i64) -> Result<Vec<(i64, String)>> {
    let rows = tx.all(&LIST_BROKEN, params![bill.raw(), after, most]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?))
        })
        .collect()
}

/// The line as it stands in the file, and what is wrong with it.
pub(crate) async fn find_broken(tx: &mut Tx, cx: &Cx, bill: BillId, number: i64) -> Result<Option<(String, String)>> {
    let Some(row) = tx.first(&FIND_BROKEN, params![bill.raw(), number]).await? else { return Ok(None) };
    let mut r = row.reader();
    let (sealed, why): (Vec<u8>, String) = (r.get()?, r.get()?);
    let text = cx.vault.open_text(TEXT, &sealed).map_err(|e| db::Error::Other(e.into()))?;
    Ok(Some((text, why)))
}
