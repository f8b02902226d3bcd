//! Going through the books. Each check stops at its first fault; the others still run.

use db::Tx;
use durable::Cx;

use super::model::{Counts, Report};
use super::rules::{self, Rows, Walk};
use super::store;
use crate::adjustment::AdjustmentId;
use crate::chain::model::{ChainEntry, Fact, Head};
use crate::hold::HoldId;
use crate::payout::PayoutId;
use crate::settlement::Settlement;
use crate::transfer::{TransferId, TransferKind};
use crate::{Error, chain, hold, settlement, statement, transfer};

/// Entries and accounts looked at in one go.
const BATCH: i64 = 500;

/// Checks the whole ledger while it is in use. Reads in batches; memory does not grow with the ledger.
pub async fn verify(cx: &Cx) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut tx = cx.db.read().await?;
    report.heads = chain::store::list_lanes(&mut tx).await?;
    for head in report.heads.clone() {
        walk_lane(&mut tx, head, &mut report).await?;
    }
    check_counts(&mut tx, &mut report).await?;
    check_posted(&mut tx, &mut report).await?;
    if let Some(difference) = store::find_pending_difference(&mut tx).await? {
        report.faults.push(rules::account_fault(&difference, "pending"));
    }
    check_around(&mut tx, &mut report).await?;
    check_statements(&mut tx, &mut report).await?;
    check_settlements(&mut tx, &mut report).await?;
    report.totals = store::list_totals(&mut tx).await?;
    report.faults.extend(rules::unbalanced(&report.totals));
    Ok(report)
}

/// Hashes a lane anew up to the head it had when the proof began; what is appended meanwhile is for the next proof.
async fn walk_lane(tx: &mut Tx, head: Head, report: &mut Report) -> Result<(), Error> {
    let mut walk = Walk::new(head);
    loop {
        let entries = chain::store::list_entries(tx, walk.place(), walk.last(), BATCH).await?;
        if entries.is_empty() {
            break;
        }
        // Read after the entries, so that a row is never older than the entry that tells of it.
        let rows = load_rows(tx, &entries).await?;
        for entry in &entries {
            if let Err(fault) = walk.step(entry, &rows) {
                report.faults.push(fault);
                return Ok(());
            }
            report.entries = report.entries.saturating_add(1);
        }
    }
    report.faults.extend(walk.finish().err());
    Ok(())
}

async fn load_rows(tx: &mut Tx, entries: &[ChainEntry]) -> Result<Rows, Error> {
    let of = |wanted: fn(Fact) -> bool| entries.iter().filter(move |e| wanted(e.fact)).map(|e| e.object);
    let transfers = transfer::store::list_by_id(tx, of(|fact| fact == Fact::Transfer).collect()).await?;
    let posted = transfers.iter().filter_map(|t| t.hold).map(|hold| hold.0);
    let holds = of(|fact| fact != Fact::Transfer).chain(posted).collect();
    let holds = hold::store::list_by_id(tx, holds).await?;
    Ok(Rows {
        transfers: transfers.into_iter().map(|t| (t.id.0, t)).collect(),
        holds: holds.into_iter().map(|h| (h.id.0, h)).collect(),
    })
}

/// The chain leads to its rows; the counts show that no row stands beside it.
async fn check_counts(tx: &mut Tx, report: &mut Report) -> Result<(), Error> {
    let counts = store::count_all(tx).await?;
    let Counts { transfers, holds, .. } = counts;
    report.transfers = u64::try_from(transfers).unwrap_or_default();
    report.holds = u64::try_from(holds).unwrap_or_default();
    if transfers != counts.transfer_entries {
        let id = store::find_id(tx, &store::FIND_UNCHAINED_TRANSFER).await?;
        report.faults.extend(id.map(|id| rules::transfer_fault(TransferId(id), "it is not in the chain")));
    }
    if holds != counts.hold_entries {
        let id = store::find_id(tx, &store::FIND_UNCHAINED_HOLD).await?;
        report.faults.extend(id.map(|id| rules::hold_fault(HoldId(id), "it is not in the chain")));
    }
    if counts.released != counts.release_entries || counts.posted != counts.posting_transfers {
        let id = store::find_id(tx, &store::FIND_UNCHAINED_CLOSE).await?;
        report.faults.extend(id.map(|id| rules::hold_fault(HoldId(id), "its end is not in the chain")));
    }
    if counts.entries != counts.lane_lengths {
        let id = store::find_id(tx, &store::FIND_STRAY_ENTRY).await?;
        report.faults.extend(id.map(|id| rules::chain_fault(id, "it lies beyond the head of its lane")));
    }
    // Whatever the finders do not find, the counts do not lie.
    if !counts.agree() && report.faults.is_empty() {
        report
            .faults
            .push(rules::chain_fault(0, &format!("the rows and the chain differ in number: {counts:?}")));
    }
    Ok(())
}

