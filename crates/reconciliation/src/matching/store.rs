//! Both sides in the order of our numbers, page by page.

use db::{Result, Row, RowReader, Tx, params};
use durable::Cx;
use kernel::{AccountId, Money};

use super::model::{Ours, Theirs, kind_code, kind_of};
use crate::Day;
use crate::bill::model::{BillDayId, BillId};
use crate::bill::store::currency;

/// Where a page ended: key, kind, number.
pub(crate) type After = (i64, i64, i64);

db::statements! {
    LIST_THEIRS = "SELECT number, kind, our_key, our_id, gateway_id, amount, currency, fee, fee_currency, at FROM bill_line
                   WHERE bill_id = $1 AND (our_key, kind, number) > ($2, $3, $4) ORDER BY our_key, kind, number LIMIT $5";
    LIST_KEYLESS = "SELECT number, kind, our_key, our_id, gateway_id, amount, currency, fee, fee_currency, at FROM bill_line
                    WHERE bill_id = $1 AND our_key = 0 AND (kind, number) > ($2, $3) ORDER BY kind, number LIMIT $4";
    THEIRS_BY_KEY = "SELECT number, kind, our_key, our_id, gateway_id, amount, currency, fee, fee_currency, at FROM bill_line
                     WHERE bill_id = $1 AND our_key IN {list $2} ORDER BY our_key, kind, number";
    FIND_LINE = "SELECT number, kind, our_key, our_id, gateway_id, amount, currency, fee, fee_currency, at FROM bill_line
                 WHERE bill_id = $1 AND our_key = $2 AND number = $3";
    // Each numbered line once more on the day before.
    DOUBLES = "SELECT DISTINCT a.our_key, a.kind FROM bill_line a JOIN bill_line b ON b.bill_id = $2 AND b.our_key = a.our_key AND b.kind = a.kind
               WHERE a.bill_id = $1 AND a.our_key <> 0";
    LIST_OURS = "SELECT id, kind, our_key, our_id, gateway_id, amount, currency, ledger, order_id, customer_id, at, state FROM booked_line
                 WHERE bill_day_id = $1 AND (our_key, kind) > ($2, $3) ORDER BY our_key, kind LIMIT $4";
    OURS_BY_KEY = "SELECT id, kind, our_key, our_id, gateway_id, amount, currency, ledger, order_id, customer_id, at, state FROM booked_line
                   WHERE bill_day_id = $1 AND our_key IN {list $2} ORDER BY our_key, kind";
    OURS_BY_GATEWAY_ID = "SELECT id, kind, our_key, our_id, gateway_id, amount, currency, ledger, order_id, customer_id, at, state
                          FROM booked_line WHERE bill_day_id = $1 AND gateway_id IN {list $2} ORDER BY our_key, kind";
    bulk INSERT_OURS (id: Int, bill_day_id: Int, kind: Int, our_key: Int, our_id: Text, gateway_id: Text, amount: Int, currency: Text,
                      ledger: Int, order_id: Int, customer_id: Int, at: Int, state: Text) =
        "INSERT INTO booked_line (id, bill_day_id, kind, our_key, our_id, gateway_id, amount, currency, ledger, order_id, customer_id, at, state)
         SELECT id, bill_day_id, kind, our_key, our_id, gateway_id, amount, currency, ledger, order_id, customer_id, at, state FROM {rows}";
    DROP_OURS = "DELETE FROM booked_line WHERE id IN (SELECT id FROM booked_line WHERE bill_day_id = $1 LIMIT $2)";
    bulk INSERT_CUT_OFF (id: Int, gateway: Text, day: Int, kind: Int, our_id: Text, amount: Int, currency: Text) =
        "INSERT INTO cut_off (id, gateway, day, kind, our_id, amount, currency)
         SELECT id, gateway, day, kind, our_id, amount, currency FROM {rows} WHERE TRUE ON CONFLICT (gateway, day, our_id, kind) DO NOTHING";
    LIST_CUT_OFF = "SELECT id, kind, our_id FROM cut_off WHERE gateway = $1 AND day = $2 AND id > $3 ORDER BY id LIMIT $4";
    DROP_CUT_OFF = "DELETE FROM cut_off WHERE gateway = $1 AND day = $2";
    DROP_CUT_OFF_BY_ID = "DELETE FROM cut_off WHERE id IN {list $1}";
    FEES = "SELECT fee_currency, CAST(SUM(fee) AS BIGINT) FROM bill_sum WHERE bill_id = $1 GROUP BY fee_currency ORDER BY fee_currency";
}

fn kind(code: i64) -> Result<connectors::gateway::BillKind> {
    kind_of(code).ok_or_else(|| db::Error::Shape(format!("unknown kind {code}")))
}

fn money(r: &mut RowReader<'_>) -> Result<Money> {
    let (minor, code): (i64, String) = (r.get()?, r.get()?);
    Ok(Money::new(minor, currency(&code)?))
}

fn theirs(row: &Row) -> Result<Theirs> {
    let mut r = row.reader();
    Ok(Theirs {
        number: r.get()?,
        kind: kind(r.get()?)?,
        key: r.get()?,
        our_id: r.get()?,
        gateway_id: r.get()?,
        amount: money(&mut r)?,
        fee: money(&mut r)?,
        at: r.get()?,
    })
}

