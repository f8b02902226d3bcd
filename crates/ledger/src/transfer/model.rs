//! What a transfer is and which kinds there are.

use std::borrow::Cow;

use kernel::{AccountId, Locale, Money, Timestamp};

use crate::account::LedgerAccountId;
use crate::column::{coded, id_column};
use crate::hold::HoldId;

kernel::typed_id!(
    /// A transfer.
    TransferId, "trf"
);
id_column!(TransferId);

/// The most one transfer or hold may move: ten trillion yuan. Far above any business, far below where 64 bits end.
pub const MAX_AMOUNT_MINOR: i64 = 1_000_000_000_000_000;

coded! {
    /// Why money moves. The usual debit and credit are named; the caller says which accounts they are.
    pub enum TransferKind {
        /// Gateway → wallet.
        TopUp = "top_up",
        /// Gateway → escrow: an order paid from outside.
        CardPayment = "card_payment",
        /// Wallet or escrow → seller's revenue.
        Purchase = "purchase",
        /// Seller's revenue → wallet or escrow.
        Refund = "refund",
        /// Wallet or escrow → gateway: money goes back to where it came from.
        GatewayRefund = "gateway_refund",
        /// Escrow → wallet: what was paid but not used stays as balance.
        EscrowRelease = "escrow_release",
        /// Gateway → suspense: paid twice or too much, until somebody decides.
        Overpayment = "overpayment",
        /// Fees → gateway: what the gateway keeps.
        Fee = "fee",
        /// Bank → gateway: the gateway sent what it owed us.
        GatewayPayout = "gateway_payout",
        /// Disputed → gateway: the gateway keeps it while a payer disputes.
        Dispute = "dispute",
        /// Gateway → disputed: decided for us.
        DisputeWon = "dispute_won",
        /// Fees → disputed: decided for the payer.
        DisputeLost = "dispute_lost",
        /// Wallet, escrow or suspense → fees: what a lost dispute took is not owed here any more.
        DisputeCovered = "dispute_covered",
        /// Seller's revenue → payable: settled at the end of a period.
        Settlement = "settlement",
        /// Seller's revenue → commission: what we keep of a settlement.
        Commission = "commission",
        /// Payable → bank: paid out to the seller.
        Payout = "payout",
        /// Wallet → wallet: one customer to another, where the operator allows it.
        PeerTransfer = "peer_transfer",
        /// A correction by hand.
        Adjustment = "adjustment",
        /// Takes back one transfer.
        Reversal = "reversal",
    }
}

impl TransferKind {
    /// What a customer reads in the list of entries.
    pub const fn label(self, locale: Locale) -> &'static str {
        let (zh, en) = match self {
            Self::TopUp => ("充值", "Top-up"),
            Self::CardPayment => ("银行卡付款", "Card payment"),
            Self::Purchase => ("消费", "Purchase"),
            Self::Refund => ("退款", "Refund"),
            Self::GatewayRefund => ("原路退回", "Refund to source"),
            Self::EscrowRelease => ("转入余额", "Moved to balance"),
            Self::Overpayment => ("多付款项", "Overpayment"),
            Self::Fee => ("手续费", "Fee"),
            Self::GatewayPayout => ("渠道结算到账", "Gateway settlement"),
            Self::Dispute => ("争议冻结", "Dispute"),
            Self::DisputeWon => ("争议解除", "Dispute won"),
            Self::DisputeLost => ("争议退款", "Dispute lost"),
            Self::DisputeCovered => ("争议扣回", "Taken back after a dispute"),
            Self::Settlement => ("商户结算", "Settlement"),
            Self::Commission => ("平台服务费", "Commission"),
            Self::Payout => ("商户付款", "Payout"),
            Self::PeerTransfer => ("转账", "Transfer"),
            Self::Adjustment => ("调账", "Adjustment"),
            Self::Reversal => ("冲正", "Reversal"),
        };
        locale.pick(zh, en)
    }
}

/// A transfer to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransfer {
    pub debit: LedgerAccountId,
    pub credit: LedgerAccountId,
    /// More than zero and at most [`MAX_AMOUNT_MINOR`].
    pub amount: Money,
    pub kind: TransferKind,
    /// What this money is for, once and for all: `payment:pay_…`. The same key with the same content is posted once.
    pub business_key: String,
    /// The order it belongs to, as the raw id.
    pub order: Option<i64>,
    pub customer: Option<AccountId>,
    /// A code that says more than the kind, for example `order.fulfilled`. No personal data.
    pub memo: Cow<'static, str>,
}

/// A transfer as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    pub id: TransferId,
    pub debit: LedgerAccountId,
    pub credit: LedgerAccountId,
    pub amount: Money,
    pub kind: TransferKind,
    pub business_key: String,
    pub order: Option<i64>,
    pub customer: Option<AccountId>,
    /// The transfer this one takes back.
    pub reverses: Option<TransferId>,
    /// The hold this one posts.
    pub hold: Option<HoldId>,
    pub memo: String,
    pub created_at: Timestamp,
    /// The entry of the hash chain.
    pub(crate) entry: i64,
}
