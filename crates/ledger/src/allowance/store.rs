//! Rows of limits and of what was used of them.

use db::{Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Level, Money, Timestamp};

use super::model::{AllowanceKind, Caps, Periods, Span, Use, UseState};
use crate::column;

db::statements! {
    FIND_CAPS = "SELECT single, day, month, year, holding FROM ledger_limit WHERE level = $1 AND kind = $2";
    PUT_CAPS = "INSERT INTO ledger_limit (level, kind, single, day, month, year, holding)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (level, kind)
        DO UPDATE SET single = $3, day = $4, month = $5, year = $6, holding = $7";
    // The guard is in the statement: a row that would go beyond the limit is not changed.
    TAKE = "INSERT INTO ledger_allowance (customer_id, kind, currency, span, period, used)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (customer_id, kind, currency, span, period)
        DO UPDATE SET used = ledger_allowance.used + $6 WHERE ledger_allowance.used + $6 <= $7";
    RETURN = "UPDATE ledger_allowance SET used = used - $6
        WHERE customer_id = $1 AND kind = $2 AND currency = $3 AND span = $4 AND period = $5 AND used >= $6";
    FIND_USED = "SELECT used FROM ledger_allowance
        WHERE customer_id = $1 AND kind = $2 AND currency = $3 AND span = $4 AND period = $5";
    INSERT_USE = "INSERT INTO ledger_allowance_use
        (id, business_key, customer_id, kind, currency, amount, day, month, year, state, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $10) ON CONFLICT (business_key) DO NOTHING";
    LOCK_USE = "SELECT business_key, customer_id, kind, amount, currency, day, month, year, state
        FROM ledger_allowance_use WHERE business_key = $1 {for_update}";
    MOVE_USE = "UPDATE ledger_allowance_use SET state = $3, updated_at = $4 WHERE business_key = $1 AND state = $2";
}

/// The limits an operator set; `None` where those Everlit comes with count.
pub(crate) async fn find_caps(tx: &mut Tx, level: Level, kind: AllowanceKind) -> db::Result<Option<Caps>> {
    let Some(row) = tx.first(&FIND_CAPS, params![level.name(), kind]).await? else { return Ok(None) };
    let mut r = row.reader();
    Ok(Some(Caps { single: r.get()?, day: r.get()?, month: r.get()?, year: r.get()?, holding: r.get()? }))
}

pub(crate) async fn put_caps(
    tx: &mut Tx,
    (level, kind): (Level, AllowanceKind),
    caps: Caps,
) -> db::Result<()> {
    let Caps { single, day, month, year, holding } = caps;
    tx.execute(&PUT_CAPS, params![level.name(), kind, single, day, month, year, holding]).await.map(|_| ())
}

/// Adds to what is used of one limit; `false` when it would be more than `most`.
pub(crate) async fn add_used(tx: &mut Tx, taken: &Use, span: Span, most: i64) -> db::Result<bool> {
    let minor = taken.amount.minor;
    // A row that is not there yet is inserted without looking at the limit.
    if minor > most {
        return Ok(false);
    }
    let mut row = counter(taken, span);
    row.push(most.into());
    Ok(tx.execute(&TAKE, row).await? == 1)
}

/// Takes off what is used of one limit; `false` when less was used.
pub(crate) async fn take_off(tx: &mut Tx, taken: &Use, span: Span) -> db::Result<bool> {
    Ok(tx.execute(&RETURN, counter(taken, span)).await? == 1)
}

fn counter(taken: &Use, span: Span) -> Vec<db::Value> {
    let Use { customer, kind, amount, periods, .. } = taken;
    params![*customer, *kind, amount.currency.code(), span, periods.of(span), amount.minor]
}

pub(crate) async fn used(
    tx: &mut Tx,
    (customer, kind): (AccountId, AllowanceKind),
    like: Money,
    (span, periods): (Span, Periods),
) -> db::Result<i64> {
    let key = params![customer, kind, like.currency.code(), span, periods.of(span)];
    let row = tx.first(&FIND_USED, key).await?;
    row.map_or(Ok(0), |row| row.reader().get())
}

/// `false` when the key is there already.
pub(crate) async fn insert_use(tx: &mut Tx, cx: &Cx, new: &Use) -> db::Result<bool> {
    let now = cx.now();
    let Use { key, customer, kind, amount, periods, .. } = new;
    let row = params![
        cx.ids.next(now),
        key.as_str(),
        *customer,
        *kind,
        amount.currency.code(),
        amount.minor,
        periods.day,
        periods.month,
        periods.year,
        now
    ];
    Ok(tx.execute(&INSERT_USE, row).await? == 1)
}

/// What was taken under this key, locked until the transaction ends.
pub(crate) async fn lock_use(tx: &mut Tx, key: &str) -> db::Result<Option<Use>> {
    tx.first(&LOCK_USE, params![key]).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> db::Result<Use> {
    let mut r = row.reader();
    let (key, customer, kind, minor) = (r.get()?, r.get()?, r.get()?, r.get()?);
    let amount = Money::new(minor, column::currency(&mut r)?);
    let periods = Periods { day: r.get()?, month: r.get()?, year: r.get()? };
    Ok(Use { key, customer, kind, amount, periods, state: r.get()? })
}

/// Whether it was in the state `from`.
pub(crate) async fn move_use(
    tx: &mut Tx,
    key: &str,
    (from, to): (UseState, UseState),
    now: Timestamp,
) -> db::Result<bool> {
    Ok(tx.execute(&MOVE_USE, params![key, from, to, now]).await? == 1)
}
