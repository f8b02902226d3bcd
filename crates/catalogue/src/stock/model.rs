//! Stock items, reservations, bookable times.

use kernel::{AccountId, RawId, Timestamp};

kernel::typed_id!(
    /// One thing or time that can run out.
    StockItemId, "stk"
);

kernel::errors! {
    /// Why stock is not changed or shown.
    pub enum Error in "stock" {
        /// No such item.
        NotFound => NotFound "not_found", "没有这个库存项，核对编码", "There is no such stock item. Check its code";
        /// Somebody without the permission.
        Forbidden => Forbidden "forbidden", "您的角色不能查看或修改库存，联系管理员", "Your role may not see or change stock. Ask an administrator";
        /// Less than what is promised to customers.
        BelowPromised { promised: i64 } => Conflict "below_promised", "已有 {promised} 件许给客户，库存不能低于这个数", "{promised} are promised to customers; stock cannot go below that";
        /// A correction without a reason.
        ReasonMissing => Invalid "reason_missing", "请填写调整原因，5 至 200 个字", "Enter the reason for the change, 5 to 200 characters";
        /// An absurd number.
        OutOfRange { max: i64 } => Invalid "out_of_range", "库存需在 0 至 {max} 之间", "Stock must be between 0 and {max}";
    }
}

/// The most of anything on hand.
pub const MAX_ON_HAND: i64 = 1_000_000_000;

/// One stock item as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockItem {
    pub id: StockItemId,
    /// `router-wifi6-white`, or `slot:<service>:<date>:<window>` for a bookable time.
    pub sku: String,
    pub on_hand: i64,
    /// Promised to paid orders that are not delivered yet.
    pub allocated: i64,
    /// Promised to open orders.
    pub reserved: i64,
    pub updated_at: Timestamp,
}

impl StockItem {
    pub const fn available(&self) -> i64 {
        self.on_hand.saturating_sub(self.allocated).saturating_sub(self.reserved)
    }
}

/// One line's wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserve {
    pub order_id: RawId,
    pub customer: AccountId,
    pub sku: String,
    /// Above zero.
    pub quantity: i64,
    /// From then on it may be given back.
    pub expires_at: Timestamp,
}

/// What happened to what was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReservationState {
    /// Held for an open order.
    Live,
    /// Kept for a paid order.
    Allocated,
    /// Left the house with the order.
    Taken,
    /// Given back.
    Released,
    /// Given back because nobody paid in time.
    Expired,
}

impl ReservationState {
    pub const ALL: [Self; 5] = [Self::Live, Self::Allocated, Self::Taken, Self::Released, Self::Expired];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Allocated => "allocated",
            Self::Taken => "taken",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

/// What one order was promised of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reservation {
    pub id: RawId,
    pub order_id: RawId,
    pub item: StockItemId,
    pub quantity: i64,
}

/// How the totals of one item change, together or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shift {
    pub on_hand: i64,
    pub allocated: i64,
    pub reserved: i64,
}

/// A stock item to be opened if it does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewItem {
    pub sku: String,
    pub on_hand: i64,
    pub slot: Option<NewSlot>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewSlot {
    pub service: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// A time that can be booked, or could be if it were not full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The answer to the form's slot field and the stock item's code.
    pub sku: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Zero when it is full.
    pub available: i64,
}

impl Slot {
    /// The day in Beijing.
    pub fn date(&self) -> jiff::civil::Date {
        super::rules::beijing_date(self.starts_at)
    }

    /// `09:00–11:00` in Beijing.
    pub fn label(&self) -> String {
        format!(
            "{}–{}",
            super::rules::beijing_clock(self.starts_at),
            super::rules::beijing_clock(self.ends_at)
        )
    }
}

/// Which items a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockFilter {
    Goods,
    Slots,
}

/// A correction by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjust {
    pub sku: String,
    pub change: Change,
    /// 5 to 200 characters, for the audit.
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Somebody counted.
    Count(i64),
    /// So many came in, or are gone when negative.
    By(i64),
}
