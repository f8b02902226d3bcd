//! What an account is, which accounts there are, and what a balance says.

use std::collections::BTreeMap;

use kernel::{AccountId, Currency, Money, Timestamp};
use serde::Serialize;

use crate::column::{coded, id_column};

kernel::typed_id!(
    /// An account of the ledger (not a person's sign-in, which is an `AccountId`).
    LedgerAccountId, "lac"
);
id_column!(LedgerAccountId);

/// What customers' wallets are kept in.
pub const HOUSE_CURRENCY: Currency = Currency::CNY;

coded! {
    /// What an account stands for; decides on which side it grows.
    pub enum AccountKind {
        /// What we have: money at a gateway. Grows with debits.
        Asset = "asset",
        /// What we owe: a customer's balance. Grows with credits.
        Liability = "liability",
        /// What was earned. Grows with credits.
        Income = "income",
        /// What was spent. Grows with debits.
        Expense = "expense",
    }
}

impl AccountKind {
    /// Whether the balance is debits less credits.
    pub const fn grows_with_debits(self) -> bool {
        matches!(self, Self::Asset | Self::Expense)
    }
}

coded! {
    /// Which limit the account keeps at all times.
    pub enum Guard {
        None = "none",
        /// May not go below zero, holds included: wallets.
        CreditsCoverDebits = "credits_cover_debits",
        /// The same for an account that grows with debits.
        DebitsCoverCredits = "debits_cover_credits",
    }
}

/// The chart of accounts: every account has its place here and its code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountName<'a> {
    /// The balance of a customer.
    Wallet(AccountId),
    /// Paid by a customer from outside for orders that are not yet served.
    Escrow(AccountId),
    /// What a payment gateway owes us: `card`.
    Gateway(&'a str),
    /// Our own account at a bank: `main`.
    Bank(&'a str),
    /// What a gateway keeps while a payer disputes: `card`.
    Disputed(&'a str),
    /// What a seller has earned.
    Revenue(&'a str),
    /// What a seller is owed after settlement and not yet sent.
    Payable(&'a str),
    /// What we keep of a seller's turnover.
    Commission(&'a str),
    /// Money nobody can place yet: `overpaid`.
    Suspense(&'a str),
    /// What gateways and banks charge.
    Fees(&'a str),
    /// The other side of corrections by hand: `goodwill`.
    Adjustment(&'a str),
}

impl AccountName<'_> {
    /// `customer:acc_…:wallet`. Other currencies than the house's are named: `gateway:card@USD`.
    pub fn code(self, currency: Currency) -> String {
        let mut code = match self {
            Self::Wallet(customer) => format!("customer:{customer}:wallet"),
            Self::Escrow(customer) => format!("customer:{customer}:escrow"),
            Self::Gateway(name) => format!("gateway:{name}"),
            Self::Bank(name) => format!("bank:{name}"),
            Self::Disputed(gateway) => format!("disputed:{gateway}"),
            Self::Revenue(seller) => format!("seller:{seller}:revenue"),
            Self::Payable(seller) => format!("seller:{seller}:payable"),
            Self::Commission(seller) => format!("commission:{seller}"),
            Self::Suspense(what) => format!("suspense:{what}"),
            Self::Fees(whose) => format!("fees:{whose}"),
            Self::Adjustment(why) => format!("adjustment:{why}"),
        };
        if currency != HOUSE_CURRENCY {
            code.push('@');
            code.push_str(currency.code());
        }
        code
    }

    pub const fn kind(self) -> AccountKind {
        match self {
            Self::Gateway(_) | Self::Bank(_) | Self::Disputed(_) => AccountKind::Asset,
            Self::Wallet(_) | Self::Escrow(_) | Self::Suspense(_) | Self::Payable(_) => {
                AccountKind::Liability
            }
            Self::Revenue(_) | Self::Commission(_) => AccountKind::Income,
            Self::Fees(_) | Self::Adjustment(_) => AccountKind::Expense,
        }
    }

    pub const fn guard(self) -> Guard {
        match self {
            Self::Wallet(_) | Self::Escrow(_) | Self::Suspense(_) | Self::Payable(_) => {
                Guard::CreditsCoverDebits
            }
            Self::Gateway(_)
            | Self::Bank(_)
            | Self::Disputed(_)
            | Self::Revenue(_)
            | Self::Commission(_)
            | Self::Fees(_)
            | Self::Adjustment(_) => Guard::None,
        }
    }

    pub const fn customer(self) -> Option<AccountId> {
        match self {
            Self::Wallet(customer) | Self::Escrow(customer) => Some(customer),
            _ => None,
        }
    }
}

/// An account with its running totals, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: LedgerAccountId,
    pub code: String,
    pub customer: Option<AccountId>,
    pub kind: AccountKind,
    pub currency: Currency,
    pub guard: Guard,
    pub debits_posted: i64,
    pub credits_posted: i64,
    pub debits_pending: i64,
    pub credits_pending: i64,
    pub created_at: Timestamp,
}

/// What an account holds, seen from its own side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Balance {
    pub posted: Money,
    /// Set aside for what is not finished.
    pub held: Money,
    /// `posted` less `held`: what can be spent.
    pub available: Money,
}

impl Balance {
    pub const fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { posted: zero, held: zero, available: zero }
    }
}

impl Account {
    pub fn balance(&self) -> Balance {
        // The totals are limited to 4·10¹⁸ by the table, so nothing here saturates.
        let (posted, held) = if self.kind.grows_with_debits() {
            (self.debits_posted.saturating_sub(self.credits_posted), self.credits_pending)
        } else {
            (self.credits_posted.saturating_sub(self.debits_posted), self.debits_pending)
        };
        let money = |minor| Money::new(minor, self.currency);
        Balance { posted: money(posted), held: money(held), available: money(posted.saturating_sub(held)) }
    }

    /// How much more may be debited; `None` when nothing limits it.
    pub fn debit_room(&self) -> Option<i64> {
        (self.guard == Guard::CreditsCoverDebits).then(|| {
            self.credits_posted.saturating_sub(self.debits_posted).saturating_sub(self.debits_pending)
        })
    }

    /// How much more may be credited; `None` when nothing limits it.
    pub fn credit_room(&self) -> Option<i64> {
        (self.guard == Guard::DebitsCoverCredits).then(|| {
            self.debits_posted.saturating_sub(self.credits_posted).saturating_sub(self.credits_pending)
        })
    }
}

/// What is added to one account's totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Delta {
    pub debits_posted: i64,
    pub credits_posted: i64,
    pub debits_pending: i64,
    pub credits_pending: i64,
}

/// The changes of a batch in the order of account ids, which is the order rows are locked in.
///
/// The currency is part of the key: the `UPDATE` changes an account only in its own currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Deltas(pub BTreeMap<(LedgerAccountId, Currency), Delta>);
