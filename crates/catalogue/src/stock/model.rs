//! Stock items, reservations, bookable times.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use kernel::{AccountId, Duration, RawId, Timestamp};

kernel::typed_id!(
    /// One thing or time that can run out.
    StockItemId, "stk"
);

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
        beijing(self.starts_at).date()
    }

    /// `09:00–11:00` in Beijing.
    pub fn label(&self) -> String {
        let minute = |at: Timestamp| {
            let time = beijing(at).time();
            i64::from(time.hour()) * 60 + i64::from(time.minute())
        };
        Window { from_minute: minute(self.starts_at), to_minute: minute(self.ends_at) }.label()
    }
}

/// All of China keeps Beijing time, without summer time.
pub(crate) const BEIJING: Offset = Offset::constant(8);

fn beijing(at: Timestamp) -> DateTime {
    BEIJING.to_datetime(at.to_jiff())
}

/// The times that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotPlan {
    /// The form field of kind `slot` whose answer is the chosen stock item's code.
    pub field: String,
    /// How many days from today can be booked.
    pub days_ahead: i64,
    pub windows: Vec<Window>,
    /// Visits one window can take.
    pub capacity: i64,
    /// A window closes this long before it begins.
    pub lead: Duration,
    pub closed: Vec<Weekday>,
}

/// From and to as minutes of the day in Beijing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    pub from_minute: i64,
    pub to_minute: i64,
}

impl Window {
    /// Part of a stock item's code: `0900-1100`.
    pub fn code(self) -> String {
        let clock = |minute: i64| format!("{:02}{:02}", minute / 60, minute % 60);
        format!("{}-{}", clock(self.from_minute), clock(self.to_minute))
    }

    /// For people: `09:00–11:00`.
    pub fn label(self) -> String {
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{}–{}", clock(self.from_minute), clock(self.to_minute))
    }
}

/// When people answer, as minutes of the day in Beijing.
pub type Hours = Window;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
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