fn ours(row: &Row) -> Result<Ours> {
    let mut r = row.reader();
    let _: i64 = r.get()?;
    Ok(Ours {
        kind: kind(r.get()?)?,
        key: r.get()?,
        our_id: r.get()?,
        gateway_id: r.get()?,
        amount: money(&mut r)?,
        ledger: r.get()?,
        order: r.get()?,
        customer: AccountId(r.get()?),
        at: r.get()?,
        state: r.get()?,
    })
}

pub(crate) async fn list_theirs(tx: &mut Tx, bill: BillId, after: After, most: i64) -> Result<Vec<Theirs>> {
    tx.all(&LIST_THEIRS, params![bill.raw(), after.0, after.1, after.2, most]).await?.iter().map(theirs).collect()
}

/// Lines that name no payment of ours.
pub(crate) async fn list_keyless(tx: &mut Tx, bill: BillId, after: (i64, i64), most: i64) -> Result<Vec<Theirs>> {
    tx.all(&LIST_KEYLESS, params![bill.raw(), after.0, after.1, most]).await?.iter().map(theirs).collect()
}

pub(crate) async fn theirs_by_key(tx: &mut Tx, bill: BillId, keys: Vec<i64>) -> Result<Vec<Theirs>> {
    tx.all(&THEIRS_BY_KEY, params![bill.raw(), keys]).await?.iter().map(theirs).collect()
}

pub(crate) async fn find_line(tx: &mut Tx, bill: BillId, key: i64, number: i64) -> Result<Option<Theirs>> {
    tx.first(&FIND_LINE, params![bill.raw(), key, number]).await?.map(|row| theirs(&row)).transpose()
}

/// Keys and kinds that the bill has and `before` has too.
pub(crate) async fn doubles(tx: &mut Tx, bill: BillId, before: BillId) -> Result<Vec<(i64, i64)>> {
    let rows = tx.all(&DOUBLES, params![bill.raw(), before.raw()]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?))
        })
        .collect()
}

pub(crate) async fn list_ours(tx: &mut Tx, day: BillDayId, after: (i64, i64), most: i64) -> Result<Vec<Ours>> {
    tx.all(&LIST_OURS, params![day.raw(), after.0, after.1, most]).await?.iter().map(ours).collect()
}

pub(crate) async fn ours_by_key(tx: &mut Tx, day: BillDayId, keys: Vec<i64>) -> Result<Vec<Ours>> {
    tx.all(&OURS_BY_KEY, params![day.raw(), keys]).await?.iter().map(ours).collect()
}

pub(crate) async fn ours_by_gateway_id(tx: &mut Tx, day: BillDayId, ids: Vec<String>) -> Result<Vec<Ours>> {
    tx.all(&OURS_BY_GATEWAY_ID, params![day.raw(), ids]).await?.iter().map(ours).collect()
}

pub(crate) async fn insert_ours(tx: &mut Tx, cx: &Cx, day: BillDayId, rows: &[Ours]) -> Result<()> {
    let row = |ours: &Ours| {
        params![
            cx.id(),
            day.raw(),
            kind_code(ours.kind),
            ours.key,
            &ours.our_id,
            ours.gateway_id.clone(),
            ours.amount.minor,
            ours.amount.currency.code(),
            ours.ledger,
            ours.order,
            ours.customer,
            ours.at,
            &ours.state,
        ]
    };
    tx.bulk(&INSERT_OURS, rows.iter().map(row).collect()).await.map(|_| ())
}

/// How many of at most `most` rows were taken away.
pub(crate) async fn drop_ours(tx: &mut Tx, day: BillDayId, most: i64) -> Result<u64> {
    tx.execute(&DROP_OURS, params![day.raw(), most]).await
}

pub(crate) async fn insert_cut_off(tx: &mut Tx, cx: &Cx, gateway: &str, day: Day, rows: &[Ours]) -> Result<()> {
    let row = |ours: &Ours| {
        params![
            cx.id(),
            gateway,
            day.0,
            kind_code(ours.kind),
            &ours.our_id,
            ours.amount.minor,
            ours.amount.currency.code(),
        ]
    };
    tx.bulk(&INSERT_CUT_OFF, rows.iter().map(row).collect()).await.map(|_| ())
}

/// Rows with kind and our id after `after`.
pub(crate) async fn list_cut_off(
    tx: &mut Tx,
    gateway: &str,
    day: Day,
    after: i64,
    most: i64,
) -> Result<Vec<(i64, i64, String)>> {
    let rows = tx.all(&LIST_CUT_OFF, params![gateway, day.0, after, most]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?, r.get()?))
        })
        .collect()
}

pub(crate) async fn drop_cut_off(tx: &mut Tx, gateway: &str, day: Day) -> Result<()> {
    tx.execute(&DROP_CUT_OFF, params![gateway, day.0]).await.map(|_| ())
}

pub(crate) async fn drop_cut_off_by_id(tx: &mut Tx, ids: Vec<i64>) -> Result<()> {
    tx.execute(&DROP_CUT_OFF_BY_ID, params![ids]).await.map(|_| ())
}

/// The fees of all lines, by currency.
pub(crate) async fn fees(tx: &mut Tx, bill: BillId) -> Result<Vec<(kernel::Currency, i64)>> {
    let rows = tx.all(&FEES, params![bill.raw()]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let code: String = r.get()?;
            Ok((currency(&code)?, r.get()?))
        })
        .collect()
}