async fn check_posted(tx: &mut Tx, report: &mut Report) -> Result<(), Error> {
    let mut after = i64::MIN;
    loop {
        let ids = store::list_account_ids(tx, after, BATCH).await?;
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
        report.accounts = report.accounts.saturating_add(u64::try_from(ids.len()).unwrap_or_default());
        if let Some(difference) = store::find_posted_difference(tx, *first, *last).await? {
            report.faults.push(rules::account_fault(&difference, "posted"));
            return Ok(());
        }
        after = *last;
    }
}

/// What stands around the books: limits, requests, payouts.
async fn check_around(tx: &mut Tx, report: &mut Report) -> Result<(), Error> {
    let miscount = store::find_allowance_difference(tx).await?;
    report.faults.extend(miscount.map(|found| rules::allowance_fault(&found)));
    let loose = store::find_id(tx, &store::FIND_LOOSE_ADJUSTMENT).await?;
    let name = |id: i64| AdjustmentId(id).to_string();
    report.faults.extend(loose.map(|id| rules::loose_fault("adjustment", id, name(id))));
    let loose = store::find_id(tx, &store::FIND_LOOSE_PAYOUT).await?;
    let name = |id: i64| PayoutId(id).to_string();
    report.faults.extend(loose.map(|id| rules::loose_fault("payout", id, name(id))));
    Ok(())
}

/// Every statement that was kept is made anew.
async fn check_statements(tx: &mut Tx, report: &mut Report) -> Result<(), Error> {
    let mut after = i64::MIN;
    loop {
        let kept = statement::store::list_kept(tx, after, BATCH).await?;
        let Some(last) = kept.last() else { return Ok(()) };
        after = last.id;
        for one in &kept {
            let period = (one.from, one.to);
            let now = statement::ops::read_sheet(tx, one.customer, one.currency, period).await?;
            let lines = i64::try_from(now.lines.len()).unwrap_or(i64::MAX);
            let same = now.digest == one.digest
                && (now.opening.minor, now.closing.minor, lines) == (one.opening, one.closing, one.lines);
            if !same {
                report.faults.push(rules::statement_fault(one));
                return Ok(());
            }
            report.statements = report.statements.saturating_add(1);
        }
    }
}

/// Every settlement is computed anew from its transfers.
async fn check_settlements(tx: &mut Tx, report: &mut Report) -> Result<(), Error> {
    let mut after = i64::MIN;
    loop {
        let settlements = settlement::store::list_after(tx, after, BATCH).await?;
        let Some(last) = settlements.last() else { return Ok(()) };
        after = last.id.0;
        for one in settlements {
            let of = (one.seller.as_str(), one.turnover.currency);
            let before = settlement::store::previous(tx, of, one.from).await?;
            let revenue = settlement::ops::revenue_of(tx, of).await?;
            let turnover = match &revenue {
                Some(revenue) => settlement::store::turnover(tx, revenue.id, (one.from, one.to)).await?,
                None => 0,
            };
            let commission = booked(tx, &one, TransferKind::Commission).await?;
            let payable = booked(tx, &one, TransferKind::Settlement).await?;
            let checked = rules::check_settlement(&one, before.as_ref(), turnover, (commission, payable));
            if let Err(fault) = checked {
                report.faults.push(fault);
                return Ok(());
            }
            report.settlements = report.settlements.saturating_add(1);
        }
    }
}

/// What a settlement booked, in minor units.
async fn booked(tx: &mut Tx, one: &Settlement, kind: TransferKind) -> Result<i64, Error> {
    let key = settlement::rules::booking_key(one.id, kind);
    let transfer = transfer::store::find_by_key(tx, &key).await?;
    Ok(transfer.map_or(0, |transfer| transfer.amount.minor))
}
