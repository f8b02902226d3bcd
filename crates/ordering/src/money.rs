//! Where an order's money goes: set aside from what the customer has, taken when the work is done.
//!
//! One hold an order. With one seller it points at the seller's revenue; with several it points at the clearing account `orders`, from
//! which each seller gets its part in the transaction that takes the money.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Currency, Money};
use ledger::{AccountName, HoldId, NewTransfer, Take, TransferKind};

use crate::Error;
use crate::order::{Line, LineState, Order};

/// What several sellers' orders are held for until they are done.
const CLEARING: &str = "orders";

/// The account an order's hold points at, from the sellers of its lines.
pub(crate) fn destination<'a>(sellers: impl Iterator<Item = &'a str>) -> AccountName<'a> {
    let mut distinct: BTreeSet<&str> = sellers.collect();
    match (distinct.pop_first(), distinct.is_empty()) {
        (Some(only), true) => AccountName::Revenue(only),
        _ => AccountName::Suspense(CLEARING),
    }
}

/// The account an existing order's hold points at.
pub(crate) async fn destination_account(
    tx: &mut Tx,
    cx: &Cx,
    lines: &[Line],
    currency: Currency,
) -> Result<ledger::Account, Error> {
    let name = destination(lines.iter().map(|line| line.seller.as_str()));
    ledger::ensure_account(tx, cx, name, currency).await.map_err(Error::bug)
}

/// What an ended line costs in the end.
pub(crate) fn charge(line: &Line) -> i64 {
    match line.state {
        LineState::Completed => line.total.minor,
        LineState::Cancelled => line.fee.minor.min(line.total.minor),
        _ => 0,
    }
}

/// What all ended lines cost together.
pub(crate) fn charged(lines: &[Line]) -> i64 {
    lines.iter().fold(0_i64, |sum, line| sum.saturating_add(charge(line)))
}

/// Takes `taken` of what was set aside and gives the rest back.
pub(crate) async fn take(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    hold: HoldId,
    lines: &[Line],
    taken: i64,
) -> Result<(), Error> {
    let lane = crate::lane(tx);
    if taken == 0 {
        return ledger::void(tx, cx, lane, hold).await.map_err(Error::bug);
    }
    let mut done = lines.iter().filter(|line| line.state == LineState::Completed);
    if let Some((line, to)) = done.find_map(|line| Some((line, line.beneficiary?))) {
        return send(tx, cx, order, hold, (line, to)).await;
    }
    let part = if taken < order.total.minor { Take::Part(taken) } else { Take::All };
    ledger::post(tx, cx, lane, hold, part).await.map_err(Error::bug)?;
    if let AccountName::Suspense(_) = destination(lines.iter().map(|line| line.seller.as_str())) {
        distribute(tx, cx, order, lines).await?;
    }
    Ok(())
}

/// What was set aside goes to the balance of another customer: one transfer from wallet to wallet for the line, in the transaction that
/// completes it. What arrived there meanwhile may have left no room for it: then nothing of this happened, and whoever tries again finds out.
async fn send(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    hold: HoldId,
    (line, to): (&Line, AccountId),
) -> Result<(), Error> {
    let lane = crate::lane(tx);
    let from = ledger::find_hold(tx, hold).await?.ok_or_else(|| Error::bug("a hold is gone"))?.debit;
    let wallet = ledger::ensure_account(tx, cx, AccountName::Wallet(to), line.total.currency).await;
    let wallet = wallet.map_err(Error::bug)?;
    ledger::void(tx, cx, lane, hold).await.map_err(Error::bug)?;
    let transfer = NewTransfer {
        debit: from,
        credit: wallet.id,
        amount: line.total,
        kind: TransferKind::PeerTransfer,
        business_key: format!("balance:{}", line.id),
        order: Some(order.id.raw()),
        customer: Some(order.customer),
        memo: "balance.transfer".into(),
    };
    ledger::post_transfer(tx, cx, lane, transfer).await.map_err(Error::bug)?;
    let nothing = Money::zero(line.total.currency);
    if crate::payee::may_move(tx, cx, (order.customer, to), nothing).await? {
        Ok(())
    } else {
        Err(Error::Stale)
    }
}

/// Each seller's part, out of the clearing account.
async fn distribute(tx: &mut Tx, cx: &Cx, order: &Order, lines: &[Line]) -> Result<(), Error> {
    let currency = order.total.currency;
    let mut parts: BTreeMap<&str, i64> = BTreeMap::new();
    for line in lines {
        let part = parts.entry(&line.seller).or_default();
        *part = part.saturating_add(charge(line));
    }
    let clearing = ledger::ensure_account(tx, cx, AccountName::Suspense(CLEARING), currency)
        .await
        .map_err(Error::bug)?;
    let lane = crate::lane(tx);
    for (seller, minor) in parts.into_iter().filter(|(_, minor)| *minor > 0) {
        let revenue = ledger::ensure_account(tx, cx, AccountName::Revenue(seller), currency)
            .await
            .map_err(Error::bug)?;
        let transfer = NewTransfer {
            debit: clearing.id,
            credit: revenue.id,
            amount: Money::new(minor, currency),
            kind: TransferKind::Purchase,
            business_key: format!("order:{}:{seller}", order.id),
            order: Some(order.id.raw()),
            customer: None,
            memo: "order.seller_part".into(),
        };
        ledger::post_transfer(tx, cx, lane, transfer).await.map_err(Error::bug)?;
    }
    Ok(())
}
