//! What a set of transfers and holds does to the totals: summed per account, so that a busy account is written once a batch.

use kernel::{Currency, Money};

use super::model::{Delta, Deltas, LedgerAccountId};

impl Delta {
    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            debits_posted: self.debits_posted.checked_add(other.debits_posted)?,
            credits_posted: self.credits_posted.checked_add(other.credits_posted)?,
            debits_pending: self.debits_pending.checked_add(other.debits_pending)?,
            credits_pending: self.credits_pending.checked_add(other.credits_pending)?,
        })
    }

    fn negated(self) -> Self {
        Self {
            debits_posted: self.debits_posted.saturating_neg(),
            credits_posted: self.credits_posted.saturating_neg(),
            debits_pending: self.debits_pending.saturating_neg(),
            credits_pending: self.credits_pending.saturating_neg(),
        }
    }
}

impl Deltas {
    /// Money moves. `None` when a sum does not fit 64 bits; the same for the others.
    pub fn post(&mut self, debit: LedgerAccountId, credit: LedgerAccountId, amount: Money) -> Option<()> {
        self.add(debit, amount.currency, Delta { debits_posted: amount.minor, ..Delta::default() })?;
        self.add(credit, amount.currency, Delta { credits_posted: amount.minor, ..Delta::default() })
    }

    /// Money is set aside.
    pub fn hold(&mut self, debit: LedgerAccountId, credit: LedgerAccountId, amount: Money) -> Option<()> {
        self.add(debit, amount.currency, Delta { debits_pending: amount.minor, ..Delta::default() })?;
        self.add(credit, amount.currency, Delta { credits_pending: amount.minor, ..Delta::default() })
    }

    /// Money is no longer set aside.
    pub fn release(&mut self, debit: LedgerAccountId, credit: LedgerAccountId, amount: Money) -> Option<()> {
        self.hold(debit, credit, Money { minor: amount.minor.checked_neg()?, ..amount })
    }

    /// What takes back these changes.
    pub fn undone(&self) -> Self {
        Self(self.0.iter().map(|(key, delta)| (*key, delta.negated())).collect())
    }

    /// The part of the changes that concerns these accounts.
    pub fn only(&self, moved: &[(LedgerAccountId, Currency)]) -> Self {
        Self(
            self.0.iter().filter(|(key, _)| moved.contains(key)).map(|(key, delta)| (*key, *delta)).collect(),
        )
    }

    fn add(&mut self, account: LedgerAccountId, currency: Currency, delta: Delta) -> Option<()> {
        let slot = self.0.entry((account, currency)).or_default();
        *slot = slot.plus(delta)?;
        Some(())
    }
}
