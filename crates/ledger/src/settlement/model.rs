//! Agreements, settlements and their lines.

use kernel::{AccountId, Currency, Money, Timestamp};
use serde::{Deserialize, Serialize};

use crate::column::{coded, id_column};
use crate::transfer::{TransferId, TransferKind};

kernel::typed_id!(
    /// A version of what was agreed with a seller.
    AgreementId, "agr"
);
id_column!(AgreementId);
kernel::typed_id!(
    /// One period of one seller.
    SettlementId, "stl"
);
id_column!(SettlementId);

coded! {
    /// How often is settled; weeks begin on Monday.
    pub enum Rhythm {
        Daily = "daily",
        Weekly = "weekly",
        Monthly = "monthly",
    }
}

/// Where a seller is paid.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bank {
    /// Whose account it is.
    pub holder: String,
    pub bank: String,
    pub account: String,
}

impl std::fmt::Debug for Bank {
    /// Never shows whose account it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bank").finish_non_exhaustive()
    }
}

impl Bank {
    /// The account with all but its last four characters covered.
    pub fn masked(&self) -> String {
        let hidden = self.account.chars().count().saturating_sub(4);
        self.account.chars().enumerate().map(|(at, c)| if at < hidden { '*' } else { c }).collect()
    }
}

/// What is to be agreed. Errors point to `/seller`, `/commission_bp`, `/bank`, `/holder` and `/account`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgreement {
    /// As service packs name whoever does the work: `telecom`.
    pub seller: String,
    pub currency: Currency,
    /// Hundredths of a percent, 0 to 10,000.
    pub commission_bp: i64,
    pub rhythm: Rhythm,
    pub bank: Bank,
    /// The version that was shown, 0 for a new seller; an agreement that has changed since is not overwritten.
    pub version: i64,
}

/// What was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub id: AgreementId,
    pub seller: String,
    pub currency: Currency,
    pub version: i64,
    pub commission_bp: i64,
    pub rhythm: Rhythm,
    /// The beginning of the first period.
    pub starts_at: Timestamp,
    pub bank: Bank,
    pub maker: AccountId,
    pub created_at: Timestamp,
}

/// A seller, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerView {
    pub agreement: Agreement,
    /// Earned and not yet settled; less than zero when more was refunded than earned.
    pub revenue: Money,
    /// Settled, and not on its way.
    pub payable: Money,
    /// On its way.
    pub sent: Money,
}

/// A period as it was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    pub id: SettlementId,
    pub seller: String,
    pub from: Timestamp,
    /// The first moment that is not in it.
    pub to: Timestamp,
    pub agreement: AgreementId,
    pub commission_bp: i64,
    /// From the period before: zero or less, and for the first what was there before it began.
    pub carried_in: Money,
    /// What was earned less what was refunded.
    pub turnover: Money,
    pub commission: Money,
    pub payable: Money,
    /// Zero, or less when nothing was left: `carried_in + turnover − commission − payable`.
    pub carried_out: Money,
    pub created_at: Timestamp,
}

/// One transfer of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementLine {
    pub transfer: TransferId,
    pub kind: TransferKind,
    /// More than zero for what was earned.
    pub amount: Money,
    /// Its share of the period's commission; less than zero for what was refunded.
    pub commission: Money,
    /// The order it belongs to, as the raw id.
    pub order: Option<i64>,
    pub at: Timestamp,
}
