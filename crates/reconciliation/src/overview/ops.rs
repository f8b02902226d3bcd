//! Reading the figures.

use std::collections::BTreeMap;

use db::Tx;
use durable::Cx;
use kernel::{Actor, Currency, Duration, Money, Permission};
use ledger::AccountName;

use super::model::{GatewayBalance, MonthRow, QueueFigures, ReasonAges};
use super::store;
use crate::bill::rules::sign;
use crate::month::model::MonthState;
use crate::{Day, Error, bill, books};

/// Bookings that no bill can have yet are added up in windows of this length.
const WINDOW: Duration = Duration::from_hours(1);
/// Months shown at a glance.
const MONTHS: usize = 3;

/// What waits.
pub async fn queue(cx: &Cx, actor: &Actor) -> Result<QueueFigures, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let (open, timing, proposed, oldest) = store::queue(&mut tx).await?;
    let mut reasons = store::reasons(&mut tx).await?;
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    Ok(QueueFigures { open, timing, proposed, oldest, reasons })
}

/// How long what is not closed has waited, by reason, the most first.
pub async fn ages(cx: &Cx, actor: &Actor) -> Result<Vec<ReasonAges>, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let mut ages = store::ages(&mut cx.read().await?, cx.now()).await?;
    let all = |one: &ReasonAges| {
        one.day.saturating_add(one.three_days).saturating_add(one.week).saturating_add(one.older)
    };
    ages.sort_by_key(|one| (std::cmp::Reverse(all(one)), one.reason));
    Ok(ages)
}

/// The running month and the two before it, of each gateway that hands in bills; the latest first.
pub async fn months(cx: &Cx, actor: &Actor) -> Result<Vec<MonthRow>, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let today = Day::of(cx.now());
    let mut tx = cx.read().await?;
    let gateways = store::gateways(&mut tx).await?;
    let mut month = today.month();
    let states = store::month_states(&mut tx, month.before().before()).await?;
    let mut rows = Vec::new();
    for _ in 0..MONTHS {
        let (first, last) = (month.first(), month.last().min(today.before()));
        let matched = store::matched_days(&mut tx, first, last).await?;
        let open = store::open_items(&mut tx, first, month.last()).await?;
        for gateway in &gateways {
            let of = |found: &[(String, i64)]| {
                found.iter().find(|(name, _)| name == gateway).map_or(0, |(_, count)| *count)
            };
            let state = states.iter().find(|(name, of, _)| name == gateway && *of == month);
            rows.push(MonthRow {
                gateway: gateway.clone(),
                month,
                state: state.map_or(MonthState::Open, |(_, _, state)| *state),
                over: last.0.saturating_sub(first.0).saturating_add(1).max(0),
                matched: of(&matched),
                open: of(&open),
            });
        }
        month = month.before();
    }
    Ok(rows)
}

/// What each gateway owes us in each currency, by its bills and by the ledger, and what explains the difference. A line that stands in a bill
/// although we booked it only on the day after is unexplained until that day is matched.
pub async fn balances(cx: &Cx, actor: &Actor) -> Result<Vec<GatewayBalance>, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let mut out = Vec::new();
    for gateway in store::gateways(&mut tx).await? {
        out.extend(of_gateway(&mut tx, cx, &gateway).await?);
    }
    Ok(out)
}

async fn of_gateway(tx: &mut Tx, cx: &Cx, gateway: &str) -> Result<Vec<GatewayBalance>, Error> {
    let up_to = store::last_matched(tx, gateway).await?;
    let last = up_to.unwrap_or(Day(-1));
    let mut found: BTreeMap<Currency, GatewayBalance> = BTreeMap::new();
    let blank = |currency| {
        let zero = Money::zero(currency);
        GatewayBalance {
            gateway: gateway.to_owned(),
            up_to,
            ledger: zero,
            bills: zero,
            not_billed: zero,
            cut_off: zero,
            open: zero,
            explained: zero,
            unexplained: zero,
        }
    };
    for sum in bill::store::list_sums(tx, gateway, Day(0), last).await? {
        let owed = sum.amount.minor.saturating_mul(sign(sum.kind));
        let balance = found.entry(sum.amount.currency).or_insert_with(|| blank(sum.amount.currency));
        balance.bills.minor = balance.bills.minor.saturating_add(owed);
        let fees = found.entry(sum.fee.currency).or_insert_with(|| blank(sum.fee.currency));
        fees.bills.minor = fees.bills.minor.saturating_sub(sum.fee.minor);
    }
    for (currency, open, explained) in store::effects(tx, gateway).await? {
        let balance = found.entry(currency).or_insert_with(|| blank(currency));
        balance.open.minor = open;
        balance.explained.minor = explained;
    }
    for (currency, minor) in store::cut_off(tx, gateway).await? {
        found.entry(currency).or_insert_with(|| blank(currency)).cut_off.minor = minor;
    }
    let codes: Vec<String> =
        Currency::ALL.map(|currency| AccountName::Gateway(gateway).code(currency)).into();
    for account in ledger::load_accounts_by_code(tx, &codes).await? {
        let balance = found.entry(account.currency).or_insert_with(|| blank(account.currency));
        balance.ledger = account.balance().posted;
        // Without any bill everything is to come.
        balance.not_billed = if up_to.is_none() { balance.ledger } else { balance.not_billed };
    }
    if up_to.is_some() {
        for (currency, minor) in booked_since(tx, cx, gateway, last).await? {
            found.entry(currency).or_insert_with(|| blank(currency)).not_billed.minor = minor;
        }
    }
    for b in found.values_mut() {
        let billed = b.ledger.checked_sub(b.not_billed)?.checked_sub(b.cut_off)?;
        b.unexplained = b.bills.checked_sub(billed)?.checked_sub(b.open)?.checked_sub(b.explained)?;
    }
    Ok(found.into_values().collect())
}

/// What was booked after a day, by the gateway's own time.
async fn booked_since(
    tx: &mut Tx,
    cx: &Cx,
    gateway: &str,
    last: Day,
) -> Result<BTreeMap<Currency, i64>, Error> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    let (mut from, end) = (last.ends_at(), cx.now().plus(WINDOW));
    while from < end {
        let to = from.plus(WINDOW);
        for one in books::list(tx, cx, gateway, from, to).await? {
            let sum = sums.entry(one.amount.currency).or_default();
            *sum = sum.saturating_add(one.amount.minor.saturating_mul(sign(one.kind)));
        }
        from = to;
    }
    Ok(sums)
}
