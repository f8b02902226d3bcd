//! Looking bookings up: with what the ledger has for them, and in the bills of other days.

use std::collections::{HashMap, HashSet};

use connectors::gateway::BillKind;
use db::Tx;
use ledger::{AccountName, LedgerAccountId, Transfer};
use ordering::payment::record::Booked;

use super::model::{Ours, Theirs, our_key};
use super::{rules, store};
use crate::bill::model::BillId;
use crate::difference::model::Difference;
use crate::{Day, Error, Reconciliation, bill, books};

/// Numbers looked up at a time.
pub(crate) const LOOK_UP: usize = 1_000;
/// Bills of so many days after are looked through for a booking that somebody waits for.
const LATER: i64 = 5;

/// The bill of a day that counts, if it is here.
pub(crate) async fn bill_of(tx: &mut Tx, gateway: &str, day: Day) -> Result<Option<BillId>, Error> {
    Ok(bill::store::find_day(tx, gateway, day).await?.and_then(|day| day.bill))
}

/// The bookings of these ids with what the ledger has for them.
pub(crate) async fn ours_of(
    tx: &mut Tx,
    svc: &Reconciliation,
    gateway: &str,
    ids: &[String],
) -> Result<Vec<Ours>, Error> {
    let ids: Vec<String> = ids.iter().filter(|id| our_key(id) != 0).cloned().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let booked = books::by_id(tx, svc.cx(), gateway, &ids).await?;
    with_ledger(tx, gateway, booked).await
}

/// Puts beside each booking what the ledger has for it on the gateway's account.
pub(crate) async fn with_ledger(tx: &mut Tx, gateway: &str, booked: Vec<Booked>) -> Result<Vec<Ours>, Error> {
    let mut out = Vec::with_capacity(booked.len());
    let mut booked = booked.into_iter().peekable();
    while booked.peek().is_some() {
        let some: Vec<Booked> = booked.by_ref().take(LOOK_UP).collect();
        let accounts = gateway_accounts(tx, gateway, &some).await?;
        let keys = some.iter().map(|booked| booked.business_key.clone()).collect();
        let entries: HashMap<String, Transfer> =
            ledger::transfers_by_key(tx, keys).await?.into_iter().collect();
        out.extend(some.into_iter().map(|booked| {
            let entry = entries.get(&booked.business_key);
            let ledger =
                entry.filter(|entry| stands_for(entry, &booked, &accounts)).map(|entry| entry.amount.minor);
            Ours {
                kind: booked.kind,
                key: our_key(&booked.our_id),
                our_id: booked.our_id,
                gateway_id: booked.gateway_id,
                amount: booked.amount,
                ledger,
                order: booked.order.map(ordering::OrderId::raw),
                customer: booked.customer,
                at: booked.at,
                state: booked.state.to_owned(),
            }
        }));
    }
    Ok(out)
}

async fn gateway_accounts(
    tx: &mut Tx,
    gateway: &str,
    booked: &[Booked],
) -> Result<HashSet<LedgerAccountId>, Error> {
    let mut codes: Vec<String> =
        booked.iter().map(|b| AccountName::Gateway(gateway).code(b.amount.currency)).collect();
    codes.sort_unstable();
    codes.dedup();
    Ok(ledger::load_accounts_by_code(tx, &codes).await?.into_iter().map(|account| account.id).collect())
}

/// The entry is in the booking's currency and on the gateway's account, on the side that its kind has.
fn stands_for(entry: &Transfer, booked: &Booked, accounts: &HashSet<LedgerAccountId>) -> bool {
    let side = if bill::rules::sign(booked.kind) > 0 { entry.debit } else { entry.credit };
    entry.amount.currency == booked.amount.currency && accounts.contains(&side)
}

/// Under what a line without a booking of ours is booked, once: a charge of the gateway's own, or what it sent to our bank.
pub(crate) fn alone_key(gateway: &str, line: &Theirs) -> String {
    let what = if line.kind == BillKind::Payout { "payout" } else { "fee" };
    format!("{what}:{gateway}:{}", line.gateway_id)
}

/// Whether such a line is booked, with its amount.
pub(crate) async fn booked_alone(tx: &mut Tx, gateway: &str, line: &Theirs) -> Result<bool, Error> {
    Ok(booked_among(tx, gateway, std::slice::from_ref(line)).await?.contains(&line.number))
}

/// The numbers of the lines among these that are charges or settlements which are booked. Of two lines with one number of the gateway's
/// the second is not.
pub(crate) async fn booked_among(
    tx: &mut Tx,
    gateway: &str,
    lines: &[Theirs],
) -> Result<HashSet<i64>, Error> {
    let own = |line: &&Theirs| {
        matches!(line.kind, BillKind::Payout | BillKind::Fee)
            && !line.gateway_id.is_empty()
            && !rules::is_impossible(line)
    };
    let mut keys: HashMap<String, &Theirs> = HashMap::new();
    for line in lines.iter().filter(own) {
        keys.entry(alone_key(gateway, line)).or_insert(line);
    }
    let entries = ledger::transfers_by_key(tx, keys.keys().cloned().collect()).await?;
    Ok(entries
        .into_iter()
        .filter_map(|(key, entry)| keys.get(&key).filter(|l| l.amount == entry.amount).map(|l| l.number))
        .collect())
}

/// Whether a bill of the days around has a booking that its own has not.
pub(crate) async fn other_bill(tx: &mut Tx, d: &Difference, ours: &Ours) -> Result<bool, Error> {
    for day in (d.day.before().0..=d.day.0.saturating_add(LATER)).map(Day) {
        if let Some(bill) = bill_of(tx, &d.gateway, day).await? {
            let lines = store::theirs_by_key(tx, bill, vec![ours.key]).await?;
            if lines.iter().any(|line| line.kind == ours.kind) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
