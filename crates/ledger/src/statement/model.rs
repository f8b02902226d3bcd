//! A line, a month, a statement.

use kernel::{AccountId, Currency, Locale, Money, Timestamp};
use serde::Serialize;

use crate::account::LedgerAccountId;
use crate::transfer::{TransferId, TransferKind};

/// One movement of a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub transfer: TransferId,
    pub kind: TransferKind,
    /// More than zero for what came in, less for what went out.
    pub amount: Money,
    /// The balance after it.
    pub balance: Money,
    /// The order it belongs to, as the raw id.
    #[serde(skip)]
    pub order: Option<i64>,
    pub memo: String,
    pub at: Timestamp,
}

/// What came in and went out in a month of Beijing time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MonthFlow {
    pub year: i16,
    /// 1–12.
    pub month: i8,
    pub income: Money,
    /// Zero or more.
    pub outgo: Money,
    /// The balance at the end of the month, or now.
    pub closing: Money,
}

/// All movements of a balance in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    pub customer: AccountId,
    pub from: Timestamp,
    /// The first moment that is not in it.
    pub to: Timestamp,
    pub opening: Money,
    /// Oldest first.
    pub entries: Vec<Entry>,
    pub income: Money,
    /// Zero or more.
    pub outgo: Money,
    /// `opening + income − outgo`.
    pub closing: Money,
    /// The period is over: nothing can be added to it.
    pub is_final: bool,
}

/// One movement before its balance is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Movement {
    pub transfer: TransferId,
    pub kind: TransferKind,
    /// More than zero for what came in.
    pub minor: i64,
    pub order: Option<i64>,
    pub memo: String,
    pub at: Timestamp,
    /// The account on the other side.
    pub other: LedgerAccountId,
}

/// The sums of one day; `day` counts from 1970 in Beijing time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayFlow {
    pub day: i64,
    pub income: i64,
    pub outgo: i64,
}

/// Who stands on the other side of a movement, as far as the customer may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counterparty {
    /// Set aside by the customer for orders.
    Own,
    /// Another customer: who, only the order or the transfer says.
    Customer,
    Gateway(String),
    Bank(String),
    /// Whoever does the work.
    Seller(String),
    /// The operator's own books.
    House,
}

impl Counterparty {
    /// For programs: `seller:telecom`.
    pub fn code(&self) -> String {
        match self {
            Self::Own => "own".to_owned(),
            Self::Customer => "customer".to_owned(),
            Self::Gateway(name) => format!("gateway:{name}"),
            Self::Bank(name) => format!("bank:{name}"),
            Self::Seller(name) => format!("seller:{name}"),
            Self::House => "house".to_owned(),
        }
    }

    pub fn words(&self, locale: Locale) -> String {
        let (zh, en) = match self {
            Self::Own => ("订单待结款", "Set aside for orders"),
            Self::Customer => ("其他客户", "Another customer"),
            Self::Gateway(name) if name == "card" => ("银行卡", "Bank card"),
            Self::Gateway(_) => ("支付渠道", "Payment gateway"),
            Self::Bank(_) => ("银行账户", "Bank account"),
            Self::Seller(_) => ("服务方", "Service provider"),
            Self::House => ("本站", "This counter"),
        };
        let word = locale.pick(zh, en);
        match self {
            Self::Gateway(name) if name != "card" => format!("{word} {name}"),
            Self::Bank(name) | Self::Seller(name) => format!("{word} {name}"),
            _ => word.to_owned(),
        }
    }
}

/// One line of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetLine {
    /// Counts from 1 within the sheet.
    pub number: usize,
    pub entry: Entry,
    pub with: Counterparty,
}

/// A statement as it is printed, exported and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    pub customer: AccountId,
    pub from: Timestamp,
    /// The first moment that is not in it.
    pub to: Timestamp,
    pub opening: Money,
    /// Oldest first.
    pub lines: Vec<SheetLine>,
    pub income: Money,
    /// Zero or more.
    pub outgo: Money,
    /// `opening + income − outgo`.
    pub closing: Money,
    /// The period is over: nothing can be added to it, and the digest is the same whenever it is asked for.
    pub is_final: bool,
    /// SHA-256 of everything above but `is_final`, in hexadecimal digits.
    pub digest: String,
}

/// What a sheet said when it was first shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub id: i64,
    pub customer: AccountId,
    pub currency: Currency,
    pub from: Timestamp,
    pub to: Timestamp,
    pub opening: i64,
    pub closing: i64,
    pub lines: i64,
    pub digest: String,
}
