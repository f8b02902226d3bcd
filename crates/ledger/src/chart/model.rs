//! The sorts of accounts, and what is shown of them.

use kernel::{Currency, Locale, Money, Timestamp};

use crate::account::{Account, AccountKind, Guard};
use crate::column::coded;
use crate::hold::HoldId;
use crate::transfer::{TransferId, TransferKind};

coded! {
    /// The chart. The code is what the account's own code begins with, or ends with for a customer's and a seller's.
    pub enum AccountSort {
        Wallet = "wallet",
        Escrow = "escrow",
        Gateway = "gateway",
        Bank = "bank",
        Disputed = "disputed",
        Revenue = "revenue",
        Payable = "payable",
        Commission = "commission",
        Suspense = "suspense",
        Fees = "fees",
        Adjustment = "adjustment",
    }
}

impl AccountSort {
    /// What it is called.
    pub const fn label(self, locale: Locale) -> &'static str {
        let (zh, en) = match self {
            Self::Wallet => ("客户余额", "Customers' balances"),
            Self::Escrow => ("订单待结款", "Escrow of orders"),
            Self::Gateway => ("支付渠道应收", "Owed by gateways"),
            Self::Bank => ("银行存款", "Our bank accounts"),
            Self::Disputed => ("争议冻结款", "Kept in disputes"),
            Self::Revenue => ("服务方收入", "Sellers' revenue"),
            Self::Payable => ("应付服务方", "Owed to sellers"),
            Self::Commission => ("平台服务费", "Commission"),
            Self::Suspense => ("待处理款项", "Suspense"),
            Self::Fees => ("渠道手续费", "Fees"),
            Self::Adjustment => ("手工调账", "Corrections by hand"),
        };
        locale.pick(zh, en)
    }

    /// Who moves it, and when.
    pub const fn moved_by(self, locale: Locale) -> &'static str {
        let (zh, en) = match self {
            Self::Wallet => {
                ("充值、余额付款、退款、转账", "Top-ups, payments from the balance, refunds, transfers")
            }
            Self::Escrow => {
                ("渠道付款入账，完成后转给服务方", "Payments through a gateway, until the work is done")
            }
            Self::Gateway => {
                ("付款与退款，渠道结算后转入银行", "Payments and refunds, until the gateway pays out")
            }
            Self::Bank => ("渠道结算到账、向服务方付款", "What gateways pay out, what sellers are paid"),
            Self::Disputed => ("付款人发起争议，到有结果为止", "A dispute, until it is decided"),
            Self::Revenue => ("订单完成、退款、周期结算", "Orders that are done, refunds, settlements"),
            Self::Payable => ("周期结算转入，付款转出", "Settlements in, payouts out"),
            Self::Commission => ("周期结算", "Settlements"),
            Self::Suspense => {
                ("多付、无主款项，等待处理", "What was paid too much or by nobody, until decided")
            }
            Self::Fees => ("渠道对账", "Reconciliation with gateways"),
            Self::Adjustment => ("双人复核的调账", "Corrections that two people agreed to"),
        };
        locale.pick(zh, en)
    }
}

/// The accounts of one sort in one currency together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortTotal {
    pub sort: AccountSort,
    pub kind: AccountKind,
    pub guard: Guard,
    pub currency: Currency,
    pub accounts: i64,
    /// Seen from its own side.
    pub posted: Money,
    pub held: Money,
    /// Debits less credits: over all sorts of a currency they come to zero (L1).
    pub net_debit: Money,
}

/// What an account held at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    pub account: Account,
    pub at: Timestamp,
    /// The sum of the transfers up to and with that moment, seen from the account's own side.
    pub posted: Money,
}

/// One transfer seen from an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    pub transfer: TransferId,
    pub kind: TransferKind,
    /// More than zero for what made the account grow.
    pub amount: Money,
    pub order: Option<i64>,
    pub memo: String,
    pub at: Timestamp,
    /// The code of the account on the other side.
    pub other: String,
}

/// Money that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHold {
    pub id: HoldId,
    pub kind: TransferKind,
    pub amount: Money,
    pub order: Option<i64>,
    /// Where it is and where it would go, by code.
    pub debit: String,
    pub credit: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// Sums of one sort as the rows bring them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sum {
    pub code: String,
    pub kind: AccountKind,
    pub guard: Guard,
    pub currency: Currency,
    pub accounts: i64,
    pub debits_posted: i64,
    pub credits_posted: i64,
    pub debits_pending: i64,
    pub credits_pending: i64,
}
