//! Reading the figures.

use std::collections::BTreeMap;

use db::Tx;
use durable::Cx;
use kernel::{Actor, Currency, Money, Permission};
use ledger::{AccountName, TransferKind};

use super::model::{GatewayBalance, QueueFigures};
use super::store;
use crate::bill::rules::sign;
use crate::{Day, Error, bill};

/// What reconciliation itself books, and when has nothing to do with a bill's day.
const OURS: [TransferKind; 3] = [TransferKind::Fee, TransferKind::GatewayPayout, TransferKind::Adjustment];

/// What waits.
pub async fn queue(cx: &Cx, actor: &Actor) -> Result<QueueFigures, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let (open, timing, proposed, oldest) = store::queue(&mut tx).await?;
    let mut reasons = store::reasons(&mut tx).await?;
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    Ok(QueueFigures { open, timing, proposed, oldest, reasons })
}

/// What each gateway owes us in each currency, by its bills and by the ledger, and what explains the difference. A line that stands in a bill
/// although we booked it only on the day after is unexplained until that day is matched.
pub async fn balances(cx: &Cx, actor: &Actor) -> Result<Vec<GatewayBalance>, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let mut out = Vec::new();
    for gateway in store::gateways(&mut tx).await? {
        out.extend(of_gateway(&mut tx, &gateway).await?);
    }
    Ok(out)
}

async fn of_gateway(tx: &mut Tx, gateway: &str) -> Result<Vec<GatewayBalance>, Error> {
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
    let currencies = [Currency::CNY, Currency::USD, Currency::EUR, Currency::HKD];
    let codes: Vec<String> = currencies.map(|currency| AccountName::Gateway(gateway).code(currency)).into();
    for account in ledger::load_accounts_by_code(tx, &codes).await? {
        let not_billed = ledger::net_since(tx, account.id, last.ends_at(), &OURS).await?;
        let balance = found.entry(account.currency).or_insert_with(|| blank(account.currency));
        balance.ledger = account.balance().posted;
        balance.not_billed.minor = not_billed;
    }
    for b in found.values_mut() {
        let billed = b.ledger.checked_sub(b.not_billed)?.checked_sub(b.cut_off)?;
        b.unexplained = b.bills.checked_sub(billed)?.checked_sub(b.open)?.checked_sub(b.explained)?;
    }
    Ok(found.into_values().collect())
}
