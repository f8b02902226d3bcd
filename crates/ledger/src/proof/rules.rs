//! Comparing: an entry of the chain with its row, totals with sums.

use std::collections::HashMap;

use crate::chain::model::{ChainEntry, Fact, Head};
use crate::chain::rules::{Canonical, link};
use crate::hold::{Hold, HoldId, HoldState};
use crate::proof::model::{CurrencyTotal, Difference, Fault, Miscount};
use crate::settlement::Settlement;
use crate::settlement::rules::{Outcome, settle};
use crate::statement::model::Kept;
use crate::transfer::{Transfer, TransferId};

/// The rows that a stretch of the chain stands for.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub transfers: HashMap<i64, Transfer>,
    pub holds: HashMap<i64, Hold>,
}

/// Follows one lane entry by entry.
#[derive(Debug)]
pub(crate) struct Walk {
    head: Head,
    seq: i64,
    hash: Vec<u8>,
}

impl Walk {
    pub fn new(head: Head) -> Self {
        Self { head, seq: 0, hash: crate::chain::model::GENESIS.to_vec() }
    }

    /// The last entry id seen, or the start of the lane.
    pub fn place(&self) -> i64 {
        self.head.lane.entry(self.seq)
    }

    /// The id of the entry at the lane's head.
    pub fn last(&self) -> i64 {
        self.head.lane.entry(self.head.seq)
    }

    /// Checks the next entry against its row and the hash before it.
    pub fn step(&mut self, entry: &ChainEntry, rows: &Rows) -> Result<(), Fault> {
        let expected = self.head.lane.entry(self.seq.saturating_add(1));
        if entry.id != expected {
            return Err(chain_fault(expected, "the entry is missing"));
        }
        let content = match entry.fact {
            Fact::Transfer => transfer_content(entry, rows)?,
            Fact::Hold => hold_content(entry, rows)?,
            Fact::Release => release_content(entry, rows)?,
        };
        self.hash = link(&self.hash, &content).to_vec();
        if self.hash != entry.hash {
            return Err(row_fault(entry, "the row is not the one that was written to the chain"));
        }
        self.seq = self.seq.saturating_add(1);
        Ok(())
    }

    /// At the end the lane's head must be where the entries end.
    pub fn finish(self) -> Result<(), Fault> {
        if self.seq != self.head.seq {
            let missing = self.head.lane.entry(self.seq.saturating_add(1));
            return Err(chain_fault(missing, "the entry is missing"));
        }
        if self.hash != self.head.hash {
            let lane = i64::from(self.head.lane.0);
            return Err(Fault {
                table: "ledger_lane",
                id: lane,
                name: format!("lane {lane}"),
                what: "the head is not the hash of the last entry".to_owned(),
            });
        }
        Ok(())
    }
}

fn transfer_content(entry: &ChainEntry, rows: &Rows) -> Result<Canonical, Fault> {
    let Some(transfer) = rows.transfers.get(&entry.object) else {
        return Err(row_fault(entry, "the row is missing"));
    };
    if transfer.entry != entry.id {
        return Err(row_fault(entry, "the row names another entry of the chain"));
    }
    if let Some(hold) = transfer.hold {
        let expected = HoldState::Posted { amount_minor: transfer.amount.minor, at: transfer.created_at };
        let agrees = rows
            .holds
            .get(&hold.0)
            .is_some_and(|hold| hold.state == expected && hold.closed_entry == Some(entry.id));
        if !agrees {
            return Err(hold_fault(hold, &format!("it does not agree with {}, which posts it", transfer.id)));
        }
    }
    Ok(crate::transfer::rules::content(transfer))
}

fn hold_content(entry: &ChainEntry, rows: &Rows) -> Result<Canonical, Fault> {
    let Some(hold) = rows.holds.get(&entry.object) else {
        return Err(row_fault(entry, "the row is missing"));
    };
    if hold.entry != entry.id {
        return Err(row_fault(entry, "the row names another entry of the chain"));
    }
    Ok(crate::hold::rules::content(hold))
}

fn release_content(entry: &ChainEntry, rows: &Rows) -> Result<Canonical, Fault> {
    let Some(hold) = rows.holds.get(&entry.object) else {
        return Err(row_fault(entry, "the row is missing"));
    };
    if hold.closed_entry != Some(entry.id) {
        return Err(row_fault(entry, "the row does not name the entry that closed it"));
    }
    Ok(crate::hold::rules::release_content(hold))
}

