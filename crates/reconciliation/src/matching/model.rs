//! The two sides, and what can be between them.

use connectors::gateway::BillKind;
use kernel::{AccountId, Locale, Money, Timestamp};
use ordering::payment::{AttemptId, RefundId};

use crate::names::named;

/// A line of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    pub number: i64,
    pub kind: BillKind,
    /// See [`our_key`].
    pub key: i64,
    pub our_id: String,
    pub gateway_id: String,
    pub amount: Money,
    pub fee: Money,
    pub at: Timestamp,
}

/// A booking of ours with what the ledger has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub kind: BillKind,
    pub key: i64,
    pub our_id: String,
    pub gateway_id: Option<String>,
    pub amount: Money,
    /// What the ledger booked on the gateway's account, in the same currency; `None` when there is no entry.
    pub ledger: Option<i64>,
    pub order: Option<i64>,
    pub customer: AccountId,
    pub at: Timestamp,
    pub state: String,
}

named! {
    /// Why a line or a booking is in the queue.
    pub enum Reason {
        AmountDiffers = "amount_differs",
        CurrencyDiffers = "currency_differs",
        OnlyTheirs = "only_theirs",
        OnlyOurs = "only_ours",
        OtherDay = "other_day",
        Duplicate = "duplicate",
        Broken = "broken",
        FeeUnexpected = "fee_unexpected",
        /// Attempt and bill agree, the ledger does not.
        LedgerDiffers = "ledger_differs",
        /// Sent to our bank, and not yet confirmed by the bank's statement.
        PayoutOpen = "payout_open",
        /// The bill's own total is not the sum of its lines: it was cut off, or something is missing.
        TotalDiffers = "total_differs",
    }
}

impl Reason {
    /// For staff.
    pub const fn words(self, locale: Locale) -> &'static str {
        let (zh, en) = match self {
            Self::AmountDiffers => ("金额不一致", "Amounts differ"),
            Self::CurrencyDiffers => ("币种不一致", "Currencies differ"),
            Self::OnlyTheirs => ("只有渠道有", "Only the gateway has it"),
            Self::OnlyOurs => ("只有本站有", "Only we have it"),
            Self::OtherDay => ("记在别的日期", "Booked on another day"),
            Self::Duplicate => ("账单行重复", "The line is there twice"),
            Self::Broken => ("账单行读不出来", "The line does not read"),
            Self::FeeUnexpected => ("手续费超出约定", "The fee is not as agreed"),
            Self::LedgerDiffers => ("总账没有或不一致", "The ledger lacks it or differs"),
            Self::PayoutOpen => ("结算款待银行确认", "Settlement not confirmed by the bank"),
            Self::TotalDiffers => ("账单合计与明细不符", "The total is not the sum of the lines"),
        };
        locale.pick(zh, en)
    }
}

/// What comparing two sides led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Matched,
    Differs(Reason),
}

/// How a kind is kept and ordered.
pub(crate) const fn kind_code(kind: BillKind) -> i64 {
    match kind {
        BillKind::Payment => 1,
        BillKind::Refund => 2,
        BillKind::DisputeLost => 3,
        BillKind::DisputeWon => 4,
        BillKind::Payout => 5,
        BillKind::Fee => 6,
    }
}

/// The kind of a stored number.
pub(crate) fn kind_of(code: i64) -> Option<BillKind> {
    use BillKind as K;
    [K::Payment, K::Refund, K::DisputeLost, K::DisputeWon, K::Payout, K::Fee]
        .into_iter()
        .find(|kind| kind_code(*kind) == code)
}

/// The number in an id of ours (`att_…`, `rfd_…`), by which both sides are ordered; 0 when the text is none.
pub(crate) fn our_key(our_id: &str) -> i64 {
    let attempt = our_id.parse().map(AttemptId::raw);
    attempt.or_else(|_| our_id.parse().map(RefundId::raw)).unwrap_or(0)
}