/// A fault of the row an entry stands for.
fn row_fault(entry: &ChainEntry, what: &str) -> Fault {
    match entry.fact {
        Fact::Transfer => Fault {
            table: "transfer",
            id: entry.object,
            name: TransferId(entry.object).to_string(),
            what: what.to_owned(),
        },
        Fact::Hold | Fact::Release => hold_fault(HoldId(entry.object), what),
    }
}

pub(crate) fn hold_fault(id: HoldId, what: &str) -> Fault {
    Fault { table: "hold", id: id.0, name: id.to_string(), what: what.to_owned() }
}

pub(crate) fn transfer_fault(id: TransferId, what: &str) -> Fault {
    Fault { table: "transfer", id: id.0, name: id.to_string(), what: what.to_owned() }
}

pub(crate) fn chain_fault(id: i64, what: &str) -> Fault {
    Fault { table: "ledger_entry", id, name: "entry".to_owned(), what: what.to_owned() }
}

/// An account whose totals are wrong; `sort` is what was compared.
pub(crate) fn account_fault(difference: &Difference, sort: &str) -> Fault {
    let Difference { account, code, debits, credits, debits_sum, credits_sum } = difference;
    Fault {
        table: "ledger_account",
        id: *account,
        name: code.clone(),
        what: format!(
            "{sort} debits {debits} and credits {credits}, but the rows sum to {debits_sum} and {credits_sum}"
        ),
    }
}

/// A limit that is miscounted.
pub(crate) fn allowance_fault(found: &Miscount) -> Fault {
    let Miscount { customer, kind, currency, span, period, minor } = found;
    Fault {
        table: "ledger_allowance",
        id: *customer,
        name: format!("{} {kind} {currency} {span} {period}", kernel::AccountId(*customer)),
        what: format!("what is counted and what was taken differ by {minor}"),
    }
}

/// A request or a payout that does not agree with its hold or its transfer.
pub(crate) fn loose_fault(table: &'static str, id: i64, name: String) -> Fault {
    Fault { table, id, name, what: "it does not agree with its hold and its transfer".to_owned() }
}

/// A kept statement that the books do not bring again.
pub(crate) fn statement_fault(kept: &Kept) -> Fault {
    Fault {
        table: "ledger_statement",
        id: kept.id,
        name: format!("{} {} {}", kept.customer, kept.currency.code(), kept.from.to_rfc3339()),
        what: "the books bring another statement for this period than was shown".to_owned(),
    }
}

/// Whether a settlement follows the one before and is what its transfers come to.
pub(crate) fn check_settlement(
    one: &Settlement,
    before: Option<&Settlement>,
    turnover: i64,
    booked: (i64, i64),
) -> Result<(), Fault> {
    let fault = |what: &str| Fault {
        table: "settlement",
        id: one.id.0,
        name: one.id.to_string(),
        what: what.to_owned(),
    };
    if before.is_some_and(|before| before.to != one.from || before.carried_out != one.carried_in) {
        return Err(fault("it does not follow the period before"));
    }
    if turnover != one.turnover.minor {
        return Err(fault(&format!(
            "its turnover is {}, but the transfers sum to {turnover}",
            one.turnover.minor
        )));
    }
    let (commission, payable) = (one.commission.minor, one.payable.minor);
    let expected = Outcome { commission, payable, carried_out: one.carried_out.minor };
    if settle(one.carried_in.minor, turnover, one.commission_bp) != Some(expected) {
        return Err(fault("its commission is not the one that was agreed"));
    }
    if booked != (commission, payable) {
        return Err(fault("its transfers do not book what it says"));
    }
    Ok(())
}

/// The first currency whose debits are not its credits.
pub(crate) fn unbalanced(totals: &[CurrencyTotal]) -> Option<Fault> {
    let total = totals
        .iter()
        .find(|t| t.debits_posted != t.credits_posted || t.debits_pending != t.credits_pending)?;
    Some(Fault {
        table: "ledger_account",
        id: 0,
        name: total.currency.clone(),
        what: format!(
            "all accounts together: posted debits {} and credits {}, pending debits {} and credits {}",
            total.debits_posted, total.credits_posted, total.debits_pending, total.credits_pending
        ),
    })
}
